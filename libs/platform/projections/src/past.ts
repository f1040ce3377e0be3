import type { EventStore, StoredEvent } from '@passerelle/event-log'
import type { Days } from '@passerelle/sharing'
import type { View } from './define-view.js'
import { type Held, Rows } from './fold.js'
import type { Hub } from './hub.js'
import { Routes } from './routes.js'

/** A row as it stood after some events, with everything in it: for readers that mask it themselves. */
export interface PastRow {
  readonly values: Readonly<Record<string, unknown>>
  readonly ownerAgencyIds: readonly string[]
  readonly version: number
  readonly updatedAt: string
  /** Of which days it tells; absent where nobody knows. */
  readonly days?: Days
}

/**
 * The rows of one view after these events, in log order: how the past is shown. What was erased since is erased there too.
 * @throws what the fold throws; UnknownSchemaVersion; UnknownKey
 */
export async function rowsAfter(store: EventStore, hub: Hub, view: View, events: readonly StoredEvent[]): Promise<PastRow[]> {
  return (await rowsOfViewsAfter(store, hub, [view], events)).get(view)!
}

/** The same of several views: each event is opened once for all of them. */
export async function rowsOfViewsAfter(
  store: EventStore,
  hub: Hub,
  views: readonly View[],
  events: readonly StoredEvent[],
): Promise<ReadonlyMap<View, PastRow[]>> {
  const plans = views.map(view => {
    const plan = hub.plans.find(each => each.view === view)
    if (!plan) throw new Error(`The hub declares no view ${view.name}`)
    return plan
  })
  const routes = new Routes(hub, plans)
  const rows = plans.map(plan => new Rows(plan, { track: false }))
  for (const opened of await routes.open(store, events)) routes.each(opened, (plan, effect) => rows[plan]!.apply(effect, opened))
  return new Map(views.map((view, i) => [view, [...rows[i]!.held.values()].map(pastRow)]))
}

const pastRow = (held: Held): PastRow => ({
  values: held.row,
  ownerAgencyIds: held.owners,
  version: held.version,
  updatedAt: held.updatedAt,
  ...(held.firstDay !== null && held.lastDay !== null && { days: { first: held.firstDay, last: held.lastDay } }),
})
