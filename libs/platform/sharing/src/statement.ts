import { createHash } from 'node:crypto'
import { existenceOf, policyFields, ReadAbility, type ReadableView, rulesFor, type Rule } from './ability.js'
import { sqlName, sqlTypes } from './columns.js'
import { anyOf, collated, literally, Parameters, toSql } from './compile.js'
import { type Condition, type Node, understand } from './conditions.js'
import { everybody } from './deny-list.js'
import { educationOrEmployment, bitOf, has } from './permission.js'
import { type PreparedQuery, type Redaction, typeOf } from './query.js'
import { circumstances } from './readings.js'
import { counts, roleTerms } from './roles.js'
import { assignmentKinds, emergencyOf } from './entitlement.js'
import { categories, type Category, type Purpose, type Role } from './vocabulary.js'

/** A statement that can be run for anybody in the role: all that differs from call to call is a parameter. */
export interface Statement {
  readonly sql: string
  /** Of the prepared statement: the same text has the same name. */
  readonly name: string
  readonly columns: readonly string[]
  /** What a row tells to be there and withheld, by its `~redactions`. */
  readonly redactionsOf: (flags: number) => readonly Redaction[]
}

/** `$1` to `$4` of every statement; `$5` is the list of learners where there is one. */
export const firstParameters = ['now', 'agencyId', 'userId', 'roleUntil'] as const
const now = 'coalesce($1::timestamptz, now())'

/** What the compiler is made of, so that tests can spoil each part and see that they notice. */
export const parts = { rulesFor, toSql, masked: (predicate: string, value: string) => `case when ${predicate} then ${value} end` }
export type Parts = typeof parts

/** Names in the database, quoted. */
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
const columnSql = (name: string) => `v.${quoted(sqlName(name))}`

/**
 * Where the rules' fields stand: `e` the entitlement, `d` and `w` the deny list, of the learner and of everybody, `m` the viewer's own assignments,
 * `v` the row. What is kept from one person alone is denied to them as what is on the deny list is.
 */
function policySql(view: ReadableView, role: Role, emergency: boolean): (field: string) => string {
  const bits = `(coalesce(d.bits, 0) | w.bits | a.bits${keepsFrom({ role, emergency }) ? ' | coalesce(m.kept, 0)' : ''})`
  const fields = new Map<string, string>()
  categories.forEach((category, i) => {
    fields.set(`level${category}`, `e.levels[${i + 1}]`)
    fields.set(`ownLevel${category}`, `e.own_levels[${i + 1}]`)
    fields.set(`denied${category}`, `((${bits} & ${bitOf(category)}) <> 0)`)
  })
  fields.set('own', 'coalesce($2 = any(v.owner_agency_ids), false)')
  fields.set('ownClass', emergency ? 'false' : 'coalesce(m.own_class, false)')
  const { ownActs, toEducationOrEmployment } = circumstances
  fields.set('ownActs', has(view, 'ownActs') ? `coalesce(${columnSql(ownActs.column)} = $3, false)` : 'false')
  fields.set(
    'toEducationOrEmployment',
    has(view, 'toEducationOrEmployment')
      ? `coalesce(${columnSql(toEducationOrEmployment.column)} = any(${literally(educationOrEmployment, 'code')}), false)`
      : 'false',
  )
  return field => fields.get(field)!
}

/**
 * For each column the one predicate that guards it wherever it is used. Columns share their predicates, so each is worked out once for a row, beside
 * the entitlement (`p`), and used by its name.
 */
export class Guards {
  private readonly ability: ReadAbility
  private readonly at: (field: string) => string
  private readonly names = new Map<string, string>()
  constructor(
    private readonly view: ReadableView,
    private readonly role: Role,
    purpose: Purpose,
    private readonly by: Parts,
    emergency = false,
    rules: readonly Rule[] = by.rulesFor(role, purpose, view),
  ) {
    this.ability = new ReadAbility(rules, view.name)
    this.at = policySql(view, role, emergency)
  }

  of(column: string): string {
    if (!this.view.subject) return 'true'
    return this.named(anyOf(this.ability.waysTo(column).map(node => this.by.toSql(node, this.at, literally))))
  }
  /** What stands beside the entitlement: every predicate that was asked for, under its name. */
  get worked(): string {
    return [...this.names].map(([predicate, name]) => `${predicate} as ${name}`).join(', ')
  }
  /** The column as the viewer sees it: null where they may not. */
  masked(column: string): string {
    const guard = this.of(column)
    return guard === 'true'
      ? columnSql(column)
      : guard === 'false'
        ? `null::${sqlTypes[typeOf(this.view, column)]}`
        : this.by.masked(guard, columnSql(column))
  }
  existence(category: Category): string {
    const condition = existenceOf(category, this.role)
    return condition ? this.named(this.by.toSql(understand(policyFields, condition as Condition), this.at, literally)) : 'false'
  }
  private named(predicate: string): string {
    if (predicate === 'true' || predicate === 'false') return predicate
    let name = this.names.get(predicate)
    if (!name) this.names.set(predicate, (name = `g${this.names.size}`))
    return `p.${name}`
  }
  /** Whether the row is there at all for the viewer: they may know which one it is, and see one of the columns. */
  row(columns: readonly string[]): string {
    const { keys, subject, columns: known } = this.view
    const identity = new Set([...keys, ...(subject ? [subject] : [])].map(key => this.of(key)))
    const asked = columns.filter(column => Object.hasOwn(known, column)).map(column => this.of(column))
    if (!asked.some(guard => identity.has(guard))) identity.add(anyOf([...new Set(asked)]))
    return [...identity].join(' and ')
  }
}

export interface Places {
  /** The schema of the viewer's agency. */
  readonly schema: string
  /** The schema of what everyone may read. */
  readonly shared: string
}

/** In which capacity somebody looks; in an emergency, at what they alone may see (R-V.4). */
export interface Look {
  readonly role: Role
  readonly purpose: Purpose
  readonly emergency: boolean
}
export const needsAssignment = ({ role, emergency }: Look): boolean => !emergency && roleTerms[role].reach !== 'agency'
/** The entitlements that count for the look. */
export const isLooked = ({ purpose, emergency }: Look): string =>
  emergency ? `e.purpose = ${literally(emergencyOf(''), 'code')} || $3::text` : `e.purpose = ${literally(purpose, 'code')}`

/** Reading one view: all of it in one statement. */
export function selectOf(
  view: ReadableView,
  role: Role,
  purpose: Purpose,
  query: PreparedQuery,
  places: Places,
  kind: 'page' | 'byLearner' | 'count' | { readonly countBy: string },
  by: Parts = parts,
  emergency = false,
): Statement {
  const look: Look = { role, purpose, emergency }
  const guards = new Guards(view, role, purpose, by, emergency)
  const parameters = new Parameters(...firstParameters, ...(query.learnerIds ? ['learnerIds'] : []))
  const masked = (column: string) => guards.masked(column)
  const withheld = withheldOf(view, guards, query.columns)
  const conditions = [viewerHolds, guards.row(query.columns)]
  if (query.where) conditions.push(by.toSql(query.where, masked, parameters.write))
  const orders = query.orderBy.map(({ column, descending }) => ({
    // A row that is there tells its keys: then the index of the keys gives the order.
    expression: view.keys.includes(column) ? columnSql(column) : collated(masked(column), typeOf(view, column)),
    type: sqlTypes[typeOf(view, column)],
    descending,
    always: view.keys.includes(column),
  }))
  const ordered = orders.map(o => `${o.expression}${o.descending ? ' desc' : ''} nulls last`).join(', ')
  if (query.after !== undefined) conditions.push(beyond(orders, parameters))
  if (query.learnerIds && view.subject) conditions.push(`${columnSql(view.subject)} = any($5::text[])`)
  const byKeys = query.orderBy.every(({ column }) => view.keys.includes(column))
  const shown = [
    ...query.columns.map(column => `${masked(column)} as ${quoted(column)}`),
    `${withheld.sql} as "~redactions"`,
    ...orders.map((o, i) => `${o.expression} as "~${i}"`),
    ...(view.subject ? [`${columnSql(view.subject)} as "~learner"`, 'p.position as "~position"', 'p.because as "~because"'] : []),
  ].join(', ')
  const counted = typeof kind === 'object' ? masked(kind.countBy) : undefined
  const rowByRow = kind === 'byLearner' || (kind === 'page' && byKeys)
  const from = `${sourceOf(view, guards, look, places, rowByRow)} where ${conditions.join(' and ')}`
  const sql = {
    page: () => `select ${shown} from ${from} order by ${ordered} limit ${bucket(query.first)}`,
    byLearner:
      () => `select * from (select ${shown}, row_number() over (partition by ${columnSql(view.subject!)} order by ${ordered}) as "~n",
      ${query.totalCount ? `count(*) over (partition by ${columnSql(view.subject!)})` : 'null'} as "~count" from ${from}) t where "~n" <= ${bucket(query.first)} order by "~learner", "~n"`,
    count: () => `select count(*) as count from ${from}`,
    countBy: () => `select ${counted} as value, count(*) as count from ${from} group by 1 order by 2 desc, 1 limit 1000`,
  }
  const text = `${withOf(view, look, places, query)}${sql[typeof kind === 'string' ? kind : 'countBy']()}`
  return {
    sql: text,
    name: `read_${createHash('sha256').update(text).digest('base64url').slice(0, 24)}`,
    columns: query.columns,
    redactionsOf: withheld.redactionsOf,
  }
}

/** One flag for all columns that are guarded alike. */
function withheldOf(
  view: ReadableView,
  guards: Guards,
  columns: readonly string[],
): { sql: string; redactionsOf: Statement['redactionsOf'] } {
  const flags: string[] = []
  const redactions: (Redaction & { flag: number })[] = []
  for (const column of columns) {
    const { category, from } = view.columns[column] ?? {}
    if (!view.subject || !category || from === 'existence') continue
    const condition = `${guards.existence(category)} and not ${guards.of(column)}`
    if (!flags.includes(condition)) flags.push(condition)
    redactions.push({ column, category, reason: 'level', flag: flags.indexOf(condition) })
  }
  if (flags.length > 50) throw new Error(`View ${view.name} has too many kinds of columns to read at once`)
  const known = new Map<number, readonly Redaction[]>()
  return {
    sql: flags.map((condition, i) => `case when ${condition} then ${2 ** i}::bigint else 0 end`).join(' + ') || '0',
    redactionsOf(told) {
      let found = known.get(told)
      if (!found) {
        found = redactions.filter(({ flag }) => Math.floor(told / 2 ** flag) % 2 === 1).map(({ flag: _, ...each }) => each)
        known.set(told, found)
      }
      return found
    },
  }
}

/** A page's end is in the text, so that the planner knows it is small; a few sizes, so that few texts are prepared. One more row tells of a next page. */
export const bucket = (first: number): number => [2, 11, 21, 51, 101].find(size => size > first)!

/** The person still holds the role, and it has not just been written that they do not. */
export const viewerHolds = `($4::timestamptz is null or ${now} < $4::timestamptz) and (select w.bits from withheld w) <> -1`

/**
 * Rows with what the viewer holds on their learner. `rowByRow` where few rows are asked for in the order of an index: then the entitlement is looked
 * up for each row as it comes, whatever the planner thinks of joins.
 */
function sourceOf(view: ReadableView, guards: Guards, look: Look, { schema, shared }: Places, rowByRow: boolean): string {
  const table = `${quoted(view.audience === 'everyone' ? shared : schema)}.${quoted(sqlName(view.name))} v`
  if (!view.subject) return table
  const learner = columnSql(view.subject)
  return `${table}
    ${needsAssignment(look) ? `join mine m on m.learner_id = ${learner}` : ''}
    join lateral (select ${['e.position', `nullif(e.because, '[]')::text as because`, guards.worked].filter(Boolean).join(', ')} from ${quoted(schema)}.entitlements e ${withDenied}
      where e.learner_id = ${learner} and e.agency_id = $2::text and e.role = ${literally(look.role, 'code')}
        and ${isLooked(look)} and e.valid_from <= ${now} and e.valid_until > ${now}${rowByRow ? ' offset 0' : ''}) p on true`
}

/**
 * What is denied just now to this viewer, whatever the entitlements still say: by learner, and of everybody (every bit: even to be here). Few at any
 * time, for they go once the models have read as far; looked up once for a statement.
 */
export const deniedOf = ({ role, purpose, emergency }: Look): string =>
  `denials as materialized (select n.learner_id, n.categories, n.agreement_id from sharing.denials_here n
    where (n.agency_id is null or n.agency_id = $2::text) and (n.user_id is null or n.user_id = $3::text)
      and (n.role is null or n.role = ${literally(role, 'code')}) and ${emergency ? 'n.purpose is null' : `(n.purpose is null or n.purpose = ${literally(purpose, 'code')})`}
      and n.starts_at <= ${now} and n.expires_at > ${now}),
    denied as materialized (select n.learner_id, bit_or(n.categories) as bits from denials n where n.agreement_id is null group by n.learner_id),
    withheld as materialized (select coalesce(bit_or(d.bits), 0) as bits from denied d where d.learner_id = ${literally(everybody, 'code')})`

/**
 * Beside an entitlement `e`: what is denied of the learner, of everybody, and of what rests on an agreement that is just being ended. Where none is,
 * nobody looks on what an entitlement rests.
 */
export const withDenied = `left join denied d on d.learner_id = e.learner_id cross join withheld w
  cross join lateral (select case when exists (select from denials n where n.agreement_id is not null) then
    (select coalesce(bit_or(n.categories & (1 << (substr(b ->> 'category', 2)::int - 1))), 0) from denials n, jsonb_array_elements(e.because) b
      where b ->> 'rule' = 'agreement' and b ->> 'ref' = n.agreement_id) else 0 end as bits) a`

/** Whether something may be kept from one person of the role alone: then their assignment tells what. No guardian sees anything in an emergency. */
export const keepsFrom = ({ role, emergency }: Pick<Look, 'role' | 'emergency'>): boolean => role === 'guardian' && !emergency

/** The learners the person works with, where the role needs that: few, and found first. */
export function mineOf(role: Role, schema: string, some: boolean): string {
  const kinds = assignmentKinds.filter(kind => counts(role, kind))
  return `mine as materialized (select a.learner_id, bool_or(a.kind = 'class') as own_class${keepsFrom({ role, emergency: false }) ? ', bit_or(a.kept) as kept' : ''} from ${quoted(schema)}.assignments a
    where (a.user_id = $3::text or a.user_id is null) and a.agency_id = $2::text and (a.role = ${literally(role, 'code')} or a.role is null)
      and a.kind = any(${literally(kinds, 'code')}) and a.valid_from <= ${now} and a.valid_until > ${now}${some ? ' and a.learner_id = any($5::text[])' : ''}
    group by a.learner_id)`
}

function withOf(view: ReadableView, look: Look, { schema }: Places, { learnerIds }: PreparedQuery): string {
  const mine = view.subject && needsAssignment(look) ? `, ${mineOf(look.role, schema, learnerIds !== undefined)}` : ''
  return `with ${deniedOf(look)}${mine} `
}

interface OrderSql {
  readonly expression: string
  readonly type: string
  readonly descending: boolean
  /** Never null. */
  readonly always: boolean
}

/** Rows after the place that the last parameters name, in this order, with what is not there at the end. */
function beyond(orders: readonly OrderSql[], parameters: Parameters): string {
  const places = orders.map(({ type }) => {
    parameters.values.push(type)
    return `$${parameters.values.length}::${type}`
  })
  return anyOf(
    orders.map(({ expression, descending, always }, i) => {
      const same = orders.slice(0, i).map((o, j) => `${o.expression} is not distinct from ${places[j]}`)
      const greater = `${expression} ${descending ? '<' : '>'} ${places[i]}`
      // Plain for keys, so that their index finds the place.
      const after = always ? greater : `(${places[i]} is not null and (${greater} or ${expression} is null))`
      return `(${[...same, after].join(' and ')})`
    }),
  )
}

/** The values of a condition in the order in which {@link toSql} writes them. */
export function valuesOf(node: Node | undefined): unknown[] {
  if (!node) return []
  switch (node.op) {
    case 'and':
    case 'or':
      return node.of.flatMap(valuesOf)
    case 'not':
      return valuesOf(node.of)
    case 'in':
    case 'nin':
      return [node.values]
    default:
      return node.value === null ? [] : [node.value]
  }
}

/** A condition without its values: what two queries share that one statement can answer. */
export function shapeOf(node: Node | undefined): unknown {
  if (!node) return null
  switch (node.op) {
    case 'and':
    case 'or':
      return [node.op, ...node.of.map(shapeOf)]
    case 'not':
      return ['not', shapeOf(node.of)]
    case 'in':
    case 'nin':
      return [node.op, node.field]
    default:
      return [node.op, node.field, node.value === null]
  }
}
