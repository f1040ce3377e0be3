import { quoteTable, type Sql } from '@passerelle/database'
import { agencySchema } from './agency-schema.js'
import { copiedEngineColumns, engineColumns, type ViewPlan } from './view-plan.js'

/** Which build of a view's tables: the one that is read, the one that is being built beside it, the one it replaced. */
export type Slot = 'live' | 'next' | 'old'

const suffix = (slot: Slot) => (slot === 'live' ? '' : `__${slot}`)
/** `hub.plans__next` */
export const hubTable = (table: string, slot: Slot): string => `hub.${table}${suffix(slot)}`
/** Rows that every agency may read. */
export const everyonesTable = (table: string, slot: Slot): string => `shared.${table}${suffix(slot)}`
export const agencyTable = (agencyId: string, table: string, slot: Slot): string =>
  `${agencySchema(agencyId)}.${table}${suffix(slot)}`

/** Tables that hold who may see what: by name, their columns in order. */
export const entitlementTables = {
  entitlements: `learner_id text not null, agency_id text not null, role text not null, purpose text not null,
    valid_from timestamptz not null, valid_until timestamptz not null,
    levels smallint[] not null, own_levels smallint[] not null, because jsonb not null, position text collate "C" not null, periods jsonb`,
  assignments: `learner_id text not null, agency_id text not null, user_id text, role text, kind text not null,
    valid_from timestamptz not null, valid_until timestamptz not null, kept int not null default 0`,
} as const
export const hubOnlyTables = {
  holdings: `learner_id text not null, agency_id text not null, levels smallint[] not null, own_levels smallint[] not null, periods jsonb`,
  derivations: `learner_id text not null, partition smallint not null, depends_on text[] not null, fingerprints json not null,
    ends_at timestamptz not null, fault text`,
} as const

/** In the hub, looked up by learner; in an agency, by who looks. */
const agencyIndexes: Readonly<Record<string, readonly string[]>> = {
  entitlements: ['(learner_id, role, purpose)'],
  assignments: ['(learner_id)', '(user_id, learner_id)'],
}
const hubIndexes: Readonly<Record<string, readonly string[]>> = {
  entitlements: ['(learner_id)'],
  assignments: ['(learner_id)'],
  holdings: ['(learner_id, agency_id)'],
  derivations: ['(learner_id)', 'using gin (depends_on)', '(partition, learner_id)', '(ends_at)'],
}
const uniqueIndexes = new Set(['holdings (learner_id, agency_id)', 'derivations (learner_id)'])

/** A table and how it is indexed, apart: bulk loads come in between. */
export interface TableDesign {
  readonly name: string
  readonly create: string
  readonly index: string
}

/** Of what people said or what is said of them the planner keeps no samples: they would outlive what they were taken from. */
const spoken = (plan: ViewPlan): readonly string[] =>
  plan.columns.flatMap(({ sql, column }) =>
    plan.subject && !column.key && !column.subject && ['text', 'code', 'texts', 'json'].includes(column.type) ? [sql] : [],
  )

function design(name: string, columns: string, indexes: readonly string[], unsampled: readonly string[] = []): TableDesign {
  const table = quoteTable(name)
  const quiet =
    unsampled.length > 0
      ? `alter table ${table} ${unsampled.map(column => `alter column ${column} set statistics 0`).join(', ')};`
      : ''
  // A small sample, as it costs the same for any table; the server looks closer when it has time.
  const analyse = `set default_statistics_target = 10; analyse ${table}; reset default_statistics_target;`
  return { name, create: `create table ${table} (${columns});${quiet}`, index: [...indexes, analyse].join('\n') }
}

export function hubDesign(plan: ViewPlan, slot: Slot): TableDesign {
  const columns = [...plan.columns.map(c => `${c.sql} ${c.hubType}`), ...engineColumns.map(c => `${c.sql} ${c.type}`)]
  return design(hubTable(plan.table, slot), columns.join(', '), rowIndexes(hubTable(plan.table, slot), plan), spoken(plan))
}

/** The copy that one agency, or everyone, has of a view. */
export function copyDesign(plan: ViewPlan, name: string): TableDesign {
  const columns = [...plan.columns.map(c => `${c.sql} ${c.agencyType}`), ...copiedEngineColumns.map(c => `${c.sql} ${c.type}`)]
  return design(name, columns.join(', '), rowIndexes(name, plan, plan.keys), spoken(plan))
}

/** `order`: in which the rows about one learner are read. */
function rowIndexes(name: string, { keys, subject }: ViewPlan, order: ViewPlan['keys'] = []): string[] {
  const list = (columns: ViewPlan['keys']) => columns.map(({ sql }) => sql).join(', ')
  const indexes = [`alter table ${quoteTable(name)} add primary key (${list(keys)});`]
  if (subject && subject !== keys[0])
    indexes.push(`create index on ${quoteTable(name)} (${list([subject, ...order.filter(key => key !== subject)])});`)
  return indexes
}

export function hubEntitlementDesigns(slot: Slot): TableDesign[] {
  return Object.entries({ ...entitlementTables, ...hubOnlyTables }).map(([table, columns]) =>
    design(hubTable(table, slot), columns, indexesOf(hubIndexes, table, hubTable(table, slot))),
  )
}
export function agencyEntitlementDesigns(agencyId: string, slot: Slot): TableDesign[] {
  return Object.entries(entitlementTables).map(([table, columns]) => {
    const name = agencyTable(agencyId, table, slot)
    return design(name, columns, indexesOf(agencyIndexes, table, name))
  })
}
const indexesOf = (indexes: typeof hubIndexes, table: string, name: string) =>
  indexes[table]!.map(on => `create ${uniqueIndexes.has(`${table} ${on}`) ? 'unique ' : ''}index on ${quoteTable(name)} ${on};`)

/** Makes the tables that are not there yet, indexed. */
export async function createMissing(sql: Sql, designs: readonly TableDesign[]): Promise<void> {
  for (const { name, create, index } of designs) {
    const [found] = await sql.query<{ there: boolean }>('select to_regclass($1) is not null as there', [quoteTable(name)])
    if (!found!.there) await sql.exec(create + index)
  }
}
