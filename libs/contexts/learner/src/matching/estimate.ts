import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import type { Candidate } from './blocking.js'
import { fields, noEvidence } from './comparisons.js'
import { ComparedPairs, type FieldModel, Frequencies, type MatchModel } from './model.js'
import type { Person } from './person.js'

export interface Estimate {
  readonly model: MatchModel
  readonly compared: ComparedPairs
  /** The logarithm of how well each step's model explains all pairs: it never falls. */
  readonly logLikelihoods: readonly number[]
}

const mostSteps = 200
const enough = 1e-7
/** As many pairs stand for all pairs that have nothing in common. */
const sampleSize = 60_000
/** Before the first pair is seen it is believed that one person's records mostly agree, as firmly as if so many pairs had been seen. */
const beliefWeightOf = (people: number) => 10 + people / 10
/**
 * Estimation learns what one person's records look like from pairs that agree in two of these. Without that, in a file without duplicates, it
 * would take for one person whoever has anything in common, a town for example.
 */
const identifying = ['givenName', 'familyName', 'birthDate', 'email', 'identifier'].map(name =>
  fields.findIndex(field => field.name === name),
)

/**
 * Expectation–maximization without a label. It is over all pairs there are, not over the compared ones alone, or the prior would say that half
 * of everybody is a duplicate: pairs that have nothing in common count as two persons, and a sample stands for them.
 */
export function estimate(people: readonly Person[], candidates: readonly Candidate[], seed = 1): Estimate {
  const frequencies = Frequencies.of(people)
  const compared = new ComparedPairs(candidates, people, frequencies)
  const allPairs = (people.length * (people.length - 1)) / 2
  const rest = new ComparedPairs(sampleTheRest(people.length, candidates, seed), people, frequencies)
  const restWeight = rest.size === 0 ? 0 : (allPairs - compared.size) / rest.size
  const ofRest = countLevels(rest, () => restWeight)
  const beliefs = fields.map(({ levels }) => beliefOf(levels.length, beliefWeightOf(people.length)))
  const mayBeOne = Uint8Array.from({ length: compared.size }, (_, pair) => Number(agreesInTwo(compared, pair)))

  let model: MatchModel = {
    prior: 1 / Math.max(2, people.length),
    fields: fields.map(({ name, levels }, field) => ({
      name,
      levels,
      ofOne: toShares(beliefs[field]!),
      ofTwo: toShares(ofRest[field]!.map(count => count + 1 / levels.length)),
    })),
  }
  const ofOneWeight = new Float64Array(compared.size)
  const logLikelihoods: number[] = []
  for (let step = 0; step < mostSteps; step++) {
    const explained = expect(model, compared, mayBeOne, ofOneWeight)
    logLikelihoods.push(explained + restLikelihood(model, ofRest, restWeight * rest.size) + beliefLikelihood(model, beliefs))
    model = maximize(compared, ofOneWeight, ofRest, beliefs, allPairs)
    const [before, now] = logLikelihoods.slice(-2)
    if (now !== undefined && now - before! < enough * Math.abs(now)) break
  }
  return { model, compared, logLikelihoods }
}

/** How likely each compared pair is one person's (into `ofOneWeight`), and the logarithm of how likely all of them are. */
function expect(model: MatchModel, compared: ComparedPairs, mayBeOne: Uint8Array, ofOneWeight: Float64Array): number {
  const logs = model.fields.map(({ ofOne, ofTwo }) => ({ ofOne: ofOne.map(Math.log), ofTwo: ofTwo.map(Math.log) }))
  const [logPrior, logOther] = [Math.log(model.prior), Math.log(1 - model.prior)]
  let total = 0
  for (let pair = 0; pair < compared.size; pair++) {
    let [one, two] = [logPrior, logOther]
    for (let field = 0; field < logs.length; field++) {
      const level = compared.level(pair, field)
      if (level === noEvidence) continue
      one += logs[field]!.ofOne[level]!
      two += logs[field]!.ofTwo[level]! + (level === 0 ? Math.log(compared.rarity(pair, field)) : 0)
    }
    if (mayBeOne[pair] === 0) one = -Infinity
    ofOneWeight[pair] = 1 / (1 + Math.exp(two - one))
    total += Math.max(one, two) + Math.log1p(Math.exp(-Math.abs(one - two)))
  }
  return total
}

function maximize(
  compared: ComparedPairs,
  ofOneWeight: Float64Array,
  ofRest: readonly number[][],
  beliefs: readonly number[][],
  allPairs: number,
): MatchModel {
  const one = countLevels(compared, pair => ofOneWeight[pair]!)
  const two = countLevels(compared, pair => 1 - ofOneWeight[pair]!)
  const found = ofOneWeight.reduce((sum, weight) => sum + weight, 0)
  return {
    prior: (found + 1) / (allPairs + 2),
    fields: fields.map(({ name, levels }, field) => {
      return {
        name,
        levels,
        ofOne: toShares(one[field]!.map((count, level) => count + beliefs[field]![level]!)),
        ofTwo: toShares(two[field]!.map((count, level) => count + ofRest[field]![level]! + 1 / levels.length)),
      }
    }),
  }
}

function countLevels(compared: ComparedPairs, weightOf: (pair: number) => number): number[][] {
  const counts = fields.map(({ levels }) => levels.map(() => 0))
  for (let pair = 0; pair < compared.size; pair++) {
    const weight = weightOf(pair)
    for (let field = 0; field < fields.length; field++) {
      const level = compared.level(pair, field)
      if (level !== noEvidence) counts[field]![level]! += weight
    }
  }
  return counts
}

const toShares = (counts: readonly number[]) => {
  const sum = counts.reduce((total, count) => total + count, 0)
  return counts.map(count => count / sum)
}
const beliefOf = (levels: number, weight: number): number[] =>
  Array.from({ length: levels }, (_, level) => (level === 0 ? 0.8 : 0.2 / (levels - 1)) * weight)

function agreesInTwo(compared: ComparedPairs, pair: number): boolean {
  let agreeing = 0
  for (const field of identifying) {
    const { levels } = fields[field]!
    const level = compared.level(pair, field)
    if (level !== noEvidence && level < levels.length / 2) agreeing += levels[level] === 'exchanged' ? 2 : 1
  }
  return agreeing >= 2
}

const sumOf = (model: MatchModel, term: (field: FieldModel, index: number) => number) =>
  model.fields.reduce((sum, field, index) => sum + term(field, index), 0)
const dot = (counts: readonly number[], shares: readonly number[]) =>
  counts.reduce((sum, count, level) => sum + count * Math.log(shares[level]!), 0)
const restLikelihood = (model: MatchModel, ofRest: readonly number[][], pairs: number) =>
  pairs * Math.log(1 - model.prior) + sumOf(model, ({ ofTwo }, field) => dot(ofRest[field]!, ofTwo))
const beliefLikelihood = (model: MatchModel, beliefs: readonly number[][]) =>
  Math.log(model.prior) +
  Math.log(1 - model.prior) +
  sumOf(
    model,
    ({ ofOne, ofTwo, levels }, field) =>
      dot(beliefs[field]!, ofOne) +
      dot(
        ofTwo.map(() => 1 / levels.length),
        ofTwo,
      ),
  )

/** Pairs that have nothing in common: all of them where they are few, else as many as are enough, drawn evenly. */
function sampleTheRest(people: number, candidates: readonly Candidate[], seed: number): Candidate[] {
  const drawn = new Map<number, Candidate>()
  const add = (left: number, right: number) => drawn.set(left * people + right, { left, right, blockingKey: '' })
  if ((people * (people - 1)) / 2 <= sampleSize)
    for (let left = 0; left < people; left++) for (let right = left + 1; right < people; right++) add(left, right)
  else {
    const random = xoroshiro128plus(seed)
    while (drawn.size < sampleSize) {
      const [one, other] = [uniformInt(random, 0, people - 1), uniformInt(random, 0, people - 1)]
      if (one !== other) add(Math.min(one, other), Math.max(one, other))
    }
  }
  for (const { left, right } of candidates) drawn.delete(left * people + right)
  return [...drawn.values()]
}
