import type { Database } from '@passerelle/database'
import { conditionsOf, isInPost, viewersOf, type World, worlds, worldViews } from '@passerelle/testing/sharing'
import fc from 'fast-check'
import type { ReadableView } from './ability.js'
import { answersOf, expected, type Look, shown } from './answers.fixture.js'
import type { Query } from './query.js'
import type { Reader } from './reader.js'
import { openRegionOnServer, readerOf, settle } from './tables.fixture.js'

let region: Awaited<ReturnType<typeof openRegionOnServer>>
let db: Database
beforeAll(async () => void ({ db } = region = await openRegionOnServer()))
afterAll(() => region.close())

const everything = (view: ReadableView): Query => ({
  columns: [...Object.keys(view.columns), 'version', 'updatedAt'],
  first: 100,
})
const learners = 24
let decided = 0
let seen = 0

/** Some generated histories show little: as many are told as it takes to see this much. */
const isEnough = () => decided > 5_000 && seen > 1_000
const mostHistories = 40

test('R-V.1 the oracle, CASL and SQL give the same answer, column by column, for every viewer of generated histories', async () => {
  const reader = readerOf()
  const aLookAtEveryRow = fc.asyncProperty(
    worlds(learners).chain(world => fc.tuple(fc.constant(world), viewersOf(world))),
    async ([world, looks]) => {
      await settle(db, world)
      for (const look of looks)
        for (const view of worldViews) {
          const { want, bySql, byCasl } = await answersOf(db, reader, world, look, view, everything(view))
          expect(bySql).toEqual(want)
          expect(byCasl).toEqual(want)
          seen += want.length
          if (view === worldViews[0]) decided += world.learners.length
        }
    },
  )
  for (let told = 0; told < mostHistories && !isEnough(); told += 5) await fc.assert(aLookAtEveryRow, { numRuns: 5 })
  console.log(`decided ${decided} times (history × viewer × purpose), each for 18 categories; ${seen} rows were seen`)
  expect(isEnough()).toBe(true)
}, 240_000)

const querying = (view: ReadableView): fc.Arbitrary<Query> => {
  const names = Object.keys(view.columns)
  const sortable = names.filter(name => !['json', 'texts'].includes(view.columns[name]!.type))
  return fc.record({
    columns: fc.uniqueArray(fc.constantFrom(...names, 'version'), { minLength: 1, maxLength: 6 }),
    where: fc.option(conditionsOf(view), { nil: undefined, freq: 4 }),
    orderBy: fc.uniqueArray(fc.record({ column: fc.constantFrom(...sortable), descending: fc.boolean() }), {
      maxLength: 3,
      selector: o => o.column,
    }),
    first: fc.constantFrom(1, 3, 10, 100),
    totalCount: fc.boolean(),
  })
}

test('R-V.2 a hidden column moves no filter, order, cursor or count: as if nothing stood in it', async () => {
  const reader = readerOf()
  await fc.assert(
    fc.asyncProperty(
      worlds(12, 2).chain(world =>
        fc.tuple(
          fc.constant(world),
          viewersOf(world),
          ...worldViews.map(view => fc.array(querying(view), { minLength: 60, maxLength: 60 })),
        ),
      ),
      async ([world, looks, ...queries]) => {
        await settle(db, world)
        for (const [i, look] of looks.entries())
          for (const [v, view] of worldViews.entries()) {
            const { want, bySql, byCasl, totalCount } = await answersOf(
              db,
              reader,
              world,
              look,
              view,
              (queries[v] as Query[])[i]!,
            )
            expect(bySql).toEqual(want)
            expect(byCasl).toEqual(want)
            if (totalCount !== undefined) expect(totalCount).toBe(want.length)
            await expectAlikeBelow(reader, world, look, view, (queries[v] as Query[])[i]!)
          }
      },
    ),
    { numRuns: 5 },
  )
}, 120_000)

/** The same query below a page of learners' rows, and for a data loader: for each learner what it finds among their rows alone. */
async function expectAlikeBelow(reader: Reader, world: World, look: Look, view: ReadableView, query: Query): Promise<void> {
  if (!isInPost(world, look.viewer)) return
  const { viewer, purpose } = look
  const [above] = worldViews
  const learnerIds = world.learners.map(l => l.learnerId)
  const [page, loaded] = await reader.as(db, viewer, async sql => [
    await reader.read(sql, viewer, purpose, above!, {
      ...{ columns: ['rowId', 'learnerId'], first: 100, totalCount: query.totalCount ?? false, below: [{ view, query }] },
    }),
    await reader.readByLearner(sql, viewer, purpose, view, { ...query, learnerIds }),
  ])
  expect(page.totalCount).toBe(query.totalCount ? page.rows.length : undefined)
  const withRows = new Set(page.rows.map(({ values }) => values['learnerId']))
  for (const learnerId of learnerIds) {
    const rows = world.rows[view.name]!.filter(row => row.values['learnerId'] === learnerId)
    const want = expected({ ...world, rows: { ...world.rows, [view.name]: rows } }, look, view, query)
    for (const found of [loaded.get(learnerId), ...(withRows.has(learnerId) ? [page.below[0]!.get(learnerId)] : [])]) {
      expect(shown(found ?? { rows: [] })).toEqual(want.slice(0, query.first))
      if (query.totalCount) expect(found?.totalCount ?? 0).toBe(want.length)
    }
  }
}
