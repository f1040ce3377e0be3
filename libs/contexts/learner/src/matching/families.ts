import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { PersonRecord } from './person.js'

/** A name as people write it at home and as an office writes it in Latin letters. */
export interface SpelledName {
  readonly country: string
  readonly localized: string
  readonly romanized: string
}

export type Hardship = 'twins' | 'fatherAndSon' | 'twoScripts' | 'unknownBirthdays'

/** A record, who it really is, and what makes it hard. */
export interface HardRecord {
  readonly record: PersonRecord
  readonly person: string
  readonly hardship: Hardship
}

/**
 * Families that have misled every matcher: twins at one address, one of whom another office writes in the letters of home; father and son with one name at one address, once without the son's birth date; one person in both scripts; strangers with one
 * name and a birthday that nobody knows.
 */
export function makeFamilies(
  given: readonly SpelledName[],
  family: readonly SpelledName[],
  count: number,
  seed = 1,
): HardRecord[] {
  const random = xoroshiro128plus(seed)
  const pick = <T>(from: readonly T[]): T => from[uniformInt(random, 0, from.length - 1)]!
  const givenOf = groupByCountry(given)
  const familyOf = groupByCountry(family)
  const countries = [...givenOf.keys()].filter(country => familyOf.has(country))
  const otherScripts = countries.filter(country => givenOf.get(country)!.some(isOtherScript))
  const records: HardRecord[] = []
  const add = (hardship: Hardship, person: string, record: Omit<PersonRecord, 'id'>) =>
    records.push({ hardship, person, record: { ...record, id: `${person}-${records.length}` } })
  const dateIn = (from: number) =>
    `${uniformInt(random, from, from + 12)}-${two(uniformInt(random, 2, 12))}-${two(uniformInt(random, 2, 28))}`

  for (let n = 0; n < count; n++) {
    const country = pick(n % 4 === 2 && otherScripts.length > 0 ? otherScripts : countries)
    const surname = pick(familyOf.get(country)!)
    const [first, second] = twoDifferent(givenOf.get(country)!, pick)
    const home = {
      street: `${pick(streets)} ${n}`,
      houseNumber: String(uniformInt(random, 1, 90)),
      municipality: `Town ${n % 40}`,
    }
    const born = dateIn(2004)
    const at = (
      hardship: Hardship,
      person: string,
      name: SpelledName,
      letters: 'localized' | 'romanized',
      birthDate: string | undefined,
    ) => add(hardship, `${person}-${n}`, { ...home, givenName: name[letters], familyName: surname[letters], birthDate })
    switch (n % 4) {
      case 0:
        at('twins', 'twin', first, 'romanized', born)
        if (second) at('twins', 'other-twin', second, 'romanized', born)
        if (second) at('twins', 'other-twin', second, 'localized', born)
        break
      case 1:
        at('fatherAndSon', 'father', first, 'romanized', dateIn(1966))
        at('fatherAndSon', 'son', first, 'romanized', n % 8 === 1 ? born : undefined)
        break
      case 2:
        for (const letters of ['localized', 'romanized'] as const)
          at('twoScripts', 'both', givenOf.get(country)!.find(isOtherScript) ?? first, letters, born)
        break
      case 3:
        for (const [town, person] of [`stranger-${n}`, `other-stranger-${n}`].entries())
          add('unknownBirthdays', person, {
            givenName: first.romanized,
            familyName: surname.romanized,
            birthDate: '2006-01-01',
            municipality: `Town ${town}`,
          })
    }
  }
  return records
}
const isOtherScript = ({ localized }: SpelledName) => /[^\p{Script=Latin}\P{L}]/u.test(localized)
const streets = ['Station road', 'Mill lane', 'Church street', 'River walk']
const two = (n: number) => String(n).padStart(2, '0')

function twoDifferent(names: readonly SpelledName[], pick: (from: readonly SpelledName[]) => SpelledName) {
  const first = pick(names)
  const others = names.filter(({ localized, romanized }) => localized !== first.localized && romanized !== first.romanized)
  return [first, others.length > 0 ? pick(others) : undefined] as const
}

function groupByCountry(names: readonly SpelledName[]): Map<string, SpelledName[]> {
  const groups = new Map<string, SpelledName[]>()
  for (const name of names) groups.set(name.country, [...(groups.get(name.country) ?? []), name])
  return groups
}
