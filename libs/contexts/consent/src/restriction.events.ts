import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, list, bool, category, optional } = fields

const hold = {
  restrictionId: id,
  learnerId: id,
  categories: list(category),
  agencyIds: list(id),
  fromLearner: bool,
  grounds: code,
  hidden: bool,
}

/** A hold on who may see what, above every consent (R-V.8): GDPR 18, a court order, safeguarding. */
export const restrictionEvents = defineEvents('restriction', {
  /** Asked for; nothing is held before a second person approves. `dueBy`: the last day on which it is decided in time. */
  RestrictionProposed: v1({ ...hold, proposedBy: id, until: day }).next(
    { ...hold, proposedBy: id, until: day, dueBy: optional(day) },
    old => old,
  ),
  RestrictionDeclined: v1({ by: id, reason: code }),
  /** No agencies named: all of them. `hidden`: the restriction itself is not told. Safeguarding needs a second person's approval. */
  RestrictionPlaced: v1({ ...hold, approvedBy: optional(id), until: day }),
  RestrictionLifted: v1({ reason: code }),
  /** Whoever asked for it is told before it is lifted (GDPR 18(3)): it holds no more from `until` on, unless it was over before. */
  RestrictionEndAnnounced: v1({ reason: code, until: day }),
  /** The day went by and nobody decided. */
  RestrictionProposalOverdue: v1({ dueBy: day }),
  /** Nobody decided before the day on which it would have ended. */
  RestrictionProposalExpired: v1({ on: day }),
})
export type RestrictionEvent = EventOf<typeof restrictionEvents>
