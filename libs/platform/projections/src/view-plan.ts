import { createHash } from 'node:crypto'
import { type Column, categories, levels, sqlTypes } from '@passerelle/sharing'
import { ownRow, type Row, type View } from './define-view.js'

/** `learnerTimeline`, `learner-timeline` → `learner_timeline` */
export const snakeCase = (name: string): string =>
  name.replaceAll('-', '_').replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)
export const quoted = (name: string): string => `"${name}"`

export interface PlannedColumn {
  readonly property: string
  /** Quoted. */
  readonly sql: string
  readonly column: Column
  /** JSON keeps the order of its properties in the hub, so that a fold sees what it wrote; the agencies have it as in `sqlTypes`. */
  readonly hubType: string
  readonly agencyType: string
}

/** A view with everything about it that is the same for each row: names, SQL types, what it listens to. */
export interface ViewPlan {
  readonly view: View
  readonly name: string
  /** Unquoted: `learner_timeline`. */
  readonly table: string
  readonly columns: readonly PlannedColumn[]
  readonly byProperty: ReadonlyMap<string, PlannedColumn>
  /** Of which columns its rows are, and who may have what of them: where that changed, rows that were made before do not fit, whatever the version. */
  readonly shape: string
  /** A row of which nothing is known. */
  readonly blank: Row
  readonly keys: readonly PlannedColumn[]
  readonly subject: PlannedColumn | undefined
  readonly owners: readonly string[]
  /** Columns that hold a day or an instant. */
  readonly days: readonly PlannedColumn[]
  /** Streams that have a row here: its version follows each of their events, also those that change nothing in it. */
  readonly ownStreams: ReadonlySet<string>
}

/** What the engine keeps with every row of the hub, after the view's own columns. */
export const engineColumns: readonly { readonly sql: string; readonly type: string }[] = [
  { sql: 'owner_agency_ids', type: 'text[] not null' },
  { sql: 'version', type: 'bigint' },
  { sql: 'updated_at', type: 'timestamptz' },
  { sql: 'position', type: 'text collate "C"' },
  // Of which days it tells; in a copy, only for an agency that holds rows of a period alone.
  { sql: 'first_day', type: 'date' },
  { sql: 'last_day', type: 'date' },
]
/** Of these, what agencies have too. */
export const copiedEngineColumns = engineColumns.filter(({ sql }) => sql !== 'position')
const engineProperties = new Set(engineColumns.map(({ sql }) => sql))
const keyTypes = new Set(['id', 'code', 'day', 'int'])

const plans = new WeakMap<View, ViewPlan>()

/** @throws where names would clash, or a key cannot be told by its text. */
export function planOf(view: View): ViewPlan {
  const known = plans.get(view)
  if (known) return known
  const columns = Object.entries(view.columns as Record<string, Column>).map(([property, column]): PlannedColumn => ({
    property,
    sql: quoted(snakeCase(property)),
    column,
    hubType: column.type === 'json' ? 'json' : sqlTypes[column.type],
    agencyType: sqlTypes[column.type],
  }))
  const named = new Set<string>()
  for (const { sql, property } of columns) {
    if (named.has(sql) || engineProperties.has(sql.slice(1, -1)))
      throw new Error(`View ${view.name}: column ${property} has the name of another`)
    named.add(sql)
  }
  const keys = view.keys.map(key => columns.find(c => c.property === key)!)
  for (const key of keys)
    if (!keyTypes.has(key.column.type) && !(keys.length === 1 && key.column.type === 'text'))
      throw new Error(`View ${view.name}: key column ${key.property} must be an id, code, day or int, or alone a text`)
  const ownStreams = new Set<string>()
  for (const [type, handler] of view.on) if (handler.rows === ownRow) ownStreams.add(view.definitions.get(type)!.streamCategory)
  const plan: ViewPlan = {
    view,
    name: view.name,
    table: snakeCase(view.name),
    columns,
    shape: shapeOf(view, columns),
    byProperty: new Map(columns.map(c => [c.property, c])),
    blank: Object.fromEntries(columns.map(c => [c.property, null])),
    keys,
    subject: columns.find(c => c.property === view.subject),
    owners: columns.filter(c => c.column.owner).map(c => c.property),
    days: columns.filter(({ column: { type } }) => type === 'day' || type === 'instant' || type === 'json'),
    ownStreams,
  }
  plans.set(view, plan)
  return plan
}

function shapeOf({ category, audience, addressed }: View, columns: readonly PlannedColumn[]): string {
  const declared = columns.map(({ sql, hubType, column: { description: _, ...column } }) => [sql, hubType, column])
  return createHash('sha256')
    .update(JSON.stringify([category, audience, declared, engineColumns, ...(addressed ? ['addressed'] : [])]))
    .digest('hex')
    .slice(0, 16)
}

/** Place of a category in a `levels smallint[18]`, from 1. */
export const categoryIndex = (category: Column['category']): number => categories.indexOf(category) + 1
export const levelNumber = (level: (typeof levels)[number]): number => levels.indexOf(level)
