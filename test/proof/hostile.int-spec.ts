import { faces } from '@passerelle/api'
import { Chance } from '@passerelle/connector'
import type { Database, Sql } from '@passerelle/database'
import { freshDatabase, type FreshDatabase } from '@passerelle/testing'
import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLInputObjectType,
  type GraphQLObjectType,
  isInputObjectType,
  isLeafType,
} from 'graphql'
import { storyOf } from './happenings.js'
import { Proof, proofTools } from './proof.js'
import type { Look } from './truth.js'

const seed = 3
let database: FreshDatabase
let proof: Proof
let schemas: Awaited<ReturnType<typeof proofTools>>['schemas']
beforeAll(async () => {
  const tools = await proofTools()
  schemas = tools.schemas
  database = await freshDatabase()
  proof = await Proof.of(storyOf(tools.deciders, seed), schemas, database.url)
}, 120_000)
afterAll(async () => {
  await proof?.close()
  await database?.drop()
})
const looksOf = (face: string) => proof.looksOf(face, Chance.of(seed, face))
const ask = async (face: string, look: Look, text: string, variables = {}) =>
  JSON.parse(await proof.askingAs(look, face).ask({ text, variables }))

/** Counts what a database is asked, by the text of the statement. */
function counting(of: Database, statements: string[]): Database {
  const through = (sql: Sql): Sql => ({
    ...sql,
    query: (text, ...more) => {
      statements.push(text)
      return sql.query(text, ...more)
    },
  })
  return { ...of, kind: of.kind, transaction: (work, options) => of.transaction(tx => work(through(tx)), options) } as Database
}

test('a learner whom somebody may not know of and one who is nowhere: the same answer, from the same statements', async () => {
  let hidden = 0
  for (const { name } of faces)
    for (const look of looksOf(name)) {
      const known = await ask(name, look, '{ learners(first: 100) { nodes { learnerId } } }')
      const seen = known.data.learners.nodes.map(({ learnerId }: { learnerId: string }) => learnerId)
      const unseen = proof.story.learnerIds.find(learnerId => !seen.includes(learnerId))
      if (!unseen) continue
      hidden++
      const answers = await Promise.all(
        [unseen, 'nobody-at-all'].map(async id => {
          const statements: string[] = []
          const { reader, db } = proof.hub
          const asking = proof.askingAs(look, name, { reader, db: counting(db, statements) })
          const text = `query($id: ID!) { learner(id: $id) { __typename learnerId } }`
          return { answer: await asking.ask({ text, variables: { id } }), statements }
        }),
      )
      expect(answers[0]).toEqual(answers[1])
      expect(answers[0]!.statements.length).toBeGreaterThan(0)
    }
  expect(hidden).toBeGreaterThan(20)
}, 120_000)

test('a cursor is opaque, and opens nothing for another viewer, another query, or once it was touched', async () => {
  const face = 'education'
  const text = (after?: string) =>
    `{ learners(first: 1${after ? `, after: "${after}"` : ''}) { nodes { learnerId } pageInfo { endCursor hasNextPage } } }`
  const [owner, other] = await somebodyWithTwo(face)
  const { endCursor } = (await ask(face, owner, text())).data.learners.pageInfo
  expect((await ask(face, owner, text(endCursor))).errors).toBeUndefined()
  for (const learnerId of proof.story.learnerIds)
    expect(Buffer.from(endCursor, 'base64url').toString('latin1')).not.toContain(learnerId)
  const touched = `${endCursor.slice(0, -2)}${endCursor.endsWith('AA') ? 'BB' : 'AA'}`
  const refused = [
    await ask(face, other, text(endCursor)),
    await ask(face, owner, text(touched)),
    await ask(face, owner, text(endCursor).replace('first: 1', 'first: 1, orderBy: { column: familyName }')),
    await ask(face, owner, text('made-up')),
  ]
  expect(refused.map(({ errors }) => errors?.[0].extensions.code)).toEqual(Array(4).fill('QUERY.INVALID'))
}, 60_000)

async function somebodyWithTwo(face: string): Promise<[Look, Look]> {
  const looks = looksOf(face)
  for (const look of looks) {
    const { data } = await ask(face, look, '{ learners(first: 5) { totalCount } }')
    if (data.learners.totalCount > 1) return [look, looks.find(({ userId }) => userId !== look.userId)!]
  }
  throw new Error('Nobody of the story sees two learners')
}

test('SQL through every text argument of every field of every face: nothing runs, nothing fails, and no error repeats it', async () => {
  const injections = [
    `'; drop table hub.learners; --`,
    `") or 1=1 --`,
    `$1::text) union select 'x`,
    `\\'; select pg_sleep(9)`,
    `learner-1' or 'a'='a`,
  ]
  const before = await tables()
  let asked = 0
  for (const { name } of faces) {
    const [look] = looksOf(name)
    for (const field of Object.values(schemas.get(name)!.getQueryType()!.getFields()))
      for (const [path, variables] of textArguments(field.args, injections)) {
        const node = getNamedType(field.type) as GraphQLObjectType
        const text = `query(${field.args.map(({ name: arg, type }) => `$${arg}: ${String(type)}`).join(', ')}) { ${field.name}(${field.args.map(({ name: arg }) => `${arg}: $${arg}`).join(', ')}) ${isLeafType(node) ? '' : '{ __typename }'} }`
        const answer = await ask(name, look!, text, variables)
        asked++
        for (const { extensions, message } of answer.errors ?? []) {
          expect([path, extensions.code]).not.toEqual([path, 'INTERNAL'])
          expect(`${message} ${JSON.stringify(extensions)}`).not.toMatch(
            /drop table|pg_sleep|union select|syntax error|relation|or 'a'='a/i,
          )
        }
      }
  }
  expect(asked).toBeGreaterThan(500)
  expect(await tables()).toEqual(before)
}, 300_000)

const tables = () =>
  proof.hub.db.query(
    `select table_schema, table_name from information_schema.tables where table_schema not like 'pg_%' order by 1, 2`,
  )

/** Variables for a field, with one injection in one place, for each place that takes text. */
function* textArguments(
  args: readonly GraphQLArgument[],
  injections: readonly string[],
): Generator<[string, Record<string, unknown>]> {
  const needed = Object.fromEntries(
    args.flatMap(({ name, type }) =>
      String(type).endsWith('!') ? [[name, getNamedType(type).name === 'Int' ? 1 : 'learner-1']] : [],
    ),
  )
  let at = 0
  for (const { name, type } of args) {
    const named = getNamedType(type)
    if (['String', 'ID', 'JSON'].includes(named.name)) yield [name, { ...needed, [name]: injections[at++ % injections.length] }]
    if (!isInputObjectType(named)) continue
    for (const column of Object.values(named.getFields())) {
      const filter = getNamedType(column.type)
      if (!isInputObjectType(filter) || !/^(String|ID)Filter$/.test(filter.name)) continue
      // One operator after the other: each column meets one, each operator meets many.
      const operators = Object.keys((filter as GraphQLInputObjectType).getFields())
      const operator = operators[at % operators.length]!
      const value = injections[at++ % injections.length]!
      const operand = ['in', 'nin'].includes(operator) ? [value] : value
      yield [`${name}.${column.name}.${operator}`, { ...needed, [name]: { [column.name]: { [operator]: operand } } }]
    }
  }
}

test('what is asked under another name, or told its type, is not more', async () => {
  for (const { name } of faces) {
    const [look] = looksOf(name)
    const answer = await ask(
      name,
      look!,
      '{ a: learners(first: 3) { __typename totalCount } b: learners(first: 3) { __typename totalCount } me { __typename } }',
    )
    expect(answer.data.a).toEqual(answer.data.b)
  }
})
