import { type Decider, Refused, sameValue, shorterFrom } from '@passerelle/event-log'
import type { Closing } from '@passerelle/sharing'
import { type PlacementEvent, placementEvents } from './placement.events.js'

type DataOf<T extends PlacementEvent['type']> = Extract<PlacementEvent, { type: T }>['data']

export interface Placement {
  readonly status: 'none' | 'planned' | 'running' | 'ended' | 'cancelled'
  readonly plan?: DataOf<'PlacementPlanned'>
  readonly startedOn?: string
  readonly endedOn?: string
}
export type PlanPlacement = DataOf<'PlacementPlanned'>
export type ReschedulePlacement = DataOf<'PlacementRescheduled'>
export type EndPlacement = DataOf<'PlacementEnded'>

/** What is known of whoever is to be the tutor: whether they hold that role at the host today. */
export interface TutorPost {
  readonly isHeld: boolean
}

export function planPlacement(placement: Placement, command: PlanPlacement, tutor: TutorPost): PlacementEvent[] {
  const { placementId } = command
  refusePeriod(command)
  if (placement.plan) {
    if (sameValue(placement.plan, command)) return []
    throw new Refused('PLACEMENT.EXISTS', 'A placement has this id already.', 'Change that one, or choose another id.', {
      placementId,
    })
  }
  refuseUnlessTutor(command.tutorUserId, tutor)
  return [{ type: 'PlacementPlanned', data: command }]
}

/** Before it begins both days may move, afterwards its end alone. */
export function reschedulePlacement(placement: Placement, command: ReschedulePlacement): PlacementEvent[] {
  const { from, until } = liveOne(placement)
  if (from === command.from && until === command.until) return []
  refusePeriod(command)
  if (placement.startedOn !== undefined) {
    if (from !== command.from) throw new Refused('PLACEMENT.BEGUN', 'The placement has begun.', 'Move its end alone.', { from })
    refusePeriod({ from: placement.startedOn, until: command.until })
  }
  return [{ type: 'PlacementRescheduled', data: command }]
}

export function changeTutor(placement: Placement, tutorUserId: string, tutor: TutorPost): PlacementEvent[] {
  if (liveOne(placement).tutorUserId === tutorUserId) return []
  refuseUnlessTutor(tutorUserId, tutor)
  return [{ type: 'PlacementTutorChanged', data: { tutorUserId } }]
}

export function startPlacement(placement: Placement, on: string): PlacementEvent[] {
  const { until } = liveOne(placement)
  const { startedOn } = placement
  if (startedOn === on) return []
  if (startedOn !== undefined)
    throw new Refused('PLACEMENT.BEGUN', 'The placement has begun on another day.', 'Nothing is to do.', { on: startedOn })
  refusePeriod({ from: on, until })
  return [{ type: 'PlacementStarted', data: { on } }]
}

export function cancelPlacement(placement: Placement, reason: string): PlacementEvent[] {
  if (placement.status === 'cancelled') return []
  liveOne(placement)
  if (placement.startedOn !== undefined)
    throw new Refused('PLACEMENT.BEGUN', 'The placement has begun.', 'End it instead.', { on: placement.startedOn })
  return [{ type: 'PlacementCancelled', data: { reason } }]
}

/** `on` is the first day on which it runs no more: never later than was planned, for whoever ends it gives nobody more time. */
export function endPlacement(placement: Placement, command: EndPlacement): PlacementEvent[] {
  if (placement.status === 'ended') return []
  const { until } = liveOne(placement)
  const { startedOn } = placement
  if (startedOn === undefined) throw new Refused('PLACEMENT.NOT_BEGUN', 'The placement has not begun.', 'Cancel it instead.')
  if (command.on < startedOn || command.on > until)
    throw new Refused('PLACEMENT.PERIOD', 'On this day the placement does not run.', 'Choose a day of it, or move its end.', {
      from: startedOn,
      until,
    })
  return [{ type: 'PlacementEnded', data: command }]
}

export const placement: Decider<Placement, PlacementEvent> = {
  events: placementEvents,
  initial: { status: 'none' },
  subject: state => state.plan?.learnerId,
  closes(state, event) {
    const [before, now] = [atHost(state), atHost(placement.evolve(state, event))]
    if (!before) return []
    const { learnerId, hostAgencyId: agencyId, tutorUserId: userId } = before
    const shorter = now ? shorterFrom(before, now) : {}
    const closed: Closing[] = shorter ? [{ learnerId, agencyId, ...shorter }] : []
    return now && now.tutorUserId !== userId ? [...closed, { learnerId, agencyId, userId }] : closed
  },
  evolve(state, event) {
    switch (event.type) {
      case 'PlacementPlanned':
        return { status: 'planned', plan: event.data }
      case 'PlacementRescheduled':
      case 'PlacementTutorChanged':
        return { ...state, ...(state.plan && { plan: { ...state.plan, ...event.data } }) }
      case 'PlacementStarted':
        return { ...state, status: 'running', startedOn: event.data.on }
      case 'PlacementCancelled':
        return { ...state, status: 'cancelled' }
      case 'PlacementEnded':
        return { ...state, status: 'ended', endedOn: event.data.on }
    }
  },
}

/** For how long, and by whose hand, the host works with the learner; undefined where it does not. */
function atHost({ status, plan, startedOn, endedOn }: Placement) {
  if (!plan || startedOn === undefined || status === 'cancelled') return undefined
  return { ...plan, from: startedOn, until: endedOn !== undefined && endedOn < plan.until ? endedOn : plan.until }
}

/** What is planned or runs. */
function liveOne({ status, plan }: Placement): PlanPlacement {
  if (!plan) throw new Refused('PLACEMENT.UNKNOWN', 'There is no such placement.', 'Plan it first.')
  if (status === 'ended' || status === 'cancelled')
    throw new Refused('PLACEMENT.OVER', 'The placement is over.', 'Plan another one.', { status })
  return plan
}

function refusePeriod({ from, until }: { readonly from: string; readonly until: string }): void {
  if (until <= from)
    throw new Refused('PLACEMENT.PERIOD', 'The placement would end before it begins.', 'Choose a later last day.', {
      from,
      until,
    })
}

/** at the host, the tutor and nobody else works with the learner. */
function refuseUnlessTutor(tutorUserId: string, { isHeld }: TutorPost): void {
  if (!isHeld)
    throw new Refused('PLACEMENT.NOT_A_TUTOR', 'This person is no placement tutor at the host.', 'Name one who is.', {
      tutorUserId,
    })
}
