import { type Database, PgliteDatabase } from '@passerelle/database'
import { defineEvents, type EventStore, fields, v1 } from '@passerelle/event-log'
import { column, defineView, type View } from './define-view.js'
import { defineHub, type Hub } from './hub.js'
import { NotParked, parkedEvents, retry, skip } from './parking.js'
import { prepare, Projector } from './projector.js'
import { readStatus } from './status.js'
import {
  drafted,
  opened,
  permitted,
  permitEvents,
  planEvents,
  pupilEvents,
  record,
  registered,
  toyPolicy,
  toyStore,
  toyViews,
} from './toy-region.fixture.js'
import { dropAll, tablesOf } from './toy-tables.fixture.js'
import { waitFor } from './wait-for.js'

const now = () => new Date('2026-03-02T08:00:00.000Z')
let broken: 'throws' | 'zeroByte' | 'hugeNumber' | 'otherLearner' | undefined

/** Fails at plan-2, in the way that `broken` says. */
const brittle = defineView('brittle', {
  from: [planEvents],
  category: 'C3',
  description: 'Breaks easily.',
  columns: {
    planId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    words: column('text'),
    size: column('num'),
  },
  on: {
    PlanDrafted: ({ data }) => {
      const row = { ...data, words: `${data.headline}`, size: 1 }
      if (data.planId !== 'plan-2') return row
      if (broken === 'throws') throw new TypeError(`cannot read ${data.headline}`)
      if (broken === 'zeroByte') return { ...row, words: 'a\0b' }
      if (broken === 'hugeNumber') return { ...row, size: 'much' as never }
      if (broken === 'otherLearner') return { ...row, learnerId: 'somebody-else' }
      return row
    },
  },
})

describe('poison', () => {
  let db: Database
  let store: EventStore
  let hub: Hub
  let projector: Projector
  beforeAll(async () => {
    db = await PgliteDatabase.open()
  })
  afterAll(() => db.close())
  beforeEach(() => begin([...toyViews, brittle]))
  const begin = async (views: View[], policy = toyPolicy) => {
    await dropAll(db)
    store = toyStore()
    hub = defineHub({ views, policy, partitions: 1 })
    await prepare({ db, store, hub })
    projector = new Projector({ db, store, hub, now })
  }
  const someEvents = async () => {
    for (const one of [opened('school', 'education'), registered('ann', 'school')]) await record(store, one)
    for (const n of [1, 2, 3]) await record(store, drafted(`plan-${n}`, 'ann', 'school'))
  }
  const keysOf = async (view: string) => Object.keys((await tablesOf(db, hub)).hub[view]!).sort()

  test.each([
    ['throws', 'TypeError', ''],
    ['zeroByte', 'SqlError', '22021'],
    ['hugeNumber', 'FoldFault', 'PROJECTION.FOLD'],
    ['otherLearner', 'FoldFault', 'PROJECTION.FOLD'],
  ] as const)(
    'a view stops at an event that it cannot take, before it, and the others go on: %s',
    async (how, errorClass, errorCode) => {
      broken = how
      await someEvents()
      await projector.catchUp()
      expect(await keysOf('brittle')).toEqual(['plan-1'])
      expect(await keysOf('plans')).toEqual(['plan-1', 'plan-2', 'plan-3'])
      const [parked, ...more] = await parkedEvents(db)
      expect(more).toEqual([])
      expect(parked).toMatchObject({ view: 'brittle', type: 'PlanDrafted', schemaVersion: 1, errorClass, errorCode, attempts: 1 })
      expect(JSON.stringify(parked)).not.toContain('Headline')
      expect((await readStatus({ db, store, hub, now })).views.find(v => v.view === 'brittle')).toMatchObject({
        stopped: true,
        events: 2,
      })
    },
  )

  test('a stopped view tries again when it is told to: mended it goes on, unmended it stops at the same event', async () => {
    broken = 'throws'
    await someEvents()
    await projector.catchUp()
    await retry(db, 'brittle')
    await projector.catchUp()
    expect(await parkedEvents(db)).toMatchObject([{ attempts: 2 }])
    broken = undefined
    await retry(db, 'brittle')
    await projector.catchUp()
    expect(await keysOf('brittle')).toEqual(['plan-1', 'plan-2', 'plan-3'])
    expect(await parkedEvents(db)).toEqual([])
    await expect(retry(db, 'brittle')).rejects.toBeInstanceOf(NotParked)
  })

  test('an event is left out only with a reason, by somebody, and that is written down', async () => {
    broken = 'throws'
    await someEvents()
    await projector.catchUp()
    const [{ eventId }] = (await parkedEvents(db)) as unknown as [{ eventId: string }]
    await expect(skip(db, 'brittle', eventId, { reason: ' ', by: 'operator-1' })).rejects.toThrow('needs a reason')
    await expect(skip(db, 'plans', eventId, { reason: 'no use', by: 'operator-1' })).rejects.toBeInstanceOf(NotParked)
    await skip(db, 'brittle', eventId, { reason: 'drafted by mistake', by: 'operator-1' })
    await projector.catchUp()
    expect(await keysOf('brittle')).toEqual(['plan-1', 'plan-3'])
    expect(
      await db.query(
        'select view, event_id, error_class, reason, skipped_by, skipped_at is not null as dated from hub.skipped_events',
      ),
    ).toEqual([
      {
        view: 'brittle',
        event_id: eventId,
        error_class: 'TypeError',
        reason: 'drafted by mistake',
        skipped_by: 'operator-1',
        dated: true,
      },
    ])
  })

  test('a view that stands still is not waited for', async () => {
    broken = 'throws'
    await someEvents()
    await projector.catchUp()
    const head = await store.log.head()
    expect(await waitFor(db, head, { views: ['brittle'], timeoutMs: 60_000 })).toBe(false)
    expect(await waitFor(db, head, { views: ['plans'], timeoutMs: 60_000 })).toBe(true)
  })

  test('a newer schema version stops the views that read it, by name, and is not passed over (R-0.4)', async () => {
    const newer = defineEvents('plan', {
      HeadlineChanged: v1({ headline: fields.personal('C3', fields.text) }).next(
        { headline: fields.personal('C3', fields.text) },
        old => old,
      ),
    })
    await someEvents()
    await record(store, {
      stream: newer,
      id: 'plan-1',
      learner: 'ann',
      happened: [{ type: 'HeadlineChanged', data: { headline: 'New words' } }],
    })
    await record(store, drafted('plan-4', 'ann', 'school'))
    broken = undefined
    await projector.catchUp()
    expect(await parkedEvents(db)).toMatchObject([
      { view: 'plans', schemaVersion: 2, errorClass: 'UnknownSchemaVersion', errorCode: 'LOG.UNKNOWN_SCHEMA_VERSION' },
    ])
    expect(await keysOf('brittle')).toContain('plan-4')
  })

  test('a value that no known key opens stops the views that read it', async () => {
    await someEvents()
    store = Object.assign(Object.create(Object.getPrototypeOf(store)), store, { keyring: toyStore().keyring })
    await new Projector({ db, store, hub, now }).catchUp()
    // The facts are the first to ask, and nothing is shared without them.
    expect(await parkedEvents(db)).toMatchObject([{ view: 'facts', type: 'PupilRegistered', errorCode: 'KEYRING.UNKNOWN_KEY' }])
    expect(await keysOf('pupils')).toEqual([])
  })

  test('a key store that does not answer stops nothing: it is tried again', async () => {
    await someEvents()
    const open = store.keyring.open.bind(store.keyring)
    store.keyring.open = () => Promise.reject(Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' }))
    await expect(projector.catchUp()).rejects.toThrow('connection refused')
    expect(await parkedEvents(db)).toEqual([])
    store.keyring.open = open
    await projector.catchUp()
    expect(await keysOf('plans')).toEqual(['plan-1', 'plan-2', 'plan-3'])
  })

  test('where the facts that decide cannot take an event, nothing more is shared of anybody in that part', async () => {
    const brittleFacts = defineView('facts', {
      from: [pupilEvents, permitEvents],
      category: 'C14',
      description: 'What decides.',
      columns: { learnerId: column('id', { key: true, subject: true }), standings: column('texts'), permits: column('json') },
      on: {
        PupilRegistered: ({ data }) => ({ learnerId: data.learnerId, standings: [data.agencyId] }),
        PermitGiven: {
          rows: ({ data }) => [data.learnerId],
          fold: () => {
            throw new RangeError('beyond it')
          },
        },
      },
    })
    await begin(toyViews, { ...toyPolicy, learnerFacts: brittleFacts })
    await someEvents()
    await record(store, permitted('permit-1', 'ann', 'school', 'C12'))
    await record(store, drafted('plan-4', 'ann', 'school'))
    await projector.catchUp()
    expect(await parkedEvents(db)).toMatchObject([{ view: 'facts', type: 'PermitGiven' }])
    expect(await keysOf('plans')).toEqual(['plan-1', 'plan-2', 'plan-3'])
  })
})
