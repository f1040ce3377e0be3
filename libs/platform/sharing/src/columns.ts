import type { Category, Level } from './vocabulary.js'

/** What a column holds, and so its SQL type. `json` and `texts` columns can be read but not filtered or sorted. */
export type ColumnType = 'id' | 'code' | 'text' | 'day' | 'instant' | 'int' | 'num' | 'bool' | 'texts' | 'json'

export const sqlTypes: Readonly<Record<ColumnType, string>> = {
  id: 'text',
  code: 'text',
  text: 'text',
  day: 'date',
  instant: 'timestamptz',
  int: 'bigint',
  num: 'double precision',
  bool: 'boolean',
  texts: 'text[]',
  json: 'jsonb',
}

/** One column of a view: what it holds, what category of data that is, and the least level at which it may be seen. */
export interface Column<T = unknown> {
  readonly type: ColumnType
  /** Part of the row's identity. */
  readonly key: boolean
  /** Holds an agency for which the row counts as its own ("O" in the matrix), besides the one that recorded it: the target of a sent referral. */
  readonly owner: boolean
  /** Holds the learner the row is about. */
  readonly subject: boolean
  readonly category: Category
  readonly from: Exclude<Level, 'none'>
  /** Names the column of the category that the value was sealed with: it is forgotten with that one too. */
  readonly sealedWith?: string
  /** One line for the schema documentation. */
  readonly description: string
  readonly '~value'?: T
}

export type ValueOf<C> = C extends { readonly '~value'?: infer T } ? Exclude<T, undefined> : never

/** `learnerTimeline`, `learner-timeline` → `learner_timeline`: the name in the database of a view or column. */
export const sqlName = (name: string): string => name.replaceAll('-', '_').replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
