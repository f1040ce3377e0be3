import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, list, bool, category, optional } = fields

/** A hold on who may see what, above every consent (R-V.8): GDPR 18, a court order, safeguarding. */
export const restrictionEvents = defineEvents('restriction', {
  /** No agencies named: all of them. `hidden`: the restriction itself is not told. Safeguarding needs a second person's approval. */
  RestrictionPlaced: v1({
    restrictionId: id,
    learnerId: id,
    categories: list(category),
    agencyIds: list(id),
    fromLearner: bool,
    grounds: code,
    hidden: bool,
    approvedBy: optional(id),
    until: day,
  }),
  RestrictionLifted: v1({ reason: code }),
})
export type RestrictionEvent = EventOf<typeof restrictionEvents>
