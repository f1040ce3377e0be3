import {
  AccessDeniedError,
  type AllStreamResolvedEvent,
  InvalidArgumentError,
  MaxAppendSizeExceededError,
  type Position as ServerPosition,
  type ResolvedEvent,
  StreamDeletedError,
  type StreamingRead,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import type { Position } from './event.js'

/** What the server has of one event, with JSON objects for data and metadata. */
export interface RecordedOnServer {
  readonly id: string
  readonly type: string
  readonly streamId: string
  readonly revision: bigint
  readonly created: Date
  readonly position?: ServerPosition
  readonly data: object
  readonly metadata: object
}

/** Stops its reader: what the server handed over is no event of this log. */
export class UnreadableEvent extends Error {
  readonly code = 'LOG.UNREADABLE_EVENT'
}

/** The server did not go on with an answer. */
export class ServerSilent extends Error {
  readonly code = 'LOG.SERVER_SILENT'
  readonly type = 'server-silent'
}

const highest = 2n ** 64n - 1n

/** `commit:prepare`, each of twenty digits, so that comparing the text compares the positions. */
export function fromServerPosition(position: ServerPosition | undefined): Position {
  if (!position || position.commit >= highest)
    throw new UnreadableEvent('The server told no position with an event. EventStoreDB 22.10 or newer is needed.')
  return `${String(position.commit).padStart(20, '0')}:${String(position.prepare).padStart(20, '0')}`
}

/** @throws where the position is not of such a log. */
export function toServerPosition(position: Position): ServerPosition {
  const parts = /^(\d{20}):(\d{20})$/.exec(position)
  if (!parts) throw new Error(`${JSON.stringify(position.slice(0, 60))} is no position of this log. Use one that this log gave.`)
  return { commit: BigInt(parts[1]!), prepare: BigInt(parts[2]!) }
}

/** The server has spoken, and will say the same again. Everything else leaves the outcome open. */
export const isDefinite = (error: unknown): boolean =>
  [
    WrongExpectedVersionError,
    MaxAppendSizeExceededError,
    AccessDeniedError,
    StreamDeletedError,
    StreamNotFoundError,
    InvalidArgumentError,
    UnreadableEvent,
  ].some(kind => error instanceof kind)

type Read = StreamingRead<AllStreamResolvedEvent> | StreamingRead<ResolvedEvent>

/**
 * All events of one read. The client gives reads no deadline, so a server that falls silent is given up here.
 * @throws ServerSilent; UnreadableEvent where data or metadata are no JSON object; what the client throws.
 */
export function readEvents(read: Read, silenceMs: number): Promise<RecordedOnServer[]> {
  return new Promise((resolve, reject) => {
    const found: RecordedOnServer[] = []
    const silence = setTimeout(() => fail(new ServerSilent(`The server has been silent for ${silenceMs} ms.`)), silenceMs)
    const fail = (error: unknown) => {
      clearTimeout(silence)
      read.cancel().catch(() => undefined)
      reject(error)
    }
    const take = ({ event }: { event?: unknown }) => {
      silence.refresh()
      try {
        if (event) found.push(checked(event as RecordedOnServer))
      } catch (error) {
        fail(error)
      }
    }
    const end = () => {
      clearTimeout(silence)
      resolve(found)
    }
    // Listened to until the stream is gone: an error that nobody hears would end the process.
    ;(read as StreamingRead<ResolvedEvent>).on('data', take).on('error', fail).on('end', end)
  })
}

/** The client hands over as text or bytes what it could not read as JSON. */
function checked(event: RecordedOnServer): RecordedOnServer {
  if (event.type.startsWith('$') || event.streamId.startsWith('$')) return event
  for (const part of ['data', 'metadata'] as const) {
    const value: unknown = event[part]
    // The log's own identity has no metadata.
    if (value === undefined && part === 'metadata') continue
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array)
      throw new UnreadableEvent(
        `Event ${event.id}, revision ${event.revision} of ${event.streamId}, has ${part} that are no JSON object.`,
      )
  }
  return event
}
