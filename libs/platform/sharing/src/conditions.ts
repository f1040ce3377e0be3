import type { ColumnType } from './columns.js'

/**
 * The one language in which rules and filters are written: fields compared with values, joined by and, or, not. Everything else is refused
 * where it is read, never ignored: a rule that nobody understands must not fail open.
 *
 *     { status: { in: ['agreed', 'active'] }, not: { dueDate: { lt: '2026-01-01' } } }
 *
 * Several properties mean all of them. `null` stands for "nothing there": `eq null`, `ne null`; a comparison with nothing there is false.
 */
export type Condition = { readonly [fieldOrJoin: string]: unknown }

export type FieldTypes = Readonly<Record<string, ColumnType>>
export type Scalar = string | number | boolean
export type Comparison = 'eq' | 'ne' | 'lt' | 'lte' | 'gt' | 'gte'

/** A condition that was understood. */
export type Node =
  | { readonly op: 'and' | 'or'; readonly of: readonly Node[] }
  | { readonly op: 'not'; readonly of: Node }
  | { readonly op: Comparison; readonly field: string; readonly type: ColumnType; readonly value: Scalar | null }
  | { readonly op: 'in' | 'nin'; readonly field: string; readonly type: ColumnType; readonly values: readonly Scalar[] }

/** A filter, sort or cursor that cannot be followed. Names fields and operators, never values. */
export class BadQuery extends Error {
  readonly code = 'QUERY.INVALID'
  constructor(
    readonly what: string,
    readonly next = 'Correct the query.',
  ) {
    super(`${what} ${next}`)
  }
}

const limits = { depth: 8, nodes: 100, values: 200, characters: 1_000 }
const orderless = new Set<ColumnType>(['bool'])
const opaque = new Set<ColumnType>(['texts', 'json'])

/** @throws BadQuery on anything that is not the language above, on unknown fields, undefined values, wrong types, or too much of it. */
export function understand(fields: FieldTypes, condition: Condition): Node {
  let nodes = 0
  const read = (raw: unknown, depth: number): Node => {
    if (!isPlain(raw)) throw new BadQuery('A condition is an object.')
    if (depth > limits.depth) throw new BadQuery(`Conditions nest ${limits.depth} deep at most.`)
    const entries = Object.entries(raw)
    // An empty condition would match everything.
    if (entries.length === 0) throw new BadQuery('A condition says something.', 'Leave it out instead.')
    const parts = entries.map(([name, value]) => part(name, value, depth))
    return parts.length === 1 ? parts[0]! : { op: 'and', of: parts }
  }
  const part = (name: string, value: unknown, depth: number): Node => {
    if (++nodes > limits.nodes) throw new BadQuery(`A condition has ${limits.nodes} parts at most.`)
    if (name === 'and' || name === 'or') {
      if (!Array.isArray(value) || value.length === 0) throw new BadQuery(`"${name}" joins a list of at least one condition.`)
      return { op: name, of: value.map(item => read(item, depth + 1)) }
    }
    if (name === 'not') return { op: 'not', of: read(value, depth + 1) }
    if (!Object.hasOwn(fields, name)) throw new BadQuery(`There is no field "${printable(name)}" to compare.`)
    if (opaque.has(fields[name]!)) throw new BadQuery(`Field "${name}" can be read but not compared.`)
    if (!isPlain(value)) throw new BadQuery(`Field "${name}" needs an operator.`, `Write { ${name}: { eq: … } }.`)
    const comparisons = Object.entries(value)
    if (comparisons.length === 0) throw new BadQuery(`Field "${name}" needs an operator.`)
    const of = comparisons.map(([op, operand]) => compare(name, fields[name]!, op, operand))
    nodes += of.length - 1
    return of.length === 1 ? of[0]! : { op: 'and', of }
  }
  return read(condition, 1)
}

function compare(field: string, type: ColumnType, op: string, operand: unknown): Node {
  switch (op) {
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte':
      if (orderless.has(type) || operand === null) throw new BadQuery(`Field "${field}" cannot be compared by ${op} with that.`)
      return { op, field, type, value: scalar(field, type, operand) }
    case 'eq':
    case 'ne':
      return { op, field, type, value: operand === null ? null : scalar(field, type, operand) }
    case 'in':
    case 'nin':
      if (!Array.isArray(operand) || operand.length > limits.values)
        throw new BadQuery(`"${op}" takes a list of at most ${limits.values} values.`)
      return { op, field, type, values: operand.map(value => scalar(field, type, value)) }
    default:
      throw new BadQuery(`There is no operator "${printable(op)}".`, 'Use eq, ne, in, nin, lt, lte, gt or gte.')
  }
}

const day = /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/
const instant = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?Z$/

function scalar(field: string, type: ColumnType, value: unknown): Scalar {
  const fits =
    type === 'bool'
      ? typeof value === 'boolean'
      : type === 'int'
        ? Number.isSafeInteger(value)
        : type === 'num'
          ? Number.isFinite(value)
          : typeof value === 'string' && fitsText(type, value)
  if (!fits) throw new BadQuery(`Field "${field}" is compared with ${wanted[type]}.`)
  return value as Scalar
}

function fitsText(type: ColumnType, value: string): boolean {
  if (type === 'day') return isDay(value)
  if (type === 'instant') return instant.test(value) && isOnCalendar(value.slice(0, 10))
  // PostgreSQL keeps no NUL, and half a surrogate pair has no UTF-8.
  return value.length <= limits.characters && !value.includes('\0') && value.isWellFormed()
}
/** Whether it is a day of the calendar, written `2026-03-01`. */
export const isDay = (value: string): boolean => day.test(value) && isOnCalendar(value)
const isOnCalendar = (value: string) => value >= '0001-01-01' && new Date(`${value}T00:00:00Z`).toISOString().startsWith(value)

const textsOf = `text of at most ${limits.characters} whole characters, none of them NUL`
const wanted: Readonly<Record<ColumnType, string>> = {
  id: textsOf,
  code: textsOf,
  text: textsOf,
  day: 'a day such as 2026-03-01',
  instant: 'an instant such as 2026-03-01T09:30:00Z',
  int: 'a whole number',
  num: 'a number',
  bool: 'true or false',
  texts: 'nothing',
  json: 'nothing',
}

/** Whether the row is as the condition says. @throws where the row does not tell a field: unknown is not the same as nothing there. */
export function matches(node: Node, row: Readonly<Record<string, unknown>>): boolean {
  switch (node.op) {
    case 'and':
      return node.of.every(part => matches(part, row))
    case 'or':
      return node.of.some(part => matches(part, row))
    case 'not':
      return !matches(node.of, row)
    case 'in':
    case 'nin': {
      const value = told(row, node.field)
      return (value !== null && node.values.some(v => order(node.type, value, v) === 0)) === (node.op === 'in')
    }
    default: {
      const value = told(row, node.field)
      if (node.op === 'eq' || node.op === 'ne') {
        const same = value === null || node.value === null ? value === node.value : order(node.type, value, node.value) === 0
        return same === (node.op === 'eq')
      }
      if (value === null) return false
      const by = order(node.type, value, node.value!)
      return node.op === 'lt' ? by < 0 : node.op === 'lte' ? by <= 0 : node.op === 'gt' ? by > 0 : by >= 0
    }
  }
}

function told(row: Readonly<Record<string, unknown>>, field: string): unknown {
  const value = Object.hasOwn(row, field) ? row[field] : undefined
  if (value === undefined) throw new Error(`The row does not tell "${field}"; a rule about it would fail open`)
  return value
}

/** Negative, zero or positive, as the database orders values of the type: text by its UTF-8 bytes. */
export function order(type: ColumnType, a: unknown, b: unknown): number {
  switch (type) {
    case 'int':
      return typeof a === 'number' && typeof b === 'number' ? a - b : Number(BigInt(a as string) - BigInt(b as string))
    case 'num':
      return (a as number) - (b as number)
    case 'bool':
      return Number(a) - Number(b)
    case 'instant':
      return byText(micros(a as string), micros(b as string))
    case 'day':
      return byText(a as string, b as string)
    default:
      return Buffer.compare(Buffer.from(a as string), Buffer.from(b as string))
  }
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
/** `2026-03-01T09:30:00Z` → `2026-03-01T09:30:00000000` */
const micros = (text: string) => text.slice(0, 19) + text.slice(20, -1).padEnd(6, '0')

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && [Object.prototype, null].includes(Object.getPrototypeOf(value))
const printable = (name: string) => name.replace(/[^\w.$-]/g, '?').slice(0, 60)
