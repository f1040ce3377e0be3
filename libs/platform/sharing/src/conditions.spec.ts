import { type Database, PgliteDatabase } from '@passerelle/database'
import fc from 'fast-check'
import type { ColumnType } from './columns.js'
import { Parameters, toSql } from './compile.js'
import { BadQuery, type Condition, type FieldTypes, matches, understand } from './conditions.js'

const fields: FieldTypes = {
  text: 'text',
  day: 'day',
  at: 'instant',
  int: 'int',
  num: 'num',
  bool: 'bool',
  list: 'texts',
  any: 'json',
}
const refused = (condition: unknown) => expect(() => understand(fields, condition as Condition)).toThrow(BadQuery)

test.each(['a'.repeat(1_001), 'a\0b', '\ud800', 5])(
  'a text that cannot be compared with is refused by its form, for all that it may be: %#',
  eq => {
    expect(() => understand(fields, { text: { eq } })).toThrow(
      'Field "text" is compared with text of at most 1000 whole characters, none of them NUL.',
    )
  },
)

test.each([
  ['nothing at all', undefined],
  ['an empty condition, which would match everything', {}],
  ['a list', []],
  ['text', 'true'],
  ['an instance of a class', new Date()],
  ['an unknown field', { nothing: { eq: 1 } }],
  ['a field that every object has', { constructor: { eq: 1 } }],
  ['an unknown operator', { text: { like: 'a' } }],
  ['an operator of MongoDB', { text: { $eq: 'a' } }],
  ['a value without an operator', { text: 'a' }],
  ['an operator without a value', { text: { eq: undefined } }],
  ['no operator', { text: {} }],
  ['joining nothing', { or: [] }],
  ['negating nothing', { not: {} }],
  ['null compared by size', { int: { lt: null } }],
  ['null in a list', { int: { in: [1, null] } }],
  ['yes and no compared by size', { bool: { gt: false } }],
  ['a list column', { list: { eq: 'a' } }],
  ['a JSON column', { any: { eq: 'a' } }],
  ['a number as text', { int: { eq: '1' } }],
  ['half a number', { int: { eq: 1.5 } }],
  ['a number past exactness', { int: { eq: 2 ** 53 } }],
  ['no number', { num: { eq: NaN } }],
  ['infinity', { num: { lt: Infinity } }],
  ['a day that is not in the calendar', { day: { eq: '2026-02-30' } }],
  ['an instant without a zone', { at: { eq: '2026-02-03T00:00:00' } }],
  ['a NUL', { text: { eq: 'a\0b' } }],
  ['half a character', { text: { eq: '\ud800' } }],
  ['a very long text', { text: { eq: 'a'.repeat(1_001) } }],
  ['very many values', { int: { in: Array(201).fill(1) } }],
  ['very many parts', { and: Array(101).fill({ int: { eq: 1 } }) }],
  [
    'a very deep nest',
    Array(9)
      .fill(0)
      .reduce(c => ({ not: c }), { int: { eq: 1 } }),
  ],
])('%s is refused', (_, condition) => refused(condition))

test('a fault names fields and operators, never values', () => {
  expect(() => understand(fields, { text: { eq: 7 } } as Condition)).toThrow(/^(?!.*7)/)
  expect(() => understand(fields, { 'Anna <b>': { eq: 7 } } as Condition)).toThrow('"Anna ?b?"'.replace(' ', '?'))
})

const values: Partial<Record<ColumnType, unknown[]>> = {
  text: ['', 'a', 'B', 'b', 'é', 'z', '𝒶', '\uffff', "it's"],
  day: ['0001-01-01', '2026-03-01', '9999-12-31'],
  instant: ['2026-03-01T00:00:00.000Z', '2026-03-01T00:00:00.000001Z', '2026-03-01T00:00:00.5Z'],
  int: [0, -1, 1, Number.MAX_SAFE_INTEGER],
  num: [0, -0, 0.1, -2.5, 1e300],
  bool: [true, false],
}
const comparable = Object.entries(fields).filter(([, type]) => values[type])
const leaf = fc.constantFrom(...comparable).chain(([name, type]) => {
  const value = fc.constantFrom(...values[type]!)
  return fc.oneof(
    fc.tuple(fc.constantFrom('eq', 'ne'), fc.option(value)).map(([op, v]) => ({ [name]: { [op]: v } })),
    fc.tuple(fc.constantFrom('in', 'nin'), fc.array(value, { maxLength: 3 })).map(([op, v]) => ({ [name]: { [op]: v } })),
    ...(type === 'bool'
      ? []
      : [fc.tuple(fc.constantFrom('lt', 'lte', 'gt', 'gte'), value).map(([op, v]) => ({ [name]: { [op]: v } }))]),
  )
})
const condition = fc.letrec<{ node: Condition }>(tie => ({
  node: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('node'), { minLength: 1, maxLength: 3 }))
      .map(([op, of]) => ({ [op]: of })),
    tie('node').map(of => ({ not: of })),
  ),
})).node
const row = fc.record(
  Object.fromEntries(comparable.map(([name, type]) => [name, fc.option(fc.constantFrom(...values[type]!), { freq: 3 })])),
)

let db: Database
beforeAll(async () => void (db = await PgliteDatabase.open()))
afterAll(() => db.close())

test('conditions mean the same in memory and in SQL, with nothing there in any place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 20, maxLength: 20 }),
      fc.array(condition, { minLength: 25, maxLength: 25 }),
      async (rows, conditions) => {
        const nodes = conditions.map(c => understand(fields, c))
        const parameters = new Parameters(JSON.stringify(rows.map((r, n) => ({ ...r, n }))))
        const columns = nodes.map((node, i) => `${toSql(node, name => `r."${name}"`, parameters.write)} as c${i}`)
        const answers = await db.query(
          `select ${columns.join(', ')} from jsonb_to_recordset($1::jsonb) as r(text text, day date, at timestamptz, int bigint, num double precision, bool boolean, n int) order by n`,
          parameters.values,
        )
        expect(answers.map(a => nodes.map((_, i) => a[`c${i}`]))).toEqual(rows.map(r => nodes.map(node => matches(node, r))))
      },
    ),
    { numRuns: 20 },
  )
})
