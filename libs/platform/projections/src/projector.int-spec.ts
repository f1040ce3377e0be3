import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { PgDatabase } from '@passerelle/database'
import { EventStore } from '@passerelle/event-log'
import { PostgresLog } from '@passerelle/event-log/postgres'
import { LocalKeyEncryption, PostgresKeyring } from '@passerelle/keyring'
import { freshDatabase, type FreshDatabase } from '@passerelle/testing'
import { agencySchema } from './agency-schema.js'
import { grantReader } from './agencies.js'
import { audit } from './audit.js'
import { prepare, Projector, type ProjectorOptions } from './projector.js'
import { rebuild } from './rebuild.js'
import { oracle } from './toy-oracle.fixture.js'
import { drafted, opened, permitted, permitWithdrawn, record, registered, toyHub } from './toy-region.fixture.js'
import { tablesOf } from './toy-tables.fixture.js'
import { waitFor } from './wait-for.js'

const now = () => new Date('2026-03-02T08:00:00.000Z')
// Roles belong to the server: names of this run.
const run = randomBytes(4).toString('hex')
const school = `school-${run}`
const social = `Social.${run}`

describe('projector on PostgreSQL', () => {
  const kek = randomBytes(32)
  const hub = toyHub()
  let database: FreshDatabase
  let db: PgDatabase
  let store: EventStore
  beforeEach(async () => {
    database = await freshDatabase()
    db = new PgDatabase({ url: database.url })
    store = new EventStore(
      await PostgresLog.open(db),
      await PostgresKeyring.open(db, { keyEncryption: new LocalKeyEncryption({ test: kek }, 'test') }),
    )
    await prepare({ db, store, hub })
  })
  afterEach(async () => {
    await store.log.close()
    await store.keyring.close()
    await db.close()
    await database.drop()
  })

  const worker = (more: Partial<ProjectorOptions> = {}) => new Projector({ db, store, hub, now, ...more })
  async function happened(learners: number) {
    for (const one of [opened(school, 'education'), opened(social, 'social')]) await record(store, one)
    await Promise.all(
      Array.from({ length: learners }, async (_, n) => {
        await record(store, registered(`learner${n}`, school))
        await record(store, drafted(`plan${n}`, `learner${n}`, school))
        if (n % 2 === 0) await record(store, permitted(`permit${n}`, `learner${n}`, social, 'C3'))
        if (n % 4 === 0) await record(store, permitWithdrawn(`permit${n}`, `learner${n}`))
      }),
    )
  }
  const expectOracle = async () => expect(await tablesOf(db, hub)).toEqual(await oracle(store, hub, now()))

  test('an agency’s role reads its own schema and what everyone reads, and neither the hub, the log, the keys nor another agency', async () => {
    await happened(4)
    await worker().catchUp()
    const as = (agencyId: string, sql: string) =>
      db.transaction(tx => tx.query(sql), { role: agencySchema(agencyId), readOnly: true })
    expect(await as(social, `select plan_id from "${agencySchema(social)}".plans`)).toEqual([{ plan_id: 'plan2' }])
    expect(await as(social, 'select * from shared.services')).toEqual([])
    for (const table of [
      'hub.plans',
      'hub.facts',
      'hub.entitlements',
      'hub.holdings',
      'hub.parked_events',
      'projections.checkpoints',
      'projections.agencies',
      'log.events',
      'log.streams',
      'log.head',
      'keyring.keys',
      `"${agencySchema(school)}".plans`,
    ])
      await expect(as(social, `select * from ${table}`)).rejects.toMatchObject({ code: expect.stringMatching(/^(42501|42P01)$/) })
    for (const sql of [
      `update "${agencySchema(social)}".plans set headline = 'x'`,
      `delete from "${agencySchema(social)}".entitlements`,
      `create table "${agencySchema(social)}".mine (x int)`,
      'create table public.mine (x int)',
    ])
      await expect(db.transaction(tx => tx.query(sql), { role: agencySchema(social) })).rejects.toMatchObject({ code: '42501' })
    const [{ canLogin }] = (await db.query('select rolcanlogin as "canLogin" from pg_roles where rolname = $1', [
      agencySchema(social),
    ])) as any
    expect(canLogin).toBe(false)
  })

  test('the reading login owns and reads nothing by itself, and may become the role of agencies of today and later', async () => {
    const login = `reader_${run}`
    await db.exec(`create role ${login} login password 'reader'`)
    const url = new URL(database.url)
    url.username = login
    url.password = 'reader'
    const reader = new PgDatabase({ url: url.href, connections: 1 })
    try {
      await happened(4)
      const projector = worker()
      await projector.catchUp()
      await grantReader(db, login)
      await record(store, opened(`later-${run}`, 'health'))
      await projector.catchUp()
      const plans = `"${agencySchema(social)}".plans`
      await expect(reader.query(`select * from ${plans}`)).rejects.toMatchObject({ code: '42501' })
      await expect(reader.query('select * from hub.plans')).rejects.toMatchObject({ code: '42501' })
      expect(await reader.transaction(tx => tx.query(`select plan_id from ${plans}`), { role: agencySchema(social) })).toEqual([
        { plan_id: 'plan2' },
      ])
      const later = agencySchema(`later-${run}`)
      expect(await reader.transaction(tx => tx.query(`select * from "${later}".plans`), { role: later })).toEqual([])
      await expect(
        reader.transaction(tx => tx.query(`select * from ${plans}`), { role: agencySchema(school) }),
      ).rejects.toMatchObject({ code: '42501' })
      await expect(reader.query('select 1').then(() => reader.query(`set role postgres`))).rejects.toMatchObject({
        code: '42501',
      })
    } finally {
      await reader.close()
      await db.exec(`drop owned by ${login}; drop role ${login}`)
    }
  })

  test('two workers share the learners out, and together hold what one would', async () => {
    const workers = [worker({ most: 2, holder: 'a', pageSize: 7 }), worker({ most: 2, holder: 'b', pageSize: 11 })]
    await Promise.all([
      happened(40),
      (async () => {
        for (let i = 0; i < 30; i++) await Promise.all(workers.map(w => w.step()))
      })(),
    ])
    for (let i = 0; i < 2; i++) await Promise.all(workers.map(w => w.catchUp()))
    expect(workers.map(w => w.leases.partitions.length)).toEqual([2, 2])
    await expectOracle()
    expect(await audit({ db, store, hub })).toMatchObject({ findings: [] })
  })

  test('a worker that is killed in the middle of its work leaves nothing half done, and another takes over', async () => {
    await happened(60)
    for (let round = 0; round < 3; round++) {
      const source = new URL('./projector.killed.ts', import.meta.url).pathname
      const child = spawn(
        process.execPath,
        [
          '--import',
          '@swc-node/register/esm-register',
          '--conditions=@passerelle/source',
          source,
          database.url,
          kek.toString('hex'),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      )
      let pages = 0
      const code = await new Promise(resolve => {
        child.stdout.on('data', text => {
          pages += String(text).length
          if (pages >= 2) child.kill('SIGKILL')
        })
        child.once('close', (exit, signal) => resolve(signal ?? exit))
      })
      expect(code).toBe('SIGKILL')
      // Its lease runs out.
      await new Promise(resolve => setTimeout(resolve, 600))
    }
    await worker().catchUp()
    await expectOracle()
    expect(await audit({ db, store, hub })).toMatchObject({ findings: [] })
  }, 120_000)

  test('a running worker brings what is recorded to whoever waits for it, and hands over when it is told to stop', async () => {
    const stop = new AbortController()
    const running = worker().run(stop.signal)
    await happened(3)
    const position = await record(store, permitted('permit-x', 'learner1', social, 'C3'))
    expect(await waitFor(db, position, { agencyId: social, views: ['plans'], timeoutMs: 30_000 })).toBe(true)
    await expectOracle()
    stop.abort()
    await running
    const next = worker({ holder: 'next' })
    await next.catchUp()
    expect(next.leases.partitions.length).toBe(4)
  })

  test('a rebuild beside a running worker swaps without losing what is recorded meanwhile', async () => {
    await happened(40)
    const stop = new AbortController()
    const running = worker().run(stop.signal)
    await waitFor(db, await store.log.head(), { views: ['plans'], timeoutMs: 30_000 })
    const writing = (async () => {
      for (let n = 100; n < 140; n++) {
        await record(store, registered(`learner${n}`, school))
        await record(store, permitted(`permit${n}`, `learner${n}`, social, 'C3'))
        await record(store, drafted(`plan${n}`, `learner${n}`, school))
      }
    })()
    expect(await rebuild({ db, store, hub, now }, 'all')).toMatchObject({ comparedWith: 'running', differences: [] })
    await writing
    expect(await waitFor(db, await store.log.head(), { views: hub.plans.map(p => p.view), timeoutMs: 30_000 })).toBe(true)
    stop.abort()
    await running
    await expectOracle()
    expect(await audit({ db, store, hub })).toMatchObject({ findings: [] })
  }, 120_000)
})
