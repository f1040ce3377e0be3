import type { Database } from '@passerelle/database'
import { conditionsOf, viewersOf, worlds, worldViews } from '@passerelle/testing/sharing'
import fc from 'fast-check'
import type { ReadableView } from './ability.js'
import { answersOf } from './answers.fixture.js'
import type { Query } from './query.js'
import { openRegion, readerOf, settle } from './tables.fixture.js'

let db: Database
beforeAll(async () => void (db = await openRegion()))
afterAll(() => db.close())

const everything = (view: ReadableView): Query => ({
  columns: [...Object.keys(view.columns), 'version', 'updatedAt'],
  first: 100,
})
const learners = 24
let decided = 0
let seen = 0

test('R-V.1 the oracle, CASL and SQL give the same answer, column by column, for every viewer of generated histories', async () => {
  const reader = readerOf()
  await fc.assert(
    fc.asyncProperty(
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
    ),
    { numRuns: 5 },
  )
  console.log(`decided ${decided} times (history × viewer × purpose), each for 18 categories; ${seen} rows were seen`)
  expect(decided).toBeGreaterThan(5_000)
  expect(seen).toBeGreaterThan(1_000)
}, 120_000)

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
          }
      },
    ),
    { numRuns: 5 },
  )
}, 120_000)
