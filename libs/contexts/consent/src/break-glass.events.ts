import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, day, instant, text, list, bool, category, role, personal, oneOf, optional } = fields

/** Why somebody had to look at once. */
export const emergencies = ['lifeInDanger', 'healthInDanger', 'missingPerson', 'safeguarding'] as const
export type Emergency = (typeof emergencies)[number]

/** One person looks at named categories of one learner in an emergency, for minutes, and answers for it afterwards (R-V.4). */
export const breakGlassEvents = defineEvents('breakGlass', {
  /** `kept`: for the learner's safety, they are not told now. What was said then is sealed with safeguarding, else with the access log. */
  BreakGlassUsed: v1({
    breakGlassId: id,
    learnerId: id,
    userId: id,
    agencyId: id,
    role,
    categories: list(category),
    reasonCode: oneOf(emergencies),
    reason: optional(personal('C14', text)),
    keptReason: optional(personal('C10', text)),
    kept: bool,
    at: instant,
    until: instant,
    reviewDueOn: day,
  }),
  /** Nobody reviewed it by the day: the region’s officer is told, of `toldAgencyId`, and may review it in their place. */
  BreakGlassReviewOverdue: v1({ dueOn: day, toldAgencyId: id }),
  BreakGlassReviewed: v1({
    outcome: oneOf(['justified', 'unjustified']),
    by: id,
    remark: optional(personal('C14', text)),
    keptRemark: optional(personal('C10', text)),
  }),
})
export type BreakGlassEvent = EventOf<typeof breakGlassEvents>
