import type { Database } from '@passerelle/database'
import { isInPost, oracleOf, type World } from '@passerelle/testing/sharing'
import type { ReadableView } from './ability.js'
import { matches, order, understand } from './conditions.js'
import { Cursors } from './cursor.js'
import type { Viewer } from './decide.js'
import { readInMemory } from './in-memory.js'
import type { WholeRow } from './permission.js'
import { columnTypesOf, type Order, type Page, type Query, typeOf } from './query.js'
import type { Reader } from './reader.js'
import type { Purpose } from './vocabulary.js'

const cursors = new Cursors(Buffer.alloc(32, 7))

export type Look = { readonly viewer: Viewer; readonly purpose: Purpose }

/** What the oracle alone says a page must hold: mask, drop, filter, sort, in that order and in the plainest way. */
export function expected(world: World, look: Look, view: ReadableView, query: Query): Record<string, unknown>[] {
  const oracle = oracleOf(world, look)
  const where = query.where && understand(columnTypesOf(view), query.where)
  const masked = (row: WholeRow) =>
    Object.fromEntries(Object.keys(view.columns).map(name => [name, oracle.sees(view, row, name) ? row.values[name] : null]))
  const rows = world.rows[view.name]!.filter(
    row =>
      ['rowId', 'learnerId'].every(name => oracle.sees(view, row, name)) &&
      query.columns.some(name => name in view.columns && oracle.sees(view, row, name)),
  )
    .map(row => ({ row, whole: masked(row) }))
    .filter(({ whole }) => !where || matches(where, whole))
  const orders: readonly Order[] = [...(query.orderBy ?? []), { column: 'rowId' }]
  rows.sort((a, b) => {
    for (const { column, descending } of orders) {
      const [x, y] = [a.whole[column], b.whole[column]]
      if (x === y) continue
      if (x === null) return 1
      if (y === null) return -1
      const by = order(typeOf(view, column), x, y)
      if (by !== 0) return descending ? -by : by
    }
    return 0
  })
  return rows.map(({ row, whole }) => ({
    ...Object.fromEntries(
      query.columns.map(name => [
        name,
        name in view.columns ? whole[name] : oracle.sees(view, row, name) ? row[name as 'version'] : null,
      ]),
    ),
    '~told': query.columns.filter(
      name => name in view.columns && !oracle.sees(view, row, name) && oracle.reaches(row, view.columns[name]!.category, 1),
    ),
  }))
}
export const shown = ({ rows }: Pick<Page, 'rows'>) =>
  rows.map(row => ({ ...row.values, '~told': row.redactions.map(r => r.column) }))

async function whole(read: (after?: string) => Promise<Page>): Promise<ReturnType<typeof shown>> {
  const rows: ReturnType<typeof shown> = []
  for (let after: string | undefined; ;) {
    const page = await read(after)
    rows.push(...shown(page))
    if (!page.hasNextPage) return rows
    after = page.cursorOf(page.rows.at(-1)!)
  }
}

export interface Answers {
  readonly want: Record<string, unknown>[]
  readonly bySql: Record<string, unknown>[]
  readonly byCasl: Record<string, unknown>[]
  readonly totalCount: number | undefined
}

/** One viewer reads one view: from the database, through CASL one row at a time, and as the oracle says. */
export async function answersOf(
  db: Database,
  reader: Reader,
  world: World,
  look: Look,
  view: ReadableView,
  query: Query,
): Promise<Answers> {
  const want = expected(world, look, view, query)
  // Nobody who does not hold the role gets past the door.
  if (!isInPost(world, look.viewer)) return { want, bySql: [], byCasl: [], totalCount: query.totalCount ? 0 : undefined }
  return reader.as(db, look.viewer, async sql => {
    const bySql = await whole(after => reader.read(sql, look.viewer, look.purpose, view, { ...query, after, totalCount: false }))
    const learnerIds = world.learners.map(l => l.learnerId)
    const permissions = await reader.permissions(sql, look.viewer, look.purpose, learnerIds)
    const byCasl = await whole(async after =>
      readInMemory(world.rows[view.name]!, permissions, look.viewer, look.purpose, view, { ...query, after }, cursors),
    )
    const { totalCount } = query.totalCount ? await reader.read(sql, look.viewer, look.purpose, view, query) : {}
    return { want, bySql, byCasl, totalCount }
  })
}
