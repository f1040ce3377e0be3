import type { Sql } from '@passerelle/database'
import type { Row, View } from '@passerelle/projections'
import { sqlName, sqlTypes } from '@passerelle/sharing'

export type RowOf<V> = V extends View<infer C> ? Row<C> : never
/** Columns and what each must be: a value, or one of several. */
export type Where<V> = { readonly [K in keyof RowOf<V>]?: RowOf<V>[K] | { readonly in: readonly RowOf<V>[K][] } }

/** The canonical rows of the hub, unmasked: for the facts that decisions need, never for an answer to anybody. */
export class HubRows {
  constructor(private readonly sql: Sql) {}

  /** Rows in which every column is what is asked for. @throws where the view has no such column */
  async find<V extends View>(view: V, where: Where<V>): Promise<RowOf<V>[]> {
    const columns = Object.entries(view.columns)
    const params: unknown[] = []
    const conditions = Object.entries(where as Record<string, unknown>).map(([name, wanted]) => {
      const column = view.columns[name]
      if (!column) throw new Error(`View ${view.name} has no column ${name} to look for`)
      const many = typeof wanted === 'object' && wanted !== null && 'in' in wanted
      const at = `$${params.push(many ? wanted.in : wanted)}::${sqlTypes[column.type]}`
      return `"${sqlName(name)}" ${many ? `= any(${at}[])` : `is not distinct from ${at}`}`
    })
    const selected = columns.map(([name]) => `"${sqlName(name)}" as "${name}"`).join(', ')
    return this.sql.query<RowOf<V> & object>(
      `select ${selected} from hub."${sqlName(view.name)}" where ${conditions.join(' and ') || 'true'}`,
      params,
    )
  }
}
