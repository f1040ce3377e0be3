import type { Closing } from '@passerelle/sharing'
import type { DomainEvent, EventDefinitions } from './define-events.js'

/**
 * One kind of aggregate, as plain values: what can happen to it, what it is before anything happened, and how each event
 * changes it. Decisions are plain functions `(state, command) => events` beside it.
 */
export interface Decider<State, Event extends DomainEvent> {
  readonly events: EventDefinitions
  readonly initial: State
  /** A switch over `event.type` with no default: the compiler finds the gap. */
  evolve(state: State, event: Event & Traced): State
  /** Whom the stream is about, once it began: the owner of the keys that seal its personal fields. */
  subject(state: State): string | undefined
  /**
   * What an event takes from readers: it is denied before the event is written, whoever writes it, until the models have read it. `state` is from before
   * the event. Where it is not known whose access ends, close more: it is for moments.
   */
  closes?(state: State, event: Event): readonly Closing[]
}

/** What `evolve` may remember of an event besides what it says: its id, which a later correction must name, and when it was true. */
export interface Traced {
  readonly eventId?: string
  readonly occurredAt?: string
}

/** Several decisions on one aggregate as one: each decides on the state that those before it made. What one feed row says about a stream. */
export const inTurn =
  <State, Event extends DomainEvent>(
    { evolve }: Pick<Decider<State, Event>, 'evolve'>,
    ...decisions: readonly ((state: State) => readonly Event[])[]
  ) =>
  (state: State): Event[] => {
    const events: Event[] = []
    for (const decide of decisions)
      for (const event of decide(state)) {
        events.push(event)
        state = evolve(state, event)
      }
    return events
  }

/**
 * Which event a correction corrects: the one that is named, else the last that said it.
 * @param said ids of the events that said what is corrected, oldest first, as `evolve` learned them
 * @throws Refused where the named one never said it, or nothing did
 */
export function correctedEvent(said: readonly string[], named?: string): string {
  const last = said.at(-1)
  // A state made of events without ids, as in a rehearsal, can tell nothing about them.
  if (named !== undefined && (last === undefined || said.includes(named))) return named
  if (named === undefined && last !== undefined) return last
  throw new Refused(
    'CORRECTION.UNKNOWN_EVENT',
    'No event with this id said what is to be corrected.',
    'Name the one that did, or none for the last.',
    {
      ...(named !== undefined && { correctsEventId: named }),
    },
  )
}

export const streamIdOf = (decider: { events: EventDefinitions }, id: string): string => `${decider.events.streamCategory}-${id}`
/** The aggregate's id: what stands after the first dash of the stream id. */
export const idOfStream = (streamId: string): string => streamId.slice(streamId.indexOf('-') + 1)

/** A rule said no. The code is stable for ever; the words tell what, which one, and what next, and never carry personal data. */
export class Refused extends Error {
  constructor(
    /** `CONTEXT.REASON` */
    readonly code: string,
    readonly what: string,
    /** The cure. */
    readonly next: string,
    /** What it was about: ids, codes, field names, numbers. */
    readonly which: Readonly<Record<string, unknown>> = {},
  ) {
    super(`${what} ${next}`.trim())
  }
}

/** What is written down as done was done by today. `context` is the first word of the code. */
export function refuseFuture(context: string, on: string, today: string): void {
  if (on > today)
    throw new Refused(`${context}.IN_FUTURE`, 'It has not happened yet.', 'Write it down when it has.', { on, today })
}

/** The command was decided on a version that is no longer current: read again, decide again. */
export class Stale extends Refused {
  constructor(
    readonly streamId: string,
    readonly expectedVersion: number,
    readonly currentVersion: number,
  ) {
    super('STALE', 'It has changed since you read it.', 'Read it again and decide anew.', {
      streamId,
      expectedVersion,
      currentVersion,
    })
  }
}
