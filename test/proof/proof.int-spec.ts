import { faces } from '@passerelle/api'
import { freshDatabase } from '@passerelle/testing'
import { mutants } from './mutants.js'
import { proofTools, type ProofTools } from './proof.js'
import { proveRegion, type Size, usualSize } from './region.js'
import { figuresOf, noTally, type Tally } from './tally.js'
import { foundAs } from './telling.js'

/** Nobody has seen this region before; whoever sees a fault in it names its seed to see it again. */
const freshSeed = Number(process.env['PROOF_SEED'] ?? Date.now() % 1_000_000)
/** In this one somebody notices each mutant. */
const knownSeed = 1

const tally = noTally()
let tools: ProofTools
beforeAll(async () => void (tools = await proofTools()), 60_000)

async function prove(seed: number, more: Partial<Size> = {}): Promise<void> {
  const database = await freshDatabase()
  try {
    await proveRegion(tools, seed, { ...usualSize, ...more }, database.url, tally)
    expect(tally.findings.map(finding => foundAs(finding, seed))).toEqual([])
  } finally {
    await database.drop()
  }
}

test('R-V.1 a region to which anything happened: every face answers what the oracle allows, whatever it is asked', async () => {
  await prove(knownSeed, { throughTheDoor: 0 })
}, 300_000)

test(`R-V.1 another region on each run (PROOF_SEED=${freshSeed}): the same holds there`, async () => {
  await prove(freshSeed, { mutants: false })
}, 300_000)

test('the proof is of the size that it is meant to have, on each face', () => {
  console.log(`proved, with seeds ${knownSeed} and ${freshSeed}: ${JSON.stringify(figuresOf(tally))}`)
  const onEach = (counts: keyof Tally & ('decisions' | 'documents' | 'seen' | 'telling' | 'throughTheDoor'), least: number) => {
    for (const { name } of faces) expect([name, counts, tally[counts][name]! >= least]).toEqual([name, counts, true])
  }
  onEach('decisions', 15_000)
  onEach('documents', 2_000)
  onEach('throughTheDoor', 30)
  // A proof in which nobody sees anything proves nothing.
  onEach('seen', 100)
  onEach('telling', 600)
  const { decisions, hiddenChanges, takenAway } = figuresOf(tally)
  expect(decisions).toBeGreaterThanOrEqual(100_000)
  expect(hiddenChanges).toBeGreaterThan(1_000)
  expect(takenAway).toBeGreaterThanOrEqual(10)
})

test('the proof notices every way of being wrong that opens something', () => {
  expect(Object.keys(tally.mutants).sort()).toEqual(Object.keys(mutants).sort())
  expect(Object.entries(tally.mutants).filter(([, isKilled]) => !isKilled)).toEqual([])
})
