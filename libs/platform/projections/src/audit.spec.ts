import { type Database, PgliteDatabase } from '@passerelle/database'
import type { EventStore } from '@passerelle/event-log'
import { audit } from './audit.js'
import { prepare, Projector } from './projector.js'
import { rebuild } from './rebuild.js'
import { readStatus } from './status.js'
import { drafted, opened, record, registered, toyHub, toyStore } from './toy-region.fixture.js'
import { dropAll } from './toy-tables.fixture.js'

const now = () => new Date('2026-03-02T08:00:00.000Z')

describe('audit', () => {
  const hub = toyHub(2)
  let db: Database
  let store: EventStore
  let projector: Projector
  beforeAll(async () => {
    db = await PgliteDatabase.open()
  })
  afterAll(() => db.close())
  beforeEach(async () => {
    await dropAll(db)
    store = toyStore()
    await prepare({ db, store, hub })
    projector = new Projector({ db, store, hub, now, pageSize: 3 })
    await record(store, opened('school', 'education'))
    for (let n = 0; n < 20; n++) {
      await record(store, registered(`learner${n}`, 'school'))
      await record(store, drafted(`plan${n}`, `learner${n}`, 'school'))
    }
  })

  test('finds nothing where every view took in what the log has, also after a rebuild', async () => {
    await projector.catchUp()
    expect(await audit({ db, store, hub })).toMatchObject({ events: 41, findings: [] })
    await rebuild({ db, store, hub, now }, 'all')
    await record(store, drafted('late', 'learner1', 'school'))
    await projector.catchUp()
    expect(await audit({ db, store, hub })).toMatchObject({ events: 42, findings: [] })
  })

  test('finds an event that a checkpoint was moved over, though there is no lag', async () => {
    await projector.catchUp()
    const position = await record(store, drafted('missed', 'learner3', 'school'))
    await db.query(`update projections.checkpoints set position = $1 where view = 'plans'`, [position])
    await record(store, drafted('seen', 'learner3', 'school'))
    await projector.catchUp()
    expect((await readStatus({ db, store, hub, now })).views.every(v => v.events === 0)).toBe(true)
    const { findings } = await audit({ db, store, hub })
    expect(findings).toMatchObject([{ view: 'plans', inLog: findings[0]!.taken + 1 }])
    await rebuild({ db, store, hub, now }, 'all', { onDifference: 'swap' })
    expect(await audit({ db, store, hub })).toMatchObject({ findings: [] })
  })

  test('finds events that were taken in twice', async () => {
    await projector.catchUp()
    await db.query(`update projections.checkpoints set position = '' where view = 'plans' and partition = 0`)
    await projector.catchUp()
    const { findings } = await audit({ db, store, hub })
    expect(findings).toMatchObject([{ view: 'plans', partition: 0, taken: findings[0]!.inLog * 2 }])
  })
})
