import type { Sql } from '@passerelle/database'
import type { ValueOf } from '@passerelle/sharing'
import type { Row, View } from './define-view.js'
import { hubTable } from './tables.js'
import { planOf } from './view-plan.js'

type ItemOf<T> = T extends readonly (infer I)[] ? I : never
/** `before`: strictly less. `has`: an item of a list. */
export type Condition<T> =
  | T
  | null
  | { readonly in: readonly T[] }
  | { readonly before: T }
  | ([ItemOf<T>] extends [never] ? never : { readonly has: ItemOf<T> })
/** Columns and what they must be: all of them, exactly. */
export type Where<V> = V extends View<infer C> ? { readonly [K in keyof C]?: Condition<ValueOf<C[K]>> } : never
export type RowOf<V> = V extends View<infer C> ? Row<C> : never

/** The canonical rows of the hub, unmasked: for the facts that decisions need and for processes, never for an answer to anybody. */
export interface HubRows {
  find<V extends View>(view: V, where: Where<V>): Promise<RowOf<V>[]>
}

export class DatabaseHubRows implements HubRows {
  constructor(private readonly sql: Sql) {}

  /** In the order of the keys. @throws where a column is not of the view, holds JSON, or is looked for without a value. */
  async find<V extends View>(view: V, where: Where<V>): Promise<RowOf<V>[]> {
    const plan = planOf(view)
    const params: unknown[] = []
    const conditions = Object.entries(where).map(([name, condition]) => {
      const found = plan.columns.find(({ property }) => property === name)
      if (!found || found.column.type === 'json') throw new Error(`View ${view.name} has no column ${name} to look for`)
      return matches(found.sql, found.hubType, condition, value => `$${params.push(value)}`)
    })
    const columns = plan.columns.map(({ sql, property }) => `${sql} as "${property}"`).join(', ')
    const rows = await this.sql.query(
      `select ${columns} from ${hubTable(plan.table, 'live')} where ${conditions.join(' and ') || 'true'}
        order by ${plan.keys.map(({ sql }) => sql).join(', ')}`,
      params,
    )
    return rows as RowOf<V>[]
  }
}

function matches(sql: string, type: string, condition: unknown, param: (value: unknown) => string): string {
  if (condition === undefined) throw new Error(`Column ${sql} is looked for without a value: that would match everything`)
  if (condition === null) return `${sql} is null`
  if (typeof condition === 'object') {
    if ('in' in condition) return `${sql} = any(${param(condition.in)}::${type}[])`
    if ('before' in condition) return `${sql} < ${param(condition.before)}::${type}`
    if ('has' in condition) return `${param(condition.has)}::text = any(${sql})`
  }
  return `${sql} = ${param(condition)}::${type}`
}
