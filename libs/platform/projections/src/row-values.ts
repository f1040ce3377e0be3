import { Erased } from '@passerelle/keyring'
import type { PlannedColumn } from './view-plan.js'

/** A fold gave something that the view does not declare. Names the view and the column, never the value. */
export class FoldFault extends Error {
  readonly code = 'PROJECTION.FOLD'
}

/**
 * The value as it will be read back: erased is null, instants in one form. So a fold sees the same row whether it was kept in memory
 * or read from the hub in between. @throws FoldFault
 */
export function normalise({ column, property }: PlannedColumn, value: unknown, someErased: boolean): unknown {
  if (value === null || value instanceof Erased) return null
  switch (column.type) {
    case 'id':
    case 'code':
    case 'text':
      if (typeof value === 'string') return value
      break
    case 'day':
      if (typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)) return value
      break
    case 'instant':
      if (typeof value === 'string') return toInstant(value, property)
      break
    case 'int':
      if (Number.isSafeInteger(value)) return value
      break
    case 'num':
      if (typeof value === 'number') return value
      break
    case 'bool':
      if (typeof value === 'boolean') return value
      break
    case 'texts':
      if (Array.isArray(value)) return someErased ? value.map(item => (item instanceof Erased ? null : item)) : value
      break
    case 'json':
      return someErased ? JSON.parse(JSON.stringify(value)) : value
  }
  throw new FoldFault(`Column ${property} is a ${column.type}; the fold gave a ${typeof value}.`)
}

const shortInstant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const longInstant = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z$/

/** With three digits of the second, or up to six where there are more: as PostgreSQL gives it back. */
function toInstant(text: string, property: string): string {
  if (shortInstant.test(text)) return text
  const [, seconds, fraction = ''] = longInstant.exec(text) ?? []
  if (!seconds) throw new FoldFault(`Column ${property} is an instant in UTC; the fold gave other text.`)
  return `${seconds}.${fraction.slice(0, 6).replace(/0+$/, '').padEnd(3, '0')}Z`
}

/** The value as PostgreSQL reads it. */
export function toText({ column }: PlannedColumn, value: unknown): string | null {
  if (value === null) return null
  if (typeof value === 'string' && column.type !== 'json') return value
  if (column.type === 'json') return JSON.stringify(value)
  if (column.type === 'texts') return toArrayText(value as readonly (string | null)[])
  return String(value)
}

export function toArrayText(items: readonly (string | number | null)[]): string {
  let text = '{'
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!
    if (i > 0) text += ','
    if (item === null) text += 'NULL'
    else if (typeof item === 'number') text += item
    else text += /["\\]/.test(item) ? `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"${item}"`
  }
  return `${text}}`
}
