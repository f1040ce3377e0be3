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
  private readonly allColumns: readonly string[]
  private readonly copiedColumns: readonly string[]

  constructor(
    readonly plan: ViewPlan,
    private readonly slot: Slot,
  ) {
    this.hub = quoteTable(hubTable(plan.table, slot))
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
    const params = new Params()
    const parts = [
      `u as materialized (${this.changedRows(rows, params)})`,
      `hub as (${this.merge(this.hub, this.allColumns, 'u', 'not s.gone')})`,
    ]
    targets.forEach((target, i) => {
      const source = this.copied(target, 'u', params, true)
      parts.push(`a${i} as (${this.merge(quoteTable(this.copyName(target)), this.copiedColumns, `(${source})`, 's.held')})`)
    })
    await sql.query(`with ${parts.join(', ')} select`, params.values)
  }

  /** Copies these learners' rows again, as each agency may now hold them, and removes what it may not: one statement for the view. */
  async copyAgain(sql: Sql, learnersByAgency: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const params = new Params()
    const parts = [...learnersByAgency].map(([agencyId, learners], i) => {
      const ofLearners = `r.${this.plan.subject!.sql} = any(${params.add(toArrayText(learners))}::text[])`
      const source = `${this.copied({ agencyId }, this.hub, params, false)} and ${ofLearners}`
      return `a${i} as (${this.merge(quoteTable(this.copyName({ agencyId })), this.copiedColumns, `(${source})`, 's.held')})`
    })
    if (parts.length > 0) await sql.query(`with ${parts.join(', ')} select`, params.values)
  }

  /** Removes all rows of these learners from the copies of agencies that hold nothing of them any more. */
  async remove(sql: Sql, learnersByAgency: ReadonlyMap<string, readonly string[]>): Promise<void> {
    const params = new Params()
    const parts = [...learnersByAgency].map(([agencyId, learners], i) => {
      const ofLearners = `${this.plan.subject!.sql} = any(${params.add(toArrayText(learners))}::text[])`
      return `d${i} as (delete from ${quoteTable(this.copyName({ agencyId }))} where ${ofLearners})`
    })
    if (parts.length > 0) await sql.query(`with ${parts.join(', ')} select`, params.values)
  }

  /** Fills an empty copy from the whole hub table. */
  async fill(sql: Sql, target: Target): Promise<void> {
    const params = new Params()
    const list = this.copiedColumns.join(', ')
    const source = this.copied(target, this.hub, params, false)
    await sql.query(
      `insert into ${quoteTable(this.copyName(target))} (${list}) select ${list} from (${source}) s where s.held`,
      params.values,
    )
  }

  /**
   * Rows as a target would have them, each with whether the target may hold it: `held`. From the rows of a page `u`, of which some are `gone`, or from
   * the hub's table. Of a learner whom an agency does not hold it has no row: nothing to set and nothing to remove.
   */
  private copied(target: Target, source: string, params: Params, fromPage: boolean): string {
    const { plan } = this
    const stays = fromPage ? 'not r.gone' : 'true'
    const named = target !== 'everyone' && (plan.subject !== undefined || plan.view.audience === 'ownAgency')
    const agency = named ? `${params.add(target.agencyId)}::text` : ''
    const columns = plan.subject ? maskedColumns(plan, agency) : wholeColumns(plan)
    const values = columns.map(c => `${c.value} as ${c.sql}`).join(', ')
    if (!plan.subject)
      return `select ${values}, coalesce(${stays}${named ? ` and ${agency} = any(r.owner_agency_ids)` : ''}, false) as held from ${source} r`
    const holdings = `${quoteTable(hubTable('holdings', this.slot))} h on h.agency_id = ${agency} and h.learner_id = r.${plan.subject.sql}`
    return `select ${values}, coalesce(${stays} and ${mayExist(plan, agency)}, false) as held
      from ${source} r ${fromPage ? 'left join' : 'join'} ${holdings} ${levelsOfRow(agency)}
      where ${fromPage ? 'h.agency_id is not null or r.gone' : 'true'}`
  }

  /** Sets, adds and removes rows by their keys: looked up one by one, however many there are. */
  private merge(table: string, columns: readonly string[], source: string, stays: string): string {
    const keys = new Set(this.plan.keys.map(k => k.sql))
    const set = columns.filter(sql => !keys.has(sql)).map(sql => `${sql} = s.${sql}`)
    return `merge into ${table} t using ${source} s on ${same(this.plan, 't', 's')}
      when matched and not (${stays}) then delete when matched then update set ${set.join(', ')}
      when not matched and ${stays} then insert (${columns.join(', ')}) values (${columns.map(sql => `s.${sql}`).join(', ')})`
  }

  /** The changed rows, in the hub's shape; of a removed one the keys, and that it is `gone`. */
  private changedRows(rows: Rows, params: Params): string {
    const { plan } = this
    const nothing = this.allColumns.map(() => null)
    const lines = [...rows.changed!].map(key => {
      const held = rows.held.get(key)
      if (held) return [...this.values(held), 'f']
      const parts = keyParts(plan, key)
      return [...nothing.map((_, i) => parts[plan.keys.indexOf(plan.columns[i]!)] ?? null), 't']
    })
    const types = [...plan.columns.map(c => c.hubType), 'text[]', 'bigint', 'timestamptz', 'text', 'date', 'date', 'boolean']
    const names = [...this.allColumns, 'gone']
    const arrays = types.map((_, i) => `${params.add(toArrayText(lines.map(line => line[i] ?? null)))}::text[]`)
    const values = types.map((type, i) => `u.c${i}${type === 'text' ? '' : `::${type}`} as ${names[i]}`)
    return `select ${values.join(', ')} from unnest(${arrays.join(', ')}) as u(${types.map((_, i) => `c${i}`).join(', ')})`
  }

  private values({ row, owners, version, updatedAt, position, firstDay, lastDay }: Held): (string | number | null)[] {
    const values: (string | number | null)[] = this.plan.columns.map(c => toText(c, row[c.property]))
    values.push(toArrayText(owners), version, updatedAt, position, firstDay, lastDay)
    return values
  }

  private selected(): string {
    return this.allColumns.map(sql => `r.${sql}`).join(', ')
  }

  private keep(rows: Rows, record: Record<string, unknown>): void {
    const row: Record<string, unknown> = {}
    for (const { property, sql } of this.plan.columns) row[property] = record[sql.slice(1, -1)]
    const { owner_agency_ids: owners, version, updated_at: updatedAt, position, first_day, last_day } = record as any
    const days = { firstDay: first_day, lastDay: last_day }
    rows.held.set(rowKey(this.plan, row as Row), { row: row as Row, owners, version, updatedAt, position, ...days })
  }
}

/** Of these tables of views about learners, those that hold rows of any of the learners. */
export async function tablesWithRows(
  sql: Sql,
  tables: readonly ViewTable[],
  slot: Slot,
  learners: readonly string[],
): Promise<ReadonlySet<ViewTable>> {
  const looks = tables.map(
    ({ plan }, i) =>
      `select ${i} as i where exists (select from ${quoteTable(hubTable(plan.table, slot))} where ${plan.subject!.sql} = any($1::text[]))`,
  )
  const found = looks.length === 0 ? [] : await sql.query<{ i: number }>(looks.join(' union all '), [learners])
  return new Set(found.map(({ i }) => tables[i]!))
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

function splitKeys(plan: ViewPlan, keys: Iterable<string>): string[][] {
  const lists: string[][] = plan.keys.map(() => [])
  for (const key of keys) keyParts(plan, key).forEach((part, i) => lists[i]?.push(part))
  return lists
}

const keyParts = ({ keys }: ViewPlan, key: string): string[] => (keys.length === 1 ? [key] : key.split('|'))

const same = ({ keys }: ViewPlan, a: string, b: string) => keys.map(({ sql }) => `${a}.${sql} = ${b}.${sql}`).join(' and ')
