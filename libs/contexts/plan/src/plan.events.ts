import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, uri, day, num, count, text, list, bool, personal, oneOf, optional, record } = fields

/** UCUM: `%`, `{score}`, `h/wk`. */
const unit = { ...code, pattern: '^[!-~]{1,100}$' }
const measure = record({ code, unit, baseline: num, target: num, direction: oneOf(['up', 'down']) })
const objective = {
  objectiveId: id,
  text: personal('C3', text),
  /** ESCO or another skill framework. */
  skillRef: optional(personal('C3', code)),
  /** An identified need (support) or assessment finding. */
  needRef: optional(id),
  /** The assessment finding or learner goal it answers. */
  findingRef: optional(id),
  measure: optional(personal('C3', measure)),
  dueDate: optional(day),
  reviewBy: optional(day),
  /** Ids of supports that were planned for it. */
  supports: list(id),
  learnerAuthored: bool,
}

/** An objective as a revision would have it. Sealed as a whole, together with what happens to it. */
const change = record({
  change: oneOf(['added', 'revised', 'dropped']),
  objectiveId: id,
  objective: optional(
    record({
      objectiveId: id,
      text,
      skillRef: optional(code),
      needRef: optional(id),
      findingRef: optional(id),
      measure: optional(measure),
      dueDate: optional(day),
      reviewBy: optional(day),
      supports: list(id),
      learnerAuthored: bool,
    }),
  ),
})

export const planEvents = defineEvents('plan', {
  PlanDrafted: v1({
    planId: id,
    learnerId: id,
    kind: oneOf(['learning', 'career']),
    template: oneOf(['full', 'quick']),
    basisAssessmentId: optional(id),
    authors: list(id),
    periodFrom: day,
    periodUntil: day,
  }),
  /** A quick plan got the assessment that it has to rest on. */
  PlanBasisRecorded: v1({ basisAssessmentId: id }),
  ObjectiveAdded: v1({ ...objective, reviewId: optional(id) }),
  ObjectiveRevised: v1({ ...objective, reason: personal('C3', text), reviewId: optional(id) }),
  ObjectiveDropped: v1({ objectiveId: id, reason: personal('C3', text), reviewId: optional(id) }),
  ObjectiveOutcomeRecorded: v1({
    objectiveId: id,
    outcome: oneOf(['achieved', 'partly', 'not', 'dropped']),
    value: optional(personal('C3', num)),
    evidenceRef: optional(id),
    on: day,
  }),
  SubjectChosen: v1({ courseRef: code, chosenBy: oneOf(['learner', 'staff']) }),
  AcademicSupportPlanned: v1({ supportId: id, kind: code, hoursPerWeek: num, provider: id }),
  LongTermGoalSet: v1({ goalId: id, text: personal('C3', text) }),
  PostSecondaryPlanSet: v1({
    targetIscedLevel: code,
    targetIscedF: optional(code),
    preparationSteps: personal('C3', list(text, 20)),
  }),
  CareerObjectiveSet: v1({ escoOccupationUri: personal('C3', uri), horizonMonths: count }),
  CareerBarrierIdentified: v1({
    barrierId: id,
    code,
    note: optional(personal('C3', text)),
    objectiveIds: list(id),
    supportId: optional(id),
  }),
  /** `warnings` are codes that inform and never block, such as `AUTHOR_NOT_TRAINED`. */
  PlanProposed: v1({ planVersion: count, warnings: list(code) }),
  /** The learner's own act; a guardian's or proxy's is recorded as such. */
  LearnerResponded: v1({
    planVersion: count,
    response: oneOf(['agree', 'agreeWithRemarks', 'decline']),
    remarks: optional(personal('C3', text)),
    method: oneOf(['inPerson', 'online', 'paper']),
    respondent: oneOf(['learner', 'guardian', 'proxy']),
  }),
  /** invited under the age line; absence is recorded and blocks nothing. */
  GuardianInvolved: v1({ guardianId: id, mode: oneOf(['invited', 'informed', 'consulted', 'coSigned', 'absent']) }),
  /** `planHash`: hex SHA-256 of the plan's content in canonical JSON: what each party agreed to. */
  PlanActivated: v1({ planVersion: count, planHash: fields.hmac }),
  ReviewScheduled: v1({ reviewId: id, dueBy: day, cadenceDays: count }),
  ReviewHeld: v1({
    reviewId: id,
    on: day,
    mode: oneOf(['inPerson', 'remote']),
    attendees: list(id),
    oneToOne: bool,
    durationMin: count,
  }),
  ObjectiveProgressRated: v1({
    reviewId: id,
    objectiveId: id,
    value: personal('C3', num),
    learnerView: optional(personal('C3', text)),
    staffView: optional(personal('C3', text)),
  }),
  FeedbackGiven: v1({ reviewId: id, text: personal('C3', text) }),
  ReviewMissed: v1({ reviewId: id, reason: code }),
  ReviewOverdue: v1({ reviewId: id, dueBy: day }),
  /**
   * never without a review and a reason. A revision waits for the learner's yes beside the version in force; its `changes` become
   * events of their own when it is activated. Another revision before that takes its place.
   */
  PlanRevised: v1({
    fromVersion: count,
    toVersion: count,
    reviewId: id,
    reason: personal('C3', text),
    diff: list(record({ objectiveId: id, change: oneOf(['added', 'revised', 'dropped']), fields: list(code) })),
    changes: personal('C3', list(change)),
  }),
  PlanPutOnHold: v1({ reason: code }),
  PlanResumed: v1({}),
  PlanCompleted: v1({ on: day }),
  PlanEndedEarly: v1({ on: day, reason: code }),
})
export type PlanEvent = EventOf<typeof planEvents>
