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
  const rows = new Map<View, readonly WholeRow[]>()
  for (const { view } of hubDeclaration.plans) rows.set(view, await hub.rowsOf(view, events))
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

type Oracle = ReturnType<typeof oracleOf>
const oracles = new WeakMap<World, Map<string, Oracle>>()

/** The oracle, asked by one person about one world; what it said once it need not think about again. */
export function oracleFor(world: World, { purpose, ...viewer }: Look): Oracle {
  let known = oracles.get(world)
  if (!known) oracles.set(world, (known = new Map()))
  const key = JSON.stringify([viewer, purpose])
  let oracle = known.get(key)
  if (!oracle) known.set(key, (oracle = oracleOf(world, { viewer, purpose })))
  return oracle
}

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
