import { column, defineView } from '@passerelle/projections'
import type { Category, Role } from '@passerelle/sharing'
import { type BreakGlassEvent, breakGlassEvents, emergencies, type Emergency } from './break-glass.events.js'

const columns = (told: 'existence' | 'full') => ({
  breakGlassId: column('id', { key: true }),
  learnerId: column('id', { subject: true }),
  status: column<'used' | 'reviewed'>('code', { from: 'existence', description: 'used or reviewed' }),
  userId: column('id', { from: told }),
  reviewDueOn: column('day', {
    from: told,
    description: 'The day by which the data protection officer has to have reviewed it.',
  }),
  overdue: column('bool', { from: told, description: 'The day went by without a review: the region’s officer was told.' }),
  toldAgencyId: column('id', { owner: true, description: 'Whose officer was told, and may review it too.' }),
  agencyId: column('id', { owner: true }),
  role: column<Role>('code'),
  categories: column<readonly Category[]>('texts'),
  reasonCode: column<Emergency>('code', { description: emergencies.join(', ') }),
  reason: column('text', { description: 'What happened, in their words.' }),
  at: column('instant'),
  until: column('instant', { description: 'From then on it shows nothing any more.' }),
  outcome: column<'justified' | 'unjustified'>('code', { description: 'justified or unjustified' }),
  reviewedBy: column('id'),
  remark: column('text', { description: 'Of the review.' }),
})

type EventData<T extends BreakGlassEvent['type']> = Extract<BreakGlassEvent, { type: T }>['data']
type Used = { readonly data: EventData<'BreakGlassUsed'> }
type Overdue = { readonly data: EventData<'BreakGlassReviewOverdue'> }
type Reviewed = { readonly data: EventData<'BreakGlassReviewed'>; readonly occurredAt: string }

const folds = (kept: boolean) => ({
  BreakGlassUsed: ({ data }: Used) => {
    const { reason, keptReason, kept: isKept, ...told } = data
    return isKept === kept
      ? { ...told, status: 'used' as const, overdue: false, reason: (kept ? keptReason : reason) ?? null }
      : undefined
  },
  BreakGlassReviewOverdue: ({ data: { toldAgencyId } }: Overdue, row: { readonly toldAgencyId: string | null } | undefined) => ({
    overdue: true,
    toldAgencyId: row?.toldAgencyId ?? toldAgencyId,
  }),
  BreakGlassReviewed: (
    { data: { outcome, by, remark, keptRemark }, occurredAt }: Reviewed,
    row: { readonly until: string | null } | undefined,
  ) => ({
    status: 'reviewed' as const,
    ...(outcome === 'unjustified' && row?.until && occurredAt < row.until && { until: occurredAt }),
    outcome,
    reviewedBy: by,
    remark: (kept ? keptRemark : remark) ?? null,
  }),
})

/** Emergencies that the learner is told of. Their agency owns the row, so its officer is told whether or not the agency works with the learner. */
export const breakGlasses = defineView('breakGlasses', {
  from: [breakGlassEvents],
  category: 'C14',
  description: 'Somebody looked in an emergency, without consent, and answers for it.',
  columns: columns('full'),
  on: folds(false),
})

/**
 * Those of which the learner is not told, for their safety: safeguarding's own (C10). An officer, who may know no more than that there is one, is told who
 * has to answer, and by when it has to be reviewed.
 */
export const keptBreakGlasses = defineView('keptBreakGlasses', {
  from: [breakGlassEvents],
  category: 'C10',
  description: 'Somebody looked in an emergency that the learner is not told of now.',
  columns: columns('existence'),
  on: folds(true),
})
