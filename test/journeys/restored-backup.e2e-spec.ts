import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agency, register as registerAgency } from '@passerelle/agency'
import { PgDatabase } from '@passerelle/database'
import type { CommandContext } from '@passerelle/event-log'
import { silentLog } from '@passerelle/http'
import { type HubConfig, hubDeclaration, openHub, type OpenHub } from '@passerelle/hub'
import { erased, HubSecrets } from '@passerelle/keyring'
import { forgetLearner, learner, register } from '@passerelle/learner'
import { waitFor } from '@passerelle/projections'
import { freshDatabase, type FreshDatabase } from '@passerelle/testing'
import { startWorker } from '@passerelle/worker'
import { canary, tablesWith } from './canaries.fixture.js'
import { until } from './story-hub.fixture.js'

const context: CommandContext = {
  actor: { userId: 'officer', agencyId: 'authority', role: 'dataProtectionOfficer' },
  controllerAgencyId: 'authority',
  purpose: 'audit',
  legalBasis: { kind: 'legalObligation' },
  occurredAt: '2026-03-01T09:00:00.000Z',
  correlationId: 'c',
  causationId: 'c',
  language: 'en',
}
const retained = [{ what: 'skeleton', statute: 'GDPR17-3-b' }]

describe.each([['PGlite'], ['PostgreSQL 18']])('a backup from before somebody was forgotten, restored, on %s', kind => {
  let folder: string
  let database: FreshDatabase | undefined
  /** The hub as it was, and as the backup has it. */
  let running: HubConfig
  let restored: HubConfig

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'passerelle-backup-'))
    const secretsFile = join(folder, 'secrets.json')
    await writeFile(secretsFile, HubSecrets.generate().toText(), { mode: 0o600 })
    if (kind !== 'PGlite') database = await freshDatabase()
    const at = { host: '127.0.0.1', port: 0, ledgerFile: join(folder, 'ledger.log') }
    running = { ...at, dataFolder: join(folder, 'hub'), ...(database && { databaseUrl: database.url, secretsFile }) }
    restored = { ...running, dataFolder: join(folder, 'restored'), ...(database && { databaseUrl: backupOf(database.url) }) }

    await working(running, async hub => {
      const school = { agencyId: 'school', name: 'The school', sector: 'education' as const, region: 'ZZ11' }
      await hub.store.handle(agency, 'school', context, state => registerAgency(state, school))
      const person = { learnerId: 'l-1', agencyId: 'school', givenName: `${canary}C1-1`, familyName: 'Family' }
      await hub.store.handle(learner, 'l-1', context, state => register(state, person, '2026-03-01'))
      await read(hub)
      expect(await tablesWith(hub.db, canary)).not.toEqual([])
    })
    if (database) await copyDatabase(database.url)
    else await cp(running.dataFolder, restored.dataFolder, { recursive: true })
    await working(running, async hub => {
      await hub.store.handle(learner, 'l-1', context, state => forgetLearner(state, { reason: 'erasureRequest', retained }))
      await until('the keys are destroyed', async () => (await hub.keyring.ledger()).length === 18)
      await read(hub)
      await until('it is gone', async () => (await tablesWith(hub.db, canary)).length === 0)
    })
  }, 180_000)
  afterAll(async () => {
    if (database) await administer(database.url, `drop database if exists ${nameOf(backupOf(database.url))} with (force)`)
    await database?.drop()
    await rm(folder, { recursive: true, force: true })
  })

  test('GDPR 17 is not opened without the ledger of destroyed keys', async () => {
    const { ledgerFile: _, ...without } = restored
    await expect(openHub(without)).rejects.toMatchObject({ code: 'KEYRING.LEDGER_BEHIND' })
  })

  test('GDPR 17 opened with it, the person is denied to everybody at once, and forgotten again before anything else', async () => {
    const hub = await openHub(restored)
    const denied = await hub.db.query('select agency_id from sharing.denials where learner_id = $1', ['l-1'])
    const { state } = await hub.store.load(learner, 'l-1')
    await hub.close()
    expect(denied).toEqual([{ agency_id: null }])
    expect(state).toMatchObject({ givenName: erased, forgotten: true })
    await working(restored, async again => {
      await read(again)
      await until('it is gone', async () => (await tablesWith(again.db, canary)).length === 0)
      await until('nobody is denied any more', async () => (await again.db.query('select 1 from sharing.denials')).length === 0)
    })
  })

  test('asked twice: opened again, nothing is written down anew', async () => {
    const hub = await openHub(restored)
    const types = (await hub.log.readStream('learner-l-1')).map(({ type }) => type)
    await hub.close()
    expect(types).toEqual(['PersonRegistered', 'LearnerForgotten'])
  })
})

async function working(config: HubConfig, work: (hub: OpenHub) => Promise<void>): Promise<void> {
  const hub = await openHub(config)
  const worker = await startWorker({ hub, port: 0, log: silentLog })
  try {
    await work(hub)
  } finally {
    await worker.close()
    await hub.close()
  }
}
async function read(hub: OpenHub): Promise<void> {
  const views = hubDeclaration.plans.map(plan => plan.view)
  expect(await waitFor(hub.db, await hub.log.head(), { views, timeoutMs: 90_000 })).toBe(true)
}

const nameOf = (url: string) => new URL(url).pathname.slice(1)
const at = (url: string, name: string) => Object.assign(new URL(url), { pathname: `/${name}` }).href
const backupOf = (url: string) => at(url, `${nameOf(url)}_backup`)
const copyDatabase = (url: string) => administer(url, `create database ${nameOf(backupOf(url))} template ${nameOf(url)}`)
async function administer(url: string, sql: string): Promise<void> {
  const server = new PgDatabase({ url: at(url, 'postgres'), connections: 1 })
  await server.exec(sql).finally(() => server.close())
}
