import { isDeepStrictEqual } from 'node:util'
import { Chance } from '@passerelle/connector'
import { otherwise } from './another-world.js'
import { type Histories, otherHistories } from './other-history.js'
import { type Answers, atOnce } from './asking.js'
import { documentOf, type WrittenDocument } from './documents.js'
import { canariesIn } from './payloads.js'
import type { Proof } from './proof.js'
import { add, type Tally } from './tally.js'
import type { Look } from './truth.js'

/** How many shapes of documents somebody asks, and each in how many words. */
export interface Documents {
  readonly shapes: number
  readonly wordings: number
}

/** Documents of one person on one face: the same for the same seed. */
export function documentsFor(
  proof: Proof,
  face: string,
  look: Look,
  { shapes, wordings }: Documents,
  seed: number,
): WrittenDocument[] {
  const guesses = proof.guessesOf(look)
  const part = `${face} ${look.userId} ${look.role}`
  return Array.from({ length: shapes * wordings }, (_, i) =>
    documentOf(
      proof.schemas.get(face)!,
      guesses,
      Chance.of(seed, `${part} shape ${Math.floor(i / wordings)}`),
      Chance.of(seed, `${part} words ${i}`),
    ),
  )
}

/**
 * Asks each document twice: no answer holds what the oracle denies, and where nothing but what this person may not see is otherwise, every answer is
 * the same, byte for byte.
 */
export async function inBothWorlds(
  proof: Proof,
  face: string,
  look: Look,
  documents: readonly WrittenDocument[],
  seed: number,
  tally: Tally,
  asking: Answers = proof.askingAs(look, face),
): Promise<void> {
  const of = `${face} ${look.userId} ${look.role}`
  const histories = await otherHistories(proof, look, documents, Chance.of(seed, `${of} past`))
  const askAll = (history: 'one' | 'other') => askEach(proof, asking, documents, histories, history)
  const before = await askAll('one')
  for (const [i, document] of documents.entries()) await checkTaint(proof, face, look, document, before[i]!, tally)
  const other = await otherwise(proof.hub, proof.world, look, Chance.of(seed, `${of} other`))
  tally.hiddenChanges += other.changes
  try {
    for (const [i, answers] of (await askAll('other')).entries()) {
      add(tally.answers, face, answers.length)
      add(tally.telling, face, answers.filter(answer => holdsRows.test(answer)).length)
      const [expected, got] = [before[i]!, answers].map(each => each.map(withoutCursors))
      const { text: asked, variables } = documents[i]!
      if (!isDeepStrictEqual(got, expected))
        tally.findings.push({ kind: 'interference', face, look, asked, variables, expected, got })
    }
  } finally {
    await other.back()
  }
  add(tally.documents, face, documents.length)
}

/** What each document is answered, in the history that it is asked in. */
async function askEach(
  proof: Proof,
  asking: Answers,
  documents: readonly WrittenDocument[],
  histories: readonly Histories[],
  history: 'one' | 'other',
): Promise<string[][]> {
  const answers: string[][] = []
  try {
    for (const part of histories) {
      await proof.hub.retell(part[history])
      const some = await atOnce(part.documents, i => pagesOf(asking, documents[i]!))
      for (const [at, i] of part.documents.entries()) answers[i] = some[at]!
    }
  } finally {
    await proof.hub.retell()
  }
  return answers
}

const holdsRows = /"(?:nodes|edges|n\d+|categories|stays)":\[\{/

/** One document again, in worlds that are otherwise in other ways. */
export async function askAgain(proof: Proof, face: string, look: Look, document: WrittenDocument, tally: Tally): Promise<void> {
  for (let n = 0; n < 5 && tally.findings.length === 0; n++) await inBothWorlds(proof, face, look, [document], n, tally)
}

/** The answer, and where it has a next page, that one too: through the cursor that it gave. */
export async function pagesOf(asking: Answers, document: WrittenDocument): Promise<string[]> {
  const first = await asking.ask(document)
  const cursor = /"endCursor":"([\w-]+)"/.exec(first)?.[1]
  const after = cursor && document.text.replace(/\(first: /, '(after: $after, first: ')
  if (!after || after === document.text || document.text.includes('after:') || document.text.includes('asOf')) return [first]
  const text = after.replace(/^query Q(\()?/, (_, more) => `query Q($after: String${more ? ', ' : ')'}`)
  return [first, await asking.ask({ text, variables: { ...document.variables, after: cursor } })]
}

/** A cursor is sealed with chance: of its text only the length is to be compared. */
export const withoutCursors = (answer: string): string =>
  answer.replaceAll(
    /"((?:n\d+|cursor|startCursor|endCursor))":"([\w-]{40,})"/g,
    (_, name, cursor) => `"${name}":<${cursor.length}>`,
  )

async function checkTaint(
  proof: Proof,
  face: string,
  look: Look,
  { text: asked, variables }: WrittenDocument,
  answers: readonly string[],
  tally: Tally,
): Promise<void> {
  // One document may ask of several moments.
  const moments = proof.pastInstants.filter(at => asked.includes(`asOf: "${at}"`) || Object.values(variables).includes(at))
  const known = await Promise.all([undefined, ...moments].map(asOf => proof.mayKnow(look, asOf)))
  const allowed = new Set(known.flatMap(tokens => [...tokens]))
  for (const answer of answers) {
    const leaked = [...canariesIn(answer)].filter(token => !allowed.has(token))
    if (leaked.length > 0)
      tally.findings.push({ kind: 'canary', face, look, asked, variables, expected: 'none of what is denied', got: leaked })
    if (answer.includes('"INTERNAL"'))
      tally.findings.push({
        ...{ kind: 'fault', face, look, asked, variables },
        ...{ expected: 'an answer, or what is wrong with the document', got: answer },
      })
  }
}
