import { Fault } from './reading.js'

/** How one column is read. `read` is not called on an empty cell: that is `undefined`, or a fault where a value is required. */
export interface Column<T> {
  readonly read: (text: string) => T
  readonly required: boolean
  /** What an empty cell means, where that is not `undefined`. */
  readonly whenEmpty?: T
  /** The entity that the value, or each value of the list, names. */
  readonly refersTo?: string
  /** Where the partner sends no such file at all, the reference is not checked: nothing of ours hangs on it. */
  readonly uncheckedWhenAbsent?: boolean
}
export type Columns = Readonly<Record<string, Column<unknown>>>
export type RowOf<C extends Columns> = { readonly [K in keyof C]: C[K] extends Column<infer T> ? T : never }

const optional = <T>(read: (text: string) => T): Column<T | undefined> => ({ read, required: false })
export const required = <T>(column: Column<T | undefined>): Column<T> => ({ ...column, required: true }) as Column<T>

/** Longer text is where diagnoses leak; what is published about services may be longer. */
export const text = (max = 500) =>
  optional(value => {
    if (value.length > max) throw new Fault('VALUE.TOO_LONG', `The value has more than ${max} characters.`)
    return value
  })
/** An id of the partner's. */
export const externalId = () => text(255)

export const matching = (pattern: RegExp, form: string) =>
  optional(value => {
    if (!pattern.test(value)) throw new Fault('VALUE.MALFORMED', `The value is not ${form}.`)
    return value
  })
export const uuid = () => matching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i, 'a UUID')
export const uri = () => matching(/^[a-z][a-z0-9+.-]*:[^\s]{1,500}$/i, 'a URI')
export const email = () => matching(/^[^\s@]{1,64}@[^\s@]{1,255}$/, 'an e-mail address')
export const time = () => matching(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$/, 'a time hh:mm:ss')

/** A day that is in the calendar, `2026-03-01`; a midnight time behind it is accepted and left out. */
export const day = () => optional(readDay)
export function readDay(value: string): string {
  const [, date] = /^(\d{4}-\d{2}-\d{2})(?:T00:00:00(?:\.0+)?(?:Z|[+-]00:?00)?)?$/.exec(value) ?? []
  if (!date) throw new Fault('VALUE.MALFORMED', 'The value is not a day YYYY-MM-DD.')
  if (!isCalendarDay(date)) throw new Fault('VALUE.NO_SUCH_DAY', 'There is no such day in the calendar.')
  return date
}
export function isCalendarDay(date: string): boolean {
  let known = calendar.get(date)
  if (known === undefined) {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return false
    const at = new Date(`${date}T00:00:00Z`)
    known = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(date) && date >= '1850-01-01'
    if (calendar.size > 50_000) calendar.clear()
    calendar.set(date, known)
  }
  return known
}
/** Days repeat: a file of a million rows has a few thousand of them. */
const calendar = new Map<string, boolean>()
/** An instant, given with or without an offset (then UTC), kept in UTC. */
export const instant = () =>
  optional(value => {
    const [, date, clock, offset] =
      /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?$/.exec(value) ?? []
    const at = date && isCalendarDay(date) ? new Date(`${date}T${clock}${offset ?? 'Z'}`) : undefined
    if (!at || Number.isNaN(at.getTime())) throw new Fault('VALUE.MALFORMED', 'The value is not an instant of ISO 8601.')
    return at.toISOString()
  })

/** Undefined where it is neither. */
export const isTrue = (value: string): boolean | undefined =>
  /^(true|1)$/i.test(value) ? true : /^(false|0)$/i.test(value) ? false : undefined
export const bool = () =>
  optional(value => {
    const is = isTrue(value)
    if (is === undefined) throw new Fault('VALUE.MALFORMED', 'The value is neither true nor false.')
    return is
  })
export const decimal = (min = -Infinity, max = Infinity) =>
  optional(value => {
    const number = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value) ? Number(value) : NaN
    if (!Number.isFinite(number)) throw new Fault('VALUE.MALFORMED', 'The value is not a number.')
    if (number < min || number > max) throw new Fault('VALUE.OUT_OF_RANGE', `The value is not between ${min} and ${max}.`)
    return number
  })
export const integer = (min: number, max: number) =>
  optional(value => {
    const number = decimal(min, max).read(value)!
    if (!Number.isInteger(number)) throw new Fault('VALUE.MALFORMED', 'The value is not a whole number.')
    return number
  })

/** One of the standard's words. `extended`: others too where they match, such as `ext:…` in OneRoster 1.2. */
export const oneOf = <const V extends readonly string[]>(words: V, extended?: RegExp) => {
  const known = new Map(words.map(word => [word.toLowerCase(), word]))
  return optional(value => {
    // Partners write the words of a standard in whatever case.
    const word = known.get(value.toLowerCase()) ?? (extended?.test(value) ? value : undefined)
    if (word === undefined) throw new Fault('VALUE.NOT_IN_LIST', `The value is none of: ${words.join(', ')}.`)
    return word as V[number]
  })
}

/** Several values in one cell, separated by commas. */
export const list = <T>(column: Column<T | undefined>): Column<readonly T[]> => ({
  required: false,
  whenEmpty: [],
  ...(column.refersTo && { refersTo: column.refersTo, uncheckedWhenAbsent: column.uncheckedWhenAbsent }),
  read: value =>
    value
      .split(',')
      .map(part => part.trim())
      .filter(part => part !== '')
      .map(part => column.read(part) as T),
})

export const ref = (refersTo: string, form: Column<string | undefined> = externalId()): Column<string | undefined> => ({
  ...form,
  refersTo,
})
/** A reference on which nothing of ours hangs: checked where the partner sends that file. */
export const looseRef = (refersTo: string, form?: Column<string | undefined>): Column<string | undefined> => ({
  ...ref(refersTo, form),
  uncheckedWhenAbsent: true,
})
