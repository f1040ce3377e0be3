import { idOfStream, type Position, type Recorded, type StoredEvent } from '@passerelle/event-log'
import { Erased } from '@passerelle/keyring'
import { type Category, type Column, daysOf } from '@passerelle/sharing'
import { type Changes, type FoldRows, ownRow, type Row } from './define-view.js'
import { FoldFault, normalise } from './row-values.js'
import type { ViewPlan } from './view-plan.js'

/** A row with what the engine keeps beside it. */
export interface Held {
  readonly row: Row
  /** Who recorded the row's first event, then the agencies that its owner columns name. */
  readonly owners: readonly string[]
  readonly version: number
  readonly updatedAt: string
  readonly position: Position
  /**
   * The first and the last day of which it ever told: when the events occurred that changed it, and every day and instant that stood in it. They only move
   * apart, so nothing that happens to a row brings it into a period. Null where nobody knows: a day was forgotten, or the row is older than this.
   */
  readonly firstDay: string | null
  readonly lastDay: string | null
}

/** What an event means to one view. */
export type Effect =
  | { readonly kind: 'fold'; readonly handler: FoldRows<any, any> }
  /** An event of the row's own stream that the view does not listen to. */
  | { readonly kind: 'touch' }
  | { readonly kind: 'forget'; readonly categories: ReadonlySet<Category> }

export interface Opened {
  readonly stored: StoredEvent
  /** Upcast, its personal fields open. Undefined where no view reads what it carries. */
  readonly event: Recorded | undefined
  /** Whether some of its personal fields are erased. */
  readonly someErased: boolean
  /** Why it could not be opened. */
  readonly fault?: unknown
}

/** Rows of one view in memory: all of them, or those that a page of events touches. */
export class Rows {
  readonly held = new Map<string, Held>()
  /** Keys whose row was set or removed; undefined where nobody asks. */
  readonly changed: Set<string> | undefined

  constructor(
    readonly plan: ViewPlan,
    { track }: { track: boolean },
    /** Whether a row of this learner belongs here; for views about learners only. */
    private readonly keeps: (subject: string) => boolean = () => true,
  ) {
    this.changed = track ? new Set() : undefined
  }

  /** Keys of the rows that `apply` may touch, without those that only forgetting finds. */
  static keysOf(effect: Effect, { stored, event }: Opened): readonly string[] {
    if (effect.kind === 'touch') return [idOfStream(stored.streamId)]
    return effect.kind === 'fold' && event ? effect.handler.rows(event) : []
  }

  /** All of an event's changes to this view, or none where the fold throws. */
  apply(effect: Effect, opened: Opened): void {
    if (opened.fault !== undefined && effect.kind === 'fold') throw opened.fault
    if (effect.kind === 'forget') return this.forget(effect.categories, opened.stored)
    const keys = Rows.keysOf(effect, opened)
    if (keys.length === 1) return this.set(keys[0]!, this.next(effect, opened, keys[0]!))
    // Folded one after the other over what they were before the event; kept only when none of them threw.
    const after = new Map<string, Held | undefined>()
    for (const key of new Set(keys)) after.set(key, this.next(effect, opened, key))
    for (const [key, held] of after) this.set(key, held)
  }

  private set(key: string, held: Held | undefined): void {
    if (this.held.get(key) === held) return
    if (held) this.held.set(key, held)
    else this.held.delete(key)
    this.changed?.add(key)
  }

  private next(effect: Effect, { stored, event, someErased }: Opened, key: string): Held | undefined {
    const before = this.held.get(key)
    if (effect.kind !== 'fold') return before && touched(before, stored)
    const changes = effect.handler.fold(event, before?.row, key)
    if (changes === null) return undefined
    if (changes === undefined) return before && effect.handler.rows === ownRow ? touched(before, stored) : before
    if (!before && !this.plan.keys.every(({ property }) => changes[property] !== undefined && changes[property] !== null))
      return undefined
    const row = this.change(before?.row, changes, someErased)
    const after: Held = {
      row,
      owners:
        before && this.plan.owners.length === 0
          ? before.owners
          : this.ownersOf(before?.owners[0] ?? stored.controllerAgencyId, row),
      version: before && effect.handler.beside ? before.version : stored.streamVersion,
      updatedAt: normalisedInstant(stored.recordedAt),
      position: stored.globalPosition,
      ...this.daysWith(before, row, changes, stored),
    }
    return this.checked(before, after, stored, key)
  }

  /** A copy has the columns of what it is copied from in the same order: so the engine below keeps one shape for all rows of a view. */
  private change(before: Row | undefined, changes: Changes, someErased: boolean): Row {
    const row: Record<string, unknown> = { ...(before ?? this.plan.blank) }
    for (const property in changes) {
      const change = changes[property]
      const column = change === undefined ? undefined : this.plan.byProperty.get(property)
      if (column) row[property] = normalise(column, change, someErased)
    }
    return row
  }

  private daysWith(before: Held | undefined, row: Row, changes: Changes, { occurredAt }: StoredEvent): Days {
    let { firstDay, lastDay } = before ?? { firstDay: noDay.last, lastDay: noDay.first }
    if (firstDay === null || lastDay === null) return unknownDays
    const tell = (instant: string) => {
      const day = instant.slice(0, 10)
      if (day < firstDay!) firstDay = day
      if (day > lastDay!) lastDay = day
    }
    tell(normalisedInstant(occurredAt))
    for (const { property, column } of this.plan.days) {
      const change: unknown = changes[property]
      if (change instanceof Erased) return unknownDays
      if (column.type !== 'json') {
        if (row[property] !== null) tell(row[property] as string)
      } else if (!tellDays(change, tell)) return unknownDays
    }
    return { firstDay, lastDay }
  }

  private ownersOf(recorder: string, row: Row): readonly string[] {
    const owners = new Set([recorder])
    for (const property of this.plan.owners) if (row[property]) owners.add(row[property] as string)
    return [...owners]
  }

  private checked(before: Held | undefined, after: Held, stored: StoredEvent, key: string): Held | undefined {
    const { name, keys, subject } = this.plan
    if (rowKey(this.plan, after.row) !== key)
      throw new FoldFault(`View ${name} gave ${stored.type} a row under another key than its own.`)
    if (!subject) return after
    const learner = after.row[subject.property] as string | null
    if (!learner) throw new FoldFault(`View ${name}: ${stored.type} makes a row that names no learner in ${subject.property}.`)
    if (before && before.row[subject.property] !== learner)
      throw new FoldFault(`View ${name}: ${stored.type} gives a row to another learner.`)
    if (stored.subjectRef !== undefined && stored.subjectRef !== learner)
      throw new FoldFault(
        `View ${name}: ${stored.type} is about another person than its row (key columns: ${keys.map(k => k.property).join(', ')}).`,
      )
    // An event about nobody reaches every worker; each keeps the rows of its own learners.
    return stored.subjectRef === undefined && !this.keeps(learner) ? before : after
  }

  private forget(categories: ReadonlySet<Category>, { subjectRef, globalPosition }: StoredEvent): void {
    const { subject, columns } = this.plan
    // Which of them a row has to lose, it may say itself.
    const concerned = columns.filter(({ column }) => column.sealedWith || isForgotten(column, categories, {}))
    if (!subject || concerned.length === 0) return
    for (const [key, held] of this.held) {
      if (held.row[subject.property] !== subjectRef) continue
      const gone = concerned.filter(({ column }) => isForgotten(column, categories, held.row))
      if (gone.length === 0) continue
      const ofDays = gone.some(column => this.plan.days.includes(column))
      const days = ofDays ? unknownDays : held
      if (gone.every(c => held.row[c.property] === null) && days.firstDay === held.firstDay) continue
      const row = { ...held.row, ...Object.fromEntries(gone.map(c => [c.property, null])) }
      const { firstDay, lastDay } = days
      this.set(key, { ...held, row, owners: this.ownersOf(held.owners[0]!, row), position: globalPosition, firstDay, lastDay })
    }
  }
}

/** What stays is the skeleton: which row it is, of whom, and what may be known where no more than existence may. */
export const isForgotten = (
  { key, subject, from, category, sealedWith }: Column,
  categories: ReadonlySet<Category>,
  row: Readonly<Record<string, unknown>>,
): boolean =>
  !key &&
  !subject &&
  from !== 'existence' &&
  (categories.has(category) || (sealedWith !== undefined && categories.has(row[sealedWith] as Category)))

const touched = ({ row, owners, updatedAt, firstDay, lastDay }: Held, { streamVersion, globalPosition }: StoredEvent): Held => ({
  row,
  owners,
  version: streamVersion,
  updatedAt,
  position: globalPosition,
  firstDay,
  lastDay,
})

/** Tells every day and instant in what a JSON column holds; false where something in it was forgotten, which may have been one. */
function tellDays(value: unknown, tell: (day: string) => void): boolean {
  if (value instanceof Erased) return false
  if (typeof value === 'string' && dayOrInstant.test(value)) tell(value)
  if (typeof value !== 'object' || value === null) return true
  for (const each of Object.values(value)) if (!tellDays(each, tell)) return false
  return true
}
const dayOrInstant = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/

type Days = Pick<Held, 'firstDay' | 'lastDay'>
const unknownDays: Days = { firstDay: null, lastDay: null }
const noDay = daysOf({})

export function rowKey({ keys }: ViewPlan, row: Row): string {
  if (keys.length === 1) return String(row[keys[0]!.property])
  return keys.map(({ property }) => row[property]).join('|')
}

/** The engine's own instants come from the log: never of another form than it gives. */
const normalisedInstant = (instant: string): string => (instant.length === 24 ? instant : new Date(instant).toISOString())
