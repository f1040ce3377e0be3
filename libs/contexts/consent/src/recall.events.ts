import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, list, purpose, category, oneOf, optional } = fields

/** What one recipient is told when what it was given rests on nothing any more, and what it answers (GDPR 7(3), 17, 19). */
export const recallEvents = defineEvents('recall', {
  /**
   * `agencyId` is told, and answers by `dueBy`. `basis` and `ref`: what ended; `because`: how. `readCategories`: what of it the disclosure log shows
   * that it read. `askedByAgencyId` answers for what was shared: to its data protection officer silence goes.
   */
  RecipientTold: v1({
    recallId: id,
    learnerId: id,
    agencyId: id,
    askedByAgencyId: id,
    basis: oneOf(['consent', 'agreement', 'erasure']),
    ref: id,
    because: code,
    purposes: list(purpose),
    categories: list(category),
    readCategories: list(category),
    toldOn: day,
    dueBy: day,
  }),
  /** In the agency’s own systems; the hub’s copy closed by itself. */
  RecipientDeleted: v1({ categories: list(category), on: day }),
  /** It keeps these by law, at most until a day where the law names one. */
  RecipientRetained: v1({ categories: list(category), statute: code, until: optional(day), on: day }),
  /** The day passed without an answer for these: its data protection officer and that of who asked are to see to it. */
  RecipientSilent: v1({ categories: list(category), dueBy: day }),
})
export type RecallEvent = EventOf<typeof recallEvents>
