import { v7 as uuidv7 } from 'uuid'
import { makeRegion } from '@passerelle/connector'
import type { Database } from '@passerelle/database'
import {
  chainHash,
  contentHash,
  type DomainEvent,
  type EventLog,
  EventStore,
  type NewEvent,
  type StoredEvent,
} from '@passerelle/event-log'
import type { Keyring } from '@passerelle/keyring'

/** An event with the stream it goes to, sealed, before any log has it. */
export interface ToAppend {
  readonly streamId: string
  readonly event: NewEvent
}

/** The last day of the year that is told. */
export const endDay = '2026-11-24'
/** Learners of one district have about 42 events in their year. */
const eventsPerLearner = 42

/**
 * The events of a synthetic region's year in one district, in the order of the days on which they happened, as many learners' as are needed.
 */
export async function recordRegion(
  keyring: Keyring,
  events: number,
  accountHash = (subject: string) => contentHash(subject, {} as NewEvent),
): Promise<ToAppend[]> {
  const kept: (ToAppend & { at: string })[] = []
  const store = new EventStore(keeping(kept), keyring)
  const states = new Map<string, { state: unknown; last: string }>()
  let together: Promise<unknown>[] = []
  const learners = Math.ceil(events / eventsPerLearner)
  for (const { decider, streamId, aggregateId, context, events: decided, version } of makeRegion({
    learners,
    districts: 1,
    seed: 7,
    endDay,
    accountHash,
  })) {
    if (version === -1 && states.size > 50_000) states.clear()
    const before = states.get(streamId) ?? { state: decider.initial, last: '' }
    const state = decided.reduce((s, event) => decider.evolve(s, event), before.state)
    // A stream keeps its own order where a story says a later thing first.
    const last = context.occurredAt > before.last ? context.occurredAt : before.last
    states.set(streamId, { state, last })
    const told = { events: decider.events, initial: undefined, evolve: () => undefined, subject: () => decider.subject(state) }
    const place = kept.length
    for (const _ of decided) kept.push({ streamId, at: last, event: undefined as never })
    together.push(
      store.handle(told, aggregateId, { ...context, correlationId: String(place) }, () => decided as readonly DomainEvent[]),
    )
    if (together.length < 200) continue
    await Promise.all(together)
    together = []
  }
  await Promise.all(together)
  return kept.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)).slice(0, events)
}

/** A log that puts what is appended into the places it was promised, and has nothing to read. */
function keeping(kept: { streamId: string; event: NewEvent }[]): EventLog {
  return {
    logId: uuidv7(),
    append: async (_stream, _expected, events) => {
      const place = Number(events[0]!.correlationId)
      events.forEach((event, i) => (kept[place + i]!.event = { ...event, correlationId: event.eventId }))
      return { outcome: 'appended', position: '', revision: 0 }
    },
    readStream: async () => [],
    readAll: async () => [],

    async *subscribe() {},
    head: async () => '',
    close: async () => {},
  }
}

/** Puts events into an empty PostgreSQL log as appends would have, but in bulk. */
export async function loadLog(db: Database, events: readonly ToAppend[]): Promise<void> {
  const streams = new Map<string, { version: number; hash: string }>()
  const recordedAt = new Date().toISOString()
  // A hub that was opened has something in its log already.
  const [head] = await db.query<{ pos: string | number }>('select pos from log.head')
  const before = Number(head?.pos ?? 0)
  const stored = events.map(({ streamId, event }, i): StoredEvent => {
    const { version, hash: prevHash } = streams.get(streamId) ?? { version: -1, hash: '' }
    const hash = chainHash(prevHash, contentHash(streamId, event))
    streams.set(streamId, { version: version + 1, hash })
    return { ...event, streamId, streamVersion: version + 1, globalPosition: String(before + i + 1), recordedAt, prevHash, hash }
  })
  await db.copyRows('log.events', logColumns, linesOf(stored))
  await db.copyRows(
    'log.streams',
    ['stream', 'version', 'hash'],
    [...streams].map(([stream, s]) => [stream, s.version, `\\x${s.hash}`]),
  )
  await db.query('update log.head set pos = $1, recorded_at = $2', [before + stored.length, recordedAt])
}

const logColumns = [
  'pos',
  'stream',
  'version',
  'event_id',
  'type',
  'schema_version',
  'subject_id',
  'data',
  'meta',
  'recorded_at',
  'prev_hash',
  'hash',
]

function* linesOf(events: readonly StoredEvent[]): Iterable<readonly unknown[]> {
  for (const stored of events) {
    const {
      eventId,
      type,
      schemaVersion,
      subjectRef,
      data,
      streamId,
      streamVersion,
      globalPosition,
      recordedAt,
      prevHash,
      hash,
      ...meta
    } = stored
    const json = [JSON.stringify(data), JSON.stringify(meta)]
    yield [
      globalPosition,
      streamId,
      streamVersion,
      eventId,
      type,
      schemaVersion,
      subjectRef ?? null,
      ...json,
      recordedAt,
      `\\x${prevHash}`,
      `\\x${hash}`,
    ]
  }
}
