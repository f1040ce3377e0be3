import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import type { NewEvent, Position, StoredEvent } from './event.js'
import { type Appended, Conflict, type EventLog, type Expected, type ReadStreamOptions, type SubscribeOptions } from './event-log.js'
import { chainHash, contentHash } from './hash.js'

const toPosition = (n: number): Position => String(n).padStart(16, '0')

/** The log of a test: everything in memory, gone with the process. */
export class MemoryLog implements EventLog {
  readonly logId = randomUUID()
  private readonly all: StoredEvent[] = []
  private readonly streams = new Map<string, StoredEvent[]>()
  private readonly byId = new Map<string, StoredEvent>()
  private readonly hint = new EventEmitter()

  constructor(private readonly now: () => Date = () => new Date()) {}

  async append(streamId: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const stream = this.streams.get(streamId) ?? []
    const known = events.map(e => this.byId.get(e.eventId))
    if (events.length > 0 && known.every(e => e?.streamId === streamId)) {
      const last = known.at(-1)!
      return { outcome: 'duplicate', position: last.globalPosition, revision: last.streamVersion }
    }
    const revision = stream.length - 1
    const met = expected === 'any' || (expected === 'none' ? revision === -1 : expected === 'exists' ? revision >= 0 : revision === expected)
    if (!met || known.some(Boolean)) throw new Conflict(streamId, expected, revision)
    for (const event of events) {
      const prevHash = stream.at(-1)?.hash ?? ''
      const stored: StoredEvent = {
        ...(JSON.parse(JSON.stringify(event)) as NewEvent),
        streamId,
        streamVersion: stream.length,
        globalPosition: toPosition(this.all.length + 1),
        recordedAt: this.now().toISOString(),
        prevHash,
        hash: chainHash(prevHash, contentHash(streamId, event)),
      }
      stream.push(stored)
      this.all.push(stored)
      this.byId.set(event.eventId, stored)
    }
    this.streams.set(streamId, stream)
    this.hint.emit('appended')
    return { outcome: 'appended', position: this.all.at(-1)!.globalPosition, revision: stream.length - 1 }
  }

  async readStream(streamId: string, { from, direction = 'forwards', limit = Infinity }: ReadStreamOptions = {}): Promise<StoredEvent[]> {
    const stream = this.streams.get(streamId) ?? []
    return direction === 'forwards'
      ? stream.slice(from ?? 0).slice(0, limit)
      : stream.slice(0, from === undefined ? undefined : from + 1).reverse().slice(0, limit)
  }

  async readAll(after: Position, limit: number): Promise<StoredEvent[]> {
    const start = after === '' ? 0 : Number(after)
    return this.all.slice(start, start + limit)
  }

  async *subscribe(after: Position, { signal, pageSize = 500 }: SubscribeOptions = {}): AsyncIterable<readonly StoredEvent[]> {
    let position = after
    while (!signal?.aborted) {
      const page = await this.readAll(position, pageSize)
      yield page
      position = page.at(-1)?.globalPosition ?? position
      if (page.length === 0 && position === (await this.head())) await once(this.hint, 'appended', { signal }).catch(() => undefined)
    }
  }

  async head(): Promise<Position> {
    return this.all.at(-1)?.globalPosition ?? ''
  }

  async close(): Promise<void> {}
}
