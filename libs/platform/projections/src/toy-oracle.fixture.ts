import type { EventStore, Recorded } from '@passerelle/event-log'
import { Erased } from '@passerelle/keyring'
import { type Category, type Level, levels, type Sector } from '@passerelle/sharing'
import type { Row, View } from './define-view.js'
import type { EntitlementPolicy, RegionRows } from './entitlement-policy.js'
import { definitionsOf, type Hub } from './hub.js'

/** What agencies should hold, worked out the slow and plain way: one event after the other, no batches, no SQL. */
export interface Models {
  readonly hub: Record<string, Record<string, OracleRow>>
  /** By agency (`everyone` for what all read), view and key. */
  readonly agencies: Record<string, Record<string, Record<string, OracleRow>>>
}
type OracleRow = Record<string, unknown> & { ownerAgencyIds: string[]; version: number | null }

export async function oracle(store: EventStore, hub: Hub, now: Date): Promise<Models> {
  const stored = await store.log.readAll('', 1_000_000)
  const events = await store.decode(
    stored,
    new Map([...hub.plans.flatMap(({ view }) => [...view.definitions]), ...definitionsOf(hub, hub.plans)]),
  )
  const rows = new Map(hub.plans.map(({ view }) => [view, foldSlowly(view, events, hub)]))
  const policy = hub.policy!
  const region = {
    all: (view: View) => [...rows.get(view)!.values()],
    find: (view: View, key: string) => rows.get(view)!.get(key),
  } as unknown as RegionRows
  const agencies: Models['agencies'] = { everyone: {} }
  for (const { agencyId, sector } of policy.agencies(region)) {
    agencies[agencyId] = {}
    for (const { view } of hub.shared) {
      if (view.audience === 'everyone') agencies['everyone']![view.name] = Object.fromEntries(rows.get(view)!)
      else if (view.subject || view.audience === 'ownAgency' || sector === ('authority' satisfies Sector))
        agencies[agencyId][view.name] = copyFor(agencyId, view, rows, policy, region, now)
    }
  }
  return { hub: Object.fromEntries([...rows].map(([view, of]) => [view.name, Object.fromEntries(of)])), agencies }
}

function foldSlowly(view: View, events: readonly Recorded[], { forgetting, facts }: Hub): Map<string, OracleRow> {
  const rows = new Map<string, OracleRow>()
  const plain = (value: unknown) => (value instanceof Erased ? null : JSON.parse(JSON.stringify(value)))
  for (const event of events) {
    const handler = view.on.get(event.type)
    const [streamCategory, streamKey] = [event.streamId.split('-')[0], event.streamId.slice(event.streamId.indexOf('-') + 1)]
    for (const key of handler?.rows(event) ?? []) {
      const before = rows.get(key)
      const changes = handler!.fold(event, before, key)
      if (changes === null) rows.delete(key)
      if (!changes || (!before && view.keys.some(k => changes[k] === undefined))) continue
      const row = Object.fromEntries(
        Object.keys(view.columns).map(c => [c, changes[c] === undefined ? (before?.[c] ?? null) : plain(changes[c])]),
      )
      const owned = Object.keys(view.columns).filter(c => (view as View).columns[c]!.owner && row[c])
      const recorder = before?.ownerAgencyIds[0] ?? event.controllerAgencyId
      rows.set(key, {
        ...row,
        ownerAgencyIds: [...new Set([recorder, ...owned.map(c => row[c] as string)])],
        version: event.streamVersion,
      })
    }
    const own = [...view.on].some(
      ([type, { rows: of }]) => view.definitions.get(type)!.streamCategory === streamCategory && of.name === 'ownRow',
    )
    if (own && rows.has(streamKey)) rows.set(streamKey, { ...rows.get(streamKey)!, version: event.streamVersion })
    const forgotten = forgetting?.on[event.type]?.(event) ?? []
    if (forgotten.length > 0 && view.subject && !(view === facts?.view && view.on.has(event.type)))
      for (const [key, row] of rows) if (row[view.subject] === event.subjectRef) rows.set(key, forget(view, row, forgotten))
  }
  return rows
}

function forget(view: View, row: OracleRow, forgotten: readonly Category[]): OracleRow {
  const kept = { ...row, ownerAgencyIds: [...row.ownerAgencyIds] }
  for (const [name, { key, subject, category, owner }] of Object.entries((view as View).columns)) {
    if (key || subject || !forgotten.includes(category)) continue
    if (owner) kept.ownerAgencyIds = kept.ownerAgencyIds.filter((a, i) => i === 0 || a !== row[name])
    ;(kept as Record<string, unknown>)[name] = null
  }
  return kept
}

function copyFor(
  agencyId: string,
  view: View,
  rows: ReadonlyMap<View, ReadonlyMap<string, OracleRow>>,
  policy: EntitlementPolicy,
  region: RegionRows,
  now: Date,
): Record<string, OracleRow> {
  const copies: Record<string, OracleRow> = {}
  for (const [key, row] of rows.get(view)!) {
    const own = row.ownerAgencyIds.includes(agencyId)
    if (!view.subject) {
      if (view.audience === 'authority' || own) copies[key] = row
      continue
    }
    const learner = rows.get(policy.learnerFacts)!.get(row[view.subject] as string) as Row | undefined
    const entitlements = learner ? policy.derive(learner, region, now).entitlements : []
    const held = (category: Category): number =>
      Math.max(
        0,
        ...entitlements
          .filter(e => e.agencyId === agencyId && new Date(e.validUntil) > now)
          .flatMap(e => [e.levels[category] ?? 'none', ...(own ? [e.ownLevels[category] ?? 'none'] : [])])
          .map(rank),
      )
    if (held(view.category) < 1) continue
    const masked = Object.entries((view as View).columns).map(([name, c]) => [
      name,
      c.key || c.subject || held(c.category) >= rank(c.from) ? row[name] : null,
    ])
    const follows = own || held(view.category) === 3
    copies[key] = { ...Object.fromEntries(masked), ownerAgencyIds: own ? [agencyId] : [], version: follows ? row.version : null }
  }
  return copies
}

const rank = (level: Level) => levels.indexOf(level)
