import { type Decider, Refused } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { type PlanEvent, planEvents } from './plan.events.js'
import { activeObjectives, smartFaults } from './smart.js'

type DataOf<T extends PlanEvent['type']> = Extract<PlanEvent, { type: T }>['data']
type Measure = {
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
  /** A held review carries one revision. */
  readonly usedBy?: number
}
/** What changed since the version that the learner last agreed to. */
export interface Change {
  readonly objectiveId: string
  readonly change: 'added' | 'revised' | 'dropped'
  readonly fields: readonly string[]
}

export type PlanStatus = 'none' | 'draft' | 'proposed' | 'agreed' | 'active' | 'onHold' | 'completed' | 'endedEarly'

export interface Plan {
  readonly status: PlanStatus
  readonly planId?: string
  readonly learnerId?: string
  readonly kind?: 'learning' | 'career'
  readonly template?: 'full' | 'quick'
  readonly basisAssessmentId?: string
  readonly authors: readonly string[]
  readonly periodFrom?: string
  readonly periodUntil?: string
  readonly objectives: Readonly<Record<string, Objective>>
  readonly goals: readonly string[]
  readonly supports: readonly string[]
  readonly barriers: readonly Barrier[]
  readonly guardians: Readonly<Record<string, string>>
  /** Version that is being drafted, proposed or active; 1 for the first. */
  readonly planVersion: number
  /** Version in force: what the learner agreed to last. */
  readonly activeVersion?: number
  readonly planHash?: string
  readonly learnerAgreed: boolean
  readonly reviews: Readonly<Record<string, Review>>
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

export type DraftPlan = DataOf<'PlanDrafted'> & { readonly today: string }
/** The assessment that the plan rests on, as far as known. */
export interface BasisAssessment {
  readonly kind: string
  readonly learnerId: string
  readonly completedOn?: string
}

/** on a completed initial assessment of at most 90 days, or with the quick template, which gets one within 42 days. */
export function draft(plan: Plan, command: DraftPlan, basis: BasisAssessment | undefined, rules = planRules): PlanEvent[] {
  const { today, ...drafted } = command
  if (plan.status !== 'none') {
    if (plan.learnerId === drafted.learnerId && plan.kind === drafted.kind && plan.periodFrom === drafted.periodFrom) return []
    throw new Refused('PLAN.EXISTS', 'A plan has this id already.', 'Draft it with another id.', { planId: drafted.planId })
  }
  if (drafted.periodUntil <= drafted.periodFrom)
    throw new Refused('PLAN.PERIOD', 'The plan would end before it begins.', 'Choose a later end.', {
      periodFrom: drafted.periodFrom,
      periodUntil: drafted.periodUntil,
    })
  if (drafted.authors.length === 0)
    throw new Refused('PLAN.NO_AUTHOR', 'A plan has at least one author among the staff.', 'Name the author.')
  if (drafted.template === 'full') refuseWithoutAssessment(drafted, basis, today, rules)
  return [{ type: 'PlanDrafted', data: drafted }]
}

function refuseWithoutAssessment(
  drafted: DataOf<'PlanDrafted'>,
  basis: BasisAssessment | undefined,
  today: string,
  rules: PlanRules,
): void {
  const next = 'Complete an initial assessment first, or draft with the quick template.'
  if (
    !drafted.basisAssessmentId ||
    !basis ||
    basis.learnerId !== drafted.learnerId ||
    basis.kind !== 'initial' ||
    !basis.completedOn
  )
    throw new Refused('PLAN.NO_ASSESSMENT', 'A full plan rests on a completed initial assessment of this learner.', next, {
      basisAssessmentId: drafted.basisAssessmentId,
    })
  const ageDays = daysBetween(basis.completedOn, today)
  if (ageDays > rules.assessmentAgeDays)
    throw new Refused(
      'PLAN.ASSESSMENT_TOO_OLD',
      `The assessment is ${ageDays} days old; ${rules.assessmentAgeDays} is the most.`,
      next,
      { basisAssessmentId: drafted.basisAssessmentId },
    )
}

/** a quick plan that is still without its assessment after 42 days. */
export function isAssessmentOverdue(plan: Plan, today: string, rules = planRules): boolean {
  return (
    plan.template === 'quick' &&
    !plan.basisAssessmentId &&
    isLive(plan) &&
    daysBetween(plan.periodFrom!, today) > rules.quickAssessmentWithinDays
  )
}

export type AddObjective = DataOf<'ObjectiveAdded'>

export function addObjective(plan: Plan, objective: AddObjective, rules = planRules): PlanEvent[] {
  const known = plan.objectives[objective.objectiveId]
  if (known) {
    if (fieldsThatDiffer(known, objective).length === 0) return []
    throw new Refused('PLAN.OBJECTIVE_EXISTS', 'An objective has this id already.', 'Revise it instead.', {
      objectiveId: objective.objectiveId,
    })
  }
  refuseClosed(plan)
  if (isAgreed(plan)) throw refusedWithoutReview()
  refuseTooMany(plan, 1, rules)
  return [{ type: 'ObjectiveAdded', data: objective }]
}

export type ReviseObjective = DataOf<'ObjectiveRevised'>

/** Before the learner agreed: a change of the draft. Afterwards only through {@link revise}, with a review and a reason. */
export function reviseObjective(plan: Plan, command: ReviseObjective): PlanEvent[] {
  refuseClosed(plan)
  if (isAgreed(plan)) throw refusedWithoutReview()
  const known = openObjective(plan, command.objectiveId)
  return fieldsThatDiffer(known, command).length === 0 ? [] : [{ type: 'ObjectiveRevised', data: command }]
}

export function dropObjective(plan: Plan, command: DataOf<'ObjectiveDropped'>): PlanEvent[] {
  refuseClosed(plan)
  if (plan.objectives[command.objectiveId]?.status === 'dropped') return []
  if (isAgreed(plan)) throw refusedWithoutReview()
  openObjective(plan, command.objectiveId)
  return [{ type: 'ObjectiveDropped', data: command }]
}

export function setLongTermGoal(plan: Plan, command: DataOf<'LongTermGoalSet'>): PlanEvent[] {
  refuseClosed(plan)
  return plan.goals.includes(command.goalId) ? [] : [{ type: 'LongTermGoalSet', data: command }]
}
export function planSupport(plan: Plan, command: DataOf<'AcademicSupportPlanned'>): PlanEvent[] {
  refuseClosed(plan)
  return plan.supports.includes(command.supportId) ? [] : [{ type: 'AcademicSupportPlanned', data: command }]
}
export function identifyBarrier(plan: Plan, command: DataOf<'CareerBarrierIdentified'>): PlanEvent[] {
  refuseClosed(plan)
  const known = plan.barriers.find(b => b.barrierId === command.barrierId)
  if (known && known.supportId === command.supportId && sameItems(known.objectiveIds, command.objectiveIds)) return []
  return [{ type: 'CareerBarrierIdentified', data: command }]
}
export function chooseSubject(plan: Plan, command: DataOf<'SubjectChosen'>): PlanEvent[] {
  refuseClosed(plan)
  return [{ type: 'SubjectChosen', data: command }]
}
export function setPostSecondaryPlan(plan: Plan, command: DataOf<'PostSecondaryPlanSet'>): PlanEvent[] {
  refuseClosed(plan)
  return [{ type: 'PostSecondaryPlanSet', data: command }]
}
export function setCareerObjective(plan: Plan, command: DataOf<'CareerObjectiveSet'>): PlanEvent[] {
  refuseClosed(plan)
  if (plan.kind !== 'career')
    throw new Refused('PLAN.NOT_A_CAREER_PLAN', 'Only a career plan has a career objective.', 'Draft a career plan.')
  return [{ type: 'CareerObjectiveSet', data: command }]
}
export function recordOutcome(plan: Plan, command: DataOf<'ObjectiveOutcomeRecorded'>): PlanEvent[] {
  const known = plan.objectives[command.objectiveId]
  if (!known)
    throw new Refused('PLAN.NO_OBJECTIVE', 'The plan has no such objective.', 'Check the id.', {
      objectiveId: command.objectiveId,
    })
  if (plan.status !== 'active')
    throw new Refused('PLAN.NOT_ACTIVE', 'Outcomes are of an active plan.', 'Activate the plan first.', { status: plan.status })
  return known.status === 'open' ? [{ type: 'ObjectiveOutcomeRecorded', data: command }] : []
}

/** What is known of the people around the plan when it is proposed. */
export interface ProposalFacts {
  /** authors with valid training in planning today. */
  readonly trainedAuthors: readonly string[]
  /** guardians to be invited, as the learner is under the regional age line. */
  readonly guardiansToInvite: readonly string[]
}

/**
 * Shows the plan to the learner.: refused with the list of what is not SMART yet.: an author without training warns and never blocks.
 * guardians are invited; whether they come blocks nothing.
 */
export function propose(plan: Plan, facts: ProposalFacts): PlanEvent[] {
  if (plan.status === 'proposed') return []
  refuseClosed(plan)
  if (isAgreed(plan))
    throw new Refused('PLAN.AGREED', 'This version is agreed.', 'Revise it after a review.', { planVersion: plan.planVersion })
  if (activeObjectives(plan).length === 0)
    throw new Refused('PLAN.NO_OBJECTIVE', 'A plan has at least one objective.', 'Add one first.')
  const faults = smartFaults(plan)
  if (faults.length > 0)
    throw new Refused(
      'PLAN.NOT_SMART',
      'Some objectives are not clear, realistic and measurable yet.',
      'Complete what is missing.',
      { faults },
    )
  const warnings = plan.authors.some(author => facts.trainedAuthors.includes(author)) ? [] : ['AUTHOR_NOT_TRAINED']
  const invited = facts.guardiansToInvite.filter(guardianId => !plan.guardians[guardianId])
  return [
    { type: 'PlanProposed', data: { planVersion: plan.planVersion, warnings } },
    ...invited.map((guardianId): PlanEvent => ({ type: 'GuardianInvolved', data: { guardianId, mode: 'invited' } })),
  ]
}

export type Respond = Omit<DataOf<'LearnerResponded'>, 'planVersion'>

/** The learner's own act. A guardian's or proxy's is recorded as theirs and agrees to nothing in the learner's place. */
export function respond(plan: Plan, command: Respond): PlanEvent[] {
  if (plan.status !== 'proposed') {
    if (plan.status === 'agreed' && command.respondent === 'learner' && command.response !== 'decline') return []
    throw new Refused('PLAN.NOT_PROPOSED', 'There is nothing to answer.', 'Ask for the plan to be proposed.', {
      status: plan.status,
    })
  }
  return [{ type: 'LearnerResponded', data: { ...command, planVersion: plan.planVersion } }]
}

/** presence and absence alike are recorded. */
export function involveGuardian(plan: Plan, command: DataOf<'GuardianInvolved'>): PlanEvent[] {
  refuseClosed(plan)
  return plan.guardians[command.guardianId] === command.mode ? [] : [{ type: 'GuardianInvolved', data: command }]
}

/** Nothing becomes active without the learner's yes. `hash` makes hex SHA-256 of the plan's content: what each party agreed to. */
export function activate(plan: Plan, hash: (content: unknown) => string): PlanEvent[] {
  if (plan.status === 'active' && plan.activeVersion === plan.planVersion) return []
  if (plan.status !== 'agreed' || !plan.learnerAgreed)
    throw new Refused(
      'PLAN.NOT_AGREED',
      'No version becomes active without the learner’s own yes.',
      'Propose it and wait for the answer.',
      { status: plan.status },
    )
  const { planVersion } = plan
  return [{ type: 'PlanActivated', data: { planVersion, planHash: hash(contentOf(plan)) } }]
}

/** What is agreed to: the objectives as they stand, in a fixed order. */
export function contentOf(plan: Plan): unknown {
  const objectives = activeObjectives(plan).sort((a, b) => (a.objectiveId < b.objectiveId ? -1 : 1))
  const { planId, planVersion, kind, periodFrom, periodUntil } = plan
  return { planId, planVersion, kind, periodFrom, periodUntil, objectives }
}

export interface ScheduleReview {
  readonly reviewId: string
  readonly today: string
  /** */
  readonly afterHighSignal?: boolean
  /** Another cadence than the region's, agreed with the learner. */
  readonly cadenceDays?: number
}

/** every 42 days, 14 after a high signal, unless the region or the plan says otherwise. */
export function scheduleReview(plan: Plan, command: ScheduleReview, rules = planRules): PlanEvent[] {
  if (plan.reviews[command.reviewId]) return []
  if (plan.status !== 'active')
    throw new Refused('PLAN.NOT_ACTIVE', 'Reviews are of an active plan.', 'Activate the plan first.', { status: plan.status })
  const usual = command.afterHighSignal ? rules.reviewCadenceAfterHighSignalDays : rules.reviewCadenceDays
  const cadenceDays = command.cadenceDays ?? usual
  if (!(cadenceDays >= 1 && cadenceDays <= 366))
    throw new Refused('PLAN.CADENCE', 'A review is due within a year.', 'Choose 1 to 366 days.', { cadenceDays })
  return [
    { type: 'ReviewScheduled', data: { reviewId: command.reviewId, dueBy: addDays(command.today, cadenceDays), cadenceDays } },
  ]
}

export type HoldReview = DataOf<'ReviewHeld'>
export function holdReview(plan: Plan, command: HoldReview): PlanEvent[] {
  if (plan.reviews[command.reviewId]?.status === 'held') return []
  if (plan.status !== 'active' && plan.status !== 'onHold')
    throw new Refused('PLAN.NOT_ACTIVE', 'Reviews are of an active plan.', 'Activate the plan first.', { status: plan.status })
  if (command.attendees.length === 0)
    throw new Refused('PLAN.NOBODY_THERE', 'A review is held with somebody.', 'Name who was there.')
  return [{ type: 'ReviewHeld', data: command }]
}
export function missReview(plan: Plan, command: DataOf<'ReviewMissed'>): PlanEvent[] {
  const review = plan.reviews[command.reviewId]
  if (!review)
    throw new Refused('PLAN.NO_REVIEW', 'No such review was scheduled.', 'Schedule it first.', { reviewId: command.reviewId })
  return review.status === 'scheduled' ? [{ type: 'ReviewMissed', data: command }] : []
}
/** The clock's. Said once for each review. */
export function noticeOverdueReview(plan: Plan, today: string): PlanEvent[] {
  if (plan.status !== 'active') return []
  return Object.values(plan.reviews)
    .filter(({ status, overdue, dueBy }) => status === 'scheduled' && !overdue && dueBy !== undefined && dueBy < today)
    .map(({ reviewId, dueBy }) => ({ type: 'ReviewOverdue', data: { reviewId, dueBy: dueBy! } }))
}
export function rateProgress(plan: Plan, command: DataOf<'ObjectiveProgressRated'>): PlanEvent[] {
  heldReview(plan, command.reviewId)
  if (!plan.objectives[command.objectiveId])
    throw new Refused('PLAN.NO_OBJECTIVE', 'The plan has no such objective.', 'Check the id.', {
      objectiveId: command.objectiveId,
    })
  return [{ type: 'ObjectiveProgressRated', data: command }]
}
export function giveFeedback(plan: Plan, command: DataOf<'FeedbackGiven'>): PlanEvent[] {
  heldReview(plan, command.reviewId)
  return [{ type: 'FeedbackGiven', data: command }]
}

export interface RevisePlan {
  readonly reviewId: string
  readonly reason: string
  readonly add?: readonly AddObjective[]
  readonly revise?: readonly Omit<ReviseObjective, 'reason' | 'reviewId'>[]
  readonly drop?: readonly string[]
}

/** never without a held review and a reason; the learner sees the difference and is asked again. The old version stays in force until then. */
export function revise(plan: Plan, command: RevisePlan, rules = planRules): PlanEvent[] {
  const { reviewId, reason, add = [], revise: changed = [], drop = [] } = command
  if (plan.status !== 'active')
    throw new Refused('PLAN.NOT_ACTIVE', 'Only an active plan is revised.', 'Change the draft, or activate it first.', {
      status: plan.status,
    })
  const review = heldReview(plan, reviewId)
  if (review.usedBy !== undefined)
    throw new Refused('PLAN.REVIEW_USED', 'This review has led to a revision already.', 'Hold another review.', {
      reviewId,
      planVersion: review.usedBy,
    })
  if (!reason.trim()) throw new Refused('PLAN.NO_REASON', 'A revision says why.', 'Give the reason.')
  refuseTooMany(plan, add.length - drop.length, rules)
  for (const objectiveId of drop) openObjective(plan, objectiveId)
  for (const { objectiveId } of add)
    if (plan.objectives[objectiveId])
      throw new Refused('PLAN.OBJECTIVE_EXISTS', 'An objective has this id already.', 'Revise it instead.', { objectiveId })
  const differences = changed
    .map(next => ({ next, fields: fieldsThatDiffer(openObjective(plan, next.objectiveId), next) }))
    .filter(({ fields }) => fields.length > 0)
  const diff: Change[] = [
    ...add.map(({ objectiveId }) => ({ objectiveId, change: 'added' as const, fields: [] })),
    ...differences.map(({ next, fields }) => ({ objectiveId: next.objectiveId, change: 'revised' as const, fields })),
    ...drop.map(objectiveId => ({ objectiveId, change: 'dropped' as const, fields: [] })),
  ]
  if (diff.length === 0) throw new Refused('PLAN.NO_CHANGE', 'Nothing would change.', 'Leave the plan as it is.')
  return [
    ...add.map((data): PlanEvent => ({ type: 'ObjectiveAdded', data })),
    ...differences.map(({ next }): PlanEvent => ({ type: 'ObjectiveRevised', data: { ...next, reason, reviewId } })),
    ...drop.map((objectiveId): PlanEvent => ({ type: 'ObjectiveDropped', data: { objectiveId, reason, reviewId } })),
    {
      type: 'PlanRevised',
      data: {
        fromVersion: plan.planVersion,
        toVersion: plan.planVersion + 1,
        reviewId,
        reason,
        diff: diff.map(d => ({ ...d, fields: [...d.fields] })),
      },
    },
  ]
}

export function putOnHold(plan: Plan, reason: string): PlanEvent[] {
  if (plan.status === 'onHold') return []
  if (plan.status !== 'active')
    throw new Refused('PLAN.NOT_ACTIVE', 'Only an active plan is put on hold.', 'Activate it first.', { status: plan.status })
  return [{ type: 'PlanPutOnHold', data: { reason } }]
}
export function resume(plan: Plan): PlanEvent[] {
  if (plan.status === 'active') return []
  if (plan.status !== 'onHold')
    throw new Refused('PLAN.NOT_ON_HOLD', 'The plan is not on hold.', 'Nothing to resume.', { status: plan.status })
  return [{ type: 'PlanResumed', data: {} }]
}
export function complete(plan: Plan, on: string): PlanEvent[] {
  if (plan.status === 'completed') return []
  if (plan.status !== 'active')
    throw new Refused('PLAN.NOT_ACTIVE', 'Only an active plan is completed.', 'Activate it first.', { status: plan.status })
  const open = activeObjectives(plan).map(o => o.objectiveId)
  if (open.length > 0)
    throw new Refused('PLAN.OPEN_OBJECTIVES', 'Some objectives have no outcome yet.', 'Record their outcomes.', {
      objectiveIds: open,
    })
  return [{ type: 'PlanCompleted', data: { on } }]
}
export function endEarly(plan: Plan, command: DataOf<'PlanEndedEarly'>): PlanEvent[] {
  if (plan.status === 'endedEarly') return []
  refuseClosed(plan)
  return [{ type: 'PlanEndedEarly', data: command }]
}

export const plan: Decider<Plan, PlanEvent> = {
  events: planEvents,
  initial: {
    status: 'none',
    authors: [],
    objectives: {},
    goals: [],
    supports: [],
    barriers: [],
    guardians: {},
    planVersion: 1,
    learnerAgreed: false,
    reviews: {},
  },
  subject: state => state.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'PlanDrafted':
        return { ...state, ...event.data, status: 'draft' }
      case 'ObjectiveAdded':
        return {
          ...state,
          ...reopened(state),
          objectives: { ...state.objectives, [event.data.objectiveId]: objectiveOf(event.data) },
        }
      case 'ObjectiveRevised': {
        const { reason: _r, reviewId: _i, ...objective } = event.data
        return {
          ...state,
          ...reopened(state),
          objectives: { ...state.objectives, [objective.objectiveId]: objectiveOf(objective) },
        }
      }
      case 'ObjectiveDropped':
        return { ...withObjective(state, event.data.objectiveId, 'dropped'), ...reopened(state) }
      case 'ObjectiveOutcomeRecorded':
        return withObjective(state, event.data.objectiveId, event.data.outcome === 'dropped' ? 'dropped' : 'done')
      case 'LongTermGoalSet':
        return { ...state, goals: [...state.goals, event.data.goalId] }
      case 'AcademicSupportPlanned':
        return { ...state, supports: [...state.supports, event.data.supportId] }
      case 'CareerBarrierIdentified': {
        const { barrierId, objectiveIds, supportId } = event.data
        return {
          ...state,
          barriers: [...state.barriers.filter(b => b.barrierId !== barrierId), { barrierId, objectiveIds, supportId }],
        }
      }
      case 'PlanProposed':
        return { ...state, status: 'proposed', learnerAgreed: false }
      case 'LearnerResponded': {
        if (event.data.respondent !== 'learner') return state
        const agreed = event.data.response !== 'decline'
        return { ...state, learnerAgreed: agreed, status: agreed ? 'agreed' : 'draft' }
      }
      case 'GuardianInvolved':
        return { ...state, guardians: { ...state.guardians, [event.data.guardianId]: event.data.mode } }
      case 'PlanActivated':
        return { ...state, status: 'active', activeVersion: event.data.planVersion, planHash: event.data.planHash }
      case 'ReviewScheduled':
        return withReview(state, event.data.reviewId, { ...event.data, status: 'scheduled', overdue: false })
      case 'ReviewHeld':
        return withReview(state, event.data.reviewId, { status: 'held' })
      case 'ReviewMissed':
        return withReview(state, event.data.reviewId, { status: 'missed' })
      case 'ReviewOverdue':
        return withReview(state, event.data.reviewId, { overdue: true })
      case 'PlanRevised':
        return {
          ...withReview(state, event.data.reviewId, { usedBy: event.data.toVersion }),
          status: 'draft',
          planVersion: event.data.toVersion,
          learnerAgreed: false,
        }
      case 'PlanPutOnHold':
        return { ...state, status: 'onHold' }
      case 'PlanResumed':
        return { ...state, status: 'active' }
      case 'PlanCompleted':
        return { ...state, status: 'completed' }
      case 'PlanEndedEarly':
        return { ...state, status: 'endedEarly' }
      case 'SubjectChosen':
      case 'PostSecondaryPlanSet':
      case 'CareerObjectiveSet':
      case 'ObjectiveProgressRated':
      case 'FeedbackGiven':
        return state
    }
  },
}

function objectiveOf(data: AddObjective): Objective {
  return { ...data, measure: data.measure as Measure | undefined, status: 'open' }
}
/** A proposal that is changed has to be proposed again. */
const reopened = (plan: Plan): Partial<Plan> => (plan.status === 'proposed' ? { status: 'draft' } : {})
function withObjective(plan: Plan, objectiveId: string, status: Objective['status']): Plan {
  return { ...plan, objectives: { ...plan.objectives, [objectiveId]: { ...plan.objectives[objectiveId]!, status } } }
}
function withReview(plan: Plan, reviewId: string, change: Partial<Review>): Plan {
  const review: Review = { reviewId, status: 'scheduled', overdue: false, ...plan.reviews[reviewId], ...change }
  return { ...plan, reviews: { ...plan.reviews, [reviewId]: review } }
}

const isLive = (plan: Plan) => !['none', 'completed', 'endedEarly'].includes(plan.status)
/** The version at hand is agreed or in force: it changes through a revision only. */
const isAgreed = (plan: Plan) => plan.status === 'agreed' || plan.status === 'active' || plan.status === 'onHold'
function refuseClosed(plan: Plan): void {
  if (!isLive(plan))
    throw new Refused('PLAN.CLOSED', plan.status === 'none' ? 'There is no such plan.' : 'The plan has ended.', 'Draft a plan.', {
      status: plan.status,
    })
}
const refusedWithoutReview = () =>
  new Refused(
    'PLAN.NEEDS_REVIEW',
    'An agreed plan changes only after a review, with a reason.',
    'Hold a review and revise the plan.',
  )
function refuseTooMany(plan: Plan, more: number, rules: PlanRules): void {
  const objectives = activeObjectives(plan).length + more
  if (objectives > rules.mostObjectives)
    throw new Refused(
      'PLAN.TOO_MANY_OBJECTIVES',
      `More than ${rules.mostObjectives} objectives at once are noise.`,
      'Finish or drop one first.',
      { objectives, most: rules.mostObjectives },
    )
}
function openObjective(plan: Plan, objectiveId: string): Objective {
  const objective = plan.objectives[objectiveId]
  if (objective?.status !== 'open')
    throw new Refused('PLAN.NO_OBJECTIVE', 'The plan has no such open objective.', 'Check the id.', { objectiveId })
  return objective
}
function heldReview(plan: Plan, reviewId: string): Review {
  const review = plan.reviews[reviewId]
  if (review?.status !== 'held')
    throw new Refused('PLAN.NO_REVIEW', 'No such review was held.', 'Hold the review first.', { reviewId })
  return review
}

const compared = [
  'text',
  'skillRef',
  'needRef',
  'findingRef',
  'measure',
  'dueDate',
  'reviewBy',
  'supports',
  'learnerAuthored',
] as const
const fieldsThatDiffer = (before: Partial<Objective>, after: Partial<AddObjective>): string[] =>
  compared.filter(field => canonical(before[field]) !== canonical(after[field]))
/** The same value in the same words, whatever the order of its properties. */
const canonical = (value: unknown): string =>
  JSON.stringify(
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
      : value,
  ) ?? ''
const sameItems = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every(item => b.includes(item))
const daysBetween = (from: string, to: string) => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000)
const addDays = (day: string, days: number) => new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10)
