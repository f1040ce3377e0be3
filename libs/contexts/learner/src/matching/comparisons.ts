import { compareDates, dateLevels } from './birth-date.js'
import { compareNames, type Name, nameLevels } from './names.js'
import type { NamePair, Person, TextField } from './person.js'
import { isOneSlip, similarity } from './similarity.js'

/** Something that is compared. Its levels begin with agreement and end with disagreement; `noEvidence` stands for what is not known. */
export interface Field {
  readonly name: string
  readonly levels: readonly string[]
  /** What a record holds: to agree on something rare says more than to agree on something common. */
  readonly heldBy?: (person: Person) => string | undefined
}
export const noEvidence = -1

/** Compares one or two fields at once and answers with the index of a level for each. */
export interface Comparison {
  readonly fields: readonly Field[]
  readonly compare: (a: Person, b: Person) => readonly number[]
}

type Two = readonly [number, number]
const exchanged = 1
const isStrong = (level: number) => level === 0 || level === 2

/**
 * Two fields that people write into each other's place: given and family name, street and locality. When only the crossed comparison agrees,
 * the first field carries that and the second says nothing, for one exchange is one piece of evidence.
 */
function compareCrosswise<T>(levelOf: (a: T | undefined, b: T | undefined) => number, [a1, a2]: Pair<T>, [b1, b2]: Pair<T>): Two {
  const straight: Two = [levelOf(a1, b1), levelOf(a2, b2)]
  if (straight.some(isStrong)) return straight
  const crossed = [levelOf(a1, b2), levelOf(a2, b1)]
  return crossed.some(isStrong) && crossed.every(level => isStrong(level) || level === noEvidence)
    ? [exchanged, noEvidence]
    : straight
}
type Pair<T> = readonly [T | undefined, T | undefined]

const toIndex = <L>(levels: readonly L[], level: L | undefined) => (level === undefined ? noEvidence : levels.indexOf(level))
const nameLevelOf = (a: Name | undefined, b: Name | undefined) => toIndex(nameLevels, a && b && compareNames(a, b))
const comparePairOfNames = (a: NamePair, b: NamePair) => compareCrosswise(nameLevelOf, [a.given, a.family], [b.given, b.family])

/** All spellings of the one against all of the other: the best counts. */
function compareAllNames(a: Person, b: Person): Two {
  if (a.names.length === 1 && b.names.length === 1) return comparePairOfNames(a.names[0]!, b.names[0]!)
  const cost = (levels: Two) => levels.reduce((sum, level) => sum + (level === noEvidence ? 4 : level), 0)
  return a.names
    .flatMap(left => b.names.map(right => comparePairOfNames(left, right)))
    .reduce((best, levels) => (cost(levels) < cost(best) ? levels : best))
}

const textLevels = ['same', 'exchanged', 'alike', 'somewhat', 'differs']
function textLevelOf(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return noEvidence
  if (a === b) return 0
  if (isOneSlip(a, b)) return 2
  const likeness = similarity(a, b, 0.8)
  return likeness >= 0.92 ? 2 : likeness >= 0.8 ? 3 : 4
}
const codeLevels = ['same', 'slip', 'differs']
function codeLevelOf(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return noEvidence
  return a === b ? 0 : isOneSlip(a, b) ? 1 : 2
}
const compareOne = (name: TextField, levels: readonly string[], levelOf: typeof textLevelOf): Comparison => ({
  fields: [{ name, levels, heldBy: ({ texts }) => texts[name] }],
  compare: (a, b) => [levelOf(a.texts[name], b.texts[name])],
})

/** What is compared of two persons. */
export const comparisons: readonly Comparison[] = [
  {
    fields: [
      { name: 'givenName', levels: nameLevels, heldBy: ({ names }) => names[0]?.given?.sorted },
      { name: 'familyName', levels: nameLevels, heldBy: ({ names }) => names[0]?.family?.sorted },
    ],
    compare: compareAllNames,
  },
  {
    fields: [{ name: 'birthDate', levels: dateLevels }],
    compare: ({ birthDate: a }, { birthDate: b }) => [toIndex(dateLevels, a && b && compareDates(a, b))],
  },
  {
    fields: [
      { name: 'street', levels: textLevels, heldBy: ({ texts }) => texts.street },
      { name: 'locality', levels: textLevels, heldBy: ({ texts }) => texts.locality },
    ],
    compare: ({ texts: a }, { texts: b }) => compareCrosswise(textLevelOf, [a.street, a.locality], [b.street, b.locality]),
  },
  compareOne('municipality', textLevels, textLevelOf),
  compareOne('houseNumber', codeLevels, codeLevelOf),
  compareOne('postcode', codeLevels, codeLevelOf),
  compareOne('region', codeLevels, codeLevelOf),
  compareOne(
    'sex',
    codeLevels.filter(level => level !== 'slip'),
    (a, b) => (a === undefined || b === undefined ? noEvidence : a === b ? 0 : 1),
  ),
  compareOne('email', textLevels, textLevelOf),
  {
    fields: [{ name: 'identifier', levels: ['same', 'differs'] }],
    compare: (a, b) => [identifierLevelOf(a, b)],
  },
]
export const fields = comparisons.flatMap(comparison => comparison.fields)

function identifierLevelOf({ identifiers: a }: Person, { identifiers: b }: Person): number {
  const shared = Object.keys(a).filter(system => b[system] !== undefined)
  if (shared.length === 0) return noEvidence
  return shared.every(system => a[system] === b[system]) ? 0 : 1
}

/** The level of every field, in the order of `fields`. */
export const compare = (a: Person, b: Person): number[] => comparisons.flatMap(comparison => comparison.compare(a, b))
