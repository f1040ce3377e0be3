import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, text, list, personal, oneOf, optional } = fields

/** Function, not diagnosis: what helps this learner to learn (C5). The diagnosis, if any, is another stream with another key. */
export const supportNeedEvents = defineEvents('supportNeed', {
  /** `instruction` is what a teacher does about it; `description` is what it is about. */
  NeedIdentified: v1({
    needId: id,
    learnerId: id,
    needCode: personal('C5', code),
    instruction: personal('C5', text),
    description: personal('C5', text),
    source: oneOf(['learner', 'guardian', 'education', 'social', 'health', 'employment']),
  }),
  NeedRevised: v1({ instruction: personal('C5', text), description: personal('C5', text), reason: code }),
  AccommodationAgreed: v1({
    accommodationId: id,
    code: personal('C5', code),
    settings: personal('C5', text),
    contexts: list(oneOf(['exam', 'class', 'workplace'])),
    validUntil: optional(day),
  }),
  NeedEnded: v1({ reason: code }),
})
export type SupportNeedEvent = EventOf<typeof supportNeedEvents>
