/**
 * How well records of one person are found, and how fast, on public sets whose truth is known. Prints one JSON object a line, then a table.
 */
import { resolve } from 'node:path'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { readLineOrExit } from '@passerelle/hub'
import {
  candidatesOf,
  ComparedPairs,
  findLinks,
  type Link,
  type PersonRecord,
  readPerson,
  thresholds,
  toPersons,
} from '@passerelle/learner/matching'
import { type MatchSet, readMatchSets, type TrueRecord } from './match-data.js'

const { values: options, positionals } = readLineOrExit('bench:match', {
  allowPositionals: true,
  options: { help: { type: 'boolean', short: 'h' }, scale: { type: 'string', default: '100000' } },
})
const folder = resolve(positionals[0] ?? '../shared/data')
if (options.help) {
  console.log(`npm run bench:match -- [folder] [--scale 100000]

Records of one person among others, found by the matching of the learner context: from the records alone, without a label and without
identifiers; whose they truly are is known to the score alone.
  folder       holds febrl/*.csv, splink/*.csv and names/*.csv, or such files themselves; ../shared/data unless told
  --scale N    records of a made file, for candidates per record and pairs per second (0: not measured)
  <set>.f1                the best decision: all pairs that are likelier one person's than two (bar for FEBRL: 0.99)
  <set>.persons.f1        the same after records were put together into persons
  <set>.falseAutomatic    pairs of two persons that would be linked without anybody looking (bar: 0)
  <set>.falseNegatives    true pairs that nobody is told of
  <set>.pairs             compared pairs per second, and candidates for each record
  families                twins, father and son with one name, one person in two scripts, made of the names at run time`)
  process.exit(0)
}

interface Line {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly bar?: number
  readonly met?: boolean
  readonly [more: string]: unknown
}
const lines: Line[] = []
function say(line: Line): void {
  lines.push(line)
  console.log(JSON.stringify(line))
}
const rounded = (n: number, digits = 4) => Number(n.toFixed(digits))

const sets = readMatchSets(folder)
if (sets.length === 0) {
  console.error(
    `No people to match in ${folder}: put febrl/dataset1.csv and its like there, or name another folder: npm run bench:match -- <folder>`,
  )
  process.exit(1)
}
for (const kind of ['febrl', 'splink', 'families'] as const)
  if (!sets.some(set => set.kind === kind))
    console.error(`Not measured: ${folder} holds no ${kind === 'families' ? 'names' : kind} set.`)

for (const set of sets) {
  if (set.kind === 'families') measureFamilies(set)
  else measure(set)
  measureSpeed(set.name, recordsOf(set))
}
const scale = Number(options.scale)
const febrl = sets.find(({ kind }) => kind === 'febrl') ?? sets[0]!
if (scale > 0)
  measureSpeed(
    'scale',
    multiply(
      febrl.records.map(({ record }) => record),
      scale,
    ),
  )
console.table(
  lines.map(({ name, value, unit, precision, recall, bar, met }) =>
    Object.fromEntries(Object.entries({ name, value, unit, precision, recall, bar, met }).map(([k, v]) => [k, v ?? ''])),
  ),
)

function measure(set: MatchSet): void {
  const { name, kind, records } = set
  const begun = performance.now()
  const { links, model } = findLinks(recordsOf(set))
  const seconds = rounded((performance.now() - begun) / 1_000, 1)
  const isTrue = ({ left, right }: Pick<Link, 'left' | 'right'>) => records[left]!.person === records[right]!.person
  const truePairs = countTruePairs(records)
  const likely = links.filter(({ probability }) => probability >= thresholds.likely)
  const automatic = links.filter(({ decision }) => decision === 'automatic')
  const falseAutomatic = automatic.filter(link => !isTrue(link)).length

  const bar = kind === 'febrl' ? 0.99 : undefined
  const best = scoreOf(likely.filter(isTrue).length, likely.length, truePairs)
  say({
    name: `${name}.f1`,
    value: best.f1,
    unit: 'F1',
    ...best,
    ...(bar !== undefined && { bar, met: best.f1 >= bar }),
    records: records.length,
    truePairs,
    believedPairs: Math.round((model.prior * records.length * (records.length - 1)) / 2),
    seconds,
  })
  const persons = toPersons(records.length, likely).flatMap(members =>
    members.flatMap((left, at) => members.slice(at + 1).map(right => ({ left, right }))),
  )
  const together = scoreOf(persons.filter(isTrue).length, persons.length, truePairs)
  say({ name: `${name}.persons.f1`, value: together.f1, unit: 'F1', ...together })
  const review = links.length - automatic.length
  say({
    name: `${name}.falseAutomatic`,
    value: falseAutomatic,
    unit: 'pairs',
    bar: 0,
    met: falseAutomatic === 0,
    automatic: automatic.length,
    automaticRecall: rounded((automatic.length - falseAutomatic) / truePairs),
    review,
    reviewForEach100Records: rounded((review / records.length) * 100, 1),
  })
  say({ name: `${name}.falseNegatives`, value: truePairs - links.filter(isTrue).length, unit: 'true pairs below review' })
}

/** Pairs that have misled others, each kind by itself: who has two scripts is one person, everybody else is two. */
function measureFamilies(set: MatchSet): void {
  const { links } = findLinks(recordsOf(set))
  const isTrue = ({ left, right }: Link) => set.records[left]!.person === set.records[right]!.person
  for (const kind of new Set(set.records.map(({ hardship }) => hardship))) {
    const own = set.records.filter(({ hardship }) => hardship === kind)
    const ofKind = links.filter(({ left, right }) => [left, right].some(record => set.records[record]!.hardship === kind))
    const falseAutomatic = ofKind.filter(link => link.decision === 'automatic' && !isTrue(link)).length
    const truePairs = countTruePairs(own)
    say({
      name: `${set.name}.${kind}.falseAutomatic`,
      value: falseAutomatic,
      unit: 'pairs',
      bar: 0,
      met: falseAutomatic === 0,
      records: own.length,
      falseForReview: ofKind.filter(link => !isTrue(link)).length,
      ...(truePairs > 0 && {
        truePairs,
        recall: rounded(ofKind.filter(isTrue).length / truePairs),
        automatic: ofKind.filter(({ decision }) => decision === 'automatic').length,
      }),
    })
  }
}

function recordsOf(set: MatchSet): PersonRecord[] {
  return set.records.map(({ record }) => record)
}

function scoreOf(truePositives: number, said: number, truePairs: number) {
  const precision = said === 0 ? 1 : truePositives / said
  const recall = truePairs === 0 ? 1 : truePositives / truePairs
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
  return { precision: rounded(precision), recall: rounded(recall), f1: rounded(f1, 5) }
}

function countTruePairs(records: readonly TrueRecord[]): number {
  const counts = new Map<string, number>()
  for (const { person } of records) counts.set(person, (counts.get(person) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum + (count * (count - 1)) / 2, 0)
}

function measureSpeed(name: string, records: readonly PersonRecord[]): void {
  const people = records.map(readPerson)
  const begun = performance.now()
  const candidates = [...candidatesOf(people)]
  const blocked = performance.now()
  new ComparedPairs(candidates, people)
  const compared = performance.now()
  const of = new Uint32Array(people.length)
  for (const { left, right } of candidates) {
    of[left]!++
    of[right]!++
  }
  say({
    name: `${name}.pairs`,
    value: Math.round(candidates.length / ((compared - blocked) / 1_000)),
    unit: 'pairs/s',
    records: people.length,
    candidates: candidates.length,
    candidatesForEachRecord: rounded(candidates.length / people.length, 1),
    mostOfOneRecord: of.reduce((most, count) => Math.max(most, count), 0),
    blockingMs: Math.round(blocked - begun),
    comparingMs: Math.round(compared - blocked),
  })
}

/** Records of as many other people: each field is somebody's, and no two fields need be the same person's. */
function multiply(records: readonly PersonRecord[], count: number): PersonRecord[] {
  const random = xoroshiro128plus(1)
  const fields = Object.keys(records[0]!) as (keyof PersonRecord)[]
  return Array.from({ length: count }, (_, id) =>
    Object.assign({}, ...fields.map(field => ({ [field]: records[uniformInt(random, 0, records.length - 1)]![field] })), {
      id: String(id),
    }),
  )
}
