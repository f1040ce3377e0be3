import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, instant, optional } = fields

const held = { learnerId: id, restrictionId: id }

/** Where what keeps a learner safe and what forgets them meet, in one stream: whichever is written first counts. Nobody reads it. */
export const forgettingEvents = defineEvents('forgetting', {
  /** Said before a safeguarding restriction is placed: nothing more is begun before that one is over, or was not placed for a quarter of an hour since `at`. */
  ForgettingHeld: v1(held).next({ ...held, at: optional(instant) }, old => old),
  /** What `ref` asked to forget is forgotten from here on, whatever is held later. */
  ForgettingBegun: v1({ learnerId: id, ref: id }),
})
export type ForgettingEvent = EventOf<typeof forgettingEvents>
