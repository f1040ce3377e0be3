import { column, defineView } from '@passerelle/projections'
import type { Category } from '@passerelle/sharing'
import type { Hold, Restriction } from './restriction.decider.js'
import { restrictionEvents } from './restriction.events.js'

/** The columns of both views; which of them a restriction stands in depends on whether the learner may know of it. */
const columns = () => ({
  restrictionId: column('id', { key: true }),
  learnerId: column('id', { subject: true }),
  status: column<Exclude<Restriction['status'], 'none'>>('code', {
    from: 'existence',
    description: 'proposed, declined, placed or lifted; over on the day `until`, whatever it says',
  }),
  categories: column<readonly Category[]>('texts'),
  agencyIds: column<readonly string[]>('texts', { description: 'None: every agency.' }),
  fromLearner: column('bool', { description: 'Kept from the learner too.' }),
  grounds: column<Hold['grounds']>('code', { description: 'gdpr18, courtOrder or safeguarding' }),
  until: column('day', { description: 'First day on which it holds no more.' }),
  proposedBy: column('id'),
  approvedBy: column('id', { description: 'The second person, where it took one.' }),
  reason: column('code', { description: 'Why it was declined or lifted.' }),
})
type Begun = { readonly data: { readonly hidden: boolean; readonly grounds: string } }
type Ended = { readonly data: { readonly reason: string } }

const folds = (hidden: boolean) => {
  const begun =
    <S extends 'proposed' | 'placed'>(status: S) =>
    ({ data }: Begun) =>
      data.hidden === hidden ? { ...data, status, grounds: data.grounds as Hold['grounds'] } : undefined
  return {
    RestrictionProposed: begun('proposed'),
    RestrictionPlaced: begun('placed'),
    RestrictionDeclined: ({ data }: Ended) => ({ status: 'declined' as const, reason: data.reason }),
    RestrictionLifted: ({ data }: Ended) => ({ status: 'lifted' as const, reason: data.reason }),
  }
}

/** Restrictions that the learner knows of. */
export const restrictions = defineView('restrictions', {
  from: [restrictionEvents],
  category: 'C14',
  description: 'A hold on who may see what of the learner.',
  columns: columns(),
  on: folds(false),
})

/** Those that are themselves kept from the learner: safeguarding's own (C10), so that nobody else learns that there is one. */
export const hiddenRestrictions = defineView('hiddenRestrictions', {
  from: [restrictionEvents],
  category: 'C10',
  description: 'A hold for the learner’s safety that the learner is not told of.',
  columns: columns(),
  on: folds(true),
})
