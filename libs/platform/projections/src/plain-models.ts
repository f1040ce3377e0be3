import { idOfStream, type Recorded } from '@passerelle/event-log'
import { Erased } from '@passerelle/keyring'
import { type Category, type Column, type Entitlement, learnerAgencyId, type Level, levels, liesIn } from '@passerelle/sharing'
import { ownRow, type Row, type View } from './define-view.js'
import { isForgotten } from './fold.js'
import type { Hub } from './hub.js'
import { normalise } from './row-values.js'
import { planOf } from './view-plan.js'

/** A row as it is told here: the view's columns, who owns it, its version, and its days. */
export type PlainRow = Record<string, unknown> & {
  readonly ownerAgencyIds: readonly string[]
  readonly version: number | null
  readonly firstDay: string | null
  readonly lastDay: string | null
}

/**
 * What a view's rows are after these events, worked out the slow and plain way: one event after the other, no batches, no tables. The judge of what
 * the engine does: by tests, and by a rebuild on a sample of learners.
 */
export function foldPlainly(
  view: View,
  events: readonly Recorded[],
  { forgetting, facts }: Hub,
  isSkipped = (_eventId: string) => false,
): Map<string, PlainRow> {
  const rows = new Map<string, PlainRow>()
  const ownStreams = [...view.on].flatMap(([type, handler]) =>
    handler.rows === ownRow ? [view.definitions.get(type)!.streamCategory] : [],
  )
  for (const event of events) {
    if (isSkipped(event.eventId)) continue
    const handler = view.on.get(event.type)
    for (const key of new Set(handler?.rows(event) ?? [])) {
      const before = rows.get(key)
      const changes = handler!.fold(event, before as Row | undefined, key)
      if (changes === null) rows.delete(key)
      if (!changes || (!before && view.keys.some(k => changes[k] === undefined || changes[k] === null))) continue
      const row = Object.fromEntries(
        planOf(view).columns.map(column => {
          const { property } = column
          return [
            property,
            changes[property] === undefined ? (before?.[property] ?? null) : normalise(column, changes[property], true),
          ]
        }),
      )
      const recorder = before?.ownerAgencyIds[0] ?? event.controllerAgencyId
      const version = before && handler!.beside ? before.version : event.streamVersion
      rows.set(key, {
        ...row,
        ownerAgencyIds: ownersOf(view, recorder, row),
        version,
        ...daysWith(view, before, row, changes, event),
      })
    }
    const own = rows.get(idOfStream(event.streamId))
    if (own && ownStreams.some(category => event.streamId.startsWith(`${category}-`)))
      rows.set(idOfStream(event.streamId), { ...own, version: event.streamVersion })
    const forgotten = forgetting?.on[event.type]?.(event) ?? []
    if (forgotten.length > 0 && view.subject && !(view === facts?.view && view.on.has(event.type)))
      for (const [key, row] of rows) if (row[view.subject] === event.subjectRef) rows.set(key, forget(view, row, forgotten))
  }
  return rows
}

/** The row as an agency may hold it by these entitlements, of the row's learner; undefined where it may not know of it. */
export function copyPlainly(
  agencyId: string,
  view: View,
  row: PlainRow,
  entitlements: readonly Entitlement[],
  now: Date,
): PlainRow | undefined {
  const own = row.ownerAgencyIds.includes(agencyId)
  const mine = entitlements.filter(e => e.agencyId === agencyId && !(Date.parse(e.validUntil) <= now.getTime()))
  const { firstDay, lastDay } = row
  const days = firstDay !== null && lastDay !== null ? { first: firstDay, last: lastDay } : undefined
  const held = (category: Category): number =>
    Math.max(
      0,
      ...mine
        .flatMap(e => [e, ...(e.periods ?? []).filter(period => liesIn(days, period))])
        .flatMap(e => [rank(e.levels[category]), ...(own ? [rank(e.ownLevels[category])] : [])]),
    )
  if (view.addressed && !own && agencyId !== learnerAgencyId) return undefined
  const identifying = columnsOf(view).filter(([, c]) => c.key || c.subject)
  if (held(view.category) < 1 || identifying.some(([, c]) => held(c.category) < rank(c.from))) return undefined
  const masked = columnsOf(view).map(([name, c]) => [name, held(c.category) >= rank(c.from) ? row[name] : null])
  const version = own || held(view.category) === rank('full') ? row.version : null
  const told = mine.some(e => e.periods?.length) ? { firstDay, lastDay } : { firstDay: null, lastDay: null }
  return {
    ...Object.fromEntries(masked),
    ownerAgencyIds: own ? [agencyId] : [],
    version,
    ...told,
  }
}

const isDay = ({ type }: Column) => type === 'day' || type === 'instant'
const isJson = ({ type }: Column) => type === 'json'
const leavesOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null && !(value instanceof Erased) ? Object.values(value).flatMap(leavesOf) : [value]

/** Every day of which the row ever told; none that are known, where one was forgotten. */
function daysWith(
  view: View,
  before: PlainRow | undefined,
  row: Record<string, unknown>,
  changes: Record<string, unknown>,
  { occurredAt }: Recorded,
): Pick<PlainRow, 'firstDay' | 'lastDay'> {
  const names = columnsOf(view).flatMap(([name, c]) => (isDay(c) ? [name] : []))
  const inJson = columnsOf(view).flatMap(([name, c]) => (isJson(c) ? leavesOf(changes[name]) : []))
  if (before?.firstDay === null || [...names.map(name => changes[name]), ...inJson].some(each => each instanceof Erased))
    return { firstDay: null, lastDay: null }
  const dated = inJson.filter(leaf => /^\d{4}-\d{2}-\d{2}(T.*)?$/.test(String(leaf)))
  const told = [before?.firstDay, before?.lastDay, new Date(occurredAt).toISOString(), ...names.map(name => row[name]), ...dated]
  const days = told.flatMap(day => (typeof day === 'string' ? [day.slice(0, 10)] : [])).sort()
  return { firstDay: days[0]!, lastDay: days.at(-1)! }
}

const columnsOf = (view: View): [string, Column][] => Object.entries(view.columns as Record<string, Column>)
const rank = (level: Level | undefined) => levels.indexOf(level ?? 'none')

function ownersOf(view: View, recorder: string, row: Record<string, unknown>): string[] {
  return [...new Set([recorder, ...columnsOf(view).flatMap(([name, c]) => (c.owner && row[name] ? [row[name] as string] : []))])]
}

function forget(view: View, row: PlainRow, forgotten: readonly Category[]): PlainRow {
  const kept = Object.fromEntries(
    columnsOf(view).map(([name, c]) => [name, isForgotten(c, new Set(forgotten), row) ? null : row[name]]),
  )
  const { version } = row
  const ofDays = columnsOf(view).some(([, c]) => (isDay(c) || isJson(c)) && isForgotten(c, new Set(forgotten), row))
  const { firstDay, lastDay } = ofDays ? { firstDay: null, lastDay: null } : row
  return { ...kept, ownerAgencyIds: ownersOf(view, row.ownerAgencyIds[0]!, kept), version, firstDay, lastDay }
}
