import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, note, list, category, purpose, role, personal, oneOf, optional } = fields

export const caseFileEvents = defineEvents('caseFile', {
  CaseOpened: v1({ caseId: id, learnerId: id, leadUserId: id, leadAgencyId: id, leadRole: role, purpose, until: day }),
  /** A membership has a purpose and an end. */
  TeamMemberAdded: v1({ userId: id, agencyId: id, role, purpose, until: day }),
  TeamMembershipExtended: v1({ userId: id, until: day }),
  TeamMemberRemoved: v1({ userId: id, reason: code }),
  LeadChanged: v1({ fromUserId: optional(id), toUserId: id }),
  /** a case without a lead is an incident. */
  LeadMissing: v1({ since: day }),
  /** `own`: the author's agency alone; `team`: those of the team whom the matrix lets. */
  NoteAdded: v1({
    noteId: id,
    authorUserId: id,
    visibility: oneOf(['own', 'team']),
    categories: list(category),
    text: personal('C13', note),
  }),
  NoteCorrected: v1({ noteId: id, correctsEventId: id, reason: code, text: personal('C13', note) }),
  CaseTransferred: v1({ toAgencyId: id, toUserId: id, reason: code }),
  CaseClosed: v1({ reason: code }),
})
export type CaseFileEvent = EventOf<typeof caseFileEvents>
