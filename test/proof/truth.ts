import { hubDeclaration } from '@passerelle/hub'
import type { RegionRows, View } from '@passerelle/projections'
import { indexed, type LearnerFacts, type RegionFacts, type WholeRow } from '@passerelle/sharing'
import { oracleOf, type World } from '@passerelle/testing/sharing'
import { defaultAgeLines } from '@passerelle/agency'
import { type FactsRow, learnerFacts, toLearnerFacts, toRegionFacts } from '@passerelle/views'
import type { StoredEvent } from '@passerelle/event-log'
import type { ProofHub } from './proof-hub.js'
import type { Post } from './happenings.js'
import type { Purpose } from '@passerelle/sharing'

/** Somebody who looks, for what; or only at what they broke the glass for. */
export type Look = Post & { readonly purpose: Purpose; readonly emergency?: true }

/** What is so, in memory: facts and whole rows as the folds make them of the log, and nothing of what the engine stored. */
export async function truthOf(hub: ProofHub, events: readonly StoredEvent[]): Promise<World> {
  const rows: ReadonlyMap<View, readonly WholeRow[]> = await hub.rowsOf(
    hubDeclaration.plans.map(({ view }) => view),
    events,
  )
  const region = regionOf(rows)
  const regionFacts = toRegionFacts(region, defaultAgeLines)
  const known = (rows.get(learnerFacts) ?? []).map(({ values }) =>
    toLearnerFacts(values as unknown as FactsRow, indexed(regionFacts), region),
  )
  return worldOf(hub.now().toISOString(), regionFacts, known, rows)
}

const worldOf = (
  now: string,
  region: RegionFacts,
  learners: readonly LearnerFacts[],
  rows: ReadonlyMap<View, readonly WholeRow[]>,
): World => ({
  now,
  region,
  learners,
  rows: Object.fromEntries([...rows].map(([view, of]) => [view.name, of])),
  denials: [],
})

function regionOf(rows: ReadonlyMap<View, readonly WholeRow[]>): RegionRows {
  const byKey = new Map<View, Map<string, any>>()
  const keyed = (view: View) => {
    let known = byKey.get(view)
    if (!known)
      byKey.set(
        view,
        (known = new Map((rows.get(view) ?? []).map(({ values }) => [view.keys.map(key => values[key]).join('|'), values]))),
      )
    return known
  }
  return {
    all: view => [...keyed(view as View).values()],
    find: (view, key) => keyed(view as View).get(key),
  }
}

/** What was found out once of a person and a world, which do not change, need not be found out again. */
export function once<T>(find: (world: World, look: Look) => T): (world: World, look: Look) => T {
  const found = new WeakMap<World, Map<string, T>>()
  return (world, look) => {
    let known = found.get(world)
    if (!known) found.set(world, (known = new Map()))
    const key = JSON.stringify(look)
    if (!known.has(key)) known.set(key, find(world, look))
    return known.get(key)!
  }
}

/** The oracle, asked by one person about one world. */
export const oracleFor = once((world, { purpose, ...viewer }) => oracleOf(world, { viewer, purpose }))

/** Whether the person holds the post at that moment: who does not is answered at the door. */
export const holdsPost = (world: World, { userId, agencyId, role }: Post): boolean => {
  const region = indexed(world.region)
  if (role === 'learner' || role === 'guardian') return true
  const agency = region.agency(agencyId)
  if (!agency || (agency.until !== undefined && agency.until <= world.now)) return false
  return region
    .held(userId, agencyId)
    .some(post => post.role === role && post.from <= world.now && (post.until === undefined || world.now < post.until))
}
