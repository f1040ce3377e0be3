import { earlier } from '@passerelle/event-log'
import { column, defineView } from '@passerelle/projections'
import type { Category } from '@passerelle/sharing'
import { dueOf, type Hold, type Restriction } from './restriction.decider.js'
import { type RestrictionEvent, restrictionEvents } from './restriction.events.js'

/** The columns of both views; which of them a restriction stands in depends on whether the learner may know of it. */
const columns = () => ({
  restrictionId: column('id', { key: true }),
  learnerId: column('id', { subject: true }),
  status: column<Exclude<Restriction['status'], 'none'>>('code', {
    from: 'existence',
    description: 'proposed, declined, placed, lifted or expired; over on the day `until`, whatever it says',
  }),
  categories: column<readonly Category[]>('texts'),
  agencyIds: column<readonly string[]>('texts', { description: 'None: every agency.' }),
  fromLearner: column('bool', { description: 'Kept from the learner too.' }),
  grounds: column<Hold['grounds']>('code', { description: 'gdpr18, courtOrder or safeguarding' }),
  until: column('day', { description: 'First day on which it holds no more.' }),
  dueBy: column('day', {
    from: 'existence',
    description: 'Of a proposal: last day on which it is decided in time (GDPR 12(3)).',
  }),
  overdue: column('bool', { from: 'existence', description: 'Of a proposal: that day went by and nobody had decided.' }),
  proposedBy: column('id'),
  approvedBy: column('id', { description: 'The second person, where it took one.' }),
  reason: column('code', { description: 'Why it was declined or lifted, or will be.' }),
})
type Begun = { readonly data: { readonly hidden: boolean; readonly grounds: string } }
type Announced = { readonly data: { readonly reason: string; readonly until: string } }
type Proposed = Extract<RestrictionEvent, { type: 'RestrictionProposed' }>
type Ended = { readonly data: { readonly reason: string } }

const folds = (hidden: boolean) => {
  const begun =
    <S extends 'proposed' | 'placed'>(status: S) =>
    ({ data }: Begun) =>
      data.hidden === hidden ? { ...data, status, grounds: data.grounds as Hold['grounds'] } : undefined
  return {
    RestrictionProposed: (event: Proposed) => {
      const row = begun('proposed')(event)
      return row && { ...row, dueBy: dueOf(event.data), overdue: false }
    },
    RestrictionProposalOverdue: (_: unknown) => ({ overdue: true }),
    RestrictionProposalExpired: (_: unknown) => ({ status: 'expired' as const }),
    RestrictionPlaced: begun('placed'),
    RestrictionDeclined: ({ data }: Ended) => ({ status: 'declined' as const, reason: data.reason }),
    RestrictionLifted: ({ data }: Ended) => ({ status: 'lifted' as const, reason: data.reason }),
    RestrictionEndAnnounced: ({ data }: Announced, row: { readonly until: string | null } | undefined) => ({
      reason: data.reason,
      until: earlier(row?.until, data.until),
    }),
  }
}

const known = folds(false)
/** Restrictions that the learner knows of. */
export const restrictions = defineView('restrictions', {
  from: [restrictionEvents],
  category: 'C14',
  description: 'A hold on who may see what of the learner.',
  columns: { ...columns(), guardianId: column('id', { description: 'The guardian who asked for it.' }) },
  on: {
    ...known,
    RestrictionProposed: event => {
      const row = known.RestrictionProposed(event)
      const { grounds, proposedBy, learnerId } = event.data
      // What GDPR 18 gives, the learner asks for, or a guardian for them: nobody else proposes it.
      return row && { ...row, ...(grounds === 'gdpr18' && proposedBy !== learnerId && { guardianId: proposedBy }) }
    },
  },
})

/** Those that are themselves kept from the learner: safeguarding's own (C10), so that nobody else learns that there is one. */
export const hiddenRestrictions = defineView('hiddenRestrictions', {
  from: [restrictionEvents],
  category: 'C10',
  description: 'A hold for the learner’s safety that the learner is not told of.',
  columns: columns(),
  on: folds(true),
})
