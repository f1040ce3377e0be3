import { isDeepStrictEqual } from 'node:util'
import { getNamedType, type GraphQLObjectType, type GraphQLSchema, isLeafType } from 'graphql'
import { views } from '@passerelle/hub'
import type { View } from '@passerelle/projections'
import type { WholeRow } from '@passerelle/sharing'
import type { World } from '@passerelle/testing/sharing'
import type { Asking } from './asking.js'
import { type Look, oracleFor } from './truth.js'

export interface Difference {
  readonly look: Look
  readonly what: string
  readonly expected: unknown
  readonly got: unknown
}
export interface Compared {
  /** One for each column of each row and viewer: seen, or not. */
  readonly decisions: number
  readonly seen: number
  readonly differences: readonly Difference[]
}

/**
 * Reads all of every view of a face as one person, through GraphQL, and compares each field of each row with what the oracle says of the whole
 * rows. Each view is asked twice: at the root, and below its learners.
 */
export async function compareEverything(world: World, look: Look, schema: GraphQLSchema, asking: Asking): Promise<Compared> {
  let decisions = 0
  let seen = 0
  const differences: Difference[] = []
  for (const view of views) {
    const node = nodeOf(schema, view)
    if (!node) continue
    const columns = Object.keys(node.getFields()).filter(name => Object.hasOwn(view.columns, name))
    const beside = ['version', 'updatedAt']
    const expected = expectedRows(world, look, view, [...columns, ...beside])
    const asked = `totalCount nodes { ${[...columns, ...beside].join(' ')} redactions { field } }`
    const answer = JSON.parse(await asking.ask({ text: `{ rows: ${view.name}(first: 100) { ${asked} } }` }))
    const got = answer.data?.rows
    decisions += world.rows[view.name]!.length * columns.length
    seen += expected.length
    const want = { totalCount: expected.length, nodes: expected.slice(0, 100) }
    if (!isDeepStrictEqual(got, want)) differences.push({ look, what: view.name, expected: want, got: answer.errors ?? got })
    if (!view.subject || view.name === 'learners') continue
    const below = JSON.parse(
      await asking.ask({ text: `{ learners(first: 100) { nodes { learnerId below: ${view.name}(first: 100) { ${asked} } } } }` }),
    )
    for (const learner of below.data?.learners.nodes ?? []) {
      const own = expected.filter(row => row[view.subject!] === learner.learnerId)
      const wanted = { totalCount: own.length, nodes: own.slice(0, 100) }
      decisions += own.length * columns.length
      if (!isDeepStrictEqual(learner.below, wanted))
        differences.push({
          look,
          what: `${view.name} below ${learner.learnerId}`,
          expected: wanted,
          got: below.errors ?? learner.below,
        })
    }
    if (below.errors) differences.push({ look, what: `${view.name} below learners`, expected: undefined, got: below.errors })
  }
  return { decisions, seen, differences }
}

/** The type of a view's rows on this face; undefined where nobody there may ever see one. */
export function nodeOf(schema: GraphQLSchema, view: View): GraphQLObjectType | undefined {
  const field = schema.getQueryType()!.getFields()[view.name]
  if (!field) return undefined
  const node = getNamedType((getNamedType(field.type) as GraphQLObjectType).getFields()['nodes']!.type) as GraphQLObjectType
  return Object.values(node.getFields()).some(({ type }) => isLeafType(getNamedType(type))) ? node : undefined
}

/** What the oracle alone says a page must hold: mask and drop, in the order of the keys, in the plainest way. */
export function expectedRows(world: World, look: Look, view: View, columns: readonly string[]): Record<string, unknown>[] {
  const rows = world.rows[view.name]!.toSorted((a, b) => comparePlaces(placeOf(view, a), placeOf(view, b)))
  if (!view.subject)
    return rows
      .filter(
        row => view.audience === 'everyone' || (view.audience === 'ownAgency' && row.ownerAgencyIds.includes(look.agencyId)),
      )
      .map(row => ({ ...pick(row, columns, () => true), redactions: [] }))
  const oracle = oracleFor(world, look)
  if (!oracle.mayChoose) return []
  return rows
    .filter(row => [...view.keys, view.subject!].every(name => oracle.sees(view, row, name)))
    .map(row => ({
      ...pick(row, columns, name => oracle.sees(view, row, name)),
      redactions: columns
        .filter(name => Object.hasOwn(view.columns, name) && view.columns[name]!.from !== 'existence')
        .filter(name => !oracle.sees(view, row, name) && oracle.reaches(row, view.columns[name]!.category, 1))
        .map(field => ({ field })),
    }))
}

const pick = (row: WholeRow, columns: readonly string[], sees: (name: string) => boolean) =>
  Object.fromEntries(
    columns.map(name => [name, sees(name) ? (name in row.values ? row.values[name] : (row[name as 'version'] ?? null)) : null]),
  )

const placeOf = ({ keys }: View, { values }: WholeRow) => keys.map(key => values[key] as string)
const comparePlaces = (a: readonly string[], b: readonly string[]): number => {
  for (const [i, x] of a.entries()) if (x !== b[i]) return Buffer.compare(Buffer.from(x), Buffer.from(b[i]!))
  return 0
}
