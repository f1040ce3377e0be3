import type { Candidate } from './blocking.js'
import { comparisons, fields, noEvidence } from './comparisons.js'
import type { Person } from './person.js'

/** How often the levels of a field are met: among records of one person, and among records of two. */
export interface FieldModel {
  readonly name: string
  readonly levels: readonly string[]
  readonly ofOne: readonly number[]
  readonly ofTwo: readonly number[]
}

/** The model of Fellegi and Sunter: what agreement and disagreement say, and how rare it is that two records are one person's. */
export interface MatchModel {
  /** The share of one person's pairs among all pairs there are, compared or not. */
  readonly prior: number
  readonly fields: readonly FieldModel[]
}

/** Compared pairs, in typed arrays: there may be millions. */
export class ComparedPairs {
  readonly size: number
  private readonly levels: Int8Array
  private readonly rarities: Float32Array

  constructor(
    readonly pairs: readonly Pick<Candidate, 'left' | 'right'>[],
    people: readonly Person[],
    frequencies = Frequencies.of(people),
  ) {
    const width = fields.length
    this.size = pairs.length
    this.levels = new Int8Array(pairs.length * width)
    this.rarities = new Float32Array(pairs.length * width).fill(1)
    pairs.forEach(({ left, right }, pair) => {
      let at = pair * width
      for (const comparison of comparisons)
        for (const level of comparison.compare(people[left]!, people[right]!)) this.levels[at++] = level
      for (let field = 0; field < width; field++)
        if (this.levels[pair * width + field] === 0)
          this.rarities[pair * width + field] = Math.max(frequencies.rarity(field, left), frequencies.rarity(field, right))
    })
  }

  level = (pair: number, field: number): number => this.levels[pair * fields.length + field]!
  rarity = (pair: number, field: number): number => this.rarities[pair * fields.length + field]!
}

/** How common what a record holds is, against what two who agree by chance hold on average. 1 where that says nothing. */
export class Frequencies {
  private constructor(private readonly ofField: readonly Float32Array[]) {}

  static of(people: readonly Person[]): Frequencies {
    return new Frequencies(
      fields.map(({ heldBy }) => {
        const values = people.map(person => heldBy?.(person))
        const counts = new Map<string, number>()
        for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1)
        let [known, squares] = [0, 0]
        for (const count of counts.values()) [known, squares] = [known + count, squares + count * count]
        const expected = squares / known
        return Float32Array.from(values, value => (value === undefined ? 1 : counts.get(value)! / expected))
      }),
    )
  }

  rarity = (field: number, person: number): number => this.ofField[field]![person]!
}

/** The weight of one field of one pair: how many times (log₂) likelier it is of one person than of two. */
export function weightOf(model: MatchModel, compared: ComparedPairs, pair: number, field: number): number {
  const level = compared.level(pair, field)
  if (level === noEvidence) return 0
  const { ofOne, ofTwo } = model.fields[field]!
  return Math.log2(ofOne[level]! / (ofTwo[level]! * compared.rarity(pair, field)))
}

/** The sum of the weights and of the prior's: above 0 one person is likelier than two. */
export function scoreOf(model: MatchModel, compared: ComparedPairs, pair: number): number {
  let score = Math.log2(model.prior / (1 - model.prior))
  for (let field = 0; field < fields.length; field++) score += weightOf(model, compared, pair, field)
  return score
}

export const toProbability = (score: number): number => 1 / (1 + 2 ** -score)
