import type { EventDefinition, EventDefinitions, Recorded } from '@passerelle/event-log'
import type { Category } from '@passerelle/sharing'
import type { View } from './define-view.js'
import type { EntitlementPolicy } from './entitlement-policy.js'
import { type ViewPlan, planOf } from './view-plan.js'

/**
 * Events by which a learner's data of some categories are forgotten: columns of those categories become null, in the hub and in every agency,
 * but for the skeleton of keys and of columns that tell no more than existence.
 */
export interface Forgetting {
  readonly from: EventDefinitions
  readonly on: Readonly<Record<string, (event: Recorded<any>) => readonly Category[]>>
}

export interface HubDeclaration {
  /** Views that people read. */
  readonly views: readonly View[]
  /** Without a policy nothing about learners leaves the hub. */
  readonly policy?: EntitlementPolicy
  readonly forgetting?: Forgetting
  /** Into how many parts learners are dealt, so that workers can be added up to that number. Chosen once for a hub. Default 4. */
  readonly partitions?: number
}

/** All that the engine projects, checked. */
export interface Hub {
  readonly plans: readonly ViewPlan[]
  /** Plans whose rows are copied to agencies: the views, without those that stay in the hub. */
  readonly shared: readonly ViewPlan[]
  readonly policy: EntitlementPolicy | undefined
  readonly facts: ViewPlan | undefined
  readonly region: readonly ViewPlan[]
  readonly forgetting: Forgetting | undefined
  readonly partitions: number
}

const engineTables = new Set(['entitlements', 'assignments', 'holdings', 'derivations', 'parked_events', 'skipped_events'])

/** @throws where two views have one name, a view has the name of a table of the engine, or the policy's facts are not what it needs. */
export function defineHub({ views, policy, forgetting, partitions = 4 }: HubDeclaration): Hub {
  const facts = policy && planOf(policy.learnerFacts)
  const region = policy ? policy.regionFacts.map(planOf) : []
  const declared = views.map(planOf)
  const shared = declared.filter(plan => plan !== facts && plan.view.audience !== 'nobody')
  const plans = [...new Set([...(facts ? [facts] : []), ...region, ...declared])]
  const tables = new Set<string>()
  for (const { table, name } of plans) {
    if (!/^[a-z][a-z0-9_]{0,50}$/.test(table) || table.includes('__'))
      throw new Error(`View ${name} needs a plain name of at most 50 letters`)
    if (tables.has(table) || engineTables.has(table))
      throw new Error(`View ${name} has the name of another table; give it another`)
    tables.add(table)
  }
  if (facts && (!facts.subject || facts.keys.length !== 1 || facts.keys[0] !== facts.subject))
    throw new Error(
      `View ${facts.name}: the facts that entitlements are made of need one row for each learner, keyed by the learner's id`,
    )
  for (const { subject, name } of region) if (subject) throw new Error(`View ${name}: facts of the region are about no learner`)
  for (const type of Object.keys(forgetting?.on ?? {}))
    if (!forgetting!.from.definitions.has(type)) throw new Error(`Forgetting listens to ${type}, which its events do not define`)
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 256)
    throw new Error('A hub has between 1 and 256 partitions')
  return { plans, shared, policy, facts, region, forgetting, partitions }
}

/** The views that decide who may hold what: where one of them stops, nothing is shared. */
export const isPolicyPlan = (hub: Hub, plan: ViewPlan): boolean => plan === hub.facts || hub.region.includes(plan)

/** Which part a learner is dealt to: FNV-1a of the id. Stored with the checkpoints, so it never changes. */
export function partitionOf(subject: string, partitions: number): number {
  return fnv1a(subject, 0x811c9dc5) % partitions
}

/** 32 bits. */
export function fnv1a(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

export function definitionsOf(hub: Hub, plans: readonly ViewPlan[]): ReadonlyMap<string, EventDefinition> {
  const definitions = new Map<string, EventDefinition>()
  for (const { view } of plans) for (const type of view.on.keys()) definitions.set(type, view.definitions.get(type)!)
  for (const type of Object.keys(hub.forgetting?.on ?? {})) definitions.set(type, hub.forgetting!.from.definitions.get(type)!)
  return definitions
}
