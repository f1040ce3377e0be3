import type { Sql } from '@passerelle/database'
import type { Columns, Row, View } from './define-view.js'
import type { AgencyRef, EntitlementPolicy, RegionChange, RegionRows } from './entitlement-policy.js'
import { Rows } from './fold.js'
import type { Slot } from './tables.js'
import type { ViewPlan } from './view-plan.js'
import { ViewTable } from './view-table.js'

/** The region's facts at one moment. Never changes; {@link with} gives the next one. */
export class Region implements RegionRows {
  private readonly lists = new Map<View, readonly Row[]>()

  constructor(
    /** Grows with each change; 0 where nothing is known yet. */
    readonly version: number,
    private readonly rows: ReadonlyMap<View, ReadonlyMap<string, Row>>,
  ) {}

  all<C extends Columns>(view: View<C>): readonly Row<C>[] {
    let list = this.lists.get(view)
    if (!list) this.lists.set(view, (list = [...this.of(view).values()]))
    return list as readonly Row<C>[]
  }

  find<C extends Columns>(view: View<C>, key: string): Row<C> | undefined {
    return this.of(view).get(key) as Row<C> | undefined
  }

  with(version: number, changes: readonly RegionChange[]): Region {
    const rows = new Map(this.rows)
    for (const view of new Set(changes.map(c => c.view))) {
      const copy = new Map(this.of(view))
      for (const { view: of, key, after } of changes)
        if (of === view) {
          if (after) copy.set(key, after)
          else copy.delete(key)
        }
      rows.set(view, copy)
    }
    return new Region(version, rows)
  }

  private of(view: View): ReadonlyMap<string, Row> {
    const rows = this.rows.get(view)
    if (!rows) throw new Error(`View ${view.name} is not among the policy's regionFacts. Name it there.`)
    return rows
  }
}

/** Reads the region's facts from the hub; `version` is what the caller found while it held the lock on it. */
export async function loadRegion(sql: Sql, plans: readonly ViewPlan[], slot: Slot, version: number): Promise<Region> {
  const rows = new Map<View, ReadonlyMap<string, Row>>()
  for (const plan of plans) {
    const all = new Rows(plan, { track: false })
    await new ViewTable(plan, slot).loadAll(sql, all)
    rows.set(plan.view, new Map([...all.held].map(([key, held]) => [key, held.row])))
  }
  return new Region(version, rows)
}

/**
 * The version of the region, held until the transaction ends: many may derive from it at once, one may change it when nobody does. Taken before any
 * row, so that it cannot deadlock.
 */
export async function lockRegion(sql: Sql, slot: Slot, mode: 'read' | 'change'): Promise<number> {
  const [region] = await sql.query<{ version: number }>(
    `select version from projections.region where slot = $1 for ${mode === 'read' ? 'share' : 'update'}`,
    [slot],
  )
  return region!.version
}

/** Records that the region changed, and whom that concerns. */
export async function recordRegionChange(
  sql: Sql,
  slot: Slot,
  version: number,
  dependsOn: 'all' | readonly string[],
): Promise<void> {
  await sql.query('update projections.region set version = $2 where slot = $1', [slot, version])
  await sql.query('insert into projections.region_changes (slot, version, depends_on) values ($1, $2, $3::text[])', [
    slot,
    version,
    dependsOn === 'all' ? null : dependsOn,
  ])
}

/** A region of which every part of the learners knows: at the beginning, nothing. Asked twice, nothing new. */
export async function beginRegion(
  sql: Sql,
  policy: EntitlementPolicy,
  partitions: number,
  slot: Slot,
  version = 0,
): Promise<void> {
  await sql.query('insert into projections.region (slot, version) values ($1, $2) on conflict do nothing', [slot, version])
  await sql.query(
    `insert into projections.region_progress (slot, partition, version, policy_version)
     select $1, p, $4, $3 from generate_series(0, $2::int - 1) p on conflict do nothing`,
    [slot, partitions, policy.version, version],
  )
}

/** What one part of the learners has still to be derived again for, and up to which version that brings it. */
export interface RegionWork {
  readonly partition: number
  readonly upTo: number
  readonly dependsOn: 'all' | readonly string[]
}

export async function findRegionWork(
  sql: Sql,
  slot: Slot,
  partitions: readonly number[],
  policyVersion: number,
): Promise<RegionWork[]> {
  const rows = await sql.query<{
    partition: number
    done: number
    policy_version: number
    version: number | null
    depends_on: string[] | null
  }>(
    `select p.partition, p.version as done, p.policy_version, c.version, c.depends_on from projections.region_progress p
       left join projections.region_changes c on c.slot = p.slot and c.version > p.version
      where p.slot = $1 and p.partition = any($2::int[]) and (c.version is not null or p.policy_version <> $3) order by c.version`,
    [slot, partitions, policyVersion],
  )
  return [...new Set(rows.map(r => r.partition))].map(partition => {
    const mine = rows.filter(r => r.partition === partition)
    const all = mine.some(r => r.depends_on === null || r.policy_version !== policyVersion)
    const upTo = Math.max(...mine.map(r => r.version ?? r.done))
    return { partition, upTo, dependsOn: all ? 'all' : [...new Set(mine.flatMap(r => r.depends_on!))] }
  })
}

export async function finishRegionWork(
  sql: Sql,
  slot: Slot,
  { partition, upTo }: RegionWork,
  policyVersion: number,
): Promise<void> {
  await sql.query('update projections.region_progress set version = $3, policy_version = $4 where slot = $1 and partition = $2', [
    slot,
    partition,
    upTo,
    policyVersion,
  ])
  await sql.query(
    `delete from projections.region_changes where slot = $1
      and version <= (select min(version) from projections.region_progress where slot = $1)`,
    [slot],
  )
}

/** The agencies that the policy names, once each. */
export function agenciesOf(policy: EntitlementPolicy, region: RegionRows): readonly AgencyRef[] {
  return [...new Map(policy.agencies(region).map(a => [a.agencyId, a])).values()]
}
