import { type Database, PgliteDatabase } from '@passerelle/database'
import { prepare, Projector } from './projector.js'
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
  toyStore,
} from './toy-region.fixture.js'
import { dropAll, tablesOf } from './toy-tables.fixture.js'

const now = () => new Date('2026-03-02T08:00:00.000Z')

describe('projector', () => {
  let db: Database
  beforeAll(async () => {
    db = await PgliteDatabase.open()
  })
  afterAll(() => db.close())
  beforeEach(() => dropAll(db))

  test('agencies hold what they may, and nothing else', async () => {
    const store = toyStore()
    const hub = toyHub()
    await prepare({ db, store, hub })
    const projector = new Projector({ db, store, hub, now })
    for (const one of [
      opened('school', 'education'),
      opened('social', 'social'),
      registered('ann', 'school'),
      drafted('plan-1', 'ann', 'school'),
      goalAdded('g1', 'plan-1', 'ann', 'school'),
      permitted('permit-1', 'ann', 'social', 'C3'),
    ])
      await record(store, one)
    await projector.catchUp()
    expect(await tablesOf(db, hub)).toEqual(await oracle(store, hub, now()))
    expect((await tablesOf(db, hub)).agencies['social']!['plans']!['plan-1']).toMatchObject({
      headline: 'Headline of plan-1',
      dueOn: null,
    })
    await record(store, permitWithdrawn('permit-1', 'ann'))
    await projector.catchUp()
    expect(await tablesOf(db, hub)).toEqual(await oracle(store, hub, now()))
    expect((await tablesOf(db, hub)).agencies['social']!['plans']).toEqual({})
  })
})
