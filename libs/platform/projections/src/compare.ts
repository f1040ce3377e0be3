import { setTimeout as delay } from 'node:timers/promises'
import { type Database, quoteTable, type Sql } from '@passerelle/database'
import { ensureAgencies, isForAgency, isForEveryone, knownAgencies } from './agencies.js'
import { entitlementColumns } from './entitling.js'
import type { AgencyRef } from './entitlement-policy.js'
import { isPolicyPlan } from './hub.js'
import { type Lane, type Running, runsAs } from './lanes.js'
import type { Leases } from './leases.js'
import { Projector, type ProjectorOptions } from './projector.js'
import type { Scope } from './swap.js'
import { agencyTable, entitlementTables, everyonesTable, hubTable, type Slot } from './tables.js'
import { ViewTable } from './view-table.js'
import type { ViewPlan } from './view-plan.js'

/** How many rows a table has, and a hash of them in which their order does not matter. */
export interface Checksum {
  readonly rows: number
  readonly hash: string
}
export interface Difference {
  /** `hub.plans`, `agency_school.plans` */
  readonly table: string
  readonly running: Checksum
  readonly rebuilt: Checksum
}

interface RunningLane extends Running {
  readonly partition: number
  readonly position: string
  readonly status: string
}

/** Holds what was rebuilt against what runs. */
export class RunningComparison {
  constructor(
    private readonly options: ProjectorOptions,
    private readonly scope: Scope,
    private readonly next: Projector,
    /** Seized before {@link differences} is asked for: what runs then stands still. */
    private readonly live: Leases,
    private readonly now: Date,
  ) {}

  async nothingRuns(): Promise<boolean> {
    return (await this.lanes('live')).every(lane => lane.position === '')
  }

  /** Gives what runs a while to come to where the rebuilt views stand. */
  async awaitRunning(): Promise<void> {
    for (let waitedMs = 0; waitedMs < 10_000; waitedMs += 50) {
      const rebuilt = await this.lanes('next')
      const behind = (await this.lanes('live')).filter(r => rebuilt.some(n => isSame(n, r) && r.position < n.position))
      if (behind.length === 0 || behind.some(lane => lane.status === 'stopped')) return
      await delay(50)
    }
  }

  /** Brings the rebuilt views to where the running ones stand, and compares them there; undefined where nothing can be compared. */
  async differences(): Promise<Difference[] | undefined> {
    const { scope, next, now } = this
    const { db, hub } = this.options
    const running = await this.lanes('live')
    await next.catchUp(lane => running.find(r => isSame(r, { ...lane, view: lane.plan.name }))?.position ?? lane.position)
    if (!scope.entitlements && hub.policy) await this.takeHoldings(scope.plans[0]!)
    const rebuilt = await this.lanes('next')
    const plans = scope.plans.filter(plan => {
      const lanes = running.filter(r => r.view === plan.name)
      return lanes.every(r => runsAs(plan, r) && rebuilt.some(n => isSame(n, r) && n.position === r.position))
    })
    if (plans.length === 0) return undefined
    const sameDecisions = await this.decidedAlike(running, plans)
    if (sameDecisions) {
      // Both as the clock has it now.
      const current = new Projector(this.options, { slot: 'live', plans: hub.plans, entitles: true, leases: this.live })
      await current.catchUp((lane: Lane) => lane.position)
      await current.sweep(now)
      if (scope.entitlements) await next.sweep(now)
    }
    const agencies = sameDecisions ? await knownAgencies(db, 'next') : []
    const tables = tablesToCompare(plans, sameDecisions ? hub.shared : [], agencies, scope.entitlements && sameDecisions)
    return findDifferences(db, tables, this.live)
  }

  /** Whether the running entitlements were decided by this release, on facts that stand where the rebuilt ones do. */
  private async decidedAlike(running: readonly RunningLane[], comparable: readonly ViewPlan[]): Promise<boolean> {
    const { db, hub } = this.options
    if (!hub.policy || (this.scope.entitlements && hub.plans.some(plan => isPolicyPlan(hub, plan) && !comparable.includes(plan))))
      return false
    const all = await db.query<RunningLane>(`select view, version, shape from projections.checkpoints where slot = 'live'`)
    if (running.length === 0 || hub.plans.some(plan => all.some(r => r.view === plan.name && !runsAs(plan, r)))) return false
    const [policy] = await db.query<{ same: boolean }>(
      `select bool_and(policy_version = $1) as same from projections.region_progress where slot = 'live'`,
      [hub.policy.version],
    )
    return policy!.same
  }

  /** Copies the rebuilt view again where holdings changed, or agencies came, since it was filled. */
  private async takeHoldings(plan: ViewPlan): Promise<void> {
    const { db } = this.options
    const [mine, theirs] = [quoteTable(hubTable('holdings', 'next')), quoteTable(hubTable('holdings', 'live'))]
    await db.transaction(async sql => {
      const changed = await sql.query<{ agency: string; learners: string[] }>(
        `select agency_id as agency, array_agg(learner_id) as learners from ${mine} m full join ${theirs} t using (agency_id, learner_id)
          where m.levels is distinct from t.levels or m.own_levels is distinct from t.own_levels or m.periods is distinct from t.periods
          group by agency_id`,
      )
      await sql.exec(`truncate ${mine}; insert into ${mine} select * from ${theirs}`)
      await ensureAgencies(sql, [plan], await knownAgencies(sql, 'live'), 'next', { entitlements: false })
      if (!plan.subject) return
      const table = new ViewTable(plan, 'next')
      const byAgency = new Map(changed.map(c => [c.agency, c.learners]))
      await table.remove(sql, byAgency)
      await table.copyAgain(sql, byAgency)
    })
  }

  private lanes(slot: Slot): Promise<RunningLane[]> {
    return this.options.db.query<RunningLane>(
      'select view, partition, version, shape, position, status from projections.checkpoints where slot = $1 and view = any($2::text[])',
      [slot, this.scope.plans.map(plan => plan.name)],
    )
  }
}

const isSame = (a: { view: string; partition: number }, b: { view: string; partition: number }) =>
  a.view === b.view && a.partition === b.partition

export async function checksum(sql: Sql, table: string, columns?: readonly string[]): Promise<Checksum> {
  const text = columns ? `row(${columns.map(c => `t.${c}`).join(', ')})::text` : 't::text'
  const [sum] = await sql.query<Checksum>(
    `select count(*) as rows, coalesce(sum(hashtextextended(${text}, 0)::numeric), 0)::text as hash from ${quoteTable(table)} t`,
  )
  return sum!
}

interface Compared {
  readonly name: (slot: Slot) => string
  readonly columns?: readonly string[]
}

function tablesToCompare(
  plans: readonly ViewPlan[],
  shared: readonly ViewPlan[],
  agencies: readonly AgencyRef[],
  entitlements: boolean,
): Compared[] {
  const tables: Compared[] = []
  for (const plan of plans) {
    tables.push({ name: slot => hubTable(plan.table, slot) })
    if (!shared.includes(plan)) continue
    if (isForEveryone(plan)) tables.push({ name: slot => everyonesTable(plan.table, slot) })
    for (const { agencyId, sector } of agencies)
      if (isForAgency(plan, sector)) tables.push({ name: slot => agencyTable(agencyId, plan.table, slot) })
  }
  if (!entitlements) return tables
  tables.push({ name: slot => hubTable('holdings', slot) })
  for (const table of Object.keys(entitlementTables)) {
    // The position tells since when the answer has been the same: a rebuild cannot know.
    const columns = table === 'entitlements' ? entitlementColumns.filter(column => column !== 'position') : undefined
    tables.push({ name: slot => hubTable(table, slot), columns })
    for (const { agencyId } of agencies) tables.push({ name: slot => agencyTable(agencyId, table, slot), columns })
  }
  return tables
}

async function findDifferences(db: Database, tables: readonly Compared[], live: Leases): Promise<Difference[]> {
  const differences: Difference[] = []
  for (const { name, columns } of tables) {
    await live.renew(db)
    const running = await checksum(db, name('live'), columns)
    const rebuilt = await checksum(db, name('next'), columns)
    if (running.rows !== rebuilt.rows || running.hash !== rebuilt.hash)
      differences.push({ table: name('live'), running, rebuilt })
  }
  return differences
}
