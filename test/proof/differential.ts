import { isDeepStrictEqual } from 'node:util'
import { getNamedType, type GraphQLObjectType, type GraphQLSchema, isLeafType } from 'graphql'
import { views } from '@passerelle/hub'
import type { View } from '@passerelle/projections'
import type { WholeRow } from '@passerelle/sharing'
import type { World } from '@passerelle/testing/sharing'
import { type Answers, atOnce } from './asking.js'
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
export async function compareEverything(world: World, look: Look, schema: GraphQLSchema, asking: Answers): Promise<Compared> {
  const shown = views.flatMap(view => {
    const node = nodeOf(schema, view)
    return node ? [{ view, columns: Object.keys(node.getFields()).filter(name => Object.hasOwn(view.columns, name)) }] : []
  })
  const compared = await atOnce(shown, ({ view, columns }) => compareView(world, look, asking, view, columns))
  return {
    decisions: compared.reduce((sum, { decisions }) => sum + decisions, 0),
    seen: compared.reduce((sum, { seen }) => sum + seen, 0),
    differences: compared.flatMap(({ differences }) => differences),
  }
}

const inJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))

async function compareView(world: World, look: Look, asking: Answers, view: View, columns: readonly string[]): Promise<Compared> {
  const differences: Difference[] = []
  const compare = (what: string, expected: unknown, got: unknown) => {
    // As it would be answered: in JSON, whatever the order of the keys.
    if (!isDeepStrictEqual(inJson(got), inJson(expected))) differences.push({ look, what, expected, got })
  }
  const beside = ['version', 'updatedAt']
  const expected = expectedRows(world, look, view, [...columns, ...beside])
  const pageOf = (rows: readonly unknown[]) => ({ totalCount: rows.length, nodes: rows.slice(0, 100) })
  const asked = `totalCount nodes { ${[...columns, ...beside].join(' ')} redactions { field } }`
  const isBelow = view.subject && view.name !== 'learners'
  const [atRoot, below] = (
    await Promise.all([
      asking.ask({ text: `{ rows: ${view.name}(first: 100) { ${asked} } }` }),
      isBelow
        ? asking.ask({ text: `{ learners(first: 100) { nodes { learnerId below: ${view.name}(first: 100) { ${asked} } } } }` })
        : '{}',
    ])
  ).map(text => JSON.parse(text))
  compare(view.name, pageOf(expected), atRoot.errors ?? atRoot.data.rows)
  if (below.errors) compare(`${view.name} below learners`, undefined, below.errors)
  let decisions = world.rows[view.name]!.length * columns.length
  for (const learner of below.data?.learners.nodes ?? []) {
    const own = expected.filter(row => row[view.subject!] === learner.learnerId)
    decisions += own.length * columns.length
    compare(`${view.name} below ${learner.learnerId}`, pageOf(own), learner.below)
  }
  return { decisions, seen: expected.length, differences }
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
  const rows = inOrder(view, world.rows[view.name]!)
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

const ordered = new WeakMap<readonly WholeRow[], readonly WholeRow[]>()
function inOrder(view: View, rows: readonly WholeRow[]): readonly WholeRow[] {
  let sorted = ordered.get(rows)
  if (!sorted) ordered.set(rows, (sorted = rows.toSorted((a, b) => comparePlaces(placeOf(view, a), placeOf(view, b)))))
  return sorted
}

const placeOf = ({ keys }: View, { values }: WholeRow) => keys.map(key => values[key] as string)
const comparePlaces = (a: readonly string[], b: readonly string[]): number => {
  for (const [i, x] of a.entries()) if (x !== b[i]) return Buffer.compare(Buffer.from(x), Buffer.from(b[i]!))
  return 0
}

const everything = new WeakMap<GraphQLSchema, string>()
/** One document for all rows of all views of learners that a face has. */
export function everythingOf(schema: GraphQLSchema): string {
  let text = everything.get(schema)
  if (!text) {
    const rows = views.flatMap(view => {
      const node = view.subject ? nodeOf(schema, view) : undefined
      const columns = node && Object.keys(node.getFields()).filter(name => Object.hasOwn(view.columns, name))
      return columns ? [`${view.name}(first: 100) { nodes { ${columns.join(' ')} version redactions { field } } }`] : []
    })
    everything.set(schema, (text = `query Q { ${rows.join(' ')} }`))
  }
  return text
}
