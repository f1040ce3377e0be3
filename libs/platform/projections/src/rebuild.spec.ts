import { type Database, PgliteDatabase } from '@passerelle/database'
import type { EventStore } from '@passerelle/event-log'
import { column, defineView } from './define-view.js'
import { defineHub, type Hub } from './hub.js'
import { prepare, Projector } from './projector.js'
import { dropOld, rebuild, RebuildDiffers } from './rebuild.js'
import { RebuildStopped } from './bulk-fold.js'
import { skip } from './parking.js'
import { readStatus } from './status.js'
import { oracle } from './toy-oracle.fixture.js'
import {
  drafted,
  goalAdded,
  opened,
  permitted,
  permitWithdrawn,
  planEvents,
  plans,
  pupilEvents,
  pupils,
  record,
  registered,
  toyHub,
  toyPolicy,
  toyStore,
  toyViews,
} from './toy-region.fixture.js'
import { dropAll, tablesOf } from './toy-tables.fixture.js'

const now = () => new Date('2026-03-02T08:00:00.000Z')

describe('rebuild', () => {
  let db: Database
  let store: EventStore
  let hub: Hub
  let running: Projector
  beforeAll(async () => {
    db = await PgliteDatabase.open()
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    await dropAll(db)
    store = toyStore()
    hub = toyHub(2)
    running = new Projector({ db, store, hub, now })
  })

  const options = () => ({ db, store, hub, now })
  const models = () => tablesOf(db, hub)
  const expected = () => oracle(store, hub, now())
  async function someYear() {
    for (const one of [opened('school', 'education'), opened('social', 'social'), opened('council', 'authority')])
      await record(store, one)
    for (let n = 0; n < 40; n++) {
      await record(store, registered(`learner${n}`, 'school'))
      await record(store, drafted(`plan${n}`, `learner${n}`, 'school'))
      await record(store, goalAdded(`goal${n}`, `plan${n}`, `learner${n}`, 'school'))
      if (n % 3 === 0) await record(store, permitted(`permit${n}`, `learner${n}`, 'social', 'C3'))
    }
    await record(store, permitWithdrawn('permit3', 'learner3'))
  }
  async function runs() {
    await prepare(options())
    await running.catchUp()
  }

  test('builds a hub that never ran, and what runs afterwards goes on from there', async () => {
    await someYear()
    const report = await rebuild(options(), 'all')
    expect(report).toMatchObject({ events: 3 + 40 * 3 + 14 + 1, passes: 1, comparedWith: 'sample' })
    expect(await models()).toEqual(await expected())
    await record(store, permitWithdrawn('permit6', 'learner6'))
    await running.catchUp()
    expect(await models()).toEqual(await expected())
  })

  test('comes to the same rows as what runs, and says so', async () => {
    await someYear()
    await runs()
    expect(await rebuild(options(), 'all')).toMatchObject({ comparedWith: 'running', differences: [] })
    expect(await models()).toEqual(await expected())
    expect(await rebuild(options(), plans)).toMatchObject({ comparedWith: 'running', differences: [] })
    expect(await models()).toEqual(await expected())
  })

  test('takes several passes where memory is small', async () => {
    await someYear()
    await runs()
    const report = await rebuild(options(), 'all', { maxRows: 50 })
    expect(report.passes).toBeGreaterThan(1)
    expect(report).toMatchObject({ comparedWith: 'running', differences: [] })
    expect(await models()).toEqual(await expected())
  })

  test('where rows differ nothing is swapped, unless told to', async () => {
    await someYear()
    await runs()
    await db.exec(
      `update hub.plans set headline = 'Spoiled' where plan_id = 'plan7'; delete from agency_social.plans where plan_id = 'plan9'`,
    )
    const refused = await rebuild(options(), plans).catch(error => error)
    expect(refused).toBeInstanceOf(RebuildDiffers)
    expect(refused.differences.map((d: { table: string }) => d.table)).toEqual(['hub.plans', 'agency_social.plans'])
    expect(refused.message).not.toContain('Spoiled')
    expect((await models()).hub['plans']!['plan7']).toMatchObject({ headline: 'Spoiled' })
    await rebuild(options(), plans, { onDifference: 'swap' })
    expect(await models()).toEqual(await expected())
  })

  test.each(['all', 'one'])('what happens meanwhile is not lost: %s', async which => {
    await someYear()
    await runs()
    let loading = Promise.resolve()
    const meanwhile = async () => {
      await record(store, permitWithdrawn('permit9', 'learner9'))
      await record(store, permitted('permit1', 'learner1', 'social', 'C3'))
      await record(store, opened('clinic', 'health'))
      await record(store, permitted('permit2', 'learner2', 'clinic', 'C3'))
      await record(store, drafted('late', 'learner6', 'school'))
      await running.catchUp()
    }
    const onProgress = ({ phase }: { phase: string }) => {
      if (phase === 'loading') loading = meanwhile()
    }
    const report = await rebuild(options(), which === 'all' ? 'all' : plans, { onProgress })
    await loading
    expect(report).toMatchObject({ comparedWith: 'running', differences: [] })
    await running.catchUp()
    expect(await models()).toEqual(await expected())
    expect(Object.keys((await models()).agencies['clinic']!['plans']!)).toEqual(['plan2'])
  })

  test.each([
    ['a new version of a view', 2],
    ['a view of other columns, though nobody raised its version,', 1],
  ])('%s is built beside the old one, which runs until the swap and is kept until told', async (_, version) => {
    await someYear()
    await runs()
    const planned = defineView('plans', {
      from: [planEvents],
      category: 'C3',
      version,
      description: 'A plan, with one more column.',
      columns: {
        planId: column('id', { key: true }),
        learnerId: column('id', { subject: true }),
        headline: column('text', { from: 'summary' }),
        long: column('bool'),
      },
      on: { PlanDrafted: ({ data }) => ({ ...data, long: String(data.headline).length > 100 }) },
    })
    const newer = defineHub({ views: toyViews.map(v => (v === plans ? planned : v)), policy: toyPolicy, partitions: 2 })
    const standby = new Projector({ db, store, hub: newer, now })
    await running.close()
    await standby.catchUp()
    expect(standby.waitsFor).toEqual(['plans'])
    expect((await readStatus({ ...options(), hub: newer })).otherVersions).toEqual(['plans'])
    expect(await rebuild({ ...options(), hub: newer }, planned)).toMatchObject({ comparedWith: 'sample' })
    await record(store, drafted('later', 'learner1', 'school'))
    await running.catchUp()
    expect(running.waitsFor).toEqual(['plans'])
    await standby.catchUp()
    expect(await tablesOf(db, newer)).toEqual(await oracle(store, newer, now()))
    expect((await db.query('select count(*) as n from hub.plans__old'))[0]).toEqual({ n: 40 })
    await dropOld({ db, hub: newer })
    expect((await db.query(`select to_regclass('hub.plans__old') as t`))[0]).toEqual({ t: null })
  })

  test('of a hub that was made before it was kept which columns a view has, the tables tell', async () => {
    await someYear()
    await runs()
    await running.close()
    const waitsFor = async () => {
      await prepare(options())
      const projector = new Projector(options())
      await projector.catchUp()
      await projector.close()
      return projector.waitsFor
    }
    await db.exec(`update projections.checkpoints set shape = ''`)
    expect(await waitsFor()).toEqual([])
    await db.exec(`update projections.checkpoints set shape = ''; alter table hub.plans rename headline to title`)
    expect(await waitsFor()).toEqual(['plans'])
  })

  test('of a hub that was made before the engine had a column, every table gets it when it is opened', async () => {
    await someYear()
    await runs()
    await running.close()
    const later = () =>
      db.query<{ table: string; column: string }>(
        `select format('%I.%I', table_schema, table_name) as table, column_name as column from information_schema.columns
          where column_name in ('kept', 'periods', 'first_day', 'last_day') and table_schema ~ '^(hub|shared|agency_.*)$' order by 1, 2`,
      )
    const all = await later()
    expect(new Set(all.map(({ column }) => column))).toEqual(new Set(['kept', 'periods', 'first_day', 'last_day']))
    for (const { table, column } of all) await db.exec(`alter table ${table} drop column ${column}`)
    expect(await later()).toEqual([])
    await db.exec('comment on schema projections is null')
    await prepare(options())
    expect(await later()).toEqual(all)
  })

  test('agencies read the rebuilt rows and no longer the replaced ones', async () => {
    await someYear()
    await runs()
    await rebuild(options(), 'all')
    const read = (sql: string) => db.transaction(tx => tx.query(sql), { role: 'agency_social', readOnly: true })
    expect(await read('select count(*) as n from agency_social.plans')).toEqual([{ n: 13 }])
    await expect(read('select * from agency_social.plans__old')).rejects.toMatchObject({ code: '42501' })
  })

  test('an event that a view cannot take stops the rebuild and nothing else, until it is skipped', async () => {
    await someYear()
    const broken = defineView('pupils', {
      from: [pupilEvents],
      category: 'C1',
      description: 'Who it is.',
      columns: { learnerId: column('id', { key: true, subject: true }), name: column('text') },
      on: {
        PupilRegistered: ({ data }) => {
          if (data.learnerId === 'learner5') throw new RangeError('A name of Learner Five')
          return data
        },
      },
    })
    hub = defineHub({ views: toyViews.map(v => (v === pupils ? broken : v)), policy: toyPolicy, partitions: 2 })
    const stopped = await rebuild(options(), 'all').catch(error => error)
    expect(stopped).toBeInstanceOf(RebuildStopped)
    expect(stopped).toMatchObject({ view: 'pupils', errorClass: 'RangeError' })
    expect(stopped.message).not.toContain('Learner Five')
    const worker = new Projector(options())
    await worker.catchUp()
    await skip(db, 'pupils', stopped.eventId, { reason: 'a registration of last year', by: 'operator-1' })
    await worker.catchUp()
    expect(await rebuild(options(), 'all')).toMatchObject({ comparedWith: 'running', differences: [] })
    expect((await models()).hub['pupils']).not.toHaveProperty('learner5')
  })
})
