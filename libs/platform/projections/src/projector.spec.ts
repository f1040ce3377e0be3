import { type Database, PgliteDatabase } from '@passerelle/database'
import { type EventStore, MemoryLog } from '@passerelle/event-log'
import { WrongLog, WrongPartitions } from './bookkeeping.js'
import { LostLease } from './leases.js'
import { prepare, Projector, type ProjectorOptions } from './projector.js'
import { readStatus } from './status.js'
import { oracle } from './toy-oracle.fixture.js'
import {
  drafted,
  goalAdded,
  opened,
  permitted,
  permitWithdrawn,
  record,
  registered,
  toyHub,
  toyPolicy,
  toyStore,
} from './toy-region.fixture.js'
import { dropAll, tablesOf } from './toy-tables.fixture.js'
import { waitFor } from './wait-for.js'

const now = () => new Date('2026-03-02T08:00:00.000Z')

describe('projector', () => {
  let db: Database
  let store: EventStore
  const hub = toyHub()
  beforeAll(async () => {
    db = await PgliteDatabase.open()
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    await dropAll(db)
    store = toyStore()
    await prepare({ db, store, hub })
  })

  const worker = (more: Partial<ProjectorOptions> = {}) => new Projector({ db, store, hub, now, ...more })
  const models = () => tablesOf(db, hub)
  const plansOf = async (agencyId: string) => (await models()).agencies[agencyId]!['plans']!
  const all = async (...happened: Parameters<typeof record>[1][]) => {
    let position = ''
    for (const one of happened) position = await record(store, one)
    return position
  }
  const aRegion = [
    opened('school', 'education'),
    opened('social', 'social'),
    registered('ann', 'school'),
    drafted('plan-1', 'ann', 'school'),
  ]

  test('an agency without standing holds nothing, one with a permit what it was permitted, the school everything', async () => {
    await all(...aRegion)
    const projector = worker()
    await projector.catchUp()
    expect(await plansOf('social')).toEqual({})
    await all(permitted('permit-1', 'ann', 'social', 'C3'))
    await projector.catchUp()
    expect(await plansOf('social')).toEqual({
      'plan-1': {
        planId: 'plan-1',
        learnerId: 'ann',
        status: 'draft',
        headline: 'Headline of plan-1',
        dueOn: null,
        draftedAt: null,
        history: null,
        ownerAgencyIds: [],
        version: null,
        firstDay: null,
        lastDay: null,
      },
    })
    expect((await plansOf('school'))['plan-1']).toMatchObject({ dueOn: '2026-06-30', ownerAgencyIds: ['school'], version: 0 })
  })

  test('lost standing removes what was held, and what comes later does not arrive', async () => {
    await all(...aRegion, permitted('permit-1', 'ann', 'social', 'C3'))
    const projector = worker()
    await projector.catchUp()
    await all(permitWithdrawn('permit-1', 'ann'), drafted('plan-2', 'ann', 'school'))
    await projector.catchUp()
    expect(await plansOf('social')).toEqual({})
    expect(await models()).toEqual(await oracle(store, hub, now()))
  })

  test('a permit for data of one period fills what lies wholly in it: what began before, falls due after it, or runs on, is not there', async () => {
    const dated = (planId: string, on: string, dueOn: string) => {
      const plan = drafted(planId, 'ann', 'school')
      return { ...plan, on, happened: plan.happened.map(e => ({ ...e, data: { ...(e.data as object), dueOn } })) }
    }
    await all(
      ...aRegion.slice(0, 3),
      dated('within', '2026-03-01', '2026-06-30'),
      dated('before', '2026-02-28', '2026-06-30'),
      dated('due-after', '2026-03-01', '2026-07-01'),
      permitted('permit-1', 'ann', 'social', 'C3', '2099-01-01', { dataFrom: '2026-03-01', dataUntil: '2026-06-30' }),
    )
    const projector = worker()
    await projector.catchUp()
    expect(Object.keys(await plansOf('social'))).toEqual(['within'])
    expect((await plansOf('social'))['within']).toMatchObject({ firstDay: '2026-03-01', lastDay: '2026-06-30' })
    expect((await plansOf('school'))['within']).toMatchObject({ firstDay: null, lastDay: null })
    await all({ ...drafted('within', 'ann', 'school'), on: '2026-07-01', happened: [{ type: 'PlanPrinted', data: {} }] })
    await projector.catchUp()
    expect(Object.keys(await plansOf('social'))).toEqual(['within'])
    await all({ ...drafted('within', 'ann', 'school'), on: '2026-07-01', happened: [{ type: 'PlanClosed', data: {} }] })
    await projector.catchUp()
    expect(await plansOf('social')).toEqual({})
    await all(permitted('permit-2', 'ann', 'social', 'C3', '2099-01-01', { dataFrom: '2026-03-01' }))
    await projector.catchUp()
    expect(Object.keys(await plansOf('social')).sort()).toEqual(['due-after', 'within'])
    await all(permitWithdrawn('permit-2', 'ann'))
    await projector.catchUp()
    expect(await plansOf('social')).toEqual({})
    expect(await models()).toEqual(await oracle(store, hub, now()))
  })

  test('a day inside a JSON column counts as any other: a row that tells of one outside the period is not there', async () => {
    const headed = (planId: string, since: string): Parameters<typeof record>[1] => {
      const plan = drafted(planId, 'ann', 'school')
      const changed = { type: 'HeadlineChanged', data: { headline: 'Anew', since } }
      return {
        ...plan,
        on: '2026-03-01',
        happened: [...plan.happened.map(e => ({ ...e, data: { ...(e.data as object), dueOn: '2026-06-30' } })), changed],
      }
    }
    await all(
      ...aRegion.slice(0, 3),
      headed('within', '2026-03-02'),
      headed('since-before', '2026-02-28'),
      permitted('permit-1', 'ann', 'social', 'C3', '2099-01-01', { dataFrom: '2026-03-01', dataUntil: '2026-06-30' }),
    )
    await worker().catchUp()
    expect(Object.keys(await plansOf('social'))).toEqual(['within'])
    expect(await models()).toEqual(await oracle(store, hub, now()))
  })

  test('no row comes into a period by what is corrected or forgotten: it told of another day, or nobody knows any more', async () => {
    const ofPeriod = { dataFrom: '2026-03-01', dataUntil: '2026-07-31' }
    const due = (dueOn: string, planId: string): Parameters<typeof record>[1] => {
      const plan = drafted(planId, 'ann', 'school')
      return { ...plan, happened: plan.happened.map(e => ({ ...e, data: { ...(e.data as object), dueOn } })) }
    }
    await all(
      ...aRegion,
      due('2026-12-31', 'corrected'),
      due('2026-06-30', 'corrected'),
      permitted('permit-1', 'ann', 'social', 'C3', '2099-01-01', ofPeriod),
    )
    const projector = worker()
    await projector.catchUp()
    expect(Object.keys(await plansOf('social'))).toEqual(['plan-1'])
    await store.keyring.destroy('ann', 'C3', 'erasureRequest')
    const happened = [{ type: 'CategoryKeyDestroyed', data: { category: 'C3' } }]
    await all({ stream: 'pupil', id: 'ann', learner: 'ann', by: 'school', happened })
    await projector.catchUp()
    expect(await plansOf('social')).toEqual({})
    expect(await models()).toEqual(await oracle(store, hub, now()))
  })

  test('new standing fills with what was recorded before, in whatever order agency, learner and permit came', async () => {
    await all(permitted('permit-1', 'ann', 'social', 'C3'), registered('ann', 'school'), drafted('plan-1', 'ann', 'school'))
    const projector = worker()
    await projector.catchUp()
    await all(opened('school', 'education'), opened('social', 'social'))
    await projector.catchUp()
    await all(permitted('permit-2', 'ann', 'social', 'C3'))
    await projector.catchUp()
    expect(Object.keys(await plansOf('social'))).toEqual(['plan-1'])
    expect(await models()).toEqual(await oracle(store, hub, now()))
  })

  test('a learner recorded before any agency is shared with whom the policy names without one', async () => {
    await dropAll(db)
    const named = toyHub(4, {
      ...toyPolicy,
      agencies: rows => [{ agencyId: 'self', sector: 'learner' }, ...toyPolicy.agencies(rows)],
    })
    await prepare({ db, store, hub: named })
    await all(registered('ann', 'self'), drafted('plan-1', 'ann', 'self'))
    await worker({ hub: named }).catchUp()
    const { agencies } = await tablesOf(db, named)
    expect(Object.keys(agencies['self']!['plans']!)).toEqual(['plan-1'])
    expect(await tablesOf(db, named)).toEqual(await oracle(store, named, now()))
  })

  test('an agreement between agencies opens what it says for learners of its parties, and closes it when it ends', async () => {
    await all(...aRegion)
    const projector = worker()
    await projector.catchUp()
    const pact = { stream: 'pact', id: 'pact-1' }
    await all({
      ...pact,
      happened: [{ type: 'PactSigned', data: { pactId: 'pact-1', agencyIds: ['school', 'social'], category: 'C3' } }],
    })
    await projector.catchUp()
    expect(Object.keys(await plansOf('social'))).toEqual(['plan-1'])
    await all({ ...pact, happened: [{ type: 'PactEnded', data: {} }] })
    await projector.catchUp()
    expect(await plansOf('social')).toEqual({})
  })

  test('an agency that shut loses every row', async () => {
    await all(...aRegion, permitted('permit-1', 'ann', 'social', 'C3'))
    const projector = worker()
    await projector.catchUp()
    await all({ stream: 'agency', id: 'social', happened: [{ type: 'AgencyShut', data: {} }] })
    await projector.catchUp()
    for (const table of ['plans', 'pupils', 'pacts', 'entitlements', 'assignments'])
      expect(await db.query(`select * from agency_social.${table}`)).toEqual([])
  })

  test('what ended by the clock is removed by the sweep', async () => {
    await all(...aRegion, permitted('permit-1', 'ann', 'social', 'C3', '2026-03-05'))
    const projector = worker()
    await projector.catchUp()
    await projector.sweep(now())
    expect(Object.keys(await plansOf('social'))).toEqual(['plan-1'])
    const later = new Date('2026-03-05T00:00:00.000Z')
    await projector.sweep(later)
    expect(await models()).toEqual(await oracle(store, hub, later))
    expect(await plansOf('social')).toEqual({})
  })

  test('a forgotten category is gone from the hub and from every agency, and the rest stays', async () => {
    await all(...aRegion, permitted('permit-1', 'ann', 'social', 'C3'), goalAdded('g1', 'plan-1', 'ann', 'school'))
    const projector = worker()
    await projector.catchUp()
    await store.keyring.destroy('ann', 'C3', 'erasureRequest')
    await all({
      stream: 'pupil',
      id: 'ann',
      learner: 'ann',
      happened: [{ type: 'CategoryKeyDestroyed', data: { category: 'C3' } }],
    })
    await projector.catchUp()
    const { hub: rows, agencies } = await models()
    expect(rows['plans']!['plan-1']).toMatchObject({
      planId: 'plan-1',
      learnerId: 'ann',
      headline: null,
      status: 'draft',
      history: null,
    })
    expect(rows['goals']!['plan-1|g1']).toMatchObject({ words: null, tags: ['a', 'b'] })
    expect(rows['pupils']!['ann']).toMatchObject({ name: 'Name of ann' })
    expect(agencies['social']!['plans']!['plan-1']).toMatchObject({ headline: null })
    expect(JSON.stringify(await everyValue())).not.toMatch(/Headline of|Words/)
  })

  test('the version follows every event of the row’s stream, also those that the view does not listen to', async () => {
    await all(...aRegion, {
      stream: 'plan',
      id: 'plan-1',
      learner: 'ann',
      by: 'school',
      happened: [{ type: 'PlanPrinted', data: {} }],
    })
    await worker().catchUp()
    expect((await plansOf('school'))['plan-1']).toMatchObject({ version: 1 })
  })

  test('a learner at whom the policy fails is closed to everybody, and counted', async () => {
    const failing = {
      ...toyPolicy,
      derive: () => {
        throw new RangeError('about Ann')
      },
    }
    const closed = { ...hub, policy: failing }
    await all(...aRegion)
    await new Projector({ db, store, hub: closed, now }).catchUp()
    expect(await plansOf('school')).toEqual({})
    expect(await readStatus({ db, store, hub: closed, now })).toMatchObject({ underivable: 1 })
    expect(JSON.stringify(await everyValue())).not.toContain('about Ann')
  })

  test('another policy version derives everybody again', async () => {
    await all(...aRegion)
    const before = worker()
    await before.catchUp()
    await before.close()
    const closed = {
      ...hub,
      policy: { ...toyPolicy, version: 2, derive: () => ({ entitlements: [], assignments: [], dependsOn: [] }) },
    }
    await new Projector({ db, store, hub: closed, now }).catchUp()
    expect(await plansOf('school')).toEqual({})
  })

  test('events of unknown types are passed over and counted', async () => {
    await all({
      stream: 'elsewhere',
      id: 'one',
      happened: [
        { type: 'SomethingElse', data: {} },
        { type: 'SomethingElse', data: {} },
      ],
    })
    const projector = worker()
    await projector.catchUp()
    const status = await readStatus({ db, store, hub, now }, projector)
    expect(status.ignored).toEqual([{ type: 'SomethingElse', events: 2 }])
    expect(status.views.every(view => view.events === 0)).toBe(true)
  })

  test('the status tells how many events each view and agency is behind, and how old the oldest is', async () => {
    await all(...aRegion)
    await worker().catchUp()
    await all(drafted('plan-2', 'ann', 'school'), drafted('plan-3', 'ann', 'school'))
    const status = await readStatus({ db, store, hub, now: () => new Date('2026-03-02T08:00:07.000Z') })
    expect(status.views.find(v => v.view === 'plans')).toEqual({ view: 'plans', events: 2, ageSeconds: 7, stopped: false })
    expect(status.agencies.find(a => a.agencyId === 'social')).toEqual({ agencyId: 'social', events: 2, ageSeconds: 7 })
  })

  test('checkpoints of one log refuse another', async () => {
    await expect(prepare({ db, store: toyStore(new MemoryLog()), hub })).rejects.toBeInstanceOf(WrongLog)
    await expect(prepare({ db, store, hub: toyHub(3) })).rejects.toBeInstanceOf(WrongPartitions)
    await prepare({ db, store, hub })
  })

  test('a worker that lost its lease writes nothing; the one that took over goes on from the last checkpoint', async () => {
    await all(...aRegion)
    const first = worker({ holder: 'first', leaseMs: 60_000 })
    await first.catchUp()
    await all(permitted('permit-1', 'ann', 'social', 'C3'))
    await db.query(`update projections.leases set until = clock_timestamp() - interval '1 second'`)
    const second = worker({ holder: 'second' })
    await second.catchUp()
    const after = await db.query('select * from projections.checkpoints order by 1, 2, 3')
    await all(drafted('plan-2', 'ann', 'school'))
    await expect(db.transaction(sql => first.leases.fence(sql, [0, 1]))).rejects.toBeInstanceOf(LostLease)
    await first.catchUp()
    expect(await db.query('select * from projections.checkpoints order by 1, 2, 3')).toEqual(after)
    await second.catchUp()
    expect(await models()).toEqual(await oracle(store, hub, now()))
  })

  test('a checkpoint that somebody else moved is not moved on from where this worker thinks it stands', async () => {
    await all(...aRegion)
    const projector = worker()
    await projector.catchUp()
    const position = await all(drafted('plan-2', 'ann', 'school'))
    await db.query(`update projections.checkpoints set position = $1 where view = 'plans'`, [position])
    await projector.step()
    expect((await models()).hub['plans']).not.toHaveProperty('plan-2')
    await projector.catchUp()
    expect((await models()).hub['goals']).toEqual({})
  })

  test('whoever waits for a position is told when it can be read, and when it cannot in time', async () => {
    const position = await all(...aRegion)
    const options = { agencyId: 'school', views: ['plans'], timeoutMs: 20 }
    expect(await waitFor(db, position, options)).toBe(false)
    const waiting = waitFor(db, position, { ...options, timeoutMs: 20_000 })
    await worker().catchUp()
    expect(await waiting).toBe(true)
    expect(await waitFor(db, position, { ...options, agencyId: 'nobody' })).toBe(false)
    await expect(waitFor(db, position, { ...options, views: ['plan'] })).rejects.toThrow('No view plan is projected here')
  })

  /** Of every table that the engine made. */
  async function everyValue() {
    const tables = await db.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('hub', 'shared', 'projections') or schemaname like 'agency\\_%'`,
    )
    const values = []
    for (const { name } of tables) values.push(await db.query(`select * from ${name}`))
    return values
  }
})
