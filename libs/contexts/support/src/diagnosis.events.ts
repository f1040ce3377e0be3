import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, text, personal, optional } = fields

/** Recorded by health alone, sealed with its own key (C6), never the source of what a teacher reads. */
export const diagnosisEvents = defineEvents('diagnosis', {
  DiagnosisRecorded: v1({
    diagnosisId: id,
    learnerId: id,
    code: personal('C6', code),
    description: personal('C6', text),
    on: optional(day),
  }),
  DiagnosisCorrected: v1({ correctsEventId: id, reason: code, code: personal('C6', code), description: personal('C6', text) }),
  DiagnosisRefuted: v1({ reason: code }),
})
export type DiagnosisEvent = EventOf<typeof diagnosisEvents>
