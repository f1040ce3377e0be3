import { setTimeout as delay } from 'node:timers/promises'
import { type Database, isSqlError, quoteIdentifier } from '@passerelle/database'
import { AppendQueue, type AppendQueueLimits, appendQueueLimits, type Settled } from './append-queue.js'
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
import { numberOf, toPosition } from './position.js'
import { logSchema } from './postgres-log.sql.js'
import { prepareAppend, type Prepared, toStored } from './prepare.js'
import { Hints, tail } from './tail.js'

const channel = 'passerelle_log'
/** Least time between two hints to other processes. */
const hintEveryMs = 10

const columns = `pos, stream, version, event_id, type, schema_version, subject_id, data, meta, recorded_at,
  encode(prev_hash, 'hex') as prev_hash, encode(hash, 'hex') as hash`

interface EventRow {
  pos: number
  stream: string
  version: number
  event_id: string
  type: string
  schema_version: number
  subject_id: string | null
  data: Json
  meta: object
  recorded_at: string
  prev_hash: string
  hash: string
}
interface OutcomeRow {
  outcome: 'appended' | 'duplicate' | 'conflict'
  pos: number
  revision: number
}

/** The log in PostgreSQL 18 or PGlite: schema `log`, appends in groups, positions in the order of commits. */
export class PostgresLog implements EventLog {
  private readonly hints = new Hints()
  private readonly queue: AppendQueue
  private listening: Promise<() => Promise<void>> | undefined
  private hinting: NodeJS.Timeout | undefined
  private closed = false

  private constructor(
    private readonly database: Database,
    readonly logId: string,
    limits: AppendQueueLimits,
  ) {
    this.queue = new AppendQueue(group => this.write(group), limits)
  }

  /** Opens the log of this database, making it where there is none; that needs the right to create schemas. */
  static async open(database: Database, limits: Partial<AppendQueueLimits> = {}): Promise<PostgresLog> {
    const found = () => database.query<{ log_id: string }>('select log_id from log.head')
    const [head] = await found().catch(async error => {
      if (!isSqlError(error, '42P01', '3F000')) throw error
      await database.exec(logSchema).catch(failed => {
        // Another process made it at the same time.
        if (!isSqlError(failed, '42P06', '23505')) throw failed
      })
      return found()
    })
    return new PostgresLog(database, head!.log_id, { ...appendQueueLimits, ...limits })
  }

  async append(streamId: string, expected: Expected, events: readonly NewEvent[]): Promise<Appended> {
    const append = prepareAppend(streamId, expected, events)
    if (this.closed) throw new Error('The log is closed.')
    return this.queue.add(append)
  }

  async readStream(streamId: string, { from, direction = 'forwards', limit }: ReadStreamOptions = {}): Promise<StoredEvent[]> {
    const [bound, order] = direction === 'forwards' ? ['>=', 'asc'] : ['<=', 'desc']
    const rows = await this.database.query<EventRow>(
      `select ${columns} from log.events where stream = $1 and version ${bound} $2 order by version ${order} limit $3`,
      [streamId, from ?? (direction === 'forwards' ? 0 : Number.MAX_SAFE_INTEGER), toLimit(limit)],
      { name: `log-stream-${order}` },
    )
    return rows.map(toEvent)
  }

  async readAll(after: Position, limit: number): Promise<StoredEvent[]> {
    const rows = await this.database.query<EventRow>(readAllStatement, [numberOf(after), toLimit(limit)], { name: 'log-all' })
    return rows.map(toEvent)
  }

  async *subscribe(after: Position, options?: SubscribeOptions): AsyncIterable<readonly StoredEvent[]> {
    // Without a hint it only takes until the next look.
    await (this.listening ??= this.database.onWake(channel, () => this.hints.hint()))
    yield* tail((position, limit) => this.readAll(position, limit), this.hints, after, options)
  }

  async head(): Promise<Position> {
    const [head] = await this.database.query<{ pos: number }>('select pos from log.head', [], { name: 'log-head' })
    return toPosition(head!.pos)
  }

  /** Waits for the appends that were accepted. The database stays open: it belongs to whoever opened it. */
  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await this.queue.drained()
    clearTimeout(this.hinting)
    await (
      await this.listening
    )?.()
  }

  private async write(group: readonly Prepared[]): Promise<readonly Settled[]> {
    try {
      const settled = await this.send(group, false)
      this.tellOthers()
      return settled
    } catch (error) {
      if (isSqlError(error) && group.length === 1 && isBadValue(error)) return [refused(group[0]!, error)]
      // One of them spoiled it for all, or nobody knows: each for itself, looking first for what is already there.
      const settled: Settled[] = []
      for (const append of group) settled.push(await this.writeAlone(append))
      this.tellOthers()
      return settled
    }
  }

  private async writeAlone(append: Prepared): Promise<Settled> {
    for (let attempt = 1; ; attempt++)
      try {
        return (await this.send([append], true))[0]!
      } catch (error) {
        if (isSqlError(error) && isBadValue(error)) return refused(append, error)
        if (attempt < 3) await delay(100 * attempt)
        else if (isSqlError(error) && !isLost(error)) return error
        else return new Unknown(unknown(append, error))
      }
  }

  private async send(group: readonly Prepared[], careful: boolean): Promise<Settled[]> {
    const events = group.flatMap(append => append.events)
    let start = 1
    const rows = await this.database.query<OutcomeRow>(
      'select * from log.append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)',
      [
        group.map(append => append.streamId),
        group.map(append => toExpectedNumber(append.expected)),
        group.map(append => append.events.length),
        group.map(append => (start += append.events.length) - append.events.length),
        group.flatMap((append, a) => append.events.map(() => a + 1)),
        group.flatMap(append => append.events.map((_, nth) => nth)),
        events.map(event => event.eventId),
        events.map(event => event.type),
        events.map(event => event.schemaVersion),
        events.map(event => event.subjectRef),
        events.map(event => event.content),
        // Lines, which JSON.stringify never breaks: in a PostgreSQL array, every quote in them would have to be escaped.
        events.map(event => event.data).join('\n'),
        events.map(event => event.meta).join('\n'),
        careful,
      ],
      { name: 'log-append' },
    )
    return rows.map(({ outcome, pos, revision }, i) =>
      outcome === 'conflict'
        ? new Conflict(group[i]!.streamId, group[i]!.expected, revision)
        : { outcome, position: toPosition(pos), revision },
    )
  }

  /** Wakes the readers of this process now, those of others soon. */
  private tellOthers(): void {
    this.hints.hint()
    this.hinting ??= setTimeout(() => {
      this.hinting = undefined
      if (!this.closed) this.database.wake(channel).catch(() => undefined)
    }, hintEveryMs)
  }
}

/** The statement that tails the log: the primary key, in its own order. */
export const readAllStatement = `select ${columns} from log.events where pos > $1 order by pos limit $2`

/** Lets a role read the log, or read and append. It may still not change it, nor write around `log.append`. */
export async function grantLog(database: Database, role: string, right: 'read' | 'append'): Promise<void> {
  const to = quoteIdentifier(role)
  await database.exec(`grant usage on schema log to ${to}; grant select on log.events, log.head to ${to};
    ${right === 'append' ? `grant execute on function log.append to ${to}` : ''}`)
}

const toExpectedNumber = (expected: Expected): number =>
  expected === 'none' ? -1 : expected === 'any' ? -2 : expected === 'exists' ? -3 : expected

const toLimit = (limit: number | undefined) => (limit === undefined || limit === Infinity ? null : limit)

/** A value that the server cannot keep (class 22), or JSON nested deeper than it reads (54001). */
const isBadValue = (error: { code: string }) => error.code.startsWith('22') || error.code.startsWith('54')

/** The server went away: the answer may have been lost with it. */
const isLost = (error: { code: string }) => /^(08|57P|58|XX)/.test(error.code)

const unknown = (append: Prepared, error: unknown) =>
  `Whether ${append.streamId} was appended to could not be established (${(error as { code?: string }).code ?? 'connection lost'}). ` +
  'Append the same events again, expecting the same.'

const refused = (append: Prepared, error: { code: string; message: string }) =>
  new InvalidEvent(`The log cannot keep an event of ${append.streamId}: ${error.code} ${error.message}`)

function toEvent(row: EventRow): StoredEvent {
  const { event_id: eventId, type, schema_version: schemaVersion, subject_id: subjectRef } = row
  return toStored({ eventId, type, schemaVersion, subjectRef }, row.data, row.meta, {
    streamId: row.stream,
    streamVersion: row.version,
    globalPosition: toPosition(row.pos),
    recordedAt: row.recorded_at,
    prevHash: row.prev_hash,
    hash: row.hash,
  })
}
