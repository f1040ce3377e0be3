import { type ReadableView, rowColumns } from './ability.js'
import type { ColumnType } from './columns.js'
import { BadQuery, type Condition, type FieldTypes, type Node, understand } from './conditions.js'
import type { Viewer } from './decide.js'
import type { Ground } from './disclosure.js'
import { mayChoose } from './roles.js'
import type { Category, Purpose, Sector } from './vocabulary.js'

/** What to read of a view. */
export interface Query {
  /** Columns of the view, and `version` and `updatedAt`. A row is given where at least one of them may be seen. */
  readonly columns: readonly string[]
  /** Over the view's columns; what the viewer may not see in a row is nothing there. */
  readonly where?: Condition
  /** At most three; then by the view's keys. What is not there, or may not be seen, comes last either way. */
  readonly orderBy?: readonly Order[]
  /** 1 to 100. */
  readonly first: number
  /** A cursor of the same query. */
  readonly after?: string
  readonly totalCount?: boolean
  /** Only these learners, at most 200. */
  readonly learnerIds?: readonly string[]
  /** The first rows of other views about the same learner, read with each row. */
  readonly below?: readonly Below[]
}
/** Rows about the learner of each row of a page. */
export interface Below {
  readonly view: ReadableView
  readonly query: Omit<Query, 'after' | 'learnerIds' | 'below'>
}
export interface Order {
  readonly column: string
  readonly descending?: boolean
}

/** A person at the door, as the hub's own events know them. The reader believes it: whoever makes it has checked that the role is held. */
export interface ValidViewer extends Viewer {
  /** Of the agency; without it nothing that is the authority's is read. */
  readonly sector?: Sector
  /** When the role ends (exclusive), so that no read outlives it. */
  readonly roleUntil?: string
}

/** What a person may know to be there without seeing it: told by permission alone, whether anything stands in the column or not. */
export interface Redaction {
  readonly column: string
  readonly category: Category
  readonly reason: 'level'
}

export interface ReadRow {
  readonly values: Readonly<Record<string, unknown>>
  readonly redactions: readonly Redaction[]
  /** On what the row was shown, for the disclosure log; undefined for rows about no learner. */
  readonly ground: Ground | undefined
}

export interface Page {
  readonly rows: readonly ReadRow[]
  readonly hasNextPage: boolean
  /** Where asked for: how many rows there are for this viewer. */
  readonly totalCount?: number
  /** Sealed: shows nothing, and belongs to this viewer, purpose and query. */
  cursorOf(row: ReadRow): string
  /** For each {@link Query.below}, the rows by the learner's id; a learner without rows is absent. */
  readonly below: readonly ReadonlyMap<string, Page>[]
}

/** Whether there is anything to read at all: the purpose is one of the role, and the view is for this kind of agency. */
export const isOpenTo = (view: ReadableView, { role, sector }: ValidViewer, purpose: Purpose): boolean =>
  mayChoose(role, purpose) && view.audience !== 'nobody' && (view.audience !== 'authority' || sector === 'authority')

/** A query that was understood. */
export interface PreparedQuery {
  readonly columns: readonly string[]
  readonly where: Node | undefined
  readonly orderBy: readonly Required<Order>[]
  readonly first: number
  readonly after: string | undefined
  readonly totalCount: boolean
  readonly learnerIds: readonly string[] | undefined
  readonly below: readonly PreparedBelow[]
}
export interface PreparedBelow {
  readonly view: ReadableView
  readonly query: PreparedQuery
}

const limits = { first: 100, orders: 3, learners: 200 }

export const columnTypesOf = (view: ReadableView): FieldTypes =>
  Object.fromEntries(Object.entries(view.columns).map(([name, { type }]) => [name, type]))
export const typeOf = (view: ReadableView, column: string): ColumnType =>
  (rowColumns as Record<string, ColumnType>)[column] ?? view.columns[column]!.type

/** @throws BadQuery */
export function prepare(view: ReadableView, query: Query): PreparedQuery {
  const { columns, where, orderBy = [], first, after, totalCount = false, learnerIds, below = [] } = query
  const known = (name: string) => Object.hasOwn(view.columns, name)
  if (columns.length === 0) throw new BadQuery('A query asks for at least one column.')
  for (const name of columns)
    if (!known(name) && !Object.hasOwn(rowColumns, name)) throw new BadQuery(`View ${view.name} has no such column.`)
  if (!Number.isInteger(first) || first < 1 || first > limits.first) throw new BadQuery(`first is between 1 and ${limits.first}.`)
  if (orderBy.length > limits.orders) throw new BadQuery(`At most ${limits.orders} columns order a page.`)
  for (const { column } of orderBy)
    if (!known(column) || ['json', 'texts'].includes(view.columns[column]!.type))
      throw new BadQuery('There is no such column to order by.')
  if (learnerIds && (!view.subject || learnerIds.length > limits.learners))
    throw new BadQuery(`learnerIds are at most ${limits.learners}, of a view about learners.`)
  if ([view, ...below.map(each => each.view)].some(({ subject }) => !subject) && below.length > 0)
    throw new BadQuery('Only rows about a learner stand below rows about a learner.')
  return {
    columns: [...new Set(columns)],
    where: where && understand(columnTypesOf(view), where),
    orderBy: [
      ...orderBy.map(({ column, descending = false }) => ({ column, descending })),
      ...view.keys.filter(key => !orderBy.some(o => o.column === key)).map(column => ({ column, descending: false })),
    ],
    first,
    after,
    totalCount,
    learnerIds,
    below: below.map(each => ({ view: each.view, query: prepare(each.view, each.query) })),
  }
}

/** What a cursor belongs to: it opens for nothing else. */
export const scopeOf = (
  view: ReadableView,
  { userId, agencyId, role, emergency = false }: Viewer,
  purpose: Purpose,
  query: PreparedQuery,
): string => JSON.stringify([view.name, userId, agencyId, role, purpose, emergency, query.orderBy, query.where ?? null])

/** Whether the query can be answered at all. */
export function isUnderstood(view: ReadableView, query: Query): boolean {
  try {
    return !!prepare(view, query)
  } catch (error) {
    if (error instanceof BadQuery) return false
    throw error
  }
}
