import { addDays } from '@passerelle/event-log'
import { column, defineView } from '@passerelle/projections'
import { type Agreement, type Change, planRules, type PlanStatus, type Revision } from './plan.decider.js'
import { planEvents } from './plan.events.js'

/** A plan: its owner is the learner. What it wants to reach is in `objectives`, which are always those in force. */
export const plans = defineView('plans', {
  from: [planEvents],
  category: 'C3',
  version: 2,
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
    assessmentDueBy: column('day', { description: 'Until when a quick plan gets the assessment it rests on (R-1.2).' }),
    longTermGoal: column('text'),
    postSecondaryPlan: column('json'),
    careerObjective: column('text', { description: 'ESCO occupation.' }),
    supports: column<readonly { supportId: string; kind: string; hoursPerWeek: number; provider: string }[]>('json', {
      description: 'Academic support that was planned.',
    }),
    barriers: column<readonly { barrierId: string; code: string; supportId?: string }[]>('json'),
    planVersion: column('int', { from: 'summary', description: 'The version in force; before there is one, that of the draft.' }),
    activeVersion: column('int', { from: 'summary', description: 'The version in force: what the learner agreed to last.' }),
    planHash: column('code', { description: 'SHA-256 of what was agreed to.' }),
    learnerResponse: column('code', { description: 'The last answer: agree, agreeWithRemarks or decline.' }),
    learnerRemarks: column('text'),
    guardianResponse: column('code', { description: 'What a guardian or proxy said: theirs, and never in the learner’s place.' }),
    guardians: column<readonly { guardianId: string; mode: string }[]>('json', {
      description: 'How guardians took part (R-1.4).',
    }),
    warnings: column('texts', { description: 'Such as AUTHOR_NOT_TRAINED (R-1.3).' }),
    nextReviewDueBy: column('day', { from: 'summary', description: 'The first of the reviews to come.' }),
    reviewsToCome: column<readonly ToCome[]>('json', { description: 'Scheduled, and neither held nor missed yet.' }),
    revisionStatus: column<Agreement>('code', {
      from: 'summary',
      description: 'Of a revision that waits beside the version in force: draft, proposed or agreed (R-5.2).',
    }),
    revisionVersion: column('int', { from: 'summary' }),
    revisionReason: column('text', { description: 'Of the revision that waits, else of the last one.' }),
    revisionDiff: column<readonly Change[]>('json', {
      description: 'What it changes: objective, added, revised or dropped, and which fields.',
    }),
    revisionChanges: column<NonNullable<Revision['changes']>>('json', { description: 'How the objectives would read.' }),
    endReason: column('code'),
  },
  on: {
    PlanDrafted: ({ data }) => ({
      ...data,
      status: 'draft',
      planVersion: 1,
      supports: [],
      barriers: [],
      guardians: [],
      assessmentDueBy:
        data.template === 'quick' && !data.basisAssessmentId
          ? addDays(data.periodFrom, planRules.quickAssessmentWithinDays)
          : null,
    }),
    PlanBasisRecorded: ({ data }) => ({ basisAssessmentId: data.basisAssessmentId, assessmentDueBy: null }),
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
    PlanProposed: ({ data }, row) => ({
      ...(row?.revisionVersion ? { revisionStatus: 'proposed' } : { status: 'proposed' }),
      warnings: data.warnings,
      learnerResponse: null,
      learnerRemarks: null,
      guardianResponse: null,
    }),
    LearnerResponded: ({ data: { respondent, response, remarks } }, row) => {
      if (respondent !== 'learner') return { guardianResponse: response }
      const answer = { learnerResponse: response, learnerRemarks: remarks ?? null }
      if (response === 'decline') return { ...answer, ...(row?.revisionVersion ? noRevision : { status: 'draft' }) }
      return { ...answer, ...(row?.revisionVersion ? { revisionStatus: 'agreed' } : { status: 'agreed' }) }
    },
    GuardianInvolved: ({ data }, row) => ({
      guardians: [...(row?.guardians ?? []).filter(g => g.guardianId !== data.guardianId), data],
    }),
    PlanActivated: ({ data: { planVersion, planHash } }, row) => ({
      ...(row?.status !== 'onHold' && { status: 'active' }),
      planVersion,
      activeVersion: planVersion,
      planHash,
      ...noRevision,
    }),
    ReviewScheduled: ({ data: { reviewId, dueBy } }, row) => toCome([...without(row, reviewId), { reviewId, dueBy }]),
    ReviewHeld: ({ data }, row) => toCome(without(row, data.reviewId)),
    ReviewMissed: ({ data }, row) => toCome(without(row, data.reviewId)),
    PlanRevised: ({ data: { reason, toVersion, diff, changes } }) => ({
      revisionStatus: 'draft',
      revisionVersion: toVersion,
      revisionReason: reason,
      revisionDiff: diff,
      revisionChanges: changes,
    }),
    PlanPutOnHold: _ => ({ status: 'onHold' }),
    PlanResumed: _ => ({ status: 'active' }),
    PlanCompleted: _ => ({ status: 'completed', ...toCome([]), ...noRevision }),
    PlanEndedEarly: ({ data }) => ({ status: 'endedEarly', endReason: data.reason, ...toCome([]), ...noRevision }),
  },
})

interface ToCome {
  readonly reviewId: string
  readonly dueBy: string
}
const without = (row: { reviewsToCome?: readonly ToCome[] | null } | undefined, reviewId: string): readonly ToCome[] =>
  (row?.reviewsToCome ?? []).filter(each => each.reviewId !== reviewId)
/** a review that nobody scheduled takes nothing from what was. */
const toCome = (reviewsToCome: readonly ToCome[]) => ({
  reviewsToCome,
  nextReviewDueBy: reviewsToCome.map(({ dueBy }) => dueBy).sort()[0] ?? null,
})
const noRevision = { revisionStatus: null, revisionVersion: null, revisionChanges: null } as const
