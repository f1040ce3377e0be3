import { isDeepStrictEqual } from 'node:util'
import { faces } from '@passerelle/api'
import { Chance } from '@passerelle/connector'
import { atOnce } from './asking.js'
import { everythingOf } from './differential.js'
import type { WrittenDocument } from './documents.js'
import { documentsFor, pagesOf, withoutCursors } from './interference.js'
import { mutants } from './mutants.js'
import type { Proof } from './proof.js'
import type { Tally } from './tally.js'
import type { Look } from './truth.js'

interface Question {
  readonly face: string
  readonly look: Look
  readonly document: WrittenDocument
}
/** Something that was asked and rightly answered: a mutant must answer something else. */
interface Asked extends Question {
  readonly answers: readonly string[]
}

/** How long after the story is looked again: what ends by the clock has ended. */
export const laterDays = 45

/**
 * Spoils the way from the rules to the statement in each way that is known, and asks until an answer is another one: random documents with their
 * filters, orders and next pages, then everything that people of each face may see, later and now.
 */
export async function spoil(proof: Proof, seed: number, tally: Tally): Promise<void> {
  const unnoticed = Object.entries(mutants).filter(
    ([name, mutant]) => !tally.mutants[name] && !mutant.whileClosing && !mutant.betweenWorlds,
  )
  if (unnoticed.length === 0) return
  const moments: { readonly days: number; readonly asked: Asked[] }[] = [
    { days: 0, asked: await answered(proof, 0, randomly(proof, seed)) },
    { days: laterDays, asked: await answered(proof, laterDays, await everythingLater(proof, seed)) },
    { days: 0, asked: await answered(proof, 0, everythingNow(proof, seed)) },
  ]
  for (const [name, mutant] of unnoticed) {
    const through = proof.hub.readingBy(mutant)
    tally.mutants[name] = false
    for (const { days, asked } of moments)
      tally.mutants[name] ||= await proof.later(days, () => isNoticed(asked, each => answersTo(proof, each, through)))
  }
}

/** What noticed one mutant may notice the next, and is asked first. */
async function isNoticed(asked: Asked[], answer: (question: Question) => Promise<string[]>): Promise<boolean> {
  for (let from = 0, width = 1; from < asked.length; from += width, width = 8) {
    const some = asked.slice(from, from + width)
    const got = await Promise.all(some.map(answer))
    const killer = some.findIndex(({ answers }, i) => !isDeepStrictEqual(got[i], answers))
    if (killer < 0) continue
    asked.unshift(...asked.splice(from + killer, 1))
    return true
  }
  return false
}

const answersTo = async (proof: Proof, { face, look, document }: Question, through?: Parameters<Proof['askingAs']>[2]) =>
  (await pagesOf(proof.askingAs(look, face, through), document)).map(withoutCursors)

const answered = (proof: Proof, days: number, questions: readonly Question[]): Promise<Asked[]> =>
  proof.later(days, () => atOnce(questions, async each => ({ ...each, answers: await answersTo(proof, each) })))

const everyFace = <T>(of: (face: string) => readonly T[]): T[] => faces.flatMap(({ name }) => of(name))
const chanceFor = (face: string, seed: number) => Chance.of(seed, `looks ${face}`)

const randomly = (proof: Proof, seed: number): Question[] =>
  everyFace(face =>
    proof.seeingMost(face, 2, chanceFor(face, seed)).flatMap(look =>
      documentsFor(proof, face, look, { shapes: 12, wordings: 1 }, seed)
        .filter(({ text }) => !text.includes('asOf'))
        .map(document => ({ face, look, document })),
    ),
  )

const everything = (proof: Proof, face: string) => (look: Look) => ({
  face,
  look,
  document: { text: everythingOf(proof.schemas.get(face)!), variables: {} },
})
const everythingNow = (proof: Proof, seed: number): Question[] =>
  everyFace(face => proof.seeingMost(face, 6, chanceFor(face, seed)).map(everything(proof, face)))
const everythingLater = (proof: Proof, seed: number): Promise<Question[]> =>
  proof.later(laterDays, async later =>
    everyFace(face => proof.losingMost(face, 4, chanceFor(face, seed), later).map(everything(proof, face))),
  )
