import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, day, code, text, list, category, purpose, personal, oneOf, optional, published, retention } = fields

/** GDPR 15, 16, 18, 21, 17 and 20. */
export const subjectRequestKinds = ['access', 'rectification', 'restriction', 'objection', 'erasure', 'portability'] as const
export const subjectRequestOutcomes = ['fulfilled', 'partly', 'refused'] as const
/** Art 12(3): the only grounds on which an answer may take longer. */
export const extensionReasons = ['complexity', 'number'] as const

/** What a person asks for by right, and what they are answered (GDPR 12 to 22). An objection is raised, upheld or rejected by the same events. */
export const subjectRequestEvents = defineEvents('subjectRequest', {
  /**
   * `agencyId` is who has to answer. `recordedBy`: the officer who wrote it down for somebody who did not come through the learner’s own face.
   * No categories named: all. `fromAgencyId` and `purpose` say against whom an objection or restriction is, and against what an objection is; absent:
   * everybody, everything.
   */
  SubjectRequestReceived: v1({
    requestId: id,
    learnerId: id,
    kind: oneOf(subjectRequestKinds),
    by: oneOf(['learner', 'guardian']),
    guardianId: optional(id),
    recordedBy: optional(id),
    agencyId: id,
    categories: list(category),
    fromAgencyId: optional(id),
    purpose: optional(purpose),
    targetEventId: optional(id),
    text: optional(personal('C14', text)),
    receivedOn: day,
    dueBy: day,
  }),
  /** Once, by two months, told within the first (Art 12(3)). */
  SubjectRequestExtended: v1({ dueBy: day, reason: oneOf(extensionReasons) }),
  /** The day went by without an answer: the region’s officer may answer now. */
  SubjectRequestOverdue: v1({ dueBy: day }),
  /**
   * `categories`: for which it was granted. `ledTo`: the corrections, or the restriction, that it led to. Whoever is refused, in part or whole, is
   * told the statute and where to complain (Art 12(4)).
   */
  SubjectRequestAnswered: v1({
    outcome: oneOf(subjectRequestOutcomes),
    answeredBy: id,
    answeredOn: day,
    categories: list(category),
    ledTo: list(id),
    retained: list(retention),
    statute: optional(code),
    words: optional(personal('C14', text)),
    complaintTo: optional(published(text)),
  }),
  SubjectRequestWithdrawn: v1({ by: oneOf(['learner', 'guardian']), guardianId: optional(id) }),
})
export type SubjectRequestEvent = EventOf<typeof subjectRequestEvents>
