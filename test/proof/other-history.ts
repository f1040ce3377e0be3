import type { Chance } from '@passerelle/connector'
import { views } from '@passerelle/hub'
import { asksWhy, isWhy } from './asking-why.js'
import { expectedRows } from './differential.js'
import type { WrittenDocument } from './documents.js'
import { canariesIn, inOtherWords } from './payloads.js'
import type { Proof } from './proof.js'
import type { Retelling } from './retold-history.js'
import { secretsFrom } from './secrets.js'
import type { Look } from './truth.js'

/** Two histories of a hub, and what is asked in both: everything that this person may not see or be told is otherwise. */
export interface Histories {
  readonly documents: readonly number[]
  readonly one: Retelling
  readonly other: Retelling
}

/**
 * Of the past as of now: other words in every hidden field, and hidden streams gone. Where it is asked why, which the facts answer and not the rows, streams
 * stay, and what happened besides is only what nobody may tell this person.
 */
export async function otherHistories(
  proof: Proof,
  look: Look,
  documents: readonly WrittenDocument[],
  chance: Chance,
): Promise<Histories[]> {
  const known = await Promise.all([undefined, ...proof.pastInstants].map(asOf => proof.mayKnow(look, asOf)))
  const other = new Map<string, string>()
  const reword = (text: string) => {
    let words = text
    for (const token of canariesIn(text))
      if (!known.some(tokens => tokens.has(token))) {
        if (!other.has(token)) other.set(token, inOtherWords(chance))
        words = words.replaceAll(token, other.get(token)!)
      }
    return words
  }
  const parts = Map.groupBy(documents.keys(), i => (isWhy(documents[i]!) ? 'why' : asksWhy(documents[i]!) ? 'both' : 'rows'))
  const histories: Histories[] = []
  for (const [part, of] of parts) {
    const secrets = part === 'why' ? await secretsFrom(proof, look, chance) : undefined
    const without = part === 'rows' ? await hiddenStreams(proof, look, chance) : undefined
    histories.push({
      documents: of,
      one: secrets ? { besides: secrets.before } : {},
      other: { reword, ...(secrets && { besides: secrets.after }), ...(without && { without }) },
    })
  }
  return histories
}

/** Some of the streams from which nothing comes that this person may know to be there, whenever they look. */
async function hiddenStreams(proof: Proof, look: Look, chance: Chance): Promise<ReadonlySet<string>> {
  const worlds = [proof.world, ...(await Promise.all(proof.pastInstants.map(asOf => proof.worldAsOf(asOf))))]
  const seen = new Set(
    views.flatMap(view =>
      worlds.flatMap(world =>
        expectedRows(world, look, view, view.keys).map(row => `${view.name} ${view.keys.map(key => row[key]).join('|')}`),
      ),
    ),
  )
  const hidden = [...(await proof.rowsOfStreams())].filter(([, rows]) => !rows.some(row => seen.has(row)))
  return new Set(hidden.flatMap(([streamId]) => (chance.yes(40) ? [streamId] : [])))
}
