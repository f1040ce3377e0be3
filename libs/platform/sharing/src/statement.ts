import { createHash } from 'node:crypto'
import { existenceOf, policyFields, ReadAbility, type ReadableView, rulesFor } from './ability.js'
import { type ColumnType, sqlName, sqlTypes } from './columns.js'
import { anyOf, collated, literally, Parameters, toSql } from './compile.js'
import { type Condition, type Node, understand } from './conditions.js'
import { everybody } from './deny-list.js'
import { educationOrEmployment, bitOf, has, type PeriodRanks } from './permission.js'
import { type PreparedBelow, type PreparedQuery, type Redaction, typeOf } from './query.js'
import { circumstances } from './readings.js'
import { counts, roleTerms } from './roles.js'
import { assignmentKinds, emergencyOf } from './entitlement.js'
import { categories, type Category, type Purpose, type Role } from './vocabulary.js'

/** A statement that can be run for anybody in the role: all that differs from call to call is a parameter. */
export interface Statement {
  readonly sql: string
  /** Of the prepared statement: the same text has the same name. */
  readonly name: string
  /** What a row tells to be there and withheld, by its `~redactions`. */
  readonly redactionsOf: (flags: number) => readonly Redaction[]
  /** What stands in `~below0`, `~below1`, …: a JSON array of rows, each an array. */
  readonly below: readonly RowsBelow[]
}
/** Rows as arrays of texts: of the columns that are asked for, `~redactions`, the place in the order, and the count where that is asked for. */
export interface RowsBelow {
  /** What each text says. */
  readonly types: readonly ColumnType[]
  readonly redactionsOf: Statement['redactionsOf']
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
 * Where the rules' fields stand: `of` carries what the viewer holds on the learner and what is denied of it (a bit for each category), `v` is the row.
 * What is kept from one person alone is denied to them as what is on the deny list is.
 */
function policySql(view: ReadableView, of: 'h' | 't'): (field: string) => string {
  const fields = new Map<string, string>()
  // Of nearly nobody is anything held of one period alone: then no more is looked at than whether it is.
  const ofRow = (levels: string, which: keyof PeriodRanks) =>
    `(case when ${of}.periods is null then ${of}.${levels} else sharing.levels_within(${of}.${levels}, ${of}.periods, '${which}', v.first_day, v.last_day) end)`
  categories.forEach((category, i) => {
    fields.set(`level${category}`, `${ofRow('levels', 'levels')}[${i + 1}]`)
    fields.set(`ownLevel${category}`, `${ofRow('own_levels', 'ownLevels')}[${i + 1}]`)
    fields.set(`denied${category}`, `((${of}.denied & ${bitOf(category)}) <> 0)`)
  })
  fields.set('own', 'coalesce($2 = any(v.owner_agency_ids), false)')
  fields.set('ownClass', `${of}.own_class`)
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
 * For each column the one predicate that guards it wherever it is used. Columns share their predicates, so each is worked out once for a row (`p`)
 * and used by its name.
 */
class Guards {
  private readonly ability: ReadAbility
  private readonly at: (field: string) => string
  private readonly names = new Map<string, string>()
  constructor(
    private readonly view: ReadableView,
    private readonly look: Look,
    private readonly by: Parts,
    of: 'h' | 't' = 'h',
  ) {
    this.ability = new ReadAbility(by.rulesFor(look.role, look.purpose, view), view.name)
    this.at = policySql(view, of)
  }

  of(column: string): string {
    if (!this.view.subject) return 'true'
    return this.named(anyOf(this.ability.waysTo(column).map(node => this.by.toSql(node, this.at, literally))))
  }
  /** What stands beside the row: every predicate that was asked for, under its name. Worked out once, whatever the planner thinks of that. */
  get worked(): string {
    if (this.names.size === 0) return ''
    return `cross join lateral (select ${[...this.names].map(([predicate, name]) => `${predicate} as ${name}`).join(', ')} offset 0) p`
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
    const condition = existenceOf(category, this.look.role)
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

/** What is asked of a view: a page of it, the first rows below each of the learners, or a count. */
export type Kind = 'page' | 'byLearner' | 'count' | { readonly countBy: string }

/** What the parts of one statement have in common. */
interface Reading {
  readonly look: Look
  readonly places: Places
  readonly by: Parts
  readonly parameters: Parameters
}

/** Reading one view, and what stands below its rows: all of it in one statement. */
export function selectOf(
  view: ReadableView,
  look: Look,
  query: PreparedQuery,
  places: Places,
  kind: Kind,
  by: Parts = parts,
): Statement {
  const parameters = new Parameters(...firstParameters, ...(query.learnerIds ? ['learnerIds'] : []))
  const reading: Reading = { look, places, by, parameters }
  const { sql, ...told } = kind === 'byLearner' ? selectByLearner(view, query, reading) : selectRows(view, query, kind, reading)
  const text = `${withOf(view, look, places, query)}${sql}`
  return { sql: text, name: `read_${createHash('sha256').update(text).digest('base64url').slice(0, 24)}`, ...told }
}
type Told = Pick<Statement, 'sql' | 'redactionsOf' | 'below'>

function selectRows(view: ReadableView, query: PreparedQuery, kind: Exclude<Kind, 'byLearner'>, reading: Reading): Told {
  const { look, places, parameters } = reading
  const guards = new Guards(view, look, reading.by)
  const shown = shownOf(view, query, guards, reading)
  const counted = typeof kind === 'object' ? guards.masked(kind.countBy) : undefined
  const conditions = [viewerHolds, ...shown.conditions]
  if (query.after !== undefined) conditions.push(beyond(shown.orders, parameters))
  if (query.learnerIds && view.subject) conditions.push(`${columnSql(view.subject)} = any($5::text[])`)
  const below = query.below.map((each, i) => rowsBelow(each, i, reading))
  const rowByRow = kind === 'page' && query.orderBy.every(({ column }) => view.keys.includes(column))
  const learner = view.subject && columnSql(view.subject)
  const held = learner ? heldOn(learner, look, places, rowByRow) : ''
  const from = `${tableOf(view, places)} ${held} ${guards.worked} where ${conditions.join(' and ')}`
  const page = () => {
    const subject = learner ? [`${learner} as "~learner"`, 'h.position as "~position"', 'h.because as "~because"'] : []
    const columns = [...shown.columns.map(({ name, sql }) => `${sql} as ${quoted(name)}`), ...subject]
    const rows = (more: readonly string[] = []) =>
      `select ${[...columns, ...more].join(', ')} from ${from} order by ${shown.ordered} limit ${bucket(query.first)}`
    if (below.length === 0) return rows()
    const names = [...shown.columns.map(({ name }) => name), '~learner', '~position', '~because']
    const again = shown.orders.map(({ descending }, i) => `t."~${i}"${descending ? ' desc' : ''} nulls last`)
    return `${withBelow(names, rows(carried), below)} order by ${again.join(', ')}`
  }
  const texts = {
    page,
    count: () => `select count(*) as count from ${from}`,
    countBy: () => `select ${counted} as value, count(*) as count from ${from} group by 1 order by 2 desc, 1 limit 1000`,
  }
  return { sql: texts[typeof kind === 'string' ? kind : 'countBy'](), redactionsOf: shown.redactionsOf, below }
}

/** For each of the learners of whom the viewer may know, their rows as if they stood below a page. */
function selectByLearner(view: ReadableView, query: PreparedQuery, reading: Reading): Told {
  const { look, places } = reading
  const below = [rowsBelow({ view, query }, 0, reading)]
  const rows = `select l.learner_id as "~learner", h.position as "~position", h.because as "~because", ${carried.join(', ')}
    from unnest($5::text[]) l(learner_id) ${heldOn('l.learner_id', look, places, true)} where ${viewerHolds}`
  return { sql: withBelow(['~learner', '~position', '~because'], rows, below), redactionsOf: () => [], below }
}

const withBelow = (names: readonly string[], rows: string, below: readonly (RowsBelow & { readonly sql: string })[]): string =>
  `select ${[...names.map(name => `t.${quoted(name)}`), ...below.map((_, i) => `b${i}.rows as "~below${i}"`)].join(', ')}
    from (${rows}) t ${below.map(({ sql }) => sql).join(' ')}`

/** What is shown of each row, and which rows there are. */
interface Shown {
  readonly columns: readonly { readonly name: string; readonly sql: string; readonly type: ColumnType }[]
  readonly orders: readonly OrderSql[]
  readonly ordered: string
  readonly conditions: readonly string[]
  readonly redactionsOf: Statement['redactionsOf']
}
function shownOf(view: ReadableView, query: PreparedQuery, guards: Guards, { by, parameters }: Reading): Shown {
  const masked = (column: string) => guards.masked(column)
  const withheld = withheldOf(view, guards, query.columns)
  const orders = query.orderBy.map(({ column, descending }) => ({
    // A row that is there tells its keys: then the index of the keys gives the order.
    expression: view.keys.includes(column) ? columnSql(column) : collated(masked(column), typeOf(view, column)),
    type: typeOf(view, column),
    descending,
    always: view.keys.includes(column),
  }))
  return {
    columns: [
      ...query.columns.map(column => ({ name: column, sql: masked(column), type: typeOf(view, column) })),
      { name: '~redactions', sql: withheld.sql, type: 'int' },
      ...orders.map(({ expression, type }, i) => ({ name: `~${i}`, sql: expression, type })),
    ],
    orders,
    ordered: orders.map(o => `${o.expression}${o.descending ? ' desc' : ''} nulls last`).join(', '),
    conditions: [guards.row(query.columns), ...(query.where ? [by.toSql(query.where, masked, parameters.write)] : [])],
    redactionsOf: withheld.redactionsOf,
  }
}

/** The first rows about the learner of each row `t`, which carries what the viewer holds on them. */
function rowsBelow({ view, query }: PreparedBelow, i: number, reading: Reading): RowsBelow & { readonly sql: string } {
  const guards = new Guards(view, reading.look, reading.by, 't')
  const { columns: shown, conditions, ordered, redactionsOf } = shownOf(view, query, guards, reading)
  const count = { sql: 'count(*) over ()', type: 'int' } as const
  const columns = query.totalCount ? [...shown, count] : shown
  // Texts: to tell the type of each value of each row would cost more than the values.
  const texts = columns.map(({ sql, type }) => `(${type === 'texts' ? `to_json(${sql})` : sql})::text`)
  return {
    sql: `left join lateral (select json_agg(c.row) as rows from (select array[${texts.join(', ')}] as row
      from ${tableOf(view, reading.places)} ${guards.worked} where ${columnSql(view.subject!)} = t."~learner" and ${conditions.join(' and ')}
      order by ${ordered} limit ${bucket(query.first)}) c) b${i} on true`,
    types: columns.map(({ type }) => type),
    redactionsOf,
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
export const bucket = (first: number): number => [2, 4, 6, 11, 21, 51, 101].find(size => size > first)!

/** The person still holds the role, and it has not just been written that they do not. */
export const viewerHolds = `($4::timestamptz is null or ${now} < $4::timestamptz) and (select w.bits from withheld w) <> -1`

const tableOf = ({ name, audience }: ReadableView, { schema, shared }: Places): string =>
  `${quoted(audience === 'everyone' ? shared : schema)}.${quoted(sqlName(name))} v`

/** What the rules ask of a learner, as the rows below carry it on. */
const carried = ['h.levels', 'h.own_levels', 'h.periods', 'h.denied', 'h.own_class']

/**
 * Beside each learner, what the viewer holds on them (`h`); of whom they hold nothing, nothing is there. `rowByRow` where few are asked for in the
 * order of an index: then the entitlement is looked up for each row as it comes, whatever the planner thinks of joins.
 */
const heldOn = (learner: string, look: Look, { schema }: Places, rowByRow: boolean): string =>
  `${needsAssignment(look) ? `join mine m on m.learner_id = ${learner}` : ''}
    join lateral (select e.position, nullif(e.because, '[]')::text as because, e.levels, e.own_levels, e.periods, ${deniedBits(look)} as denied,
      ${needsAssignment(look) ? 'm.own_class' : 'false'} as own_class from ${quoted(schema)}.entitlements e ${withDenied}
      where e.learner_id = ${learner} and e.agency_id = $2::text and e.role = ${literally(look.role, 'code')}
        and ${isLooked(look)} and e.valid_from <= ${now} and e.valid_until > ${now}${rowByRow ? ' offset 0' : ''}) h on true`

/**
 * What is denied just now to this viewer, whatever the entitlements still say: by learner, and of everybody (every bit: even to be here). Few at any
 * time, for they go once the models have read as far; looked up once for a statement.
 */
export const deniedOf = ({ role, purpose, emergency }: Look): string =>
  `denials as materialized (select n.learner_id, n.categories, n.agreement_id from sharing.denials_here n
    where (n.agency_id is null or n.agency_id = $2::text) and (n.user_id is null or n.user_id = $3::text)
      and n.except_user_id is distinct from $3::text and (n.role is null or n.role = ${literally(role, 'code')}) and ${emergency ? 'n.purpose is null' : `(n.purpose is null or n.purpose = ${literally(purpose, 'code')})`}
      and n.starts_at <= ${now} and n.expires_at > ${now}),
    denied as materialized (select n.learner_id, bit_or(n.categories) as bits from denials n where n.agreement_id is null group by n.learner_id),
    withheld as materialized (select coalesce(bit_or(d.bits), 0) as bits from denied d where d.learner_id = ${literally(everybody, 'code')})`

/**
 * Beside an entitlement `e`: what is denied of the learner, of everybody, and of what rests on an agreement that is just being ended. Where none is,
 * nobody looks on what an entitlement rests.
 */
export const withDenied = `left join denied d on d.learner_id = e.learner_id
  cross join lateral (select case when exists (select from denials n where n.agreement_id is not null) then
    (select coalesce(bit_or(n.categories & (1 << (substr(b ->> 'category', 2)::int - 1))), 0) from denials n, jsonb_array_elements(e.because) b
      where b ->> 'rule' = 'agreement' and b ->> 'ref' = n.agreement_id) else 0 end as bits offset 0) a`

/** With {@link withDenied}: what is denied of the learner, a bit for each category. */
export const deniedBits = (look: Look): string =>
  `coalesce(d.bits, 0) | (select w.bits from withheld w) | a.bits${keepsFrom(look) ? ' | coalesce(m.kept, 0)' : ''}`

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
  readonly type: ColumnType
  readonly descending: boolean
  /** Never null. */
  readonly always: boolean
}

/** Rows after the place that the last parameters name, in this order, with what is not there at the end. */
function beyond(orders: readonly OrderSql[], parameters: Parameters): string {
  const places = orders.map(({ type }) => {
    parameters.values.push(type)
    return `$${parameters.values.length}::${sqlTypes[type]}`
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
