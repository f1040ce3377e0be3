import { type Instant, isLive, type LearnerFacts } from './facts.js'

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

/**
 * The facts as the learner may be told them now. While a hidden restriction keeps something from them, or an emergency since `keptSince` that they are
 * not told of, what was done for safeguarding alone waits too, and with it every agency that has nothing else to do with them: that it is involved
 * would tell.
 */
export function asToldToLearner(facts: LearnerFacts, now: Instant, keptSince: Instant): LearnerFacts {
  const told = withoutHidden(facts)
  const keeps = facts.restrictions.some(r => r.hidden && r.fromLearner && isLive(r, now))
  if (!keeps && !facts.breakGlass.some(({ kept, from }) => kept && from > keptSince)) return told
  const open = told.standings.filter(({ purposes }) => !purposes?.every(purpose => purpose === 'safeguarding'))
  const involved = new Set(open.filter(({ kind }) => kind !== 'recording').map(({ agencyId }) => agencyId))
  for (const { agencyId } of [...told.answers, ...told.mandates]) if (agencyId !== undefined) involved.add(agencyId)
  return {
    ...told,
    standings: open.filter(({ agencyId }) => involved.has(agencyId)),
    assignments: told.assignments.filter(({ agencyId }) => involved.has(agencyId)),
    breakGlass: [],
  }
}
