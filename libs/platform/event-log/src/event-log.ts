import type { NewEvent, Position, StoredEvent } from './event.js'

/** The revision the stream must have: an exact one (that of its last event, from 0), `none`, `exists`, or `any`. */
export type Expected = number | 'none' | 'exists' | 'any'

/**
 * An append-only log. Position order is commit order: a reader that remembers its last position never misses an event.
 * The contract suite in `@passerelle/testing` runs over every adapter.
 */
export interface EventLog {
  /** Made with the log; a checkpoint belongs to one log. */
  readonly logId: string
  /**
   * Appends atomically to one stream. Idempotent by event id: the same batch again is `duplicate`.
   * @throws Conflict where the stream is not at `expected`; Unknown where the outcome could not be established;
   * InvalidEvent where the log cannot keep it (over 1 MiB, not JSON, malformed id); Overloaded where the queue is full.
   */
  append(streamId: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended>
  /** Events of one stream, in order or backwards. An absent stream is empty. */
  readStream(streamId: string, options?: ReadStreamOptions): Promise<StoredEvent[]>
  /** At most `limit` events after `after`, in log order. */
  readAll(after: Position, limit: number): Promise<StoredEvent[]>
  /** Pages of the log after `after`: first what is there, then what comes, until the signal aborts. An empty page means caught up. */
  subscribe(after: Position, options?: SubscribeOptions): AsyncIterable<readonly StoredEvent[]>
  /** Position of the last event, '' when empty. */
  head(): Promise<Position>
  close(): Promise<void>
}

export interface Appended {
  readonly outcome: 'appended' | 'duplicate'
  /** Position of the last event of the batch. */
  readonly position: Position
  /** Revision of the last event of the batch. */
  readonly revision: number
}
export interface ReadStreamOptions {
  /** First revision to read; backwards: the last. */
  readonly from?: number
  readonly direction?: 'forwards' | 'backwards'
  readonly limit?: number
}
export interface SubscribeOptions {
  readonly signal?: AbortSignal
  readonly pageSize?: number
  /** How long to wait for a wake-up hint before looking again. */
  readonly pollMs?: number
}

export class Conflict extends Error {
  readonly code = 'LOG.CONFLICT'
  constructor(
    readonly streamId: string,
    readonly expected: Expected,
    /** Current revision, -1 where the stream does not exist. */
    readonly revision: number,
  ) {
    super(
      `Stream ${streamId} is at ${revision === -1 ? 'none' : `revision ${revision}`}, expected ${expected}. Read it again and decide anew.`,
    )
  }
}
export class Unknown extends Error {
  readonly code = 'LOG.UNKNOWN'
}
export class InvalidEvent extends Error {
  readonly code = 'LOG.INVALID_EVENT'
  constructor(
    message: string,
    /** Where its payload breaks its schema; none where something else stands against it. */
    readonly faults: readonly SchemaFault[] = [],
  ) {
    super(message)
  }
  static ofSchema(type: string, faults: readonly SchemaFault[]): InvalidEvent {
    const where = faults.map(({ field, message }) => `/${field.replaceAll('.', '/')} ${message}`)
    return new InvalidEvent(`${type} breaks its schema: ${where.join('; ')}`, faults)
  }
}
/** One fault of a payload: the field's path with dots, the rule of JSON Schema that it broke, and what that asks for. Never the value. */
export interface SchemaFault {
  readonly field: string
  readonly rule: string
  readonly message: string
}
export class Overloaded extends Error {
  readonly code = 'LOG.OVERLOADED'
}
/** Most bytes of one append: data, metadata and types together (EventStoreDB's limit, kept by every adapter). */
export const maxAppendBytes = 1_048_576
