import { addDays, Refused, sameValue } from '@passerelle/event-log'
import { isSaid, wordingThatDiffers } from './drafting.decider.js'
import {
  type Change,
  type DataOf,
  openObjective,
  type Plan,
  planRules,
  ratingKey,
  refuseTooMany,
  refuseUnlessActive,
  type Review,
  type Revision,
  type Wording,
} from './plan.decider.js'
import type { PlanEvent } from './plan.events.js'

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
  refuseUnlessActive(plan, 'Reviews are of an active plan.')
  const usual = command.afterHighSignal ? rules.reviewCadenceAfterHighSignalDays : rules.reviewCadenceDays
  const cadenceDays = command.cadenceDays ?? usual
  if (!(cadenceDays >= 1 && cadenceDays <= 366))
    throw new Refused('PLAN.CADENCE', 'A review is due within a year.', 'Choose 1 to 366 days.', { cadenceDays })
  const { reviewId, today } = command
  return [{ type: 'ReviewScheduled', data: { reviewId, dueBy: addDays(today, cadenceDays), cadenceDays } }]
}

export type HoldReview = DataOf<'ReviewHeld'>

/**
 * Also one that nobody scheduled: what was to come then still comes.
 * @param known those of the attendees who are staff, or guardians of the learner whom the caller sees
 */
export function holdReview(plan: Plan, command: HoldReview, known: readonly string[]): PlanEvent[] {
  const { reviewId, on } = command
  const attendees = [...new Set(command.attendees)]
  const held = { ...command, attendees }
  if (isSaid(plan.reviews[reviewId]?.held, held, 'REVIEW')) return []
  if (plan.status !== 'onHold') refuseUnlessActive(plan, 'Reviews are of an active plan.')
  if (plan.inForceSince !== undefined && on < plan.inForceSince)
    throw new Refused('PLAN.BEFORE_IN_FORCE', 'On this day there was no plan in force to review.', 'Correct the day.', {
      on,
      inForceSince: plan.inForceSince,
    })
  if (attendees.length === 0) throw new Refused('PLAN.NOBODY_THERE', 'A review is held with somebody.', 'Name who was there.')
  const around = [plan.learnerId, ...plan.authors, ...Object.keys(plan.guardians), ...known]
  const nobody = attendees.filter(attendee => !around.includes(attendee))
  if (nobody.length > 0)
    throw new Refused(
      'PLAN.UNKNOWN_ATTENDEE',
      'These are neither the learner, nor staff, nor a guardian whom you see.',
      'Name who was there by their id; leave out whom the hub does not know.',
      { attendees: nobody },
    )
  return [{ type: 'ReviewHeld', data: held }]
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
  const before = plan.said[ratingKey(command.reviewId, command.objectiveId)]
  return sameValue(before, command) ? [] : [{ type: 'ObjectiveProgressRated', data: command }]
}
export function giveFeedback(plan: Plan, command: DataOf<'FeedbackGiven'>): PlanEvent[] {
  heldReview(plan, command.reviewId)
  return sameValue(plan.said[command.reviewId], command) ? [] : [{ type: 'FeedbackGiven', data: command }]
}

export interface RevisePlan {
  readonly reviewId: string
  readonly reason: string
  readonly add?: readonly Wording[]
  readonly revise?: readonly Wording[]
  readonly drop?: readonly string[]
}

/**
 * never without a held review and a reason. What is different from the version in force is shown to the learner, who is asked again; until
 * they say yes the old version stays in force as it is. Asked again with other changes, the new revision takes the place of the one that waits.
 */
export function revise(plan: Plan, command: RevisePlan, rules = planRules): PlanEvent[] {
  const { reviewId, reason } = command
  refuseUnlessActive(plan, 'Only an active plan is revised.')
  const review = heldReview(plan, reviewId)
  if (review.usedBy !== undefined)
    throw new Refused('PLAN.REVIEW_USED', 'This review has led to a revision already.', 'Hold another review.', {
      reviewId,
      planVersion: review.usedBy,
    })
  if (!reason.trim()) throw new Refused('PLAN.NO_REASON', 'A revision says why.', 'Give the reason.')
  refuseTooMany(plan, (command.add?.length ?? 0) - (command.drop?.length ?? 0), rules)
  const { diff, changes } = differences(plan, command)
  if (diff.length === 0) throw new Refused('PLAN.NO_CHANGE', 'Nothing would change.', 'Leave the plan as it is.')
  const { revision, planVersion, lastVersion } = plan
  if (revision && revision.reviewId === reviewId && revision.reason === reason && sameValue(revision.changes, changes)) return []
  return [
    { type: 'PlanRevised', data: { fromVersion: planVersion, toVersion: lastVersion + 1, reviewId, reason, diff, changes } },
  ]
}

function differences(plan: Plan, { add = [], revise: changed = [], drop = [] }: RevisePlan) {
  const named = [...add, ...changed].map(({ objectiveId }) => objectiveId).concat(drop)
  const twice = named.find((objectiveId, i) => named.indexOf(objectiveId) < i)
  if (twice)
    throw new Refused('PLAN.OBJECTIVE_TWICE', 'An objective is named twice in this revision.', 'Name each once.', {
      objectiveId: twice,
    })
  for (const { objectiveId } of add)
    if (plan.objectives[objectiveId])
      throw new Refused('PLAN.OBJECTIVE_EXISTS', 'An objective has this id already.', 'Revise it instead.', { objectiveId })
  for (const objectiveId of drop) openObjective(plan, objectiveId)
  const diff: { objectiveId: string; change: Change['change']; fields: string[] }[] = []
  const changes: Mutable<NonNullable<Revision['changes']>> = []
  const say = (change: Change['change'], objectiveId: string, fields: string[], objective?: Wording) => {
    diff.push({ objectiveId, change, fields })
    changes.push({ change, objectiveId, ...(objective && { objective }) })
  }
  for (const objective of add) say('added', objective.objectiveId, [], objective)
  for (const objective of changed) {
    const fields = wordingThatDiffers(openObjective(plan, objective.objectiveId), objective)
    if (fields.length > 0) say('revised', objective.objectiveId, fields, objective)
  }
  for (const objectiveId of drop) say('dropped', objectiveId, [])
  return { diff, changes: changes as PlanRevisedChanges }
}
type Mutable<T> = T extends readonly (infer I)[] ? I[] : never
type PlanRevisedChanges = Extract<DataOf<'PlanRevised'>['changes'], readonly unknown[]>

function heldReview(plan: Plan, reviewId: string): Review {
  const review = plan.reviews[reviewId]
  if (review?.status !== 'held')
    throw new Refused('PLAN.NO_REVIEW', 'No such review was held.', 'Hold the review first.', { reviewId })
  return review
}
