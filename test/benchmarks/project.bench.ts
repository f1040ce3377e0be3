/**
 * How fast all read models are made anew from the log, beside how fast the server takes the same rows by COPY, in the same run; and how far
 * behind the agencies' models are while the log grows. Prints one JSON object a line, then a table.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import { PgDatabase } from '@passerelle/database'
import { EventStore } from '@passerelle/event-log'
import { PostgresLog } from '@passerelle/event-log/postgres'
import { hubDeclaration as hub, readLineOrExit } from '@passerelle/hub'
import { HubSecrets, PostgresKeyring } from '@passerelle/keyring'
import { Projector, rebuild } from '@passerelle/projections'
import { startPostgres } from '@passerelle/testing'
import { loadLog, recordRegion } from './recorded-region.js'

const { values: options } = readLineOrExit('bench:project', {
  options: {
    help: { type: 'boolean', short: 'h' },
    events: { type: 'string', default: '250000' },
    rounds: { type: 'string', default: '3' },
    live: { type: 'string', default: '20' },
    rate: { type: 'string', default: '500' },
  },
})
if (options.help) {
  console.log(`npm run bench:project -- [--events 250000] [--rounds 3] [--live 20] [--rate 500]

Records a synthetic region's year, then in each round: COPY of the log's rows into an empty table with the log's columns and indexes, and a
rebuild of all views, entitlements and agency models. Then appends events at a steady rate to the running hub.
  --events N   events in the log when it is rebuilt
  --rounds N   how many rounds; the median of their ratios counts
  --live S     seconds of the live part
  --rate N     events appended each second in the live part
PostgreSQL 18 is started for the run and flushes each commit; keys stand in PostgreSQL too.
Bar: rebuild.vs.copy at least 0.2 (aim: 0.25).`)
  process.exit(0)
}
const events = Number(options.events)
const rate = Number(options.rate)
const liveEvents = Number(options.live) * rate

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
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!
const rounded = (n: number, digits = 2) => Number(n.toFixed(digits))
const note = (text: string) => process.stderr.write(`${text}\n`)

const server = await startPostgres({
  durable: true,
  settings: ['shared_buffers=1GB', 'max_wal_size=16GB', 'checkpoint_timeout=30min', 'maintenance_work_mem=256MB'],
})
try {
  const db = new PgDatabase({ url: server.url })
  const log = await PostgresLog.open(db)
  const keyring = await PostgresKeyring.open(db, { keyEncryption: HubSecrets.generate().keyEncryption })
  const store = new EventStore(log, keyring)

  note(`Recording ${events + liveEvents} events …`)
  const all = await recordRegion(keyring, events + liveEvents)
  await loadLog(db, all.slice(0, events))
  await db.exec('vacuum analyse log.events')

  const copied: number[] = []
  const rebuilt: number[] = []
  const copyUs: number[] = []
  const clientUs: number[] = []
  const serverUs: number[] = []
  const peer = await copyPeer(server.url)
  for (let round = 0; round < Number(options.rounds); round++) {
    await db.exec('checkpoint')
    let cpu = serverCpuUs()
    copied.push(events / (await peer.run()))
    copyUs.push((serverCpuUs() - cpu) / events)
    await forget(db)
    await db.exec('checkpoint')
    cpu = serverCpuUs()
    const client = process.cpuUsage()
    const begun = performance.now()
    await rebuild({ db, store, hub }, 'all', { onProgress: phases() })
    rebuilt.push(events / ((performance.now() - begun) / 1_000))
    const used = process.cpuUsage(client)
    clientUs.push((used.user + used.system) / events)
    serverUs.push((serverCpuUs() - cpu) / events)
    note(`round ${round + 1}: COPY ${Math.round(copied.at(-1)!)}, rebuild ${Math.round(rebuilt.at(-1)!)} events/s`)
  }
  const agencies = (await db.query<{ n: number }>(`select count(*) as n from projections.agencies where slot = 'live'`))[0]!.n
  const [rows] = await db.query<{ hub: number; agencies: number }>(
    `select sum(reltuples) filter (where nspname = 'hub')::bigint as hub, sum(reltuples) filter (where nspname <> 'hub')::bigint as agencies
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where relkind = 'r' and reltuples > 0 and (nspname in ('hub', 'shared') or nspname like 'agency\\_%')`,
  )
  say({
    name: 'rebuild.vs.copy',
    value: Math.round(median(rebuilt)),
    unit: 'events/s',
    against: 'copy',
    ratio: rounded(median(rebuilt.map((r, i) => r / copied[i]!))),
    events,
    views: hub.plans.length,
    agencies,
    rowsPerEvent: rounded((rows!.hub + rows!.agencies) / events),
    clientUs: rounded(median(clientUs), 1),
    serverUs: rounded(median(serverUs), 1),
  })
  say({ name: 'copy', value: Math.round(median(copied)), unit: 'events/s', serverUs: rounded(median(copyUs), 1) })
  await peer.close()

  const beside = performance.now()
  await rebuild({ db, store, hub }, 'all')
  const besideRate = events / ((performance.now() - beside) / 1_000)
  say({
    name: 'rebuild.beside.vs.copy',
    value: Math.round(besideRate),
    unit: 'events/s',
    against: 'copy',
    ratio: rounded(besideRate / median(copied)),
  })

  if (liveEvents > 0) await live(db, log, store, all.slice(events))
  await log.close()
  await keyring.close()
  await db.close()
  table()
} finally {
  await server.stop()
}

/** The same rows, in the server's own text, into a table like the log's. */
async function copyPeer(url: string): Promise<{ run(): Promise<number>; close(): Promise<void> }> {
  const client = new pg.Client(url)
  await client.connect()
  await client.query('create schema peer; create table peer.events (like log.events including all)')
  const chunks: Buffer[] = []
  for await (const chunk of client.query(copyStreams.to('copy log.events to stdout'))) chunks.push(chunk as Buffer)
  return {
    run: async () => {
      await client.query('truncate peer.events')
      await client.query('checkpoint')
      const begun = performance.now()
      await pipeline(Readable.from(chunks, { objectMode: false }), client.query(copyStreams.from('copy peer.events from stdin')))
      return (performance.now() - begun) / 1_000
    },
    close: async () => {
      await client.query('drop schema peer cascade')
      await client.end()
    },
  }
}

/** Tells on the console what each phase of a rebuild took: µs for each event, of the clock and of both sides' processors. */
function phases(): (progress: { phase: string }) => void {
  let now = { phase: '', at: performance.now(), client: process.cpuUsage(), server: serverCpuUs() }
  return ({ phase }) => {
    if (phase === now.phase) return
    const { user, system } = process.cpuUsage(now.client)
    const us = [(performance.now() - now.at) * 1_000, user + system, serverCpuUs() - now.server].map(n => (n / events).toFixed(1))
    if (now.phase) note(`  ${now.phase.padEnd(12)} ${us[0]} µs, client ${us[1]}, server ${us[2]}`)
    now = { phase, at: performance.now(), client: process.cpuUsage(), server: serverCpuUs() }
  }
}

/** As if nothing had ever been projected. */
async function forget(db: PgDatabase): Promise<void> {
  const schemas = await db.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname in ('hub', 'shared', 'projections') or nspname like 'agency\\_%'`,
  )
  for (const { name } of schemas) await db.exec(`drop schema "${name}" cascade`)
}

/** From the append's acknowledgement until every view and every agency has it. */
async function live(
  db: PgDatabase,
  log: PostgresLog,
  store: EventStore,
  toAppend: Awaited<ReturnType<typeof recordRegion>>,
): Promise<void> {
  const stop = new AbortController()
  const projector = new Projector({ db, store, hub })
  const running = projector.run(stop.signal)
  await delay(1_000)
  const waiting: { position: string; at: number }[] = []
  const lagsMs: number[] = []
  let done = false
  const watching = (async () => {
    while (!done || waiting.length > 0) {
      const [{ position }] = (await db.query(
        `select min(position) as position from projections.checkpoints where slot = 'live'`,
        [],
        { name: 'bench-position' },
      )) as [{ position: string }]
      const now = performance.now()
      for (let i = waiting.length - 1; i >= 0; i--)
        if (waiting[i]!.position <= position) lagsMs.push(now - waiting.splice(i, 1)[0]!.at)
      await delay(2)
    }
  })()
  const begun = performance.now()
  const appends: Promise<void>[] = []
  const latest = new Map<string, Promise<void>>()
  for (const [i, { streamId, event }] of toAppend.entries()) {
    const due = begun + (i / rate) * 1_000 - performance.now()
    if (due > 1) await delay(due)
    const append = (latest.get(streamId) ?? Promise.resolve()).then(async () => {
      const { position } = await log.append(streamId, 'any', [event])
      waiting.push({ position, at: performance.now() })
    })
    latest.set(streamId, append)
    appends.push(append)
  }
  await Promise.all(appends)
  const reached = toAppend.length / ((performance.now() - begun) / 1_000)
  done = true
  await watching
  stop.abort()
  await running
  lagsMs.sort((a, b) => a - b)
  const at = (share: number) => lagsMs[Math.min(lagsMs.length - 1, Math.floor(lagsMs.length * share))]!
  for (const [name, share] of [
    ['live.lag.p50', 0.5],
    ['live.lag.p99', 0.99],
  ] as const)
    say({ name, value: rounded(at(share), 1), unit: 'ms', rate: Math.round(reached), events: lagsMs.length })
}

/** Processor time of the server and all its processes so far, in µs. */
function serverCpuUs(): number {
  let ticks = 0
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      if (Number(fields[1]) === server.pid) ticks += Number(fields[11]) + Number(fields[12])
      if (Number(entry) === server.pid) ticks += Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14])
    } catch {
      // It ended meanwhile: its time is the parent's now.
    }
  }
  return ticks * 10_000
}

function table(): void {
  console.log('')
  for (const { name, value, unit, ratio } of lines)
    console.log(
      `${name.padEnd(26)} ${String(value).padStart(10)} ${unit.padEnd(9)}${ratio === undefined ? '' : ` ratio ${ratio}`}`,
    )
  console.log(`
clientUs and serverUs are processor time for each event. What holds the rebuild back:
  reading   one process opens every sealed event and folds it: a COPY does neither.
  loading   each event becomes several rows, in the hub and in each agency that may hold them, each table with its own indexes.
  live      an event is in every model in the transaction in which its page commits; the page before it is the wait.`)
}
