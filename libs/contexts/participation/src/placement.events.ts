import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, count, day, uri, optional, oneOf, personal } = fields

export const endReasons = ['completed', 'hired', 'endedByLearner', 'endedByHost', 'other'] as const

/** One learner at work for a time: at a host, with a tutor there. */
export const placementEvents = defineEvents('placement', {
  /** `agencyId` arranges it and answers for it; the host is where the learner works. */
  PlacementPlanned: v1({
    placementId: id,
    learnerId: id,
    agencyId: id,
    hostAgencyId: id,
    tutorUserId: id,
    occupationUri: optional(personal('C17', uri)),
    hoursPerWeek: optional(personal('C17', count)),
    from: day,
    until: day,
  }),
  PlacementRescheduled: v1({ from: day, until: day }),
  PlacementTutorChanged: v1({ tutorUserId: id }),
  /** From this day on the tutor works with the learner. */
  PlacementStarted: v1({ on: day }),
  /** It did not begin. */
  PlacementCancelled: v1({ reason: code }),
  PlacementEnded: v1({ on: day, reason: oneOf(endReasons) }),
})
export type PlacementEvent = EventOf<typeof placementEvents>
