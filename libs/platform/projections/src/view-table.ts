import { quoteTable, type Sql } from '@passerelle/database'
import type { Row } from './define-view.js'
import { type Held, rowKey, type Rows } from './fold.js'
import { levelsOfRow, maskedColumns, mayExist, wholeColumns } from './masks.js'
import { toArrayText, toText } from './row-values.js'
import { agencyTable, everyonesTable, hubTable, type Slot } from './tables.js'
import { copiedEngineColumns, engineColumns, type PlannedColumn, type ViewPlan } from './view-plan.js'

/** Where rows of a view are copied to: the schema of one agency, or the one that everyone reads. */
export type Target = { readonly agencyId: string } | 'everyone'

/** The tables of one view: its rows in the hub and the copies of them. */
export class ViewTable {
  private readonly hub: string
  private readonly keyList: string
  private readonly allColumns: readonly string[]
  private readonly copiedColumns: readonly string[]

  constructor(
    readonly plan: ViewPlan,
    private readonly slot: Slot,
  ) {
    this.hub = quoteTable(hubTable(plan.table, slot))
    this.keyList = plan.keys.map(k => k.sql).join(', ')
    this.allColumns = [...plan.columns, ...engineColumns].map(c => c.sql)
    this.copiedColumns = [...plan.columns, ...copiedEngineColumns].map(c => c.sql)
  }

  /** Reads the rows with these keys and of these learners into `rows`. */
  async load(sql: Sql, rows: Rows, keys: Iterable<string>, learners: readonly string[] = []): Promise<void> {
    const params = new Params()
    const { plan } = this
    const byKey = `(${plan.keys.map(k => `r.${k.sql}`).join(', ')}) in (select ${unnested(plan.keys, params, splitKeys(plan, keys))})`
    const byLearner =
      plan.subject && learners.length > 0 ? ` or r.${plan.subject.sql} = any(${params.add(toArrayText(learners))}::text[])` : ''
    for (const record of await sql.query(
      `select ${this.selected()} from ${this.hub} r where ${byKey}${byLearner}`,
      params.values,
    ))
      this.keep(rows, record)
  }

  /** Every row: for views of the region, which are few. */
  async loadAll(sql: Sql, rows: Rows): Promise<void> {
    for (const record of await sql.query(`select ${this.selected()} from ${this.hub} r`)) this.keep(rows, record)
  }

  /** Rows in the order of {@link copyColumns}, for bulk loading. */
  *copyLines(rows: Rows): Iterable<readonly (string | number | null)[]> {
    for (const held of rows.held.values()) yield this.values(held)
  }
  get copyColumns(): readonly string[] {
    return this.allColumns.map(sql => sql.replaceAll('"', ''))
  }
  get hubName(): string {
    return hubTable(this.plan.table, this.slot)
  }
  copyName(target: Target): string {
    return target === 'everyone'
      ? everyonesTable(this.plan.table, this.slot)
      : agencyTable(target.agencyId, this.plan.table, this.slot)
  }

  /** Writes what changed to the hub and to the targets, in one statement: a changed row that a target may not hold is removed there. */
  async write(sql: Sql, rows: Rows, targets: readonly Target[]): Promise<void> {
    const { plan } = this
    const changed = [...rows.changed!]
    const kept = changed.flatMap(key => rows.held.get(key) ?? [])
    const removed = changed.filter(key => !rows.held.has(key))
    const params = new Params()
    const parts: string[] = []
    if (kept.length > 0) parts.push(`up as (${this.upsert(kept, params)})`)
    if (removed.length > 0)
      parts.push(
        `gone as (delete from ${this.hub} t using (select ${unnested(plan.keys, params, splitKeys(plan, removed))}) k where ${same(plan, 't', 'k')})`,
      )
    if (targets.length > 0) parts.push(`k as (select ${unnested(plan.keys, params, splitKeys(plan, changed))})`)
    targets.forEach((target, i) => {
      const table = quoteTable(this.copyName(target))
      if (kept.length > 0)
        parts.push(
          `a${i} as (${this.copy(table, target, 'up', params)} ${this.onConflict(this.copiedColumns)} returning ${this.keyList})`,
        )
      const unless = kept.length > 0 ? ` and not exists (select from a${i} where ${same(plan, 't', `a${i}`)})` : ''
      parts.push(`d${i} as (delete from ${table} t using k where ${same(plan, 't', 'k')}${unless})`)
    })
    await sql.query(`with ${parts.join(', ')} select`, params.values)
  }

  /** Copies these learners' rows again, as each agency may now hold them, and removes the others: one statement for the view. */
  async copyAgain(sql: Sql, learnersByAgency: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const { plan } = this
    const params = new Params()
    const parts: string[] = []
    let i = 0
    for (const [agencyId, learners] of learnersByAgency) {
      const table = quoteTable(this.copyName({ agencyId }))
      const ofLearners = `${plan.subject!.sql} = any(${params.add(toArrayText(learners))}::text[])`
      parts.push(
        `a${i} as (${this.copy(table, { agencyId }, this.hub, params, `r.${ofLearners}`)} ${this.onConflict(this.copiedColumns)} returning ${this.keyList})`,
        `d${i} as (delete from ${table} t where t.${ofLearners} and not exists (select from a${i} where ${same(plan, 't', `a${i}`)}))`,
      )
      i++
    }
    if (i > 0) await sql.query(`with ${parts.join(', ')} select`, params.values)
  }

  /** Fills an empty copy from the whole hub table. */
  async fill(sql: Sql, target: Target): Promise<void> {
    const params = new Params()
    await sql.query(this.copy(quoteTable(this.copyName(target)), target, this.hub, params), params.values)
  }

  private copy(table: string, target: Target, source: string, params: Params, where?: string): string {
    const { plan } = this
    const named = target !== 'everyone' && (plan.subject !== undefined || plan.view.audience === 'ownAgency')
    const agency = named ? `${params.add(target.agencyId)}::text` : ''
    const columns = plan.subject ? maskedColumns(plan, agency) : wholeColumns(plan)
    const conditions = where ? [where] : []
    let from = `${source} r`
    if (plan.subject) {
      from += ` join ${quoteTable(hubTable('holdings', this.slot))} h on h.agency_id = ${agency} and h.learner_id = r.${plan.subject.sql} ${levelsOfRow(agency)}`
      conditions.push(mayExist(plan))
    } else if (named) conditions.push(`${agency} = any(r.owner_agency_ids)`)
    const list = columns.map(c => c.sql).join(', ')
    const values = columns.map(c => c.value).join(', ')
    return `insert into ${table} (${list}) select ${values} from ${from}${conditions.length > 0 ? ` where ${conditions.join(' and ')}` : ''}`
  }

  private upsert(rows: readonly Held[], params: Params): string {
    const lines = rows.map(held => this.values(held))
    const types = [...this.plan.columns.map(c => c.hubType), 'text[]', 'bigint', 'timestamptz', 'text']
    const arrays = types.map((_, i) => `${params.add(toArrayText(lines.map(line => line[i]!)))}::text[]`)
    const values = types.map((type, i) => (type === 'text' ? `u.c${i}` : `u.c${i}::${type}`))
    return `insert into ${this.hub} (${this.allColumns.join(', ')}) select ${values.join(', ')}
      from unnest(${arrays.join(', ')}) as u(${types.map((_, i) => `c${i}`).join(', ')}) ${this.onConflict(this.allColumns)} returning *`
  }

  private onConflict(columns: readonly string[]): string {
    return `on conflict (${this.keyList}) do update set ${columns.map(sql => `${sql} = excluded.${sql}`).join(', ')}`
  }

  private values({ row, owners, version, updatedAt, position }: Held): (string | number | null)[] {
    const values: (string | number | null)[] = this.plan.columns.map(c => toText(c, row[c.property]))
    values.push(toArrayText(owners), version, updatedAt, position)
    return values
  }

  private selected(): string {
    return [...this.plan.columns.map(c => `r.${c.sql}`), 'r.owner_agency_ids', 'r.version', 'r.updated_at', 'r.position'].join(
      ', ',
    )
  }

  private keep(rows: Rows, record: Record<string, unknown>): void {
    const row: Record<string, unknown> = {}
    for (const { property, sql } of this.plan.columns) row[property] = record[sql.slice(1, -1)]
    const { owner_agency_ids: owners, version, updated_at: updatedAt, position } = record as any
    rows.held.set(rowKey(this.plan, row as Row), { row: row as Row, owners, version, updatedAt, position })
  }
}

/** Values of a statement, numbered as they are named. */
export class Params {
  readonly values: unknown[] = []
  add(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }
}

/** `k.c0::text as "plan_id", … from unnest(…) k(…)` */
function unnested(columns: readonly PlannedColumn[], params: Params, lists: readonly (readonly string[])[]): string {
  const names = columns.map(c => `k.${c.sql}::${c.hubType} as ${c.sql}`)
  const arrays = lists.map(list => `${params.add(toArrayText(list))}::text[]`)
  return `${names.join(', ')} from unnest(${arrays.join(', ')}) as k(${columns.map(c => c.sql).join(', ')})`
}

function splitKeys({ keys }: ViewPlan, texts: Iterable<string>): string[][] {
  if (keys.length === 1) return [[...texts]]
  const lists: string[][] = keys.map(() => [])
  for (const text of texts) text.split('|').forEach((part, i) => lists[i]?.push(part))
  return lists
}

const same = ({ keys }: ViewPlan, a: string, b: string) => keys.map(({ sql }) => `${a}.${sql} = ${b}.${sql}`).join(' and ')
