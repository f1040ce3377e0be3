import { randomBytes } from 'node:crypto'
import { PgDatabase } from '@passerelle/database'
import { type FreshStores, freshStores } from '@passerelle/testing'
import { ConfigurationFault, readConfig } from './config.js'
import { openHub } from './open-hub.js'

let stores: FreshStores
beforeAll(async () => void (stores = await freshStores()))
afterAll(() => stores?.remove())
const config = () => stores.config

describe('settings', () => {
  test.each([
    [{ PORT: '70000' }, 'PORT is "70000", not a port'],
    [{ DATABASE_URL: 'mysql://u:secret@h/d' }, 'DATABASE_URL does not begin with postgres://'],
    [{ EVENTSTORE_URL: 'esdb://h' }, 'EVENTSTORE_URL is set and DATABASE_URL is not'],
  ])('%j is refused with the cure, and no address is repeated', (env, says) => {
    expect(() => readConfig(env, 4000)).toThrow(ConfigurationFault)
    expect(() => readConfig(env, 4000)).toThrow(says)
    expect(() => readConfig(env, 4000)).not.toThrow('secret')
  })
  test('a database without secrets is refused: where to get them is said', async () => {
    await expect(openHub({ ...config(), secretsFile: undefined })).rejects.toThrow('npm run --silent secrets')
  })
})

test('processes that are started at once on an empty database find the same hub', async () => {
  const hubs = await Promise.all([1, 2, 3, 4].map(() => openHub(config())))
  try {
    expect(new Set(hubs.map(hub => hub.log.logId)).size).toBe(1)
    expect(new Set(hubs.map(hub => hub.identifiers.hashIdentifier('account', 'x'))).size).toBe(1)
  } finally {
    for (const hub of hubs) await hub.close()
  }
}, 120_000)

test('a hub that is opened again waits for nobody who reads or writes in it, and nobody waits for it', async () => {
  await (await openHub(config())).close()
  const db = new PgDatabase({ url: config().databaseUrl })
  try {
    const busy = await db.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname in ('sharing', 'audit', 'log', 'keyring', 'hub', 'shared') or tablename in ('leases', 'checkpoints')`,
    )
    expect(busy.length).toBeGreaterThan(40)
    const opened = await db.transaction(async tx => {
      await tx.exec(
        `lock table ${busy.map(({ name }) => name).join(', ')} in row exclusive mode; select from sharing.denials_here`,
      )
      return Promise.race([openHub(config()), new Promise<undefined>(resolve => setTimeout(resolve, 20_000, undefined).unref())])
    })
    expect(opened).toBeDefined()
    await opened!.close()
  } finally {
    await db.close()
  }
}, 60_000)

test('a login of its own for reading reads nothing by itself', async () => {
  const login = `reader_${randomBytes(4).toString('hex')}`
  const admin = new PgDatabase({ url: config().databaseUrl, connections: 1 })
  await admin.exec(`create role ${login} login password 'read'`)
  try {
    const reader = new URL(config().databaseUrl)
    reader.username = login
    reader.password = 'read'
    const hub = await openHub({ ...config(), readerUrl: reader.href })
    for (const table of ['hub.plans', 'log.events', 'sharing.denials', 'projections.readers'])
      await expect(hub.readerDb.query(`select 1 from ${table}`)).rejects.toMatchObject({ code: '42501' })
    await hub.close()
  } finally {
    await admin.exec(`drop role ${login}`)
    await admin.close()
  }
})
