import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { v7 as uuidv7 } from 'uuid'
import { type Database, PgDatabase, PgliteDatabase } from '@passerelle/database'
import { anEvent, eventLogContract, type FreshDatabase, freshDatabase } from '@passerelle/testing'
import { findBrokenLink, Overloaded, type StoredEvent, Unknown } from './index.js'
import { grantLog, PostgresLog, readAllStatement } from './postgres-log.js'

const aStream = () => `test-${uuidv7()}`

/** A database whose answers can get lost after the work was done. */
function losing(database: Database) {
  let losses = 0
  const query: Database['query'] = async (sql, params, options) => {
    const rows = await database.query(sql, params, options)
    if (options?.name === 'log-append' && losses-- > 0)
      throw Object.assign(new Error('Connection terminated unexpectedly'), { code: 'ECONNRESET' })
    return rows as never
  }
  const faulty: Database = Object.assign(Object.create(database), { query })
  return { faulty, lose: (count: number) => (losses = count) }
}

describe('the event log on PGlite', () => {
  eventLogContract(async () => {
    const database = await PgliteDatabase.open()
    const { faulty, lose } = losing(database)
    const log = await PostgresLog.open(faulty)
    const another = () => PostgresLog.open(database)
    return { log, another, loseAnswers: lose, close: async () => (await log.close(), await database.close()) }
  })
})

describe('the event log on PostgreSQL 18', () => {
  eventLogContract(async () => {
    const fresh = await freshDatabase()
    const database = new PgDatabase({ url: fresh.url })
    const { faulty, lose } = losing(database)
    const log = await PostgresLog.open(faulty)
    const another = async () => {
      const other = new PgDatabase({ url: fresh.url })
      const its = await PostgresLog.open(other)
      return Object.assign(its, { close: async () => (await PostgresLog.prototype.close.call(its), await other.close()) })
    }
    return { log, another, loseAnswers: lose, close: async () => (await log.close(), await database.close(), await fresh.drop()) }
  })
})

describe.each(['PGlite', 'PostgreSQL 18'] as const)('the log in %s', kind => {
  let fresh: FreshDatabase | undefined
  let database: Database
  let log: PostgresLog
  beforeAll(async () => {
    fresh = kind === 'PGlite' ? undefined : await freshDatabase()
    database = fresh ? new PgDatabase({ url: fresh.url }) : await PgliteDatabase.open()
    log = await PostgresLog.open(database)
  })
  afterAll(async () => {
    await log.close()
    await database.close()
    await fresh?.drop()
  })

  test.each([
    'update log.events set type = type',
    'delete from log.events',
    'truncate log.events',
    'delete from log.streams',
    'truncate log.streams',
    'delete from log.head',
    'truncate log.head',
  ])('refuses its owner: %s', async sql => {
    await log.append(aStream(), 'none', [anEvent()])
    await expect(database.exec(sql)).rejects.toMatchObject({
      code: '42501',
      message: expect.stringContaining('only ever appended to'),
    })
  })

  test('gives a role no more than it was granted: to read, or to append through the one function', async () => {
    const suffix = `${kind.length}_${process.pid}`
    const roles = { none: `none_${suffix}`, read: `read_${suffix}`, append: `append_${suffix}` }
    for (const role of Object.values(roles)) await database.exec(`create role ${role}`)
    await grantLog(database, roles.read, 'read')
    await grantLog(database, roles.append, 'append')
    const as = (role: string, sql: string) =>
      database
        .transaction(tx => tx.query(sql), { role })
        .then(
          () => 'allowed',
          error => error.code,
        )
    const event = anEvent()
    const append = `select * from log.append(array['${aStream()}'], '{-1}', '{1}', '{1}', '{1}', '{0}', '{${event.eventId}}', '{Tried}', '{1}', '{s}', '{00}', '{}', '{}', false)`
    const writes = [
      `insert into log.events select * from log.events limit 0`,
      'update log.events set type = type',
      'delete from log.events',
      'truncate log.events',
      'update log.head set pos = pos',
      `update log.streams set version = version`,
      `insert into log.streams values ('x-1', 0, '')`,
      'alter table log.events disable trigger all',
      'drop table log.events',
    ]
    for (const role of Object.values(roles))
      for (const sql of writes) expect([role, sql, await as(role, sql)]).toEqual([role, sql, '42501'])
    expect(await as(roles.none, 'select 1 from log.events')).toBe('42501')
    expect(await as(roles.none, append)).toBe('42501')
    expect(await as(roles.read, append)).toBe('42501')
    expect(await as(roles.read, 'select 1 from log.events')).toBe('allowed')
    expect(await as(roles.append, append)).toBe('allowed')
    for (const role of Object.values(roles)) await database.exec(`drop owned by ${role}; drop role ${role}`)
  })

  test('is tailed along the primary key: an index scan, and no sort', async () => {
    for (let i = 0; i < 8; i++)
      await log.append(
        aStream(),
        'none',
        Array.from({ length: 500 }, () => anEvent()),
      )
    await database.exec('analyze log.events')
    const [{ 'QUERY PLAN': plan }] = (await database.query(
      `explain (format json) ${readAllStatement.replace('$1', '100').replace('$2', '500')}`,
    )) as [{ 'QUERY PLAN': [{ Plan: object }] }]
    const text = JSON.stringify(plan)
    expect(text).toContain('"Node Type":"Index Scan"')
    expect(text).toContain('"Index Name":"events_pkey"')
    expect(text).not.toContain('Sort')
  })

  test('finds the events about one person along an index', async () => {
    const plan = await database.query(
      `explain (format json) select pos from log.events where subject_id = 'learner-7' and pos > 5 order by pos`,
    )
    expect(JSON.stringify(plan)).toContain('events_subject')
    expect(JSON.stringify(plan)).not.toContain('Sort')
  })

  test('never dates an event before one that stands earlier in the log', async () => {
    await Promise.all(Array.from({ length: 40 }, () => log.append(aStream(), 'none', [anEvent()])))
    const times = (await log.readAll('', 10_000)).map(e => e.recordedAt)
    expect([...times].sort()).toEqual(times)
  })

  test('an id that another stream has already spoils only its own append, and is a conflict', async () => {
    const taken = anEvent()
    await log.append(aStream(), 'none', [taken])
    const target = aStream()
    const outcomes = await Promise.allSettled([
      log.append(aStream(), 'none', [anEvent()]),
      log.append(target, 'none', [taken]),
      log.append(aStream(), 'any', [anEvent()]),
    ])
    expect(outcomes.map(o => o.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((outcomes[1] as PromiseRejectedResult).reason).toMatchObject({ code: 'LOG.CONFLICT', revision: -1 })
    expect(await log.readStream(target)).toEqual([])
  })

  test('takes so many appends into its queue and refuses the next, losing none of those it took', async () => {
    const small = await PostgresLog.open(database, { waiting: 10, groups: 1, group: 4 })
    const streams = Array.from({ length: 30 }, aStream)
    const outcomes = await Promise.allSettled(streams.map(stream => small.append(stream, 'none', [anEvent()])))
    expect(outcomes.filter(o => o.status === 'fulfilled')).toHaveLength(10)
    for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toBeInstanceOf(Overloaded)
    const kept = await Promise.all(streams.map(async stream => (await log.readStream(stream)).length))
    expect(kept.reduce((a, b) => a + b)).toBe(10)
    await small.close()
  })

  test('closes after what it took was written, and takes no more', async () => {
    const closing = await PostgresLog.open(database)
    const stream = aStream()
    const appended = closing.append(stream, 'none', [anEvent()])
    await closing.close()
    expect((await appended).outcome).toBe('appended')
    await expect(closing.append(stream, 'any', [anEvent()])).rejects.toThrow('closed')
  })

  test('appends of one stream keep the order in which they were asked for', async () => {
    const stream = aStream()
    const events = Array.from({ length: 20 }, () => anEvent())
    await Promise.all(events.map((event, i) => log.append(stream, i === 0 ? 'none' : i - 1, [event])))
    expect((await log.readStream(stream)).map(e => e.eventId)).toEqual(events.map(e => e.eventId))
  })
})

describe('the log on a PostgreSQL server', () => {
  let fresh: FreshDatabase
  let first: PgDatabase
  let second: PgDatabase
  beforeEach(async () => {
    fresh = await freshDatabase()
    first = new PgDatabase({ url: fresh.url })
    second = new PgDatabase({ url: fresh.url })
  })
  afterEach(async () => {
    await first.close()
    await second.close()
    await fresh.drop()
  })

  test('is made once, however many open it at the same time', async () => {
    const logs = await Promise.all([first, second, first, second].map(database => PostgresLog.open(database)))
    expect(new Set(logs.map(log => log.logId)).size).toBe(1)
  })

  /** Holds the commit of whatever writes a row of type `Held`, until it is released. */
  const holdCommits = async (table: string) => {
    await first.exec(`create function hold() returns trigger language plpgsql as $$ begin
        if new.type = 'Held' then perform pg_advisory_xact_lock(4711); end if; return null; end $$;
      create constraint trigger hold after insert on ${table} deferrable initially deferred for each row execute function hold()`)
    let release = () => {}
    const held = new Promise<void>(resolve => (release = resolve))
    let locked = () => {}
    const ready = new Promise<void>(resolve => (locked = resolve))
    const holding = first.transaction(async tx => {
      await tx.query('select pg_advisory_xact_lock(4711)')
      locked()
      await held
    })
    await ready
    return async () => (release(), await holding)
  }
  const waiting = async (n: number) => {
    for (;;) {
      const [row] = await second.query(
        `select count(*) as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and wait_event <> 'relation'`,
      )
      if (row!['n'] === n) return
      await delay(5)
    }
  }

  test('shows no event before an earlier one whose commit is late: a tailing reader skips nothing', async () => {
    const [early, late] = [await PostgresLog.open(first), await PostgresLog.open(second)]
    const release = await holdCommits('log.events')
    const held = anEvent({ type: 'Held' })
    const quick = anEvent()
    const first_ = early.append(aStream(), 'none', [held])
    await waiting(1)
    const second_ = late.append(aStream(), 'none', [quick])
    await waiting(2)
    // The quick one waits for its turn: a reader that looks now finds nothing that could make it pass the held one by.
    expect(await late.readAll('', 10)).toEqual([])
    expect(await late.head()).toBe('')
    const found: StoredEvent[] = []
    const stop = new AbortController()
    const reading = (async () => {
      for await (const page of late.subscribe('', { signal: stop.signal, pollMs: 5 })) {
        found.push(...page)
        if (found.length === 2) stop.abort()
      }
    })()
    await release()
    await Promise.all([first_, second_, reading])
    expect(found.map(e => e.eventId)).toEqual([held.eventId, quick.eventId])
    await early.close()
    await late.close()
  })

  test('(the same trap catches a log that numbers its rows with a sequence)', async () => {
    await first.exec('create table naive (pos bigserial primary key, type text)')
    const release = await holdCommits('naive')
    const append = (database: Database, type: string) => database.query('insert into naive (type) values ($1)', [type])
    const held = append(first, 'Held')
    await waiting(1)
    await append(second, 'Quick')
    const tail = async (after: number) =>
      second.query<{ pos: number; type: string }>('select * from naive where pos > $1 order by pos', [after])
    const seen = await tail(0)
    expect(seen.map(e => e.type)).toEqual(['Quick'])
    await release()
    await held
    expect(await tail(seen.at(-1)!.pos)).toEqual([])
  })

  test('whose connections are cut in the middle keeps every acknowledged event once, and settles the rest when asked again', async () => {
    const log = await PostgresLog.open(first)
    const acknowledged: string[] = []
    let writing = true
    let unknown = 0
    const write = async () => {
      for (let i = 0, stream = aStream(); i < 40; i++) {
        const event = anEvent()
        for (;;)
          try {
            await log.append(stream, i === 0 ? 'none' : i - 1, [event])
            acknowledged.push(event.eventId)
            break
          } catch (error) {
            expect(error).toBeInstanceOf(Unknown)
            unknown++
          }
      }
    }
    const cut = async () => {
      for (let cuts = 0; writing; cuts++) {
        await second.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and query like '%log.append%'`,
        )
        await delay(15)
        if (cuts === 40) return
      }
    }
    await Promise.all([Promise.all(Array.from({ length: 16 }, write)).then(() => (writing = false)), cut()])
    const stored = await log.readAll('', 10_000)
    expect(stored.map(e => e.eventId).sort()).toEqual([...acknowledged].sort())
    expect(acknowledged).toHaveLength(16 * 40)
    expect(unknown).toBeGreaterThanOrEqual(0)
    await log.close()
  })

  test('that is gone makes an append Unknown, and says what to do next', async () => {
    await PostgresLog.open(first)
    const nowhere = Object.assign(new URL(fresh.url), { hostname: '127.0.0.1', port: '1' })
    const gone = new PgDatabase({ url: nowhere.href })
    let away = false
    const leaving: Database = Object.assign(Object.create(first), {
      query: (...args: Parameters<Database['query']>) => (away ? gone : first).query(...args),
    })
    const log = await PostgresLog.open(leaving)
    away = true
    await expect(log.append(aStream(), 'none', [anEvent()])).rejects.toThrow(
      /could not be established \(ECONNREFUSED\)\. Append the same events again, expecting the same\./,
    )
    await gone.close()
  })
})

describe('the log on PGlite in a folder', () => {
  test('keeps every acknowledged event when its process is killed, three times over', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'passerelle-killed-'))
    const acknowledged: string[] = []
    try {
      for (let round = 0; round < 3; round++) {
        const source = new URL('./postgres-log.killed.ts', import.meta.url).pathname
        const child = spawn(
          process.execPath,
          ['--import', '@swc-node/register/esm-register', '--conditions=@passerelle/source', source, folder],
          {
            stdio: ['ignore', 'pipe', 'inherit'],
          },
        )
        let told = ''
        const before = acknowledged.length
        await new Promise<void>(resolve => {
          child.stdout.on('data', text => {
            told += text
            const lines = told.split('\n')
            told = lines.pop()!
            acknowledged.push(...lines)
            if (acknowledged.length - before >= 100) child.kill('SIGKILL')
          })
          child.once('close', () => resolve())
        })
      }
      const database = await PgliteDatabase.open({ folder })
      const log = await PostgresLog.open(database)
      const stored = await log.readAll('', 100_000)
      const ids = new Set(stored.map(e => e.eventId))
      expect(acknowledged.length).toBeGreaterThanOrEqual(300)
      expect(acknowledged.filter(id => !ids.has(id))).toEqual([])
      expect(stored.map(e => Number(e.globalPosition))).toEqual(stored.map((_, i) => i + 1))
      for (const stream of new Set(stored.map(e => e.streamId)))
        expect(findBrokenLink(stored.filter(e => e.streamId === stream))).toBeUndefined()
      expect((await log.append('after-1', 'none', [anEvent()])).outcome).toBe('appended')
      await log.close()
      await database.close()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    // Four times a database boots here.
  }, 240_000)
})
