import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, text, optional, published } = fields

/** A class or group in which an agency teaches. Stream `class`; about no learner. */
export const classEvents = defineEvents('class', {
  ClassOpened: v1({ classId: id, agencyId: id, title: published(text), courseCode: optional(code), subjectCode: optional(code) }),
  ClassRetitled: v1({ title: published(text) }),
  /** The teacher or trainer of the class is assigned to every learner enrolled in it. */
  TeacherAssigned: v1({ userId: id, from: day, until: optional(day) }),
  TeacherUnassigned: v1({ userId: id, reason: code }),
  ClassClosed: v1({ reason: code }),
})
export type ClassEvent = EventOf<typeof classEvents>
