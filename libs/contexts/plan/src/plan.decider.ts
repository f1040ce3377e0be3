import { type Decider, Refused } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { type PlanEvent, planEvents } from './plan.events.js'

export type DataOf<T extends PlanEvent['type']> = Extract<PlanEvent, { type: T }>['data']

export interface Measure {
  readonly code: string
  readonly unit: string
  readonly baseline: number
  readonly target: number
  readonly direction: 'up' | 'down'
}
export interface Objective {
  readonly objectiveId: string
  readonly text: string | Erased
  readonly skillRef?: string | Erased
  readonly needRef?: string
  readonly findingRef?: string
  readonly measure?: Measure
  readonly dueDate?: string
  readonly reviewBy?: string
  readonly supports: readonly string[]
  readonly learnerAuthored: boolean
  readonly status: 'open' | 'done' | 'dropped'
}
export type Objectives = Readonly<Record<string, Objective>>
/** An objective in somebody's words, before it is part of a plan. */
export type Wording = Omit<DataOf<'ObjectiveAdded'>, 'reviewId'>
export interface Barrier {
  readonly barrierId: string
  readonly objectiveIds: readonly string[]
  readonly supportId?: string
}
export interface Review {
  readonly reviewId: string
  readonly dueBy?: string
  readonly cadenceDays?: number
  readonly status: 'scheduled' | 'held' | 'missed'
  readonly overdue: boolean
  /** As it was held. */
  readonly held?: unknown
  /** A held review carries one version. */
  readonly usedBy?: number
}
/** What is different from the version in force. */
export interface Change {
  readonly objectiveId: string
  readonly change: 'added' | 'revised' | 'dropped'
  readonly fields: readonly string[]
}
/** A version that waits for the learner's yes beside the one in force. */
export interface Revision {
  readonly status: Agreement
  readonly toVersion: number
  readonly reviewId: string
  readonly reason: string | Erased
  /** Undefined where it was erased: then it can only be replaced or declined. */
  readonly changes:
    readonly { readonly change: Change['change']; readonly objectiveId: string; readonly objective?: Wording }[] | undefined
}

/** How far a version is on its way to the learner's yes. */
export type Agreement = 'draft' | 'proposed' | 'agreed'
export type PlanStatus = 'none' | Agreement | 'active' | 'onHold' | 'completed' | 'endedEarly'

export interface Plan {
  /** Of the version in force; before there is one, of the first. */
  readonly status: PlanStatus
  readonly planId?: string
  readonly learnerId?: string
  readonly kind?: 'learning' | 'career'
  readonly template?: 'full' | 'quick'
  readonly basisAssessmentId?: string
  readonly authors: readonly string[]
  readonly periodFrom?: string
  readonly periodUntil?: string
  /** Of the version in force; before there is one, of the draft. */
  readonly objectives: Objectives
  /** As they were said, by id. */
  readonly goals: Readonly<Record<string, unknown>>
  readonly supports: Readonly<Record<string, unknown>>
  readonly barriers: readonly Barrier[]
  readonly subjects: readonly string[]
  readonly postSecondaryPlan?: unknown
  readonly careerObjective?: unknown
  readonly guardians: Readonly<Record<string, string>>
  /** The version in force; before there is one, 1. */
  readonly planVersion: number
  /** Version in force: what the learner agreed to last. */
  readonly activeVersion?: number
  /** The day on which the first version came into force; absent where a state was made without days. */
  readonly inForceSince?: string
  readonly planHash?: string
  readonly revision?: Revision
  /** The highest number that a version was given. */
  readonly lastVersion: number
  /** The learner declined the draft as it stands (R-1.1: not achievable). */
  readonly isDeclined: boolean
  /** Last answer of each respondent, by version. */
  readonly answers: Readonly<Record<string, unknown>>
  readonly reviews: Readonly<Record<string, Review>>
  /** Last rating by review and objective, last feedback by review. */
  readonly said: Readonly<Record<string, unknown>>
}

/** What the region sets: an authority may change each of them. */
export interface PlanRules {
  /** */
  readonly assessmentAgeDays: number
  readonly quickAssessmentWithinDays: number
  /** */
  readonly mostObjectives: number
  /** */
  readonly reviewCadenceDays: number
  readonly reviewCadenceAfterHighSignalDays: number
}
export const planRules: PlanRules = {
  assessmentAgeDays: 90,
  quickAssessmentWithinDays: 42,
  mostObjectives: 5,
  reviewCadenceDays: 42,
  reviewCadenceAfterHighSignalDays: 14,
}

/** The version that the learner is to answer next, or has answered: its number and how far it is. */
export const atHand = (plan: Plan): { readonly version: number; readonly status: PlanStatus } =>
  plan.revision
    ? { version: plan.revision.toVersion, status: plan.revision.status }
    : { version: plan.planVersion, status: plan.status }

/** The objectives of the version at hand: those in force as a revision would have them. */
export function objectivesAtHand({ objectives, revision }: Plan): Objectives {
  const changed: Record<string, Objective> = { ...objectives }
  for (const { change, objectiveId, objective } of revision?.changes ?? [])
    changed[objectiveId] = change === 'dropped' ? { ...changed[objectiveId]!, status: 'dropped' } : objectiveOf(objective!)
  return changed
}
export const openOnes = (objectives: Objectives): Objective[] => Object.values(objectives).filter(o => o.status === 'open')

export const answerKey = (version: number, respondent: string) => `${version}|${respondent}`
export const ratingKey = (reviewId: string, objectiveId: string) => `${reviewId}|${objectiveId}`

export const plan: Decider<Plan, PlanEvent> = {
  events: planEvents,
  initial: {
    status: 'none',
    authors: [],
    objectives: {},
    goals: {},
    supports: {},
    barriers: [],
    subjects: [],
    guardians: {},
    planVersion: 1,
    lastVersion: 1,
    isDeclined: false,
    answers: {},
    reviews: {},
    said: {},
  },
  subject: state => state.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'PlanDrafted':
        return { ...state, ...event.data, status: 'draft' }
      case 'PlanBasisRecorded':
        return { ...state, basisAssessmentId: event.data.basisAssessmentId }
      case 'ObjectiveAdded': {
        const { reviewId: _, ...objective } = event.data
        return withObjective(redrafted(state), objectiveOf(objective))
      }
      case 'ObjectiveRevised': {
        const { reason: _r, reviewId: _i, ...objective } = event.data
        return withObjective(redrafted(state), objectiveOf(objective))
      }
      case 'ObjectiveDropped':
        return withObjective(redrafted(state), { ...state.objectives[event.data.objectiveId]!, status: 'dropped' })
      case 'ObjectiveOutcomeRecorded': {
        const { objectiveId, outcome } = event.data
        return withObjective(state, { ...state.objectives[objectiveId]!, status: outcome === 'dropped' ? 'dropped' : 'done' })
      }
      case 'LongTermGoalSet':
        return { ...state, isDeclined: false, goals: { ...state.goals, [event.data.goalId]: event.data } }
      case 'AcademicSupportPlanned':
        return { ...state, isDeclined: false, supports: { ...state.supports, [event.data.supportId]: event.data } }
      case 'CareerBarrierIdentified': {
        const { barrierId, objectiveIds, supportId } = event.data
        const others = state.barriers.filter(b => b.barrierId !== barrierId)
        return { ...state, isDeclined: false, barriers: [...others, { barrierId, objectiveIds, supportId }] }
      }
      case 'SubjectChosen':
        return { ...state, isDeclined: false, subjects: [...state.subjects, event.data.courseRef] }
      case 'PostSecondaryPlanSet':
        return { ...state, isDeclined: false, postSecondaryPlan: event.data }
      case 'CareerObjectiveSet':
        return { ...state, isDeclined: false, careerObjective: event.data }
      case 'PlanProposed':
        return withAgreement(state, 'proposed')
      case 'LearnerResponded': {
        const { planVersion, respondent, response } = event.data
        const answered = { ...state, answers: { ...state.answers, [answerKey(planVersion, respondent)]: event.data } }
        if (respondent !== 'learner') return answered
        if (response !== 'decline') return withAgreement(answered, 'agreed')
        // What was in force stays in force; a first draft goes back to those who wrote it.
        return state.revision ? { ...answered, revision: undefined } : { ...answered, status: 'draft', isDeclined: true }
      }
      case 'GuardianInvolved':
        return { ...state, guardians: { ...state.guardians, [event.data.guardianId]: event.data.mode } }
      case 'PlanActivated': {
        const { planVersion, planHash } = event.data
        const used = state.revision ? withReview(state, state.revision.reviewId, { usedBy: planVersion }) : state
        const status = state.status === 'onHold' ? 'onHold' : 'active'
        const inForceSince = state.inForceSince ?? event.occurredAt?.slice(0, 10)
        return { ...used, status, planVersion, activeVersion: planVersion, inForceSince, planHash, revision: undefined }
      }
      case 'ReviewScheduled':
        return withReview(state, event.data.reviewId, { ...event.data, status: 'scheduled', overdue: false })
      case 'ReviewHeld':
        return withReview(state, event.data.reviewId, { status: 'held', held: event.data })
      case 'ReviewMissed':
        return withReview(state, event.data.reviewId, { status: 'missed' })
      case 'ReviewOverdue':
        return withReview(state, event.data.reviewId, { overdue: true })
      case 'ObjectiveProgressRated':
        return { ...state, said: { ...state.said, [ratingKey(event.data.reviewId, event.data.objectiveId)]: event.data } }
      case 'FeedbackGiven':
        return { ...state, said: { ...state.said, [event.data.reviewId]: event.data } }
      case 'PlanRevised': {
        const { toVersion, reviewId, reason } = event.data
        const changes = Array.isArray(event.data.changes) ? event.data.changes : undefined
        return { ...state, lastVersion: toVersion, revision: { status: 'draft', toVersion, reviewId, reason, changes } }
      }
      case 'PlanPutOnHold':
        return { ...state, status: 'onHold' }
      case 'PlanResumed':
        return { ...state, status: 'active' }
      case 'PlanCompleted':
        return { ...state, status: 'completed', revision: undefined }
      case 'PlanEndedEarly':
        return { ...state, status: 'endedEarly', revision: undefined }
    }
  },
}

export function objectiveOf({ measure, ...data }: Wording): Objective {
  return { ...data, ...(measure && 'target' in measure && { measure: measure as Measure }), status: 'open' }
}
/** A proposal that is changed has to be proposed again. */
const redrafted = (plan: Plan): Plan => ({
  ...plan,
  isDeclined: false,
  status: plan.status === 'proposed' ? 'draft' : plan.status,
})
const withAgreement = (plan: Plan, status: Agreement): Plan =>
  plan.revision ? { ...plan, revision: { ...plan.revision, status } } : { ...plan, status }
const withObjective = (plan: Plan, objective: Objective): Plan => ({
  ...plan,
  objectives: { ...plan.objectives, [objective.objectiveId]: objective },
})
function withReview(plan: Plan, reviewId: string, change: Partial<Review>): Plan {
  const review: Review = { reviewId, status: 'scheduled', overdue: false, ...plan.reviews[reviewId], ...change }
  return { ...plan, reviews: { ...plan.reviews, [reviewId]: review } }
}

export const isLive = ({ status }: Plan): boolean => !['none', 'completed', 'endedEarly'].includes(status)

export function refuseClosed(plan: Plan): void {
  if (!isLive(plan))
    throw new Refused('PLAN.CLOSED', plan.status === 'none' ? 'There is no such plan.' : 'The plan has ended.', 'Draft a plan.', {
      status: plan.status,
    })
}
export function refuseUnlessActive(plan: Plan, what: string): void {
  if (plan.status !== 'active') throw new Refused('PLAN.NOT_ACTIVE', what, 'Activate the plan first.', { status: plan.status })
}
export function openObjective(plan: Plan, objectiveId: string): Objective {
  const objective = plan.objectives[objectiveId]
  if (objective?.status !== 'open')
    throw new Refused('PLAN.NO_OBJECTIVE', 'The plan has no such open objective.', 'Check the id.', { objectiveId })
  return objective
}
/** */
export function refuseTooMany(plan: Plan, more: number, rules: PlanRules): void {
  const count = openOnes(plan.objectives).length + more
  if (more > 0 && count > rules.mostObjectives)
    throw new Refused(
      'PLAN.TOO_MANY_OBJECTIVES',
      `More than ${rules.mostObjectives} objectives at once are noise.`,
      'Finish or drop one first.',
      { objectives: count, most: rules.mostObjectives },
    )
}
