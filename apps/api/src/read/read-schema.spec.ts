import { graphql, GraphQLNonNull, type GraphQLObjectType, GraphQLSchema } from 'graphql'
import { column, defineView } from '@passerelle/projections'
import type { Page, ReadRow } from '@passerelle/sharing'
import type { FaceQuery } from '../reads.js'
import type { FaceContext } from './face-context.js'
import { readSchema } from './read-schema.js'

const learners = defineView('learners', {
  from: [],
  category: 'C1',
  description: 'A learner.',
  columns: { learnerId: column('id', { key: true, subject: true }), givenName: column('text') },
  on: {},
})
const plans = defineView('plans', {
  from: [],
  category: 'C3',
  description: 'A plan.',
  columns: { planId: column('id', { key: true }), learnerId: column('id', { subject: true }), status: column('code') },
  on: {},
})
const houses = defineView('houses', {
  from: [],
  category: 'C1',
  audience: 'everyone',
  description: 'A house, about nobody.',
  columns: { houseId: column('id', { key: true }) },
  on: {},
})

test('version and time of a row about a learner may be null: a summary does not tell when what it hides was changed', () => {
  const { query, learner } = readSchema({ views: [learners, houses], mayEver: () => true })
  const nodesOf = (name: string) => {
    const connection = (query.getFields()[name]!.type as GraphQLNonNull<GraphQLObjectType>).ofType
    const nodes = connection.getFields()['nodes']!.type as GraphQLNonNull<any>
    return nodes.ofType.ofType.ofType as GraphQLObjectType
  }
  for (const field of ['version', 'updatedAt']) {
    expect(learner.getFields()[field]!.type).not.toBeInstanceOf(GraphQLNonNull)
    expect(nodesOf('houses').getFields()[field]!.type).toBeInstanceOf(GraphQLNonNull)
  }
})

describe('what stands below learners', () => {
  const schema = new GraphQLSchema({ query: readSchema({ views: [learners, plans], mayEver: () => true }).query })
  const pageOf = (rows: readonly Record<string, unknown>[], below: Page['below'] = []): Page => ({
    rows: rows.map((values): ReadRow => ({ values, redactions: [], ground: undefined })),
    hasNextPage: false,
    totalCount: rows.length,
    below,
    cursorOf: () => 'cursor',
  })
  const found = (learnerId: string, { columns }: { readonly columns: readonly string[] }) =>
    pageOf([{ planId: `plan of ${learnerId}`, learnerId, status: `${columns.join()}` }])

  /** Two learners with a plan each; tells what was read with the learners, and what by loaders afterwards. */
  async function ask(source: string, variables?: Record<string, unknown>) {
    const read: unknown[] = []
    const loaded: unknown[] = []
    const ids = ['l1', 'l2']
    const reads = {
      async page(_view: unknown, { below = [] }: FaceQuery) {
        read.push(...below.map(({ view, query: { columns: _, ...query } }) => [view.name, query]))
        const pages = below.map(({ query }) => new Map(ids.map(id => [id, found(id, query)])))
        return pageOf(
          ids.map(learnerId => ({ learnerId, givenName: learnerId })),
          pages,
        )
      },
      async pagesByLearner(view: { name: string }, learnerIds: readonly string[], { columns, ...query }: FaceQuery) {
        loaded.push([view.name, query])
        return new Map(learnerIds.map(id => [id, found(id, { columns })]))
      },
    }
    const contextValue = { reads, loaders: new Map() } as unknown as FaceContext
    const { data, errors } = await graphql({ schema, source, variableValues: variables, contextValue })
    return { read, loaded, data: JSON.parse(JSON.stringify(data ?? null)), errors }
  }
  const plain = { first: 2, totalCount: false }

  test('is read with them, wherever a document names it once, by any name and in any fragment', async () => {
    const { read, loaded, data, errors } = await ask(
      `query ($n: Int!) { learners(first: 5) { nodes { a: plans(first: $n) { nodes { planId } } ...more } } learner(id: "l1") { plans(first: 2) { edges { node { status } } } } }
       fragment more on Learner { ... { b: plans(first: 2, orderBy: { column: status }) { nodes { planId } } } }`,
      { n: 2 },
    )
    expect([errors, loaded]).toEqual([undefined, []])
    expect(read).toEqual([
      ['plans', plain],
      ['plans', { ...plain, orderBy: [{ column: 'status', descending: false }] }],
      ['plans', plain],
    ])
    expect(data.learners.nodes[1]).toEqual({ a: { nodes: [{ planId: 'plan of l2' }] }, b: { nodes: [{ planId: 'plan of l2' }] } })
    expect(data.learner.plans.edges).toEqual([{ node: { status: 'planId,learnerId,status' } }])
  })
  test.each([
    ['under a condition', 'learners(first: 5) { nodes { plans(first: 2) @include(if: true) { nodes { planId } } } }'],
    [
      'in a fragment under a condition',
      'learners(first: 5) { nodes { ... @skip(if: false) { plans(first: 2) { nodes { planId } } } } }',
    ],
    [
      'in two parts',
      'learners(first: 5) { nodes { plans(first: 2) { nodes { planId } } plans(first: 2) { nodes { status } } } }',
    ],
    ['after a cursor', 'learners(first: 5) { nodes { plans(first: 2, after: "c") { nodes { planId } } } }'],
    ['as of the past', 'learners(first: 5, asOf: "2026-01-01T00:00:00Z") { nodes { plans(first: 2) { nodes { planId } } } }'],
  ])('is read by a loader where it is asked for %s', async (_, selection) => {
    const { read, loaded, data, errors } = await ask(`{ ${selection} }`)
    expect([errors, read, loaded.length]).toEqual([undefined, [], 1])
    expect(data.learners.nodes[1].plans.nodes).toMatchObject([{ planId: 'plan of l2' }])
  })
  test('a question about it that cannot be answered spoils nothing of the learners', async () => {
    const { read, loaded } = await ask('{ learners(first: 5) { nodes { givenName plans(first: 1000) { nodes { planId } } } } }')
    expect([read, loaded]).toEqual([[], [['plans', { first: 1000, totalCount: false }]]])
  })
})
