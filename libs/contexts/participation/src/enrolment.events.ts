import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, num, text, optional, personal, oneOf } = fields

const result = {
  resultId: id,
  title: personal('C2', text),
  status: oneOf(['exempt', 'fullyGraded', 'notSubmitted', 'partiallyGraded', 'submitted']),
  score: optional(personal('C2', num)),
  textScore: optional(personal('C2', text)),
  on: optional(day),
}

/** One learner at one school, or in one class of it. */
export const enrolmentEvents = defineEvents('enrolment', {
  LearnerEnrolled: v1({
    enrolmentId: id,
    learnerId: id,
    agencyId: id,
    classId: optional(id),
    grade: optional(personal('C2', code)),
    from: day,
    until: optional(day),
  }),
  /** The school moved the dates or the grade. */
  EnrolmentChanged: v1({ grade: optional(personal('C2', code)), from: day, until: optional(day) }),
  EnrolmentEnded: v1({ on: day, reason: code }),
  ResultRecorded: v1(result),
  ResultCorrected: v1({ ...result, correctsEventId: optional(id), reason: code }),
})
export type EnrolmentEvent = EventOf<typeof enrolmentEvents>
