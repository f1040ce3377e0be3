import { isCompatible, isWhole } from './birth-date.js'
import { candidatesOf } from './blocking.js'
import { fields } from './comparisons.js'
import { estimate } from './estimate.js'
import { type ComparedPairs, type MatchModel, scoreOf, toProbability, weightOf } from './model.js'
import { compareNames, type Name, type NameLevel } from './names.js'
import { type Person, type PersonRecord, readPerson } from './person.js'

/** From `automatic` on nobody need look, unless something stands against it; from `review` on a person decides; below, nothing is said. */
export const thresholds = { automatic: 0.999, likely: 0.5, review: 0.05 }

/** Why two records are not linked without a person, however likely the link is (R-I.1). */
export type Obstacle =
  'birthDateDiffers' | 'birthDateNotKnown' | 'identifierDiffers' | 'givenNameDiffers' | 'familyNameDiffers' | 'sexDiffers'

/** Two records that may be one person's. */
export interface Link {
  readonly left: number
  readonly right: number
  readonly probability: number
  /** log₂ of how many times likelier one person is than two; the sum of the fields' weights and of the prior's. */
  readonly score: number
  readonly fieldWeights: Readonly<Record<string, number>>
  readonly blockingKey: string
  readonly decision: 'automatic' | 'review'
  readonly obstacles: readonly Obstacle[]
}

export interface Links {
  readonly model: MatchModel
  readonly links: readonly Link[]
  readonly candidates: number
}

/** Finds who may be the same person among records of any files. Everything it believes it has learned from these records, without a label. */
export function findLinks(records: readonly PersonRecord[], { limits = thresholds, seed = 1 } = {}): Links {
  const people = records.map(readPerson)
  const candidates = [...candidatesOf(people)]
  const { model, compared } = estimate(people, candidates, seed)
  const links = candidates.flatMap(({ left, right, blockingKey }, pair): Link[] => {
    const score = scoreOf(model, compared, pair)
    const probability = toProbability(score)
    if (probability < limits.review) return []
    const obstacles = obstaclesBetween(people[left]!, people[right]!)
    const decision = probability >= limits.automatic && obstacles.length === 0 ? 'automatic' : 'review'
    return [{ left, right, probability, score, fieldWeights: weightsOf(model, compared, pair), blockingKey, decision, obstacles }]
  })
  return { model, links, candidates: candidates.length }
}

const weightsOf = (model: MatchModel, compared: ComparedPairs, pair: number) =>
  Object.fromEntries(
    fields.flatMap(({ name }, field) => {
      const weight = weightOf(model, compared, pair, field)
      return weight === 0 ? [] : [[name, Number(weight.toFixed(2))]]
    }),
  )

/**
 * What stands against a link that no person has seen. Twins share surname, address and birth date, and may be called Jan and Jana: the given name
 * has to be the same to the letter. Father and son may share name and address: the whole birth date has to be known and the same, or an
 * identifier. A given name is the same to the letter and the accent, in one script: Hoa and Hòa may be sisters.
 */
export function obstaclesBetween(a: Person, b: Person): Obstacle[] {
  const shared = Object.keys(a.identifiers).filter(system => b.identifiers[system] !== undefined)
  const sameIdentifier = shared.some(system => a.identifiers[system] === b.identifiers[system])
  const [born, otherBorn] = [a.birthDate, b.birthDate]
  const bothWhole = born && otherBorn && isWhole(born) && isWhole(otherBorn)
  const found: Record<Obstacle, boolean> = {
    birthDateDiffers: !!born && !!otherBorn && !isCompatible(born, otherBorn),
    birthDateNotKnown: !bothWhole && !sameIdentifier,
    identifierDiffers: shared.some(system => a.identifiers[system] !== b.identifiers[system]),
    givenNameDiffers: !someNames(a, b, 'given', (one, other) => one.written === other.written),
    familyNameDiffers: !someNames(a, b, 'family', (one, other) => likeFamilyNames.has(compareNames(one, other))),
    sexDiffers: !!a.texts.sex && !!b.texts.sex && a.texts.sex !== b.texts.sex,
  }
  return (Object.keys(found) as Obstacle[]).filter(obstacle => found[obstacle])
}

/** A slip, or one of two surnames: it is not the family name that tells twins apart. */
const likeFamilyNames = new Set<NameLevel | undefined>(['same', 'alike', 'part'])

const someNames = (a: Person, b: Person, part: 'given' | 'family', fits: (one: Name, other: Name) => boolean): boolean =>
  a.names.some(({ [part]: one }) => one && b.names.some(({ [part]: other }) => other && fits(one, other)))
