import { faces } from '@passerelle/api'
import { Chance } from '@passerelle/connector'
import type { Story } from './happenings.js'
import { storyOf } from './happenings.js'
import { type Documents, documentsFor, inBothWorlds } from './interference.js'
import { lookBack, type LookingBack } from './looking-back.js'
import { restartCanaries } from './payloads.js'
import { Proof, type ProofTools } from './proof.js'
import { laterDays, spoil } from './spoiling.js'
import { takeAway } from './taking-away.js'
import { add, type Tally } from './tally.js'
import type { Look } from './truth.js'
import { Door } from './through-the-door.js'

export interface Size extends Documents, LookingBack {
  readonly learners: number
  /** People of each face who read everything. */
  readonly readers: number
  /** People of each face who ask documents, and how many documents of each go through the listener besides. */
  readonly askers: number
  readonly throughTheDoor: number
  /** How many times something is taken away. */
  readonly closings: number
  readonly mutants: boolean
}

/** Of a region that is proved in a minute, by `npm test` and by `npm run prove` alike: the same seed asks the same. */
export const usualSize: Size = {
  learners: 4,
  readers: 1,
  askers: 3,
  shapes: 10,
  wordings: 34,
  throughTheDoor: 40,
  lookers: 1,
  looks: 12,
  closings: 6,
  mutants: true,
}

/** One region of this size and seed, proved. */
export async function proveRegion(
  tools: ProofTools,
  seed: number,
  size: Size,
  databaseUrl: string | undefined,
  tally: Tally,
): Promise<Story> {
  restartCanaries(seed * 1_000_000)
  const story = storyOf(tools.deciders, seed, size.learners)
  const proof = await Proof.of(story, tools, databaseUrl)
  try {
    for (const part of [
      ...faces.map(
        ({ name }) =>
          () =>
            compareNowAndLater(proof, name, size, seed, tally),
      ),
      ...faces.map(
        ({ name }) =>
          () =>
            askDocuments(proof, name, size, seed, tally),
      ),
      () => lookBack(proof, size, seed, tally),
      ...(size.throughTheDoor > 0 ? [() => throughTheDoor(proof, size, seed, tally)] : []),
      ...(size.mutants ? [() => spoil(proof, seed, tally)] : []),
      () => takeAway(proof, size, seed, tally),
    ]) {
      // What was found is told before anything else is looked for.
      if (tally.findings.length > 0) break
      await proof.hub.readAnew()
      await part()
    }
  } finally {
    await proof.close()
  }
  return story
}

async function compareNowAndLater(proof: Proof, face: string, { readers }: Size, seed: number, tally: Tally): Promise<void> {
  const some = (looks: readonly Look[], chance: Chance) => chance.some(looks, Math.min(readers, looks.length), readers)
  const chance = Chance.of(seed, `looks ${face}`)
  await proof.compare(face, some(proof.looksOf(face, chance), chance), tally)
  await proof.later(laterDays, world => proof.compare(face, some(proof.looksOf(face, chance, world), chance), tally, world))
}

/** Nothing can move what is not there: those ask who see most; where nobody sees anything, whoever may come in. */
function askersOf(proof: Proof, face: string, { askers }: Size, seed: number): Look[] {
  const chance = () => Chance.of(seed, `askers ${face}`)
  const seeing = proof.seeingMost(face, askers, chance())
  return seeing.length > 0 ? seeing : proof.looksOf(face, chance()).slice(0, askers)
}

async function askDocuments(proof: Proof, face: string, size: Size, seed: number, tally: Tally): Promise<void> {
  const looks = askersOf(proof, face, size, seed)
  const shapes = Math.ceil((size.shapes * size.askers) / looks.length)
  for (const look of looks) {
    await proof.hub.readAnew()
    await inBothWorlds(proof, face, look, documentsFor(proof, face, look, { ...size, shapes }, seed), seed, tally)
  }
}

export async function throughTheDoor(proof: Proof, size: Size, seed: number, tally: Tally): Promise<void> {
  const door = await Door.open(proof)
  try {
    for (const { name } of faces) {
      const [look] = askersOf(proof, name, size, seed)
      // Whoever is answered there is written down: what tells of that is otherwise the second time, and rightly.
      const documents = documentsFor(proof, name, look!, { shapes: size.throughTheDoor, wordings: 1 }, seed + 1).filter(
        ({ text }) => !/disclosure/i.test(text),
      )
      await inBothWorlds(proof, name, look!, documents, seed, tally, door.askingAs(look!, name))
      add(tally.throughTheDoor, name, documents.length)
    }
    tally.findings.push(...(await door.leaks()))
  } finally {
    await door.close()
  }
}
