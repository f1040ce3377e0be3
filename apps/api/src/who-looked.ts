import { longestRestrictionDays } from '@passerelle/consent'
import type { Sql } from '@passerelle/database'
import {
  categories,
  cellOf,
  type DisclosuresQuery,
  heldLevels,
  isKeptFromLearner,
  type LearnerDisclosure,
  type LearnerFacts,
  learnerAgencyId,
} from '@passerelle/sharing'
import type { FaceContext } from './read/face-context.js'
import { type LookedWords, lookedWords } from './who-looked.words.js'

/** One look as the learner reads it. */
export type Looked = LearnerDisclosure & {
  readonly who: string
  readonly what: readonly string[]
  readonly why: string
  readonly on: readonly string[]
}

/** Of which categories a learner may know by the law, whoever recorded them: where one of these is not held, something keeps it from them. */
const openToLearners = categories.filter(category => cellOf(category, 'learner').all?.basis === 'role')

/** Of emergencies since then the learner is not told that are kept from them. */
export const keptSince = (now: Date | string): string =>
  new Date(new Date(now).getTime() - longestRestrictionDays.safeguarding * 86_400_000).toISOString()

/** Whether anything is kept from the learner at that moment, so that what was done to protect them waits too. */
export const isKept = (facts: LearnerFacts, now: string): boolean => isKeptFromLearner(facts, now, keptSince(now))

/**
 * Who looked at a learner, as the learner may know of it, and as a guardian may: of their own acts alone. A category that the learner may not know of
 * now is not there, and an entry of which nothing is left is not there; it appears once the hold has ended. While anything is held back for their
 * safety, neither is anything that was done to protect them; what was looked at in an emergency that they are not told of comes when a hold of that
 * kind would have ended. Nothing tells that there are more.
 */
export async function looksAt(
  { caller, reads, disclosures, agencyNames, now }: Pick<FaceContext, 'caller' | 'reads' | 'disclosures' | 'agencyNames' | 'now'>,
  learnerId: string,
  first: number,
  before?: string,
): Promise<Looked[]> {
  if (caller.role !== 'learner' && caller.role !== 'guardian') return []
  const permission = await reads.permissionOn(learnerId)
  if (!permission) return []
  const held = heldLevels(caller.role, permission).ownLevels
  const shown = categories.filter(category => held[category] !== undefined)
  const query: DisclosuresQuery = {
    first,
    categories: shown,
    ...(before !== undefined && { before }),
    ...(caller.role === 'guardian' && { userId: caller.userId }),
    withoutSafeguarding: openToLearners.some(category => held[category] === undefined),
    keptSince: keptSince(now()),
  }
  const found = await disclosures.of(learnerId, query)
  const names = await agencyNames(found.map(({ agencyId }) => agencyId))
  const words = lookedWords[caller.language] ?? lookedWords['en']!
  return found.map(entry => {
    const told = { ...entry, categories: entry.categories.filter(category => shown.includes(category)) }
    return { ...told, ...inWords(told, words, names) }
  })
}

/** What agencies are called. */
export const agencyNamesOf =
  (sql: Sql): FaceContext['agencyNames'] =>
  async agencyIds => {
    const rows = await sql.query<{ agency_id: string; name: string }>(
      'select agency_id, name from hub.agencies where agency_id = any($1::text[])',
      [[...new Set(agencyIds)]],
    )
    return new Map(rows.map(({ agency_id, name }) => [agency_id, name]))
  }

function inWords(
  entry: LearnerDisclosure,
  words: LookedWords,
  names: ReadonlyMap<string, string>,
): Pick<Looked, 'who' | 'what' | 'why' | 'on'> {
  const { role, agencyId, purpose, basis } = entry
  const because = entry.learners.flatMap(seen => seen.because ?? []).filter(({ category }) => entry.categories.includes(category))
  const byTask = entry.categories.some(category => !because.some(reason => reason.category === category))
  const task = basis === undefined ? words.unknownBasis : agencyId === learnerAgencyId ? words.ownRecord : words.basis[basis]
  return {
    who:
      role === 'learner'
        ? words.yourself
        : role === 'guardian'
          ? words.guardian
          : words.who(words.roles[role], names.get(agencyId) ?? words.someAgency),
    what: entry.categories.map(category => words.what[category]),
    why: words.why[purpose],
    on: [...new Set([...because.map(reason => words.basis[reason.basis!]), ...(byTask ? [task] : [])])],
  }
}
