import { type ColumnType, sqlTypes } from './columns.js'
import type { Node, Scalar } from './conditions.js'

/** Where a field stands in the statement. The typed list of these is all that can be named: no field name ever reaches the SQL. */
export type Expressions = (field: string) => string

/** Writes a value into the statement: as a parameter, or as a literal where the value is part of the programme. */
export type Write = (value: Scalar | readonly Scalar[], type: ColumnType) => string

/** Values of a statement in the order of their `$n`. */
export class Parameters {
  readonly values: unknown[]
  constructor(...first: unknown[]) {
    this.values = first
  }
  readonly write: Write = (value, type) => {
    this.values.push(value)
    return `$${this.values.length}::${sqlTypes[type]}${Array.isArray(value) ? '[]' : ''}`
  }
}

/** Only for values that stand in the programme text: levels, yes and no, codes. */
export const literally: Write = (value, type) => {
  if (Array.isArray(value)) return `array[${value.map(item => literally(item as Scalar, type)).join(', ')}]::${sqlTypes[type]}[]`
  if (typeof value === 'boolean' || Number.isSafeInteger(value)) return String(value)
  return `'${String(value).replaceAll("'", "''")}'::${sqlTypes[type]}`
}

const operators = { lt: '<', lte: '<=', gt: '>', gte: '>=' } as const

/** Orders as {@link order} does, whatever the database's language is. */
export const collated = (expression: string, type: ColumnType): string =>
  type === 'id' || type === 'code' || type === 'text' ? `${expression} collate "C"` : expression

/**
 * A condition as an SQL predicate that is true or false and never null, so that `not` means what it says: nothing there differs from
 * every value and is neither less nor greater.
 */
export function toSql(node: Node, expressions: Expressions, write: Write): string {
  switch (node.op) {
    case 'and':
    case 'or':
      return `(${node.of.map(part => toSql(part, expressions, write)).join(` ${node.op} `)})`
    case 'not':
      return `(not ${toSql(node.of, expressions, write)})`
    case 'eq':
      return node.value === null
        ? `(${expressions(node.field)} is null)`
        : `(${expressions(node.field)} is not distinct from ${write(node.value, node.type)})`
    case 'ne':
      return node.value === null
        ? `(${expressions(node.field)} is not null)`
        : `(${expressions(node.field)} is distinct from ${write(node.value, node.type)})`
    case 'in':
      return `coalesce(${expressions(node.field)} = any(${write(node.values, node.type)}), false)`
    case 'nin':
      return `(not coalesce(${expressions(node.field)} = any(${write(node.values, node.type)}), false))`
    default:
      return `coalesce(${collated(expressions(node.field), node.type)} ${operators[node.op]} ${write(node.value!, node.type)}, false)`
  }
}

export const anyOf = (predicates: readonly string[]): string => (predicates.length > 0 ? `(${predicates.join(' or ')})` : 'false')
