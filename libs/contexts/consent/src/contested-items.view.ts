import { column, defineView } from '@passerelle/projections'
import type { Category } from '@passerelle/sharing'
import { type Contest, contestDueBy, type ContestOutcome } from './contest.decider.js'
import { contestEvents } from './contest.events.js'

/**
 * What has to be answered, for the person and for the data protection officer of the agency that recorded it, whether or not it works with the learner
 * still. To anybody else it would tell that there is such an item; they see a contest beside the item, where they see that. What the
 * agency answers in words stands there alone: the item may meanwhile be kept from whoever contested it.
 */
export const contestedItems = defineView('contestedItems', {
  from: [contestEvents],
  category: 'C14',
  addressed: true,
  description: 'An item that somebody says is wrong, and by when the agency that recorded it answers (GDPR 12(3), 16).',
  columns: {
    contestId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    agencyId: column('id', { from: 'existence', owner: true, description: 'Who recorded it, and so has to answer.' }),
    status: column<Exclude<Contest['status'], 'none'>>('code', {
      from: 'existence',
      description: 'open, answered or withdrawn',
    }),
    view: column('code', { description: 'The view that shows it.' }),
    key: column<readonly string[]>('texts', { description: 'Its key there.' }),
    category: column<Category>('code', { description: 'That of the item.' }),
    targetEventId: column('id', { description: 'The event that said it, where they named it.' }),
    by: column<'learner' | 'guardian'>('code'),
    guardianId: column('id'),
    words: column('text', { sealedWith: 'category', description: 'In their words; gone once they let it go.' }),
    on: column('day', { from: 'existence' }),
    dueBy: column('day', { from: 'existence', description: 'Last day on which it is answered in time.' }),
    overdue: column('bool', { from: 'existence' }),
    outcome: column<ContestOutcome>('code', { from: 'existence', description: 'corrected, partlyCorrected or stands' }),
    answeredOn: column('day', { from: 'existence' }),
  },
  on: {
    LearnerContested: ({ data: { target, words, ...said } }) => ({
      ...said,
      ...target,
      words: words[said.category] ?? null,
      status: 'open',
      dueBy: contestDueBy(said),
      overdue: false,
    }),
    ContestationOverdue: _ => ({ overdue: true }),
    ContestationAnswered: ({ data: { outcome, on } }) => ({ status: 'answered', outcome, answeredOn: on }),
    ContestationWithdrawn: _ => ({ status: 'withdrawn', words: null }),
  },
})
