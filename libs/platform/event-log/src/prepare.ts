import type { Json, NewEvent, Position, StoredEvent } from './event.js'
import { type Expected, InvalidEvent, maxAppendBytes } from './event-log.js'
import { deepest } from './canonical-json.js'
import { contentHash } from './hash.js'

/** An append that passed every check which needs no store, as the texts that will be kept. */
export interface Prepared {
  readonly streamId: string
  readonly expected: Expected
  readonly events: readonly PreparedEvent[]
  readonly bytes: number
}
export interface PreparedEvent {
  readonly eventId: string
  readonly type: string
  readonly schemaVersion: number
  readonly subjectRef?: string
  /** JSON text of the payload. */
  readonly data: string
  /** JSON text of the rest of the envelope. */
  readonly meta: string
  /** See `contentHash`. */
  readonly content: string
}

/** What a log adds to each event (hashes, times, numbers), counted towards the limit so that it is the same for all. */
const addedBytes = 512

const streamPattern = /^[a-z][A-Za-z0-9]*-[\x21-\x7e]{1,200}$/
const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const typePattern = /^[A-Za-z][A-Za-z0-9_.-]{0,99}$/
const subjectPattern = /^[\x21-\x7e]{1,200}$/

/**
 * The same checks for every adapter, before anything is sent.
 * @throws InvalidEvent
 */
export function prepareAppend(streamId: string, expected: Expected, events: readonly NewEvent[]): Prepared {
  if (!streamPattern.test(streamId))
    throw new InvalidEvent(
      `A stream id is a camelCase word, a dash and an id of at most 200 visible ASCII characters; what was given is not.`,
    )
  if (
    typeof expected === 'number'
      ? !(Number.isSafeInteger(expected) && expected >= 0)
      : !['none', 'exists', 'any'].includes(expected)
  )
    throw new InvalidEvent(
      `What was expected of ${streamId} is neither a revision from 0 nor none, exists or any. A stream with no event is 'none'.`,
    )
  if (events.length === 0) throw new InvalidEvent(`An append to ${streamId} has no events. Leave it out.`)
  const prepared = events.map(event => prepareEvent(streamId, event))
  if (new Set(prepared.map(e => e.eventId)).size < events.length)
    throw new InvalidEvent(`An append to ${streamId} carries the same event id twice. Give each event its own.`)
  const bytes = prepared.reduce(
    (sum, e) => sum + addedBytes + e.type.length + Buffer.byteLength(e.data) + Buffer.byteLength(e.meta),
    0,
  )
  if (bytes > maxAppendBytes)
    throw new InvalidEvent(
      `An append to ${streamId} has ${bytes} bytes, more than ${maxAppendBytes}. Keep attachments elsewhere and split the batch.`,
    )
  return { streamId, expected, events: prepared, bytes }
}

function prepareEvent(streamId: string, event: NewEvent): PreparedEvent {
  const { eventId, type, schemaVersion, subjectRef, data, ...meta } = event
  if (!uuidPattern.test(eventId)) throw new InvalidEvent(`An event for ${streamId} has an id that is no uuid in lower case.`)
  const fault = !typePattern.test(type)
    ? 'a type that is not a word of at most 100 letters, digits, dots and dashes'
    : !(Number.isSafeInteger(schemaVersion) && schemaVersion > 0 && schemaVersion < 32_768)
      ? 'a schema version that is no number from 1'
      : subjectRef !== undefined && !subjectPattern.test(subjectRef)
        ? 'a subject that is no id of at most 200 visible ASCII characters'
        : data === null || typeof data !== 'object' || Array.isArray(data)
          ? 'data that are no JSON object'
          : undefined
  if (fault) throw new InvalidEvent(`Event ${eventId} for ${streamId} has ${fault}.`)
  try {
    const content = contentHash(streamId, event)
    return { eventId, type, schemaVersion, subjectRef, data: JSON.stringify(data), meta: JSON.stringify(meta), content }
  } catch (error) {
    // The message of a serializer may quote what it could not write; its kind is enough.
    const why =
      error instanceof RangeError
        ? `nested beyond ${deepest} levels, or a cycle`
        : error instanceof TypeError
          ? 'a bigint'
          : 'NaN, Infinity or broken Unicode'
    throw new InvalidEvent(`Event ${eventId} for ${streamId} is not JSON: ${why}.`)
  }
}

type Envelope = Omit<NewEvent, 'eventId' | 'type' | 'schemaVersion' | 'subjectRef' | 'data'>

/** What a log keeps beside the event as it was handed in. */
export interface Kept {
  readonly streamId: string
  readonly streamVersion: number
  readonly globalPosition: Position
  readonly recordedAt: string
  readonly prevHash: string
  readonly hash: string
}

/** The event as readers get it: only what was handed in, and what the log set. */
export function toStored(
  {
    eventId,
    type,
    schemaVersion,
    subjectRef,
  }: Pick<PreparedEvent, 'eventId' | 'type' | 'schemaVersion'> & { subjectRef?: string | null },
  data: Json,
  meta: object,
  kept: Kept,
): StoredEvent {
  return { eventId, type, schemaVersion, ...(subjectRef != null && { subjectRef }), ...(meta as Envelope), data, ...kept }
}
