import { type Instant, isLive, type LearnerFacts } from './facts.js'
import type { Purpose } from './vocabulary.js'

/**
 * The facts as they may be told to somebody who may not know of hidden restrictions: as if there were none. What such a restriction closes is then
 * explained as open and holds nothing, which is how a category without data looks.
 */
export const withoutHidden = (facts: LearnerFacts): LearnerFacts => ({
  ...facts,
  restrictions: facts.restrictions.filter(({ hidden }) => !hidden),
})

/** The facts as they may be told to somebody who may know that there is a hidden restriction: it decides in its own name. */
export const withHiddenNamed = (facts: LearnerFacts): LearnerFacts => ({
  ...facts,
  restrictions: facts.restrictions.map(restriction => ({ ...restriction, hidden: false })),
})

/** Whether a hidden restriction keeps something from the learner now, or an emergency since `keptSince` that they are not told of. */
export const isKeptFromLearner = ({ restrictions, breakGlass }: LearnerFacts, now: Instant, keptSince: Instant): boolean =>
  restrictions.some(r => r.hidden && r.fromLearner && isLive(r, now)) ||
  breakGlass.some(({ kept, from }) => kept && from > keptSince)

/**
 * The facts, of now or of the past, as the learner may be told them now. While anything is kept from them, what was done for safeguarding alone waits too,
 * and with it every agency that has nothing else to do with them: that it is involved would tell.
 */
export function asToldToLearner(facts: LearnerFacts, isKept: boolean): LearnerFacts {
  const told = withoutHidden(facts)
  if (!isKept) return told
  const isOpen = ({ purposes }: { readonly purposes?: readonly Purpose[] }) =>
    !purposes?.every(purpose => purpose === 'safeguarding')
  const standings = told.standings.filter(isOpen)
  const involved = new Set(standings.filter(({ kind }) => kind !== 'recording').map(({ agencyId }) => agencyId))
  for (const { agencyId } of [...told.answers, ...told.mandates]) if (agencyId !== undefined) involved.add(agencyId)
  return {
    ...told,
    standings: standings.filter(({ agencyId }) => involved.has(agencyId)),
    assignments: told.assignments.filter(each => isOpen(each) && involved.has(each.agencyId)),
    breakGlass: [],
  }
}
