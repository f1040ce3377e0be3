import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type AllStreamRecordedEvent,
  BACKWARDS,
  type Credentials,
  END,
  EventStoreDBClient,
  excludeSystemEvents,
  FORWARDS,
  jsonEvent,
  MaxAppendSizeExceededError,
  NO_STREAM,
  type Position as ServerPosition,
  START,
  StreamNotFoundError,
  WrongExpectedVersionError,
} from '@eventstore/db-client'
import { AppendQueue, type Settled } from './append-queue.js'
import type { Json, NewEvent, Position, StoredEvent } from './event.js'
import {
  type Appended,
  Conflict,
  type EventLog,
  type Expected,
  InvalidEvent,
  type ReadStreamOptions,
  type SubscribeOptions,
  Unknown,
} from './event-log.js'
import {
  fromServerPosition,
  isDefinite,
  readEvents,
  type RecordedOnServer,
  toServerPosition,
  UnreadableEvent,
} from './eventstore-wire.js'
import { chainHash } from './hash.js'
import { type KnownStream, KnownStreams } from './known-streams.js'
import { prepareAppend, type Prepared, toStored } from './prepare.js'
import { Hints, tail } from './tail.js'

export interface EventStoreOptions {
  /** `esdb://user:password@host:2113?tls=true`; without TLS the user may be left out. */
  readonly url: string
  /** How long one append may take before its outcome counts as unknown. */
  readonly appendDeadlineMs?: number
  /** How long the server may stay silent while it is read from. */
  readonly readSilenceMs?: number
  /** Waits before an append whose outcome is unknown is looked into again; so many attempts follow the first. */
  readonly retryDelaysMs?: readonly number[]
}

/** Holds the log's id; never shown to readers. */
const identityStream = 'passerelleLog-identity'
const leastPage = 64
/** Most attempts of an append that meets other writers although it expects nothing of them. */
const mostRaces = 50

/**
 * The log in EventStoreDB (servers from 22.10 on, which tell positions with streams). Appends go one by one over the unary
 * call, always at an exact revision: only then does the server keep its promise that the same events are not written twice.
 */
export class EventStoreLog implements EventLog {
  private readonly known = new KnownStreams()
  private readonly hints = new Hints()
  /** Behind which raw position of the server there was still nothing of ours, by the position asked for. */
  private readonly skipped = new Map<Position, ServerPosition>()
  // At most 64 calls: a connection carries 100, and reads need some.
  private readonly queue = new AppendQueue(async ([append]) => [await this.write(append!)], {
    group: 1,
    groupBytes: 1,
    waiting: 4_096,
    groups: 64,
  })
  private watching: Promise<void> | undefined
  private readonly closing = new AbortController()

  private constructor(
    private readonly client: EventStoreDBClient,
    private readonly credentials: Credentials,
    private readonly options: Required<EventStoreOptions>,
    readonly logId: string,
  ) {}

  static async open(options: EventStoreOptions): Promise<EventStoreLog> {
    const complete = { appendDeadlineMs: 5_000, readSilenceMs: 10_000, retryDelaysMs: [50, 200, 800], ...options }
    const client = EventStoreDBClient.connectionString(options.url)
    const opening = new EventStoreLog(client, toCredentials(options.url), complete, '')
    const log = new EventStoreLog(client, opening.credentials, complete, await opening.identity())
    return log
  }

  async append(streamId: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const append = prepareAppend(streamId, expected, events)
    if (this.closing.signal.aborted) throw new Error('The log is closed.')
    return this.queue.add(append)
  }

  async readStream(streamId: string, { from, direction = 'forwards', limit }: ReadStreamOptions = {}): Promise<StoredEvent[]> {
    if (limit === 0) return []
    if (direction === 'forwards') {
      const events = await this.fetch(streamId, from ?? 0, limit)
      this.learn(streamId, from ?? 0, events)
      return events
    }
    // From beyond its end, the server counts revisions that are not there towards the limit.
    const last = from === undefined ? undefined : await this.fetchLast(streamId)
    if (from !== undefined && last === undefined) return []
    return this.fetch(streamId, from === undefined || from >= last!.streamVersion ? END : from, limit, BACKWARDS)
  }

  async readAll(after: Position, limit: number): Promise<StoredEvent[]> {
    const found: StoredEvent[] = []
    const past = after === '' ? undefined : toServerPosition(after)
    let raw = this.skipped.get(after) ?? past
    while (found.length < limit) {
      // The page begins with the event at the position itself, and the server's own events count as well.
      const maxCount = Math.max(limit - found.length + 1, leastPage)
      const page = await this.receive(
        this.client.readAll({ direction: FORWARDS, fromPosition: raw ?? START, maxCount, credentials: this.credentials }),
      )
      for (const recorded of page) {
        if (raw && !isAfter(recorded.position!, raw)) continue
        if (isOurs(recorded)) found.push(toEvent(recorded))
      }
      const end = page.at(-1)?.position
      if (end && (!raw || isAfter(end, raw))) raw = end
      if (found.length === 0 && raw) this.remember(after, raw)
      if (page.length < maxCount) break
    }
    return found.slice(0, limit)
  }

  async *subscribe(after: Position, options?: SubscribeOptions): AsyncIterable<readonly StoredEvent[]> {
    this.watching ??= this.watch()
    yield* tail((position, limit) => this.readAll(position, limit), this.hints, after, options)
  }

  async head(): Promise<Position> {
    for (let from: ServerPosition | typeof END = END; ;) {
      const page: RecordedOnServer[] = await this.receive(
        this.client.readAll({ direction: BACKWARDS, fromPosition: from, maxCount: leastPage, credentials: this.credentials }),
      )
      const last = page.find(isOurs)
      if (last) return fromServerPosition(last.position)
      if (page.length < leastPage) return ''
      from = page.at(-1)!.position!
    }
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return
    this.closing.abort()
    await this.queue.drained()
    await this.client.dispose()
    await this.watching
  }

  /** The id that was written when the log was first opened. */
  private async identity(): Promise<string> {
    const found = async () => {
      const read = this.client.readStream(identityStream, { maxCount: 1, credentials: this.credentials })
      const [event] = await this.receive(read).catch(absent)
      return event && String((event.data as { logId: string }).logId)
    }
    const event = jsonEvent({ type: 'LogCreated', data: { logId: randomUUID() } })
    const write = () => this.client.appendToStream(identityStream, [event], { expectedRevision: NO_STREAM, ...this.unary() })
    const known = await found()
    if (known) return known
    await write().catch(error => {
      if (!(error instanceof WrongExpectedVersionError)) throw error
    })
    return (await found())!
  }

  private async write(append: Prepared): Promise<Settled> {
    const { streamId } = append
    for (let attempt = 0; ; attempt++)
      try {
        return await this.tryOnce(append, attempt > 0)
      } catch (error) {
        if (error instanceof MaxAppendSizeExceededError)
          return new InvalidEvent(`The server takes at most ${error.maxAppendSize} bytes in one append to ${streamId}.`)
        if (isDefinite(error)) return error as Error
        const waitMs = this.options.retryDelaysMs[attempt]
        if (waitMs === undefined) return unknown(streamId, error)
        await delay(waitMs)
      }
  }

  /** @param again whether an earlier try may have come through: then the stream says what became of it. */
  private async tryOnce(append: Prepared, again: boolean): Promise<Settled> {
    const { streamId, expected, events } = append
    let known = again ? undefined : this.known.find(streamId)
    for (let races = 0; ;) {
      const fresh = known === undefined
      known ??= await this.refresh(streamId)
      const there = events.filter(e => known!.ids.has(e.eventId)).length
      if (there === events.length) return this.duplicate(append, known)
      if (there > 0 || !isMet(expected, known.revision)) {
        if (fresh) return new Conflict(streamId, expected, known.revision)
      } else
        try {
          const appended = await this.send(append, known)
          // To a repeated call the server does not answer where the events stand; the stream does.
          if (appended && !again) return appended
        } catch (error) {
          if (!(error instanceof WrongExpectedVersionError)) throw error
          if (++races > mostRaces) return new Conflict(streamId, expected, known.revision)
        }
      known = undefined
    }
  }

  /** One call at an exact revision. Undefined where the server does not say where it stands. */
  private async send({ streamId, events }: Prepared, known: KnownStream): Promise<Appended | undefined> {
    const first = known.revision + 1
    let hash = known.hash
    const links = events.map(({ eventId, content }, i) => {
      const prevHash = hash
      hash = chainHash(prevHash, content)
      return { eventId, revision: first + i, prevHash, hash }
    })
    const wire = events.map(({ eventId, type, schemaVersion, subjectRef, data, meta }, i) => {
      const { prevHash, hash } = links[i]!
      return jsonEvent({
        id: eventId,
        type,
        data: JSON.parse(data),
        metadata: { ...JSON.parse(meta), schemaVersion, ...(subjectRef !== undefined && { subjectRef }), prevHash, hash },
      })
    })
    const expectedRevision = known.revision === -1 ? NO_STREAM : BigInt(known.revision)
    const { position } = await this.client.appendToStream(streamId, wire, { expectedRevision, ...this.unary() })
    if (!position) return undefined
    const last = fromServerPosition(position)
    this.known.see(
      streamId,
      first,
      links.map((link, i) => (i === links.length - 1 ? { ...link, position: last } : link)),
    )
    this.hints.hint()
    return { outcome: 'appended', position: last, revision: first + events.length - 1 }
  }

  /** Credentials with the call choose the unary path; the shared one fails everybody's appends with one. */
  private unary() {
    return { credentials: this.credentials, deadline: this.options.appendDeadlineMs }
  }

  private async duplicate({ streamId, events }: Prepared, known: KnownStream): Promise<Appended> {
    const { revision, position } = known.ids.get(events.at(-1)!.eventId)!
    const at = position ?? (await this.fetch(streamId, revision, 1))[0]!.globalPosition
    return { outcome: 'duplicate', position: at, revision }
  }

  /** Reads what has been added to a stream since it was last looked at. */
  private async refresh(streamId: string): Promise<KnownStream> {
    const from = (this.known.find(streamId)?.revision ?? -1) + 1
    return this.learn(streamId, from, await this.fetch(streamId, from))
  }

  private learn(streamId: string, from: number, events: readonly StoredEvent[]): KnownStream {
    return this.known.see(
      streamId,
      from,
      events.map(({ eventId, streamVersion, hash, globalPosition }) => ({
        eventId,
        revision: streamVersion,
        hash,
        position: globalPosition,
      })),
    )
  }

  private async fetchLast(streamId: string): Promise<StoredEvent | undefined> {
    return (await this.fetch(streamId, END, 1, BACKWARDS))[0]
  }

  private async fetch(
    streamId: string,
    from: number | typeof END,
    limit = Infinity,
    direction: typeof FORWARDS | typeof BACKWARDS = FORWARDS,
  ): Promise<StoredEvent[]> {
    const read = this.client.readStream(streamId, {
      direction,
      fromRevision: from === END ? END : BigInt(from),
      maxCount: limit === Infinity ? Number.MAX_SAFE_INTEGER : limit,
      credentials: this.credentials,
    })
    return (await this.receive(read).catch(absent)).map(toEvent)
  }

  private receive(read: Parameters<typeof readEvents>[0]): Promise<RecordedOnServer[]> {
    return readEvents(read, this.options.readSilenceMs)
  }

  private remember(after: Position, raw: ServerPosition): void {
    this.skipped.delete(after)
    this.skipped.set(after, raw)
    if (this.skipped.size > 64) this.skipped.delete(this.skipped.keys().next().value!)
  }

  /** Keeps a live subscription for its hints alone: it is dropped when it falls behind, and then says so only once. */
  private async watch(): Promise<void> {
    while (!this.closing.signal.aborted) {
      await new Promise<void>(resolve => {
        const live = this.client.subscribeToAll({
          fromPosition: END,
          filter: excludeSystemEvents(),
          credentials: this.credentials,
        })
        live.on('data', () => this.hints.hint())
        live.on('confirmation', () => this.hints.hint())
        live.on('error', () => resolve())
        live.on('end', () => resolve())
        live.on('close', () => resolve())
        this.closing.signal.addEventListener('abort', () => resolve(), { once: true })
      })
      this.hints.hint()
      await delay(250, undefined, { signal: this.closing.signal, ref: false }).catch(() => undefined)
    }
  }
}

const isMet = (expected: Expected, revision: number): boolean =>
  expected === 'any' || (expected === 'none' ? revision === -1 : expected === 'exists' ? revision >= 0 : revision === expected)

const isAfter = (a: ServerPosition, b: ServerPosition) => a.commit > b.commit || (a.commit === b.commit && a.prepare > b.prepare)

const isOurs = ({ streamId, type }: Pick<AllStreamRecordedEvent, 'streamId' | 'type'>) =>
  !streamId.startsWith('$') && !type.startsWith('$') && streamId !== identityStream

function absent(error: unknown): RecordedOnServer[] {
  if (error instanceof StreamNotFoundError) return []
  throw error
}

const unknown = (streamId: string, error: unknown) =>
  new Unknown(
    `Whether ${streamId} was appended to could not be established (${(error as { type?: string }).type ?? 'connection lost'}). ` +
      'Append the same events again, expecting the same.',
  )

/** @throws where the server checks who calls, and the address names nobody. */
function toCredentials(url: string): Credentials {
  const named = /^[a-z+]+:\/\/([^:@/]+):([^@/]*)@/.exec(url)
  if (named) return { username: decodeURIComponent(named[1]!), password: decodeURIComponent(named[2]!) }
  if (/[?&]tls=false/i.test(url)) return { username: 'nobody', password: 'not-checked-without-tls' }
  throw new Error(
    'The address of EventStoreDB names no user. Write esdb://user:password@host:port, or ?tls=false for a server without.',
  )
}

function toEvent({ id, type, streamId, revision, created, position, data, metadata }: RecordedOnServer): StoredEvent {
  const { schemaVersion, subjectRef, prevHash, hash, ...meta } = (metadata ?? {}) as unknown as StoredEvent
  if (typeof schemaVersion !== 'number' || typeof prevHash !== 'string' || typeof hash !== 'string')
    throw new UnreadableEvent(
      `Event ${id}, revision ${revision} of ${streamId}, was not written by this log: it has no chain of hashes.`,
    )
  return toStored({ eventId: id, type, schemaVersion, subjectRef }, data as Json, meta, {
    streamId,
    streamVersion: Number(revision),
    globalPosition: fromServerPosition(position),
    recordedAt: created.toISOString(),
    prevHash,
    hash,
  })
}
