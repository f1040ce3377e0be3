import { randomUUID } from 'node:crypto'
import type { NewEvent, Position, StoredEvent } from './event.js'
import {
  type Appended,
  Conflict,
  type EventLog,
  type Expected,
  type ReadStreamOptions,
  type SubscribeOptions,
} from './event-log.js'
import { chainHash } from './hash.js'
import { prepareAppend, toStored } from './prepare.js'
import { numberOf, toPosition } from './position.js'
import { Hints, tail } from './tail.js'

/** The log of a test: everything in memory, gone with the process. */
export class MemoryLog implements EventLog {
  private readonly all: StoredEvent[] = []
  private readonly streams = new Map<string, StoredEvent[]>()
  private readonly byId = new Map<string, StoredEvent>()
  private readonly hints = new Hints()

  constructor(
    private readonly now: () => Date = () => new Date(),
    readonly logId: string = randomUUID(),
  ) {}

  async append(streamId: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const prepared = prepareAppend(streamId, expected, events)
    const stream = this.streams.get(streamId) ?? []
    const known = events.map(e => this.byId.get(e.eventId))
    if (known.every(e => e?.streamId === streamId)) {
      const last = known.at(-1)!
      return { outcome: 'duplicate', position: last.globalPosition, revision: last.streamVersion }
    }
    const revision = stream.length - 1
    const met =
      expected === 'any' ||
      (expected === 'none' ? revision === -1 : expected === 'exists' ? revision >= 0 : revision === expected)
    if (!met || known.some(Boolean)) throw new Conflict(streamId, expected, revision)
    const recordedAt = this.now().toISOString()
    for (const event of prepared.events) {
      const prevHash = stream.at(-1)?.hash ?? ''
      const stored = frozen(
        toStored(event, JSON.parse(event.data), JSON.parse(event.meta), {
          streamId,
          streamVersion: stream.length,
          globalPosition: toPosition(this.all.length + 1),
          recordedAt,
          prevHash,
          hash: chainHash(prevHash, event.content),
        }),
      )
      stream.push(stored)
      this.all.push(stored)
      this.byId.set(event.eventId, stored)
    }
    this.streams.set(streamId, stream)
    this.hints.hint()
    return { outcome: 'appended', position: this.all.at(-1)!.globalPosition, revision: stream.length - 1 }
  }

  async readStream(
    streamId: string,
    { from, direction = 'forwards', limit = Infinity }: ReadStreamOptions = {},
  ): Promise<StoredEvent[]> {
    const stream = this.streams.get(streamId) ?? []
    return direction === 'forwards'
      ? stream.slice(from ?? 0).slice(0, limit)
      : stream
          .slice(0, from === undefined ? undefined : from + 1)
          .reverse()
          .slice(0, limit)
  }

  async readAll(after: Position, limit: number): Promise<StoredEvent[]> {
    const start = numberOf(after)
    return this.all.slice(start, start + limit)
  }

  subscribe(after: Position, options?: SubscribeOptions): AsyncIterable<readonly StoredEvent[]> {
    return tail((position, limit) => this.readAll(position, limit), this.hints, after, options)
  }

  async head(): Promise<Position> {
    return this.all.at(-1)?.globalPosition ?? ''
  }

  async close(): Promise<void> {}
}

/** As from a store: nothing that a reader does to an event is done to the log. To copy all that is read would take longer than to read it. */
function frozen<T>(value: T): T {
  if (value === null || typeof value !== 'object') return value
  for (const each of Object.values(value)) frozen(each)
  return Object.freeze(value)
}
