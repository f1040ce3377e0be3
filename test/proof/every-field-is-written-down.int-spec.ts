import { readContexts } from '@passerelle/api'
import type { Category } from '@passerelle/sharing'
import { freshDatabase, type FreshDatabase } from '@passerelle/testing'
import { execute, GraphQLID, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql'
import { callerOf } from './asking.js'
import { everyFace, HostileDoors } from './hostile-doors.js'
import { Ordinary } from './hostile-inputs.js'
import { proofTools } from './proof.js'
import type { Look } from './truth.js'
import { fieldsOf, ownersOf, saysAnything, type Told, untold } from './what-was-told.js'

/**
 * No field of any face tells of a learner without the disclosure log saying so. The fields are found in the schemas, and asked one by one by people who see
 * something: a field that is new is among them, and one that goes past the log is named.
 */
let database: FreshDatabase
let doors: HostileDoors
let schemas: Awaited<ReturnType<typeof proofTools>>['schemas']
let known: { readonly owners: ReturnType<typeof ownersOf>; readonly learnerIds: readonly string[] }

beforeAll(async () => {
  const tools = await proofTools()
  schemas = tools.schemas
  database = await freshDatabase()
  doors = await HostileDoors.open(tools, seed, database.url)
  known = { owners: ownersOf(doors.proof.world), learnerIds: doors.proof.story.learnerIds }
}, 120_000)
afterAll(async () => {
  await doors?.close()
  await database?.drop()
})
const seed = 3

const together = (
  entries: readonly { readonly learnerIds: readonly string[]; readonly categories: readonly Category[] }[],
): Told => {
  const told = new Map<string, Set<Category>>()
  for (const { learnerIds, categories } of entries)
    for (const id of learnerIds) told.set(id, new Set([...(told.get(id) ?? []), ...categories]))
  return told
}
let lastRead = 0
/** What the log was given while something was asked. */
async function writtenBy<T>(
  asking: () => Promise<T>,
): Promise<{ readonly answer: T; readonly written: Told; readonly acts: readonly string[] }> {
  const { db } = doors.proof.hub
  const answer = await asking()
  const rows = await db.query<{ id: number; learner_ids: string[]; categories: Category[]; act: string }>(
    `select id, learner_ids, categories, entry ->> 'act' as act from audit.disclosures where id > $1`,
    [lastRead],
  )
  lastRead = Math.max(lastRead, ...rows.map(({ id }) => Number(id)))
  return {
    answer,
    written: together(rows.map(({ learner_ids: learnerIds, categories }) => ({ learnerIds, categories }))),
    acts: rows.map(({ act }) => act),
  }
}
/** Those who hold every role of an agency see the most in each. */
const oneOfEachRole = (face: string): readonly Look[] => [
  ...new Map(
    doors
      .looksOf(face)
      .toSorted((a, b) => Number(a.userId.endsWith('everything')) - Number(b.userId.endsWith('everything')))
      .map(look => [look.role, look]),
  ).values(),
]
const answered = { fields: 0, told: 0 }
test.each(everyFace)(
  'every field of the face that tells of a learner is written down, of whom and what: %s',
  async face => {
    const all = new Set<string>()
    const shown = new Set<string>()
    const faults: string[] = []
    const tries = new Map<string, number>()
    for (const look of oneOfEachRole(face))
      for (const learnerId of (await doors.seenBy(face, look)).slice(0, 3)) {
        const ordinary = new Ordinary(doors.proof.story, { ...look, learnerId }, doors.versions)
        const empty = new Set<string>()
        // Whom they see was read, too.
        await writtenBy(async () => undefined)
        for (const question of fieldsOf(schemas.get(face)!, learnerId, ordinary)) {
          all.add(question.field)
          // Once it was seen to tell something it is known.
          const tried = tries.get(question.field) ?? 0
          if (shown.has(question.field) || empty.has(question.list) || tried === 2) continue
          if (!question.isLength) tries.set(question.field, tried + 1)
          const { answer, written } = await writtenBy(() => doors.ask(face, look, question.query, question.variables))
          if (!saysAnything(answer.data)) {
            if (question.isLength) empty.add(question.list)
            continue
          }
          shown.add(question.field)
          const missing = untold(question, answer.data, written, known)
          if (missing.length > 0) faults.push(`${question.field}, asked by a ${look.role}: ${missing.join('; ')}`)
        }
      }
    answered.fields += all.size
    answered.told += shown.size
    expect(faults).toEqual([])
  },
  120_000,
)
test('most fields told something: what nobody is shown proves nothing', () => {
  expect(answered.told).toBeGreaterThan(1_000)
  expect(answered.told / answered.fields).toBeGreaterThan(0.5)
})

describe('behind the door', () => {
  /** One request without its door, by a schema of one's own: what it answers, and what the door would write down before it lets the answer out. */
  const inside = async (look: Look, schema: GraphQLSchema, query: string) => {
    const { proof } = doors
    const { agencies } = proof.world.region
    const sector = agencies.find(({ agencyId }) => agencyId === look.agencyId)!.sector
    const context = readContexts(proof.hub.open)(callerOf(look, sector, []))
    const { data } = await execute({ schema, document: parse(query), contextValue: context })
    const entries = context.reads.disclosures()
    return {
      data,
      written: together(
        entries.map(({ learners, categories: of }) => ({ learnerIds: learners.map(each => each.learnerId), categories: of })),
      ),
    }
  }
  const somebody = async () => {
    const face = 'education'
    for (const look of doors.looksOf(face)) {
      const [learnerId] = await doors.seenBy(face, look)
      if (learnerId) return { look, learnerId, schema: (await proofTools()).schemas.get(face)! }
    }
    throw new Error('Nobody sees anybody')
  }

  test('what a command answers of a learner is written down as what a query does', async () => {
    const { look, learnerId, schema } = await somebody()
    const answer = schema.getType('CommandAnswer') as GraphQLObjectType
    const query = new GraphQLObjectType({ name: 'Query', fields: { done: { type: answer, resolve: () => ({ learnerId }) } } })
    const { data, written } = await inside(look, new GraphQLSchema({ query }), '{ done { learner { familyName } } }')
    expect(saysAnything(data)).toBe(true)
    expect(untold({ learnerId, category: 'C1' }, data, written, known)).toEqual([])
  })

  test('a field that goes past the reads is found, by what it tells of the learner and of others', async () => {
    const { look, learnerId, schema } = await somebody()
    const other = known.learnerIds.find(id => id !== learnerId)!
    const [word] = [...known.owners].find(([, whose]) => whose.every(([of]) => of === other))!
    const planted = {
      args: [],
      extensions: {},
      description: undefined,
      deprecationReason: undefined,
      astNode: undefined,
      subscribe: undefined,
    }
    const fields = (schema.getType('Learner') as GraphQLObjectType).getFields()
    fields['leak'] = { ...planted, name: 'leak', type: GraphQLString, resolve: () => word }
    fields['friend'] = { ...planted, name: 'friend', type: GraphQLID, resolve: () => other }
    const ask = (field: string) => inside(look, schema, `{ learner(id: "${learnerId}") { ${field} } }`)
    for (const [field, missing] of [
      ['learnerId', 0],
      ['leak', 1],
      ['friend', 1],
    ] as const) {
      const { data, written } = await ask(field)
      expect([field, untold({ learnerId, category: 'C1' }, data, written, known).length]).toEqual([field, missing])
      // As a field would be that did not even read whom it is below.
      expect(untold({ learnerId, category: 'C1' }, data, new Map(), known).length).toBeGreaterThan(0)
    }
  })
})

describe('what is taken home', () => {
  const files = async (face: string, paths: (learnerId: string) => readonly string[]) => {
    let taken = 0
    for (const look of oneOfEachRole(face))
      for (const learnerId of (await doors.seenBy(face, look)).slice(0, 2))
        for (const path of paths(learnerId)) {
          await writtenBy(async () => undefined)
          const { answer, written, acts } = await writtenBy(() => doors.get(face, look, path))
          if (answer.status !== 200) continue
          taken++
          expect([path, untold({ learnerId, category: 'C14' }, answer.text, written, known)]).toEqual([path, []])
          expect([...new Set(acts)]).toEqual(['export'])
        }
    return taken
  }
  test('the record of a learner, in each form, is written down whole', async () => {
    const forms = ['json', 'html'].flatMap(format => ['access', 'portability'].map(scope => `format=${format}&scope=${scope}`))
    expect(await files('learner', learnerId => forms.map(form => `record/${learnerId}?${form}`))).toBeGreaterThan(3)
  })
  test('a consent as a document, on every face, and a receipt', async () => {
    const consents = (learnerId: string) =>
      doors
        .thingsOf(learnerId)
        .filter(({ own }) => own === 'consentId')
        .map(({ id }) => id)
    const receipts = doors.proof.world.rows['consents']!.flatMap(({ values }) => (values['receiptIds'] as string[] | null) ?? [])
    let taken = 0
    for (const face of everyFace)
      taken += await files(face, learnerId =>
        consents(learnerId).flatMap(id => [
          `consents/${id}/consent.fhir.json`,
          ...(face === 'learner' ? receipts.map(receiptId => `consents/${id}/receipts/${receiptId}.jsonld`) : []),
        ]),
      )
    expect(taken).toBeGreaterThan(3)
  })
})
