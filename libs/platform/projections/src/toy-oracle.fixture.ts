import type { EventStore } from '@passerelle/event-log'
import type { Row, View } from './define-view.js'
import type { RegionRows } from './entitlement-policy.js'
import { definitionsOf, type Hub } from './hub.js'
import { copyPlainly, foldPlainly, type PlainRow } from './plain-models.js'

type RowsByKey = Record<string, PlainRow>
export interface Models {
  /** By view and key. */
  readonly hub: Record<string, RowsByKey>
  /** By agency (`everyone` for what all read), view and key. */
  readonly agencies: Record<string, Record<string, RowsByKey>>
}

/** What the hub and the agencies should hold after everything that is in the log. */
export async function oracle(store: EventStore, hub: Hub, now: Date): Promise<Models> {
  const stored = await store.log.readAll('', 1_000_000)
  const definitions = new Map([...hub.plans.flatMap(({ view }) => [...view.definitions]), ...definitionsOf(hub, hub.plans)])
  const events = await store.decode(stored, definitions)
  const rows = new Map(hub.plans.map(({ view }) => [view, foldPlainly(view, events, hub)]))
  const policy = hub.policy!
  const region = {
    all: (view: View) => [...rows.get(view)!.values()],
    find: (view: View, key: string) => rows.get(view)!.get(key),
  } as unknown as RegionRows
  const facts = rows.get(policy.learnerFacts)!
  const agencies: Models['agencies'] = { everyone: {} }
  for (const { agencyId, sector } of policy.agencies(region)) {
    agencies[agencyId] = {}
    for (const { view } of hub.shared) {
      // Days are copied only where something about a learner hangs on them.
      const all = [...rows.get(view)!].map(([key, row]): [string, PlainRow] =>
        view.subject ? [key, row] : [key, { ...row, firstDay: null, lastDay: null }],
      )
      if (view.audience === 'everyone') agencies['everyone']![view.name] = Object.fromEntries(all)
      else if (view.audience === 'ownAgency')
        agencies[agencyId][view.name] = Object.fromEntries(all.filter(([, r]) => r.ownerAgencyIds.includes(agencyId)))
      else if (view.audience === 'authority') {
        if (sector === 'authority') agencies[agencyId][view.name] = Object.fromEntries(all)
      } else
        agencies[agencyId][view.name] = Object.fromEntries(
          all.flatMap(([key, row]) => {
            const learner = facts.get(row[view.subject!] as string) as Row | undefined
            const copy = copyPlainly(agencyId, view, row, learner ? policy.derive(learner, region, now).entitlements : [], now)
            return copy ? [[key, copy]] : []
          }),
        )
    }
  }
  return { hub: Object.fromEntries([...rows].map(([view, of]) => [view.name, Object.fromEntries(of)])), agencies }
}
