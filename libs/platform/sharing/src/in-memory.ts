import { ReadAbility, type ReadableView, rowColumns, rulesFor, existenceOf, policyFields } from './ability.js'
import { matches, order, understand } from './conditions.js'
import type { Cursors } from './cursor.js'
import { policyRow, type Permission, type WholeRow } from './permission.js'
import {
  type Page,
  prepare,
  type PreparedQuery,
  type Query,
  type ReadRow,
  type Redaction,
  scopeOf,
  typeOf,
  type ValidViewer,
} from './query.js'
import type { Purpose } from './vocabulary.js'

/**
 * What {@link Reader.read} would answer if these were the rows of the view: the same rules, asked one by one. For `asOf`: facts of the past,
 * under the permission of now. Learners without a permission have no rows.
 */
export function readInMemory(
  rows: readonly WholeRow[],
  permissions: ReadonlyMap<string, Permission>,
  viewer: ValidViewer,
  purpose: Purpose,
  view: ReadableView,
  query: Omit<Query, 'below'>,
  cursors: Cursors,
): Page {
  const asked = prepare(view, query)
  const ability = new ReadAbility(rulesFor(viewer.role, purpose, view), view.name)
  const seen = rows.flatMap(row => {
    const learnerId = row.values[view.subject!] as string
    const permission = permissions.get(learnerId)
    if (!permission || (asked.learnerIds && !asked.learnerIds.includes(learnerId))) return []
    return masked(row, permission, viewer, view, ability, asked)
  })
  const filtered = seen.filter(({ whole }) => !asked.where || matches(asked.where, whole))
  const place = ({ whole }: Masked) => asked.orderBy.map(({ column }) => whole[column])
  const ordered = filtered.toSorted((a, b) => compare(view, asked, place(a), place(b)))
  const scope = scopeOf(view, viewer, purpose, asked)
  const from = asked.after === undefined ? undefined : cursors.open(asked.after, scope)
  const rest = from ? ordered.filter(row => compare(view, asked, from, place(row)) < 0) : ordered
  const page = rest.slice(0, asked.first)
  const places = new Map(page.map(row => [row.row, place(row)]))
  return {
    rows: page.map(({ row }) => row),
    hasNextPage: rest.length > page.length,
    ...(asked.totalCount && { totalCount: filtered.length }),
    below: [],
    cursorOf: row => cursors.seal(places.get(row)!, scope),
  }
}

interface Masked {
  /** All columns of the view as the viewer sees them. */
  readonly whole: Readonly<Record<string, unknown>>
  readonly row: ReadRow
}

function masked(
  row: WholeRow,
  permission: Permission,
  viewer: ValidViewer,
  view: ReadableView,
  ability: ReadAbility,
  asked: PreparedQuery,
): Masked[] {
  const policy = policyRow(view, viewer, permission, row)
  const may = (column: string) => ability.may(policy, column)
  const identity = view.subject === undefined ? view.keys : [...view.keys, view.subject]
  if (!identity.every(may) || !asked.columns.some(column => Object.hasOwn(view.columns, column) && may(column))) return []
  const whole: Record<string, unknown> = {}
  for (const column of Object.keys(view.columns)) whole[column] = may(column) ? (row.values[column] ?? null) : null
  const beside = { version: row.version, updatedAt: row.updatedAt } satisfies Record<keyof typeof rowColumns, unknown>
  const values: Record<string, unknown> = {}
  const redactions: Redaction[] = []
  for (const column of asked.columns) {
    if (!Object.hasOwn(view.columns, column)) {
      values[column] = may(column) ? beside[column as keyof typeof beside] : null
      continue
    }
    values[column] = whole[column]
    const { category } = view.columns[column]!
    const exists = existenceOf(category, viewer.role)
    if (!may(column) && exists && matches(understand(policyFields, exists), policy))
      redactions.push({ column, category, reason: 'level' })
  }
  return [{ whole, row: { values, redactions, ground: permission.ground } }]
}

function compare(view: ReadableView, { orderBy }: PreparedQuery, a: readonly unknown[], b: readonly unknown[]): number {
  for (const [i, { column, descending }] of orderBy.entries()) {
    const [x, y] = [a[i], b[i]]
    if (x === null || y === null) {
      if (x !== y) return x === null ? 1 : -1
      continue
    }
    const by = order(typeOf(view, column), x, y)
    if (by !== 0) return descending ? -by : by
  }
  return 0
}
