import type { DomainEvent, EventDefinition, EventDefinitions, EventOf, Recorded } from '@passerelle/event-log'
import { idOfStream } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import type { Category, Column, ColumnType, Level, ValueOf } from '@passerelle/sharing'

type Values = {
  id: string
  code: string
  text: string
  day: string
  instant: string
  int: number
  num: number
  bool: boolean
  texts: readonly string[]
  json: unknown
}

interface ColumnOptions {
  readonly key?: boolean
  readonly subject?: boolean
  /** Holds an agency id: the row is that agency's own too. */
  readonly owner?: boolean
  /** Default: the view's category. */
  readonly category?: Category
  /**
   * The least level at which the column may be seen. Default `full`: closed unless said open. What is open at `existence` stays when the
   * category is forgotten: codes and days, never a person's own words.
   */
  readonly from?: Exclude<Level, 'none'>
  /** Names the column that holds the category which the value was sealed with, where rows differ in it: it is forgotten with that one too. */
  readonly sealedWith?: string
  readonly description?: string
}
/** Declared in a view; the view's category fills what it leaves open. */
export type DeclaredColumn<T = unknown> = Omit<Column<T>, 'category'> & { readonly category: Category | undefined }

/** A column of a view. `column<'a' | 'b'>('code', …)` and `column<Goal[]>('json', …)` narrow the value's type. */
export function column<K extends ColumnType>(type: K, options?: ColumnOptions): DeclaredColumn<Values[K]>
export function column<T>(type: ColumnType, options?: ColumnOptions): DeclaredColumn<T>
export function column(type: ColumnType, options: ColumnOptions = {}): DeclaredColumn {
  return {
    type,
    key: options.key ?? false,
    subject: options.subject ?? false,
    owner: options.owner ?? false,
    category: options.category,
    from: options.from ?? (options.key || options.subject ? 'existence' : 'full'),
    ...(options.sealedWith && { sealedWith: options.sealedWith }),
    description: options.description ?? '',
  }
}

export type Columns = Record<string, DeclaredColumn<any>>
/** A row while it is folded: every column, null where nothing is known or where it was erased. */
export type Row<C extends Columns = any> = { readonly [K in keyof C]: ValueOf<C[K]> | null }
/** Columns with new values; an erased value is kept as null. */
export type Changes<C extends Columns = any> = { readonly [K in keyof C]?: ValueOf<C[K]> | Erased | null }

/**
 * What one event changes in one row: the columns with their new values, `null` to remove the row, `undefined` for no change.
 * A row begins with the event whose changes name its key; changes to a row that does not exist are no change. Columns never named are null.
 */
export type Fold<C extends Columns, E> = (event: E, row: Row<C> | undefined, key: string) => Changes<C> | null | undefined
/** Where the event touches other rows than the one of its own stream: which keys, and the fold of each. */
export interface FoldRows<C extends Columns, E> {
  /** Row keys; composite keys joined with `|` in the order of the key columns. */
  readonly rows: (event: E) => readonly string[]
  readonly fold: Fold<C, E>
  /** Another stream says something beside the row: its version, which a command on the row must name, stays what it was. */
  readonly beside?: true
}

type EachEvent<D> = D extends EventDefinitions ? EventOf<D> : never
type EventsOf<D extends readonly EventDefinitions[]> = EachEvent<D[number]>
type Handlers<C extends Columns, D extends readonly EventDefinitions[]> = {
  readonly [T in EventsOf<D>['type']]?:
    Fold<C, Recorded<Extract<EventsOf<D>, { type: T }>>> | FoldRows<C, Recorded<Extract<EventsOf<D>, { type: T }>>>
}

/** Who may read a view that is about no learner (it has no subject column). `nobody`: it stays in the hub, for the hub's own use. */
export type Audience = 'everyone' | 'ownAgency' | 'authority' | 'nobody'

/** A read model, declared once: DDL, masks, CASL field rules, GraphQL types and tests are derived from it. */
export interface View<C extends Columns = any> {
  readonly name: string
  readonly version: number
  readonly category: Category
  readonly columns: Readonly<Record<keyof C & string, Column>>
  readonly keys: readonly string[]
  /** The column that names the learner; undefined for a view about no learner. */
  readonly subject: string | undefined
  readonly audience: Audience | undefined
  readonly addressed: boolean
  readonly description: string
  readonly definitions: ReadonlyMap<string, EventDefinition>
  readonly on: ReadonlyMap<string, FoldRows<Columns, Recorded<DomainEvent>>>
}

export interface ViewDeclaration<C extends Columns, D extends readonly EventDefinitions[]> {
  /** The contexts' events it is made of. */
  readonly from: D
  /** Category of the columns that name none. */
  readonly category: Category
  /** Raise it when folds change: the new version is built beside the running one. Changed columns are noticed by themselves. */
  readonly version?: number
  /** Only for views without a subject column. */
  readonly audience?: Audience
  /** Its rows are for the person they are about, and for oversight in the agencies whose own they are; nobody else reads them, whatever they may see. */
  readonly addressed?: boolean
  readonly description: string
  readonly columns: C
  /** The keys are the subscription. Default row key: the id of the event's stream. */
  readonly on: NoInfer<Handlers<C, D>>
}

/**
 * Every view's rows carry, besides their columns: `ownerAgencyIds` (who recorded the row's first event, and the agencies its `owner` columns name:
 * "own" in the matrix; SQL `owner_agency_ids text[]`), `version`
 * (revision of the stream of the last event folded in: what a command must name) and `updatedAt` (its recordedAt). The engine sets them.
 * @throws where a view has no key column, neither subject nor audience, or handles an event type that `from` does not define.
 */
export function defineView<C extends Columns, const D extends readonly EventDefinitions[]>(
  name: string,
  declaration: ViewDeclaration<C, D>,
): View<C> {
  const columns: Record<string, Column> = Object.fromEntries(
    Object.entries(declaration.columns).map(([key, c]) => [
      key,
      { ...c, category: c.category ?? declaration.category } satisfies Column,
    ]),
  )
  const keys = Object.keys(columns).filter(key => columns[key]!.key)
  const subject = Object.keys(columns).find(key => columns[key]!.subject)
  if (keys.length === 0) throw new Error(`View ${name} has no key column`)
  if (!subject === !declaration.audience)
    throw new Error(`View ${name} needs a subject column or an audience, not both and not neither`)
  const definitions = new Map(declaration.from.flatMap(events => [...events.definitions]))
  const on = new Map<string, FoldRows<Columns, Recorded<DomainEvent>>>()
  for (const [type, handler] of Object.entries(declaration.on)) {
    if (!definitions.has(type)) throw new Error(`View ${name} handles ${type}, which none of its events defines`)
    on.set(
      type,
      (typeof handler === 'function' ? { rows: ownRow, fold: handler } : handler) as FoldRows<Columns, Recorded<DomainEvent>>,
    )
  }
  const { category, version = 1, audience, addressed = false, description } = declaration
  return {
    name,
    version,
    category,
    columns,
    keys,
    subject,
    audience,
    addressed,
    description,
    definitions,
    on,
  } as unknown as View<C>
}

/** The row of the event's own stream. */
export const ownRow = (event: { readonly streamId: string }) => [idOfStream(event.streamId)]
