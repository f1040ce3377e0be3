import type { DomainEvent, EventDefinitions } from './define-events.js'

/**
 * One kind of aggregate, as plain values: what can happen to it, what it is before anything happened, and how each event
 * changes it. Decisions are plain functions `(state, command) => events` beside it.
 */
export interface Decider<State, Event extends DomainEvent> {
  readonly events: EventDefinitions
  readonly initial: State
  /** A switch over `event.type` with no default: the compiler finds the gap. */
  evolve(state: State, event: Event): State
  /** Whom the stream is about, once it began: the owner of the keys that seal its personal fields. */
  subject(state: State): string | undefined
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

/** The command was decided on a version that is no longer current: read again, decide again. */
export class Stale extends Refused {
  constructor(
    readonly streamId: string,
    readonly expectedVersion: number,
    readonly currentVersion: number,
  ) {
    super('STALE', 'It has changed since you read it.', 'Read it again and decide anew.', { streamId, expectedVersion, currentVersion })
  }
}
