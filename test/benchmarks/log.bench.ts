/**
 * How fast the log takes appends, beside what it could at best reach and beside a peer, all in the same run: rounds of a few
 * seconds, one side after the other, the median of the rounds' ratios. Prints one JSON object a line, then a table.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { v7 as uuidv7 } from 'uuid'
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
import { PgDatabase, PgliteDatabase } from '@passerelle/database'
import { type EventLog, MemoryLog, type NewEvent } from '@passerelle/event-log'
import { EventStoreLog } from '@passerelle/event-log/eventstore'
import { PostgresLog } from '@passerelle/event-log/postgres'
import { readLineOrExit } from '@passerelle/hub'
import { anEvent, startPostgres } from '@passerelle/testing'

const { values: options } = readLineOrExit('bench:log', {
  options: {
    help: { type: 'boolean', short: 'h' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '5' },
  },
})
if (options.help) {
  console.log(`npm run bench:log -- [--seconds 3] [--rounds 5]

Appends with an expected version, one event each, to distinct streams of ten events, by 1, 16 and 64 writers.
  --seconds N  how long each side writes in each round
  --rounds N   how many rounds; the median of their ratios counts
PostgreSQL 18 is started for the run and flushes each commit. EventStoreDB is measured where EVENTSTORE_URL names one.
Bars: append.postgres.16.vs.raw at least 0.9, append.postgres.16.vs.emmett at least 3.`)
  process.exit(0)
}
const seconds = Number(options.seconds)
const rounds = Number(options.rounds)
const eventsPerStream = 10

/** Writes the nth event of a stream. */
type Append = (writer: number, stream: string, n: number) => Promise<unknown>
interface Measured {
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Processor time of this process for each append, in microseconds. */
  readonly clientUs: number
  /** Processor time of the server for each append, in microseconds; 0 where the system does not tell. */
  readonly serverUs: number
}

/** An event of ordinary size: an envelope and some sealed text. */
const ordinary = (): NewEvent =>
  anEvent({
    eventId: uuidv7(),
    data: {
      planId: '0197a3c2-7f1e-7c3a-9d54-2f6f2a7f9b11',
      reviewOn: '2026-03-01',
      goals: [
        { goalId: 'g1', outcome: 'reached', words: { sealed: 'C3', iv: 'qk0m3Z0o8yqfZ0aS', text: 'b'.repeat(160) } },
        { goalId: 'g2', outcome: 'open', words: { sealed: 'C3', iv: 'qk0m3Z0o8yqfZ0aT', text: 'c'.repeat(120) } },
      ],
    },
  })

/** Processor time that a server and its backends have used so far, in microseconds, as Linux counts it in ticks of 10 ms. */
function serverCpuUs(server: number | undefined): number {
  const ticks = (pid: string): number => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const own = Number(fields[11]) + Number(fields[12])
      // Of the server itself, its children that have ended as well.
      if (Number(pid) === server) return own + Number(fields[13]) + Number(fields[14])
      return Number(fields[1]) === server ? own : 0
    } catch {
      return 0
    }
  }
  if (server === undefined || process.platform !== 'linux') return 0
  return readdirSync('/proc').reduce((sum, pid) => sum + (/^\d+$/.test(pid) ? ticks(pid) : 0), 0) * 10_000
}

async function measure(append: Append, writers: number, forSeconds = seconds, server?: number): Promise<Measured> {
  const tookMs: number[] = []
  const clientBefore = process.cpuUsage()
  const serverBefore = serverCpuUs(server)
  const begun = performance.now()
  const end = begun + forSeconds * 1_000
  await Promise.all(
    Array.from({ length: writers }, async (_, writer) => {
      for (;;) {
        const stream = `plan-${uuidv7()}`
        for (let n = 0; n < eventsPerStream; n++) {
          const before = performance.now()
          if (before > end) return
          await append(writer, stream, n)
          tookMs.push(performance.now() - before)
        }
      }
    }),
  )
  const perSecond = tookMs.length / ((performance.now() - begun) / 1_000)
  const client = process.cpuUsage(clientBefore)
  const clientUs = (client.user + client.system) / tookMs.length
  const serverUs = (serverCpuUs(server) - serverBefore) / tookMs.length
  tookMs.sort((a, b) => a - b)
  const at = (share: number) => tookMs[Math.min(tookMs.length - 1, Math.floor(tookMs.length * share))] ?? 0
  return { perSecond, p50Ms: at(0.5), p99Ms: at(0.99), clientUs, serverUs }
}

const through =
  (log: EventLog): Append =>
  (_, stream, n) =>
    log.append(stream, n === 0 ? 'none' : n - 1, [ordinary()])

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
const rounded = (n: number, digits = 2) => Number(n.toFixed(digits))

interface Line {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly against?: string
  readonly ratio?: number
  readonly [more: string]: unknown
}
const lines: Line[] = []
function say(line: Line): void {
  lines.push(line)
  console.log(JSON.stringify(line))
}

/** The same columns, constraints and indexes as the log's, and nothing that keeps order, version or chain. */
const rawTable = `
  create table raw_events (pos bigint primary key, stream text collate "C" not null, version bigint not null, event_id uuid not null,
    type text collate "C" not null, schema_version smallint not null, subject_id text collate "C", data json not null, meta json not null,
    recorded_at timestamptz not null, prev_hash bytea not null, hash bytea not null, unique (stream, version), unique (event_id));
  create index on raw_events (subject_id, pos)`

async function rawInserts(url: string, connections: number): Promise<{ append: Append; close: () => Promise<void> }> {
  const clients = await Promise.all(
    Array.from({ length: connections }, () => new pg.Client(url)).map(async client => (await client.connect(), client)),
  )
  const [{ pos: start }] = (await clients[0]!.query('select coalesce(max(pos), 0)::int as pos from raw_events')).rows as [
    { pos: number },
  ]
  let pos = start
  const hash = Buffer.alloc(32, 7)
  const text =
    'insert into raw_events (pos, stream, version, event_id, type, schema_version, subject_id, data, meta, recorded_at, prev_hash, hash) ' +
    'values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now(), $10, $11)'
  return {
    append: (writer, stream, n) => {
      const { eventId, type, schemaVersion, subjectRef, data, ...meta } = ordinary()
      const values = [
        ++pos,
        stream,
        n,
        eventId,
        type,
        schemaVersion,
        subjectRef,
        JSON.stringify(data),
        JSON.stringify(meta),
        hash,
        hash,
      ]
      return clients[writer]!.query({ name: 'raw', text, values })
    },
    close: async () => void (await Promise.all(clients.map(client => client.end()))),
  }
}

async function emmett(url: string, connections: number): Promise<{ append: Append; close: () => Promise<void> }> {
  const pool = new pg.Pool({ connectionString: url, max: connections, idleTimeoutMillis: 0 })
  const store = getPostgreSQLEventStore(url, { connectionOptions: { pooled: true, pool } as never })
  await store.schema.migrate()
  return {
    append: (_, stream, n) => {
      const { eventId: _id, type, data, ...metadata } = ordinary()
      return store.appendToStream(stream, [{ type, data: data as Record<string, unknown>, metadata }], {
        expectedStreamVersion: n === 0 ? 'STREAM_DOES_NOT_EXIST' : BigInt(n),
      } as never)
    },
    close: async () => {
      await store.close()
      await pool.end().catch(() => undefined)
    },
  }
}

const holdsBack = `clientUs and serverUs are processor time for each append; on a busy machine look at these.
What holds the figures back:
  1 writer    an append alone pays for all that a group shares: a flush, and statements that check, link, number and write.
  16, 64      groups follow one another: each holds the head row until its commit is flushed, which keeps the order. What a group
              shares makes up for version check, hash chain and order, which the bare INSERT does without. On a machine with more
              to do than processors, sixteen connections are given more of it than two are.
  PGlite      the server runs in the thread of its client, on WebAssembly.
  memory      the checks, the canonical text and the hashes, which every adapter pays.`

const server = await startPostgres({ durable: true, settings: ['shared_buffers=512MB', 'max_wal_size=8GB'] })
const folder = mkdtempSync(join(tmpdir(), 'passerelle-bench-'))
try {
  const admin = new PgDatabase({ url: server.url, connections: 1 })
  for (const name of ['ours', 'raw', 'emmett']) await admin.exec(`create database ${name}`)
  const at = (name: string) => server.url.replace(/postgres$/, name)
  const database = new PgDatabase({ url: at('ours') })
  const log = await PostgresLog.open(database)
  const rawDatabase = new PgDatabase({ url: at('raw'), connections: 1 })
  await rawDatabase.exec(rawTable)

  for (const writers of [1, 16, 64]) {
    const raw = await rawInserts(at('raw'), writers)
    const peer = await emmett(at('emmett'), writers)
    const sides: Record<string, Append> = { ours: through(log), raw: raw.append, emmett: peer.append }
    for (const append of Object.values(sides)) await measure(append, writers, Math.min(1, seconds))
    const results: Record<string, Measured[]> = { ours: [], raw: [], emmett: [] }
    for (let round = 0; round < rounds; round++)
      for (const [name, append] of Object.entries(sides)) results[name]!.push(await measure(append, writers, seconds, server.pid))
    const of = (side: string, what: keyof Measured) => rounded(median(results[side]!.map(m => m[what])))
    const ratio = (side: string) => rounded(median(results['ours']!.map((m, i) => m.perSecond / results[side]![i]!.perSecond)))
    const figures = (side: string) => ({
      value: Math.round(of(side, 'perSecond')),
      unit: 'appends/s',
      p50Ms: of(side, 'p50Ms'),
      p99Ms: of(side, 'p99Ms'),
      clientUs: Math.round(of(side, 'clientUs')),
      serverUs: Math.round(of(side, 'serverUs')),
    })
    say({ name: `raw.insert.${writers}`, ...figures('raw') })
    say({ name: `emmett.postgres.${writers}`, ...figures('emmett') })
    say({ name: `append.postgres.${writers}`, ...figures('ours') })
    const bars = writers === 16 ? { raw: 0.9, emmett: 3 } : undefined
    for (const [side, against] of [
      ['raw', `raw.insert.${writers}`],
      ['emmett', `emmett.postgres.${writers}`],
    ] as const) {
      const bar = bars?.[side]
      say({
        name: `append.postgres.${writers}.vs.${side}`,
        value: Math.round(of('ours', 'perSecond')),
        unit: 'appends/s',
        against,
        ratio: ratio(side),
        ...(bar !== undefined && { bar, met: ratio(side) >= bar }),
      })
    }
    await raw.close()
    await peer.close()
  }

  const size = async (on: PgDatabase, tables: string[]) => {
    const [row] = await on.query<{ bytes: number; events: number }>(
      `select ${tables.map(t => `pg_total_relation_size('${t}')`).join(' + ')} as bytes, (select count(*) from ${tables[0]}) as events`,
    )
    return rounded(row!.bytes / row!.events, 0)
  }
  const ours = await size(database, ['log.events', 'log.streams', 'log.head'])
  const bare = await size(rawDatabase, ['raw_events'])
  say({
    name: 'bytes.postgres',
    value: ours,
    unit: 'bytes/event on disk, with indexes',
    against: 'raw.insert',
    ratio: rounded(ours / bare),
  })
  await log.close()
  await database.close()
  await rawDatabase.close()
  await admin.close()

  const others: [string, () => Promise<{ log: EventLog; close: () => Promise<unknown> }>][] = [
    [
      'pglite',
      async () => {
        const database = await PgliteDatabase.open({ folder })
        return { log: await PostgresLog.open(database), close: () => database.close() }
      },
    ],
    ['memory', async () => ({ log: new MemoryLog(), close: async () => undefined })],
  ]
  const eventStoreUrl = process.env['EVENTSTORE_URL']
  if (eventStoreUrl)
    others.push([
      'eventstore',
      async () => {
        const log = await EventStoreLog.open({ url: eventStoreUrl })
        return { log, close: () => log.close() }
      },
    ])
  for (const [name, open] of others) {
    const { log, close } = await open()
    for (const writers of [1, 16, 64]) {
      const m = await measure(through(log), writers)
      say({
        name: `append.${name}.${writers}`,
        value: Math.round(m.perSecond),
        unit: 'appends/s',
        p50Ms: rounded(m.p50Ms),
        p99Ms: rounded(m.p99Ms),
      })
    }
    await close()
  }
  if (!eventStoreUrl) console.log('EventStoreDB was not measured: EVENTSTORE_URL is not set.')
  console.table(
    lines.map(({ name, value, unit, p50Ms, p99Ms, clientUs, serverUs, ratio, bar }) =>
      Object.fromEntries(
        Object.entries({ name, value, unit, p50Ms, p99Ms, clientUs, serverUs, ratio, bar }).map(([k, v]) => [k, v ?? '']),
      ),
    ),
  )
  console.log(holdsBack)
} finally {
  await server.stop()
  rmSync(folder, { recursive: true, force: true })
}
