import { daysBetween, fieldsThatDiffer, Refused, sameValue } from '@passerelle/event-log'
import {
  type DataOf,
  isLive,
  type Objective,
  openObjective,
  type Plan,
  planRules,
  type PlanRules,
  refuseClosed,
  refuseTooMany,
  type Wording,
} from './plan.decider.js'
import type { PlanEvent } from './plan.events.js'

export type DraftPlan = DataOf<'PlanDrafted'> & {
  readonly today: string
  /** Those of the authors who are staff; absent of a plan that was written elsewhere. */
  readonly staff?: readonly string[]
}
/** The assessment that the plan rests on, as far as known. */
export interface BasisAssessment {
  readonly kind: string
  readonly learnerId: string
  readonly completedOn?: string
}

/** on a completed initial assessment of at most 90 days, or with the quick template, which gets one within 42 days. */
export function draft(plan: Plan, command: DraftPlan, basis: BasisAssessment | undefined, rules = planRules): PlanEvent[] {
  const { today, staff, ...drafted } = command
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
  const nobody = staff ? drafted.authors.filter(author => !staff.includes(author)) : []
  if (nobody.length > 0)
    throw new Refused(
      'PLAN.UNKNOWN_AUTHOR',
      'No agency has these among its staff.',
      'Name staff who write it with the learner.',
      {
        authors: nobody,
      },
    )
  if (drafted.template === 'full' || drafted.basisAssessmentId)
    refuseUnfitBasis(drafted.basisAssessmentId, drafted.learnerId, basis, today, rules)
  return [{ type: 'PlanDrafted', data: drafted }]
}

/** the assessment that a quick plan still owed. */
export function recordBasis(
  plan: Plan,
  command: { basisAssessmentId: string; today: string },
  basis: BasisAssessment | undefined,
  rules = planRules,
): PlanEvent[] {
  refuseClosed(plan)
  const { basisAssessmentId, today } = command
  if (plan.basisAssessmentId === basisAssessmentId) return []
  if (plan.basisAssessmentId)
    throw new Refused('PLAN.HAS_BASIS', 'The plan rests on an assessment already.', 'Leave it, or draft another plan.', {
      basisAssessmentId: plan.basisAssessmentId,
    })
  refuseUnfitBasis(basisAssessmentId, plan.learnerId!, basis, today, rules)
  return [{ type: 'PlanBasisRecorded', data: { basisAssessmentId } }]
}

function refuseUnfitBasis(
  basisAssessmentId: string | undefined,
  learnerId: string,
  basis: BasisAssessment | undefined,
  today: string,
  rules: PlanRules,
): void {
  const next = 'Complete an initial assessment first, or draft with the quick template.'
  if (!basisAssessmentId || !basis?.completedOn || basis.learnerId !== learnerId || basis.kind !== 'initial')
    throw new Refused('PLAN.NO_ASSESSMENT', 'A full plan rests on a completed initial assessment of this learner.', next, {
      basisAssessmentId,
    })
  const ageDays = daysBetween(basis.completedOn, today)
  if (ageDays > rules.assessmentAgeDays)
    throw new Refused(
      'PLAN.ASSESSMENT_TOO_OLD',
      `The assessment is ${ageDays} days old; ${rules.assessmentAgeDays} is the most.`,
      next,
      { basisAssessmentId },
    )
}

/** a quick plan that is still without its assessment after 42 days. Nothing more of it can be proposed until it has one. */
export function isAssessmentOverdue(plan: Plan, today: string, rules = planRules): boolean {
  return (
    plan.template === 'quick' &&
    !plan.basisAssessmentId &&
    isLive(plan) &&
    daysBetween(plan.periodFrom!, today) > rules.quickAssessmentWithinDays
  )
}

export type AddObjective = Wording

export function addObjective(plan: Plan, objective: AddObjective, rules = planRules): PlanEvent[] {
  const known = plan.objectives[objective.objectiveId]
  if (known) {
    if (wordingThatDiffers(known, objective).length === 0) return []
    throw new Refused('PLAN.OBJECTIVE_EXISTS', 'An objective has this id already.', 'Revise it instead.', {
      objectiveId: objective.objectiveId,
    })
  }
  refuseAgreed(plan)
  refuseTooMany(plan, 1, rules)
  return [{ type: 'ObjectiveAdded', data: objective }]
}

export type ReviseObjective = DataOf<'ObjectiveRevised'>

/** Before the learner agreed: a change of the draft. Afterwards only through a revision, with a review and a reason. */
export function reviseObjective(plan: Plan, command: ReviseObjective): PlanEvent[] {
  refuseAgreed(plan)
  const known = openObjective(plan, command.objectiveId)
  return wordingThatDiffers(known, command).length === 0 ? [] : [{ type: 'ObjectiveRevised', data: command }]
}

export function dropObjective(plan: Plan, command: DataOf<'ObjectiveDropped'>): PlanEvent[] {
  refuseClosed(plan)
  if (plan.objectives[command.objectiveId]?.status === 'dropped') return []
  refuseAgreed(plan)
  openObjective(plan, command.objectiveId)
  return [{ type: 'ObjectiveDropped', data: command }]
}

export function setLongTermGoal(plan: Plan, command: DataOf<'LongTermGoalSet'>): PlanEvent[] {
  refuseClosed(plan)
  return isSaid(plan.goals[command.goalId], command, 'GOAL') ? [] : [{ type: 'LongTermGoalSet', data: command }]
}
export function planSupport(plan: Plan, command: DataOf<'AcademicSupportPlanned'>): PlanEvent[] {
  refuseClosed(plan)
  return isSaid(plan.supports[command.supportId], command, 'SUPPORT') ? [] : [{ type: 'AcademicSupportPlanned', data: command }]
}
export function identifyBarrier(plan: Plan, command: DataOf<'CareerBarrierIdentified'>): PlanEvent[] {
  refuseClosed(plan)
  const { barrierId, objectiveIds, supportId } = command
  const known = plan.barriers.find(b => b.barrierId === barrierId)
  return sameValue(known, { barrierId, objectiveIds, supportId }) ? [] : [{ type: 'CareerBarrierIdentified', data: command }]
}
export function chooseSubject(plan: Plan, command: DataOf<'SubjectChosen'>): PlanEvent[] {
  refuseClosed(plan)
  return plan.subjects.includes(command.courseRef) ? [] : [{ type: 'SubjectChosen', data: command }]
}
export function setPostSecondaryPlan(plan: Plan, command: DataOf<'PostSecondaryPlanSet'>): PlanEvent[] {
  refuseClosed(plan)
  return sameValue(plan.postSecondaryPlan, command) ? [] : [{ type: 'PostSecondaryPlanSet', data: command }]
}
export function setCareerObjective(plan: Plan, command: DataOf<'CareerObjectiveSet'>): PlanEvent[] {
  refuseClosed(plan)
  if (plan.kind !== 'career')
    throw new Refused('PLAN.NOT_A_CAREER_PLAN', 'Only a career plan has a career objective.', 'Draft a career plan.')
  return sameValue(plan.careerObjective, command) ? [] : [{ type: 'CareerObjectiveSet', data: command }]
}

/** Whether this was said before. What says something else under an id in use would be lost. */
export function isSaid(before: unknown, command: object, what: 'GOAL' | 'SUPPORT' | 'REVIEW'): boolean {
  if (before === undefined) return false
  if (sameValue(before, command)) return true
  throw new Refused(`PLAN.${what}_EXISTS`, 'Something else was said under this id.', 'Choose another id.', {
    fields: fieldsThatDiffer(before as object, command),
  })
}

/** what the learner agreed to changes through a revision only, whatever waits beside it. */
function refuseAgreed(plan: Plan): void {
  refuseClosed(plan)
  if (plan.status === 'agreed' || plan.activeVersion !== undefined)
    throw new Refused(
      'PLAN.NEEDS_REVIEW',
      'An agreed plan changes only after a review, with a reason.',
      'Hold a review and revise the plan.',
    )
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
/** Names of the fields in which the two say something else. What was erased differs from everything. */
export const wordingThatDiffers = (before: Partial<Objective>, after: Partial<Wording>): string[] =>
  compared.filter(field => !sameValue(before[field], after[field]))
