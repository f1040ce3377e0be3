import { categories, cellOf, type DisclosuresQuery, type LearnerDisclosure } from '@passerelle/sharing'
import type { FaceContext } from './read-schema.js'

/** Of which categories a learner may know by the law, whoever recorded them: where one of these is not held, something keeps it from them. */
const openToLearners = categories.filter(category => cellOf(category, 'learner').all?.basis === 'role')

/**
 * Who looked at a learner, as the learner may know of it, and as a guardian may: of their own acts alone. A category that the learner may not know of
 * now is not there, and an entry of which nothing is left is not there; it appears once the hold has ended. While anything is held back for their
 * safety, neither is anything that was done to protect them. Nothing tells that there are more.
 */
export async function looksAt(
  { caller, reads, disclosures }: FaceContext,
  learnerId: string,
  first: number,
  before?: string,
): Promise<LearnerDisclosure[]> {
  if (caller.role !== 'learner' && caller.role !== 'guardian') return []
  const held = await reads.levelsOn(learnerId)
  if (!held) return []
  const shown = categories.filter(category => held[category] !== undefined)
  const query: DisclosuresQuery = {
    first,
    categories: shown,
    ...(before !== undefined && { before }),
    ...(caller.role === 'guardian' && { userId: caller.userId }),
    withoutSafeguarding: openToLearners.some(category => held[category] === undefined),
  }
  return (await disclosures.of(learnerId, query)).map(entry => ({
    ...entry,
    categories: entry.categories.filter(category => shown.includes(category)),
  }))
}
