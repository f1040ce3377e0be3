import type { Assignment, Entitlement, Sector } from '@passerelle/sharing'
import type { Columns, Row, View } from './define-view.js'

/**
 * Who may hold what, derived from facts that are views themselves. The engine keeps the facts, asks again whenever they change,
 * stores the answer and fills or empties the agency models by it. Pure: no clock and no store of its own.
 */
export interface EntitlementPolicy {
  /** Raise it when the same facts give another answer: everybody is derived again. */
  readonly version: number
  /** One row for each learner, keyed by the learner's id: all that the policy needs to know of them. Stays in the hub. */
  readonly learnerFacts: View
  /** What it needs to know of the region: agencies, staff, agreements. Views without a subject; shared as well where they are also listed among the views. */
  readonly regionFacts: readonly View[]
  /** The agencies that have a model of their own. One that is no longer named keeps its schema and loses its rows. */
  agencies(region: RegionRows): readonly AgencyRef[]
  /**
   * What may be seen of this learner, now and later: `validFrom` and `validUntil` come from the facts, never from `now`, so that the same facts give
   * the same rows. `now` only tells which rows are past and need not be given.
   */
  derive(learner: Row, region: RegionRows, now: Date): Derived
  /** Learners to derive again after the region changed: all, or those whose answer depended on one of these. */
  affected(changes: readonly RegionChange[], region: RegionRows): 'all' | readonly string[]
}

export interface Derived {
  readonly entitlements: readonly Entitlement[]
  readonly assignments: readonly Assignment[]
  /** What of the region the answer depended on, in the words that `affected` uses: agency ids, mostly. An agency that could gain standing belongs here too. */
  readonly dependsOn: readonly string[]
}

export interface AgencyRef {
  readonly agencyId: string
  readonly sector: Sector
}

/** A snapshot of the region's facts: another object whenever one of them changed, so that a policy may keep what it worked out in a WeakMap. */
export interface RegionRows {
  all<C extends Columns>(view: View<C>): readonly Row<C>[]
  find<C extends Columns>(view: View<C>, key: string): Row<C> | undefined
}

export interface RegionChange {
  readonly view: View
  readonly key: string
  readonly before: Row | undefined
  readonly after: Row | undefined
}
