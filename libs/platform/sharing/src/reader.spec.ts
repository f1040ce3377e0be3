import { type Database, type Sql, SqlError } from '@passerelle/database'
import { type World, worldNow, worldViews } from '@passerelle/testing/sharing'
import { known, learnerId, past, region, viewerOf, given } from './decide.fixture.js'
import { BadQuery } from './conditions.js'
import type { LearnerFacts } from './facts.js'
import type { WholeRow } from './permission.js'
import { DenyList } from './deny-list.js'
import type { Query, ValidViewer } from './query.js'
import { Reader } from './reader.js'
import { openRegion, readerOf, settle, specSchema } from './tables.fixture.js'
import type { Purpose } from './vocabulary.js'

const [plans] = worldViews as unknown as [(typeof worldViews)[number]]
const row = (rowId: string, values: Record<string, unknown>, more: Partial<WholeRow> = {}): WholeRow => ({
  values: { ...Object.fromEntries(Object.keys(plans.columns).map(c => [c, null])), rowId, learnerId, ...values },
  ownerAgencyIds: ['school-1'],
  version: 4,
  updatedAt: '2026-03-01T00:00:00.000Z',
  ...more,
})
const rename = (text: string) =>
  text.replaceAll('"agencyId":"social"', '"agencyId":"social-1"').replaceAll('"agencyId":"clinic"', '"agencyId":"health-1"')
const here = <T>(value: T): T => JSON.parse(rename(JSON.stringify(value)))

const facts: LearnerFacts = here({
  ...known('socialWorker'),
  standings: [...known('socialWorker').standings, { agencyId: 'clinic', kind: 'registration', from: past }],
  answers: [given('social', 'socialSupport', ['C3'])],
})
const world: World = {
  now: worldNow,
  region: here(region),
  learners: [facts],
  rows: {
    plans: [
      row('p1', { status: 'active', headline: 'Cook', goals: 'secret-1', progress: 3, hoursMissed: 4, flagged: true }),
      row('p2', { status: 'draft', headline: null, goals: 'secret-2', progress: 1, steps: ['a'] }),
      row('p3', { status: 'ended', headline: 'Baker', goals: null, progress: 2 }),
    ],
    referrals: [],
    everything: [],
    letters: [],
  },
  denials: [],
}
const worker: ValidViewer = here(viewerOf('socialWorker'))
const reader = readerOf()
let db: Database
beforeAll(async () => {
  db = await openRegion()
  await settle(db, world)
})
afterAll(() => db.close())

const read = (query: Partial<Query>, viewer = worker, purpose: Purpose = 'socialSupport', by: Reader = reader) =>
  by.as(db, viewer, sql => by.read(sql, viewer, purpose, plans, { columns: ['rowId'], first: 10, ...query }))
const ids = async (query: Partial<Query>) => (await read({ ...query, columns: ['rowId'] })).rows.map(r => r.values['rowId'])

test('a read says all its statements before it waits for any, so that they can go out together', async () => {
  /** Lets nothing be said after the turn in which the work began. */
  const inOneGo: Database = {
    ...db,
    kind: db.kind,
    transaction: (work, options) =>
      db.transaction(tx => {
        let open = true
        const said = work({ ...tx, query: (...of) => (open ? tx.query(...of) : Promise.reject(new Error('said too late'))) })
        open = false
        return said
      }, options),
  }
  const query: Query = { columns: ['rowId'], first: 10, totalCount: true }
  const ask = <T>(work: (sql: Sql) => Promise<T>) => reader.together(inOneGo, worker, work)
  const page = await ask(sql => reader.read(sql, worker, 'socialSupport', plans, query))
  expect([page.totalCount, page.rows.length]).toEqual([3, 3])
  const pages = await ask(sql => reader.readByLearner(sql, worker, 'socialSupport', plans, { ...query, learnerIds: [learnerId] }))
  expect(pages.get(learnerId)!.rows).toHaveLength(3)
  const held = await ask(sql => reader.permissions(sql, worker, 'socialSupport', [learnerId]))
  expect([...held.keys()]).toEqual([learnerId])
})

describe('R-V.2 what the viewer may not see is nothing there', () => {
  test('a page shows what the matrix gives, and tells by the level alone that there may be more', async () => {
    const { rows } = await read({ columns: ['rowId', 'headline', 'goals', 'hoursMissed', 'version'] })
    expect(rows.map(r => r.values)).toEqual([
      { rowId: 'p1', headline: 'Cook', goals: null, hoursMissed: null, version: null },
      { rowId: 'p2', headline: null, goals: null, hoursMissed: null, version: null },
      { rowId: 'p3', headline: 'Baker', goals: null, hoursMissed: null, version: null },
    ])
    expect(rows.map(r => r.redactions)).toEqual(rows.map(() => [{ column: 'goals', category: 'C3', reason: 'level' }]))
  })
  test('a filter on it finds what a filter on nothing finds', async () => {
    expect(await ids({ where: { goals: { eq: 'secret-1' } } })).toEqual([])
    expect(await ids({ where: { goals: { ne: 'secret-1' } } })).toEqual(['p1', 'p2', 'p3'])
    expect(await ids({ where: { progress: { gte: 0 } } })).toEqual([])
    expect(await ids({ where: { not: { flagged: { eq: true } } } })).toEqual(['p1', 'p2', 'p3'])
  })
  test('an order by it is no order', async () =>
    expect(await ids({ orderBy: [{ column: 'progress', descending: true }] })).toEqual(['p1', 'p2', 'p3']))
  test('a count by it is a count of nothing', async () => {
    const count = (column: string) => reader.as(db, worker, sql => reader.countBy(sql, worker, 'socialSupport', plans, column))
    expect(await count('status')).toHaveLength(3)
    expect(await count('goals')).toEqual([])
  })
  test('a row of which nothing that was asked for may be seen is not there, nor counted', async () => {
    expect(await read({ columns: ['goals'], totalCount: true })).toMatchObject({ rows: [], totalCount: 0, hasNextPage: false })
  })
  test('who may see it in full sees all of it', async () => {
    const nurse = here(viewerOf('healthProfessional'))
    expect(await ids({})).toEqual(['p1', 'p2', 'p3'])
    expect((await read({}, { ...nurse }, 'healthCare')).rows).toEqual([])
  })
})

describe('cursors', () => {
  test('go on where the page ended, among values that are not there too', async () => {
    const query = { columns: ['rowId'], orderBy: [{ column: 'headline', descending: true }], first: 1 }
    const seen: unknown[] = []
    for (let after: string | undefined; ;) {
      const page = await read({ ...query, after })
      seen.push(...page.rows.map(r => r.values['rowId']))
      if (!page.hasNextPage) break
      after = page.cursorOf(page.rows[0]!)
    }
    expect(seen).toEqual(['p1', 'p3', 'p2'])
  })
  test('cannot be read, made up, changed, or carried to another query, purpose or person', async () => {
    const page = await read({ first: 1 })
    const cursor = page.cursorOf(page.rows[0]!)
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('p1')
    expect(page.cursorOf(page.rows[0]!)).not.toBe(cursor)
    await expect(read({ after: cursor, orderBy: [{ column: 'headline' }] })).rejects.toThrow(BadQuery)
    await expect(read({ after: cursor, where: { status: { eq: 'active' } } })).rejects.toThrow(BadQuery)
    await expect(read({ after: cursor }, worker, 'caseCoordination')).rejects.toThrow(BadQuery)
    await expect(read({ after: cursor }, { ...worker, userId: 'another' })).rejects.toThrow(BadQuery)
    await expect(read({ after: `${cursor.slice(0, -2)}AA` })).rejects.toThrow(BadQuery)
    await expect(read({ after: '' })).rejects.toThrow(BadQuery)
  })
})

test.each<[string, Partial<Query>]>([
  ['no columns', { columns: [] }],
  ['an unknown column', { columns: ['owner_agency_ids'] }],
  ['a column that only looks like one', { columns: ['rowId"; drop table x; --'] }],
  ['more than a hundred rows', { first: 101 }],
  ['no rows', { first: 0 }],
  ['an order by a list', { orderBy: [{ column: 'steps' }] }],
  ['an order by what is not a column', { orderBy: [{ column: 'version' }] }],
])('a query with %s is refused', async (_, query) => expect(read(query)).rejects.toThrow(BadQuery))

test('learners are read in one statement, each with a page of their own', async () => {
  const pages = await reader.as(db, worker, sql =>
    reader.readByLearner(sql, worker, 'socialSupport', plans, {
      columns: ['rowId'],
      first: 2,
      totalCount: true,
      learnerIds: [learnerId, 'nobody'],
    }),
  )
  expect([...pages.keys()]).toEqual([learnerId])
  const page = pages.get(learnerId)!
  expect(page.rows.map(r => r.values)).toEqual([{ rowId: 'p1' }, { rowId: 'p2' }])
  expect([page.hasNextPage, page.totalCount]).toEqual([true, 3])
  expect(await ids({ learnerIds: [learnerId], after: page.cursorOf(page.rows[1]!) })).toEqual(['p3'])
})

test('rows about the same learner are read with a page, each as if it were read alone', async () => {
  const below = { columns: ['rowId', 'headline', 'steps', 'flagged', 'progress'], first: 2, totalCount: true }
  const where = { status: { ne: 'ended' } }
  const page = await read({
    columns: ['rowId'],
    first: 1,
    totalCount: true,
    below: [
      { view: plans, query: below },
      { view: plans, query: { ...below, where } },
    ],
  })
  const [all, some] = page.below.map(pages => pages.get(learnerId)!)
  expect(page.totalCount).toBe(3)
  expect(all!.rows).toEqual((await read(below)).rows)
  expect([all!.totalCount, all!.hasNextPage, some!.totalCount, some!.hasNextPage]).toEqual([3, true, 2, false])
  expect(all!.rows[0]!.ground).toEqual(page.rows[0]!.ground)
  expect(await ids({ learnerIds: [learnerId], after: all!.cursorOf(all!.rows[1]!) })).toEqual(['p3'])
})
test('below a page of rows about nobody nothing can be read', async () => {
  const about = { ...plans, subject: undefined }
  const query = { columns: ['rowId'], first: 1 }
  const asked = reader.as(db, worker, sql =>
    reader.read(sql, worker, 'socialSupport', about, { ...query, below: [{ view: plans, query }] }),
  )
  await expect(asked).rejects.toThrow(BadQuery)
})

test('asOf shows facts of the past under the permission of now', async () => {
  const then = [
    row('p1', { status: 'draft', headline: 'Waiter', goals: 'old secret' }),
    row('p9', { status: 'draft', learnerId: 'nobody' }),
  ]
  const page = await reader.as(db, worker, sql =>
    reader.readAsOf(sql, then, worker, 'socialSupport', plans, { columns: ['rowId', 'status', 'headline', 'goals'], first: 10 }),
  )
  expect(page.rows.map(r => r.values)).toEqual([{ rowId: 'p1', status: 'draft', headline: 'Waiter', goals: null }])
})

describe('the person at the door', () => {
  test('no read outlives their role', async () => {
    expect((await read({}, { ...worker, roleUntil: '2026-03-15T10:00:00.001Z' })).rows).toHaveLength(3)
    expect((await read({}, { ...worker, roleUntil: worldNow })).rows).toEqual([])
  })
  test('another person of the same role sees nothing of a learner whom they do not work with', async () =>
    expect((await read({}, { ...worker, userId: 'another' })).rows).toEqual([]))
  test('another role, purpose or agency sees nothing of what was shared with this one', async () => {
    expect((await read({}, worker, 'caseCoordination')).rows).toEqual([])
    expect((await read({}, { ...worker, agencyId: 'health-1' })).rows).toEqual([])
  })
})

describe('the second ring: the database', () => {
  const refused = (sql: string) =>
    expect(reader.as(db, worker, tx => tx.query(sql))).rejects.toMatchObject({ code: '42501' } satisfies Partial<SqlError>)
  test('an agency’s role reaches its own schema and no other', async () => {
    await refused(`select * from ${specSchema('health-1')}.plans`)
    await refused('select * from sharing.denials')
  })
  test('a read cannot write', async () =>
    expect(reader.as(db, worker, tx => tx.query(`delete from ${specSchema('social-1')}.plans`))).rejects.toThrow())
})

describe('R-V.7 the deny list', () => {
  const list = new DenyList(specSchema)
  const denial = {
    denialId: 'w1',
    learnerId,
    agencyId: 'social-1',
    purpose: 'socialSupport' as const,
    categories: ['C3' as const],
    ref: 'c1',
  }
  afterEach(() => db.exec('delete from sharing.denials'))

  test('a denial holds from the next read on, for what it names', async () => {
    await list.deny(db, denial, worldNow)
    expect(await ids({})).toEqual([])
    await list.deny(db, { ...denial, categories: ['C5'] }, worldNow)
    expect(await ids({})).toHaveLength(3)
    await list.deny(db, { ...denial, purpose: undefined, agencyId: undefined, categories: undefined }, worldNow)
    expect(await ids({})).toEqual([])
  })
  test('it holds in what CASL is told too, and for past facts', async () => {
    await list.deny(db, denial, worldNow)
    const held = await reader.as(db, worker, sql => reader.permissions(sql, worker, 'socialSupport', [learnerId]))
    expect(held.get(learnerId)!.denied).toEqual(new Set(['C3']))
  })
  test('a person who must not read any more reads nothing', async () => {
    await list.deny(db, { denialId: 'left', userId: worker.userId, agencyId: 'social-1', ref: 'role' }, worldNow)
    expect(await ids({})).toEqual([])
    await list.deny(db, { denialId: 'left', userId: 'another', ref: 'role' }, worldNow)
    expect(await ids({})).toHaveLength(3)
  })
  test('a denial to one role, or of a whole agency, closes for whom it names', async () => {
    await list.deny(
      db,
      { denialId: 'left', userId: worker.userId, agencyId: 'social-1', role: 'schoolLeader', ref: 'role' },
      worldNow,
    )
    expect(await ids({})).toHaveLength(3)
    await list.deny(
      db,
      { denialId: 'left', userId: worker.userId, agencyId: 'social-1', role: 'socialWorker', ref: 'role' },
      worldNow,
    )
    expect(await ids({})).toEqual([])
    await list.deny(db, { denialId: 'left', agencyId: 'social-1', purpose: 'caseCoordination', ref: 'agreement' }, worldNow)
    expect(await ids({})).toHaveLength(3)
    await list.deny(
      db,
      { denialId: 'left', agencyId: 'social-1', purpose: 'socialSupport', categories: ['C3'], ref: 'agreement' },
      worldNow,
    )
    expect(await ids({})).toEqual([])
  })
  test('a denial to all but one closes for their colleagues, and not for them', async () => {
    const accepted = { denialId: 'left', learnerId, agencyId: 'social-1', ref: 'r-1' }
    await list.deny(db, { ...accepted, exceptUserId: worker.userId }, worldNow)
    expect(await ids({})).toHaveLength(3)
    await list.deny(db, { ...accepted, exceptUserId: 'another' }, worldNow)
    expect(await ids({})).toEqual([])
  })
  test('a denial of a category to everybody names nobody, and closes no other category', async () => {
    await list.deny(db, { denialId: 'left', categories: ['C5'], ref: 'ageLines' }, worldNow)
    expect(await ids({})).toHaveLength(3)
    await list.deny(db, { denialId: 'left', categories: ['C3'], ref: 'ageLines' }, worldNow)
    expect(await ids({})).toEqual([])
  })
  test('of an agreement that is ended only what rests on it closes, for all learners at once', async () => {
    const ending = { denialId: 'a', agencyId: 'social-1', purpose: 'socialSupport', categories: ['C3'], ref: 'a-1' } as const
    await list.deny(db, { ...ending, agreementId: 'a-1' }, worldNow)
    expect(await ids({})).toHaveLength(3)
    const agreements = [
      { agreementId: 'a-1', agencyIds: ['social-1', 'school-1'], purposes: ['socialSupport'], categories: ['C3'], from: past },
    ] as const
    await settle(db, { ...world, region: { ...world.region, agreements }, learners: [{ ...facts, answers: [] }] })
    try {
      expect(await ids({})).toHaveLength(3)
      for (const other of [{ agreementId: 'a-2' }, { agreementId: 'a-1', categories: ['C5'] as const }]) {
        await list.deny(db, { ...ending, ...other }, worldNow)
        expect(await ids({})).toHaveLength(3)
      }
      await list.deny(db, { ...ending, agreementId: 'a-1' }, worldNow)
      expect(await ids({})).toEqual([])
      const held = await reader.as(db, worker, sql => reader.permissions(sql, worker, 'socialSupport', [learnerId]))
      expect(held.get(learnerId)!.denied).toEqual(new Set(['C3']))
    } finally {
      await settle(db, world)
    }
  })
  test('what is to close at an instant is open until then', async () => {
    await list.deny(db, { ...denial, from: '2026-03-15T10:00:00.001Z' }, worldNow)
    expect(await ids({})).toHaveLength(3)
    await list.deny(db, { ...denial, from: worldNow }, worldNow)
    expect(await ids({})).toEqual([])
  })
  test('an agency’s role does not see what is denied to another', async () => {
    await list.deny(db, { ...denial, agencyId: 'health-1' }, worldNow)
    expect(await reader.as(db, worker, sql => sql.query('select * from sharing.denials_here'))).toEqual([])
  })
  test('it is there before the event is written; it goes where nothing was written, stays where nobody knows, and settles with the models', async () => {
    const during: unknown[] = []
    const around = (outcome: () => Promise<{ position: string | undefined }>) =>
      list.around(
        db,
        denial,
        async () => (during.push(await ids({})), outcome()),
        error => (error as Error).message === 'refused',
      )
    await around(async () => ({ position: '0007' }))
    await list.settle(db, '0006')
    expect(await ids({})).toEqual([])
    await list.settle(db, '0007')
    expect(await ids({})).toHaveLength(3)
    await around(async () => ({ position: undefined }))
    expect(await ids({})).toHaveLength(3)
    await expect(around(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    expect(await ids({})).toHaveLength(3)
    await expect(around(() => Promise.reject(new Error('cut off')))).rejects.toThrow('cut off')
    expect(await ids({})).toEqual([])
    expect(during).toEqual([[], [], [], []])
  })
  test('what nobody confirmed ends by itself', async () => {
    await list.deny(db, denial, '2026-03-15T09:00:00.000Z')
    expect(await ids({})).toHaveLength(3)
  })
  test('a denial of nothing, or to nobody, is a mistake', async () => {
    await expect(list.deny(db, { denialId: 'x', ref: 'x' })).rejects.toThrow('names a learner, or')
    await expect(list.deny(db, { ...denial, categories: [] })).rejects.toThrow('names its categories')
  })
})
