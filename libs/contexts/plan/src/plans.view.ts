import { column, defineView } from '@passerelle/projections'
import type { Change, PlanStatus } from './plan.decider.js'
import { planEvents } from './plan.events.js'

/** The learner's plan: where it stands and what it rests on. */
export const plans = defineView('plans', {
  from: [planEvents],
  category: 'C3',
  description: 'A learning or career plan: the learner’s own.',
  columns: {
    planId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<PlanStatus>('code', {
      from: 'existence',
      description: 'draft, proposed, agreed, active, onHold, completed or endedEarly',
    }),
    kind: column<'learning' | 'career'>('code', { from: 'summary' }),
    template: column<'full' | 'quick'>('code'),
    authors: column('texts', { from: 'summary', description: 'Staff who wrote it with the learner.' }),
    periodFrom: column('day', { from: 'summary' }),
    periodUntil: column('day', { from: 'summary' }),
    basisAssessmentId: column('id'),
    longTermGoal: column('text'),
    postSecondaryPlan: column('json'),
    careerObjective: column('text', { description: 'ESCO occupation.' }),
    supports: column<readonly { supportId: string; kind: string; hoursPerWeek: number; provider: string }[]>('json', {
      description: 'Academic support that was planned.',
    }),
    barriers: column<readonly { barrierId: string; code: string; supportId?: string }[]>('json'),
    planVersion: column('int', { from: 'summary', description: 'Version at hand.' }),
    activeVersion: column('int', { from: 'summary', description: 'Version in force: what the learner agreed to last.' }),
    planHash: column('code', { description: 'SHA-256 of what was agreed to.' }),
    learnerResponse: column('code', { description: 'agree, agreeWithRemarks or decline' }),
    learnerRemarks: column('text'),
    warnings: column('texts', { description: 'Such as AUTHOR_NOT_TRAINED (R-1.3).' }),
    nextReviewDueBy: column('day', { from: 'summary' }),
    lastRevision: column<{ fromVersion: number; toVersion: number; reviewId: string; diff: readonly Change[] }>('json'),
    lastRevisionReason: column('text'),
    endReason: column('code'),
  },
  on: {
    PlanDrafted: ({ data }) => ({ ...data, status: 'draft', planVersion: 1, supports: [], barriers: [] }),
    LongTermGoalSet: ({ data }) => ({ longTermGoal: data.text }),
    PostSecondaryPlanSet: ({ data }) => ({ postSecondaryPlan: data }),
    CareerObjectiveSet: ({ data }) => ({ careerObjective: data.escoOccupationUri }),
    AcademicSupportPlanned: ({ data }, row) => ({ supports: [...(row?.supports ?? []), data] }),
    CareerBarrierIdentified: ({ data: { barrierId, code, supportId } }, row) => ({
      barriers: [
        ...(row?.barriers ?? []).filter(b => b.barrierId !== barrierId),
        { barrierId, code, ...(supportId && { supportId }) },
      ],
    }),
    // A proposal that is changed goes back to being a draft.
    ObjectiveAdded: (_, row) => (row?.status === 'proposed' ? { status: 'draft' } : {}),
    ObjectiveRevised: (_, row) => (row?.status === 'proposed' ? { status: 'draft' } : {}),
    ObjectiveDropped: (_, row) => (row?.status === 'proposed' ? { status: 'draft' } : {}),
    PlanProposed: ({ data }) => ({ status: 'proposed', warnings: data.warnings, learnerResponse: null, learnerRemarks: null }),
    LearnerResponded: ({ data }) =>
      data.respondent === 'learner'
        ? {
            status: data.response === 'decline' ? 'draft' : 'agreed',
            learnerResponse: data.response,
            learnerRemarks: data.remarks ?? null,
          }
        : {},
    PlanActivated: ({ data }) => ({ status: 'active', activeVersion: data.planVersion, planHash: data.planHash }),
    ReviewScheduled: ({ data }) => ({ nextReviewDueBy: data.dueBy }),
    ReviewHeld: _ => ({ nextReviewDueBy: null }),
    PlanRevised: ({ data: { reason, fromVersion, toVersion, reviewId, diff } }) => ({
      status: 'draft',
      planVersion: toVersion,
      lastRevision: { fromVersion, toVersion, reviewId, diff },
      lastRevisionReason: reason,
    }),
    PlanPutOnHold: _ => ({ status: 'onHold' }),
    PlanResumed: _ => ({ status: 'active' }),
    PlanCompleted: _ => ({ status: 'completed', nextReviewDueBy: null }),
    PlanEndedEarly: ({ data }) => ({ status: 'endedEarly', endReason: data.reason, nextReviewDueBy: null }),
  },
})
