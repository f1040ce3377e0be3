import { type Clock, dayOf, type Decider, type DomainEvent } from '@passerelle/event-log'
import type { Ports, Worklist } from './ports.js'

/** Once an hour: what the worklist has for this day is decided on, each by itself, with the day. */
export const hourly = <State, Event extends DomainEvent>(
  due: (worklist: Worklist, today: string) => Promise<readonly string[]>,
  decider: Decider<State, Event>,
  decision: (state: State, today: string) => readonly Event[],
): Clock<Ports, string> => ({
  everyMinutes: 60,
  due: ({ worklist, now }) => due(worklist, dayOf(now)),
  act: async (id, { decide, now }) => void (await decide(decider, id, state => decision(state, dayOf(now)))),
})
