import { column, defineView } from '@passerelle/projections'
import { linkCaseEvents } from './link-case.events.js'

/** While two records were read as one person's; `unmergedAt` is missing as long as they are. */
export interface MergedPeriod {
  readonly mergedAt: string
  readonly unmergedAt?: string
  readonly breachAssessmentId?: string
}

/**
 * Records that may be one person's. In the hub alone: a case is about two learners, and may be told of only to those who hold both. A merge
 * moves no row: it is looked up here whenever somebody reads (R-I.2).
 */
export const linkCases = defineView('linkCases', {
  from: [linkCaseEvents],
  category: 'C1',
  audience: 'nobody',
  description: 'Two records that may be one person’s, and what became of it.',
  columns: {
    linkCaseId: column('id', { key: true }),
    learnerId: column('id'),
    otherLearnerId: column('id'),
    band: column<'automatic' | 'review'>('code'),
    score: column('num'),
    fieldWeights: column<readonly { readonly field: string; readonly weight: number }[]>('json'),
    obstacles: column('texts'),
    status: column<'proposed' | 'confirmed' | 'rejected' | 'merged' | 'unmerged'>('code'),
    survivor: column('id'),
    absorbed: column('id'),
    merges: column<readonly MergedPeriod[]>('json'),
  },
  on: {
    LinkProposed: ({ data: { blockingKey: _, ...proposed } }) => ({ ...proposed, status: 'proposed', merges: [] }),
    LinkConfirmed: _ => ({ status: 'confirmed' }),
    LinkRejected: _ => ({ status: 'rejected' }),
    PersonsMerged: ({ data, recordedAt }, row) => ({
      ...data,
      status: 'merged',
      merges: [...(row?.merges ?? []), { mergedAt: recordedAt }],
    }),
    PersonsUnmerged: ({ data: { breachAssessmentId }, recordedAt }, row) => ({
      status: 'unmerged',
      survivor: null,
      absorbed: null,
      merges: (row?.merges ?? []).map(period =>
        period.unmergedAt === undefined ? { ...period, unmergedAt: recordedAt, breachAssessmentId } : period,
      ),
    }),
  },
})

/** Everybody who is read as one person with this learner, themself included: over one merge or several. */
export function readAsOne(
  learnerId: string,
  merges: readonly { readonly survivor: string | null; readonly absorbed: string | null }[],
): string[] {
  const one = new Set([learnerId])
  for (let before = 0; before < one.size;) {
    before = one.size
    for (const { survivor, absorbed } of merges)
      if (survivor && absorbed && (one.has(survivor) || one.has(absorbed))) one.add(survivor).add(absorbed)
  }
  return [...one].sort()
}
