import { type Database, isSqlError, type Sql, SqlError } from '@passerelle/database'
import type { Position } from '@passerelle/event-log'
import { ensureAgencies, isForEveryone, knownAgencies } from './agencies.js'
import { answer } from './derive.js'
import type { Row } from './define-view.js'
import { type ChangedHoldings, EntitlementTables } from './entitling.js'
import type { AgencyRef, RegionChange } from './entitlement-policy.js'
import { type Held, type Opened, Rows } from './fold.js'
import { type Hub, isPolicyPlan, partitionOf } from './hub.js'
import { type Lane, type Move, moveLanes } from './lanes.js'
import type { Leases } from './leases.js'
import { categoriesOf } from './masks.js'
import { PageFold, type Stop } from './page-fold.js'
import { park } from './parking.js'
import { agenciesOf, loadRegion, lockRegion, recordRegionChange, Region } from './region.js'
import type { Routes } from './routes.js'
import type { Slot } from './tables.js'
import { tablesWithRows, type Target, ViewTable } from './view-table.js'
import type { ViewPlan } from './view-plan.js'
import { wakeChannel } from './wait-for.js'

/** The store refused what a fold made: a value out of range, text with a zero byte. */
class WriteFault extends Error {
  constructor(
    readonly plan: ViewPlan,
    override readonly cause: SqlError,
  ) {
    super(`View ${plan.name} made a row that the store refuses (${cause.code}).`)
  }
}

export interface AdvancerOptions {
  readonly db: Database
  readonly hub: Hub
  readonly slot: Slot
  readonly routes: Routes
  readonly leases: Leases
  readonly now: () => Date
  /** False while one view is rebuilt beside the others: it is copied by the holdings as they were when that began. */
  readonly entitles: boolean
}

interface Folded {
  readonly rows: Rows
  readonly before: ReadonlyMap<string, unknown>
  readonly moves: readonly Move[]
  readonly stops: readonly Stop[]
}

/** Rows of a page are looked up one by one: few beside a region's tables, which another way of joining would read whole for each of their views. */
const lookups = { settings: { enable_hashjoin: 'off', enable_mergejoin: 'off', enable_seqscan: 'off' } }

/** Takes pages of events into the hub and out to the agencies, each page in one transaction with its checkpoints. */
export class Advancer {
  readonly tables: ReadonlyMap<ViewPlan, ViewTable>
  private readonly entitlements: EntitlementTables
  /** As this worker last committed or read it. */
  private region = new Region(0, new Map())
  private agencies: ReadonlyMap<string, AgencyRef> = new Map()

  constructor(private readonly options: AdvancerOptions) {
    this.tables = new Map(options.routes.plans.map(plan => [plan, new ViewTable(plan, options.slot)]))
    this.entitlements = new EntitlementTables(options.slot)
  }

  /**
   * Moves lanes that stand at one position over a page. A view that cannot take an event stops there and the others go on; a view that decides
   * who may hold what stops all. Returns the lanes where they stand now.
   * @throws LostLease, CheckpointMoved: nothing was written; what the database throws.
   */
  async advance(lanes: readonly Lane[], events: readonly Opened[], to: Position, skips: ReadonlySet<string>): Promise<Lane[]> {
    if (lanes.length === 0) return []
    try {
      return await this.commit(lanes, events, to, skips)
    } catch (fault) {
      if (!(fault instanceof WriteFault)) throw fault
      return this.narrow(lanes, events, to, skips, fault)
    }
  }

  /** Derives learners again, because the region changed or time passed. */
  async deriveAgain(partition: number, learners: readonly string[], at: Date): Promise<void> {
    const { hub, leases, slot, db } = this.options
    await db.transaction(async sql => {
      await leases.fence(sql, [partition])
      const region = await this.currentRegion(sql, await lockRegion(sql, slot, 'read'))
      const rows = new Rows(hub.facts!, { track: true })
      await this.table(hub.facts!).load(sql, rows, learners)
      await this.copyAgain(sql, await this.entitle(sql, learners, rows.held, region, at))
      await sql.query('select pg_notify($1, $2)', [wakeChannel, ''])
    }, lookups)
  }

  /** Finds which view and which event it was, by halves, so that everything else is written. */
  private async narrow(
    lanes: readonly Lane[],
    events: readonly Opened[],
    to: Position,
    skips: ReadonlySet<string>,
    fault: WriteFault,
  ): Promise<Lane[]> {
    const { plan } = fault
    const suspects = lanes.filter(lane => lane.plan === plan)
    if (!isPolicyPlan(this.options.hub, plan) && suspects.length < lanes.length) {
      const others = await this.advance(
        lanes.filter(lane => lane.plan !== plan),
        events,
        to,
        skips,
      )
      return [...others, ...(await this.advance(suspects, events, to, skips))]
    }
    if (events.length <= 1) return this.stop(lanes, suspects, events[0], fault)
    const half = events.slice(0, events.length >> 1)
    const middle = half.at(-1)!.stored.globalPosition
    const moved = await this.advance(lanes, half, middle, skips)
    const running = moved.filter(lane => lane.status === 'running' && lane.position === middle)
    if (moved.some(lane => lane.status === 'stopped' && isPolicyPlan(this.options.hub, lane.plan))) return moved
    return [
      ...moved.filter(lane => !running.includes(lane)),
      ...(await this.advance(running, events.slice(half.length), to, skips)),
    ]
  }

  private async stop(
    lanes: readonly Lane[],
    suspects: readonly Lane[],
    opened: Opened | undefined,
    fault: WriteFault,
  ): Promise<Lane[]> {
    // Without an event there was nothing to write: the fault cannot be an event's.
    if (!opened) throw fault.cause
    const { db, leases, slot, hub } = this.options
    const { subjectRef } = opened.stored
    const partition = subjectRef === undefined ? undefined : partitionOf(subjectRef, hub.partitions)
    const stopped = suspects.filter(lane => partition === undefined || !lane.plan.subject || lane.partition === partition)
    return db.transaction(async sql => {
      await leases.fence(sql, partitionsOf(lanes))
      const moves = stopped.map((lane): Move => ({ lane, to: lane.position, status: 'stopped', taken: lane.taken }))
      const moved = await moveLanes(sql, slot, moves)
      for (const lane of stopped) await park(sql, slot, lane, opened.stored, fault.cause)
      return [...lanes.filter(lane => !stopped.includes(lane)), ...moved]
    })
  }

  private async commit(
    lanes: readonly Lane[],
    events: readonly Opened[],
    to: Position,
    skips: ReadonlySet<string>,
  ): Promise<Lane[]> {
    const { db, leases } = this.options
    let adopt = () => {}
    const moved = await db.transaction(async sql => {
      await leases.fence(sql, partitionsOf(lanes))
      const page = await this.foldPolicy(sql, lanes, events, to, skips)
      const { region, agencies } = await this.writeRegion(sql, page.folded)
      adopt = () => {
        this.region = region
        this.agencies = agencies
      }
      const changed = await this.writeFacts(sql, page.folded, region)
      const stops = [...page.stops]
      const moves = [...page.moves]
      const written: [ViewPlan, Folded][] = []
      for (const plan of new Set(lanes.map(lane => lane.plan))) {
        if (page.folded.has(plan)) continue
        const folded = await this.refused(plan, () => page.fold.fold(sql, this.table(plan), lanesOf(lanes, plan)))
        stops.push(...folded.stops)
        moves.push(...folded.moves)
        if (folded.rows.changed!.size > 0) written.push([plan, folded])
      }
      await this.writeViews(sql, written, agencies)
      await this.copyAgain(sql, changed)
      const result = await moveLanes(sql, this.options.slot, moves)
      for (const { lane, event, error } of stops) await park(sql, this.options.slot, lane, event, error)
      await sql.query('select pg_notify($1, $2)', [wakeChannel, ''])
      return result
    }, lookups)
    adopt()
    return moved
  }

  /** The views that decide who may hold what are folded first: where one of them stops, the page ends before that event for everybody. */
  private async foldPolicy(
    sql: Sql,
    lanes: readonly Lane[],
    events: readonly Opened[],
    to: Position,
    skips: ReadonlySet<string>,
  ) {
    const { hub, routes } = this.options
    const after = lanes[0]!.position
    const plans = [...new Set(lanes.map(lane => lane.plan))].filter(plan => isPolicyPlan(hub, plan))
    let stopped: readonly Stop[] = []
    for (;;) {
      const fold = new PageFold(routes, events, after, to, hub.partitions, skips)
      const folded = new Map<ViewPlan, Folded>()
      for (const plan of plans)
        folded.set(plan, await this.refused(plan, () => fold.fold(sql, this.table(plan), lanesOf(lanes, plan))))
      const stops = [...folded.values()]
        .flatMap(f => f.stops)
        .sort((a, b) => (a.event.globalPosition < b.event.globalPosition ? -1 : 1))
      if (stops.length === 0) {
        const moves = [...folded.values()].flatMap(f => f.moves)
        const status = (lane: Lane) => (stopped.some(s => s.lane === lane) ? 'stopped' : 'running')
        return { fold, folded, stops: stopped, moves: moves.map((m): Move => ({ ...m, status: status(m.lane) })) }
      }
      stopped = stops.filter(s => s.event.eventId === stops[0]!.event.eventId)
      ;({ events, to } = fold.before(stops[0]!.event.eventId))
    }
  }

  /** Writes the region's facts, and where they changed: agencies that are new, and whom the change concerns. */
  private async writeRegion(sql: Sql, folded: ReadonlyMap<ViewPlan, Folded>) {
    const { hub, slot, entitles } = this.options
    if (!hub.policy || !entitles) return { region: this.region, agencies: await this.agenciesThere(sql) }
    const changes: RegionChange[] = []
    for (const plan of hub.region)
      for (const key of folded.get(plan)?.rows.changed ?? []) {
        const { rows, before } = folded.get(plan)!
        const change = { before: (before.get(key) as Held | undefined)?.row, after: rows.held.get(key)?.row }
        // What came and went within the page changed nothing.
        if (change.before ?? change.after) changes.push({ view: plan.view, key, ...change })
      }
    const version = await lockRegion(sql, slot, changes.length > 0 ? 'change' : 'read')
    const current = await this.currentRegion(sql, version)
    const known = new Map(agenciesOf(hub.policy, current).map(a => [a.agencyId, a]))
    if (changes.length === 0) return { region: current, agencies: known }
    const region = current.with(version + 1, changes)
    await this.writeViews(
      sql,
      [...folded].filter(([plan, { rows }]) => plan !== hub.facts && rows.changed!.size > 0),
      known,
    )
    const agencies = agenciesOf(hub.policy, region)
    await ensureAgencies(sql, this.sharedPlans, agencies, slot, { entitlements: true })
    await recordRegionChange(sql, slot, region.version, hub.policy.affected(changes, region))
    return { region, agencies: new Map(agencies.map(a => [a.agencyId, a])) }
  }

  private async writeFacts(sql: Sql, folded: ReadonlyMap<ViewPlan, Folded>, region: Region): Promise<ChangedHoldings> {
    const facts = this.options.hub.facts
    const changed = facts && folded.get(facts)
    if (!changed || changed.rows.changed!.size === 0) return new Map()
    await this.writeViews(sql, [[facts, changed]], new Map())
    return this.entitle(sql, [...changed.rows.changed!], changed.rows.held, region, this.options.now())
  }

  private entitle(
    sql: Sql,
    learners: readonly string[],
    held: ReadonlyMap<string, Held>,
    region: Region,
    at: Date,
  ): Promise<ChangedHoldings> {
    const { hub } = this.options
    const policy = hub.policy!
    const agencies = new Set(agenciesOf(policy, region).map(a => a.agencyId))
    const answers = learners.map(learner => answer(policy, learner, held.get(learner), region, agencies, at))
    const gone = new Set(learners.filter(learner => !held.has(learner)))
    return this.entitlements.store(sql, answers, learner => partitionOf(learner, hub.partitions), gone)
  }

  /** Fills what may newly be held and removes what may not any more: one statement each for a view that it concerns. */
  private async copyAgain(sql: Sql, changed: ChangedHoldings): Promise<void> {
    if (changed.size === 0) return
    const learners = new Set([...changed.values()].flatMap(c => [...c.learners, ...c.lost]))
    const tables = this.sharedPlans.filter(plan => plan.subject).map(plan => this.table(plan))
    const lost = new Map(
      [...changed].flatMap(([agencyId, c]): [string, string[]][] => (c.lost.size > 0 ? [[agencyId, [...c.lost]]] : [])),
    )
    const withRows = await tablesWithRows(sql, tables, this.options.slot, [...learners])
    for (const table of tables) {
      await table.remove(sql, lost)
      if (!withRows.has(table)) continue
      const concerned = categoriesOf(table.plan)
      const again = [...changed].flatMap(([agencyId, c]): [string, string[]][] =>
        c.learners.size > 0 && [...c.categories].some(category => concerned.has(category)) ? [[agencyId, [...c.learners]]] : [],
      )
      await this.refused(table.plan, () => table.copyAgain(sql, new Map(again)))
    }
  }

  private async writeViews(
    sql: Sql,
    written: readonly (readonly [ViewPlan, Folded])[],
    agencies: ReadonlyMap<string, AgencyRef>,
  ): Promise<void> {
    const shared = this.sharedPlans
    const learners = new Set<string>()
    for (const [plan, { rows, before }] of written)
      if (plan.subject && shared.includes(plan))
        for (const row of changedRows(rows, before)) learners.add(row.row[plan.subject.property] as string)
    const holders = learners.size > 0 ? await this.entitlements.holders(sql, [...learners]) : new Map<string, string[]>()
    for (const [plan, folded] of written) {
      const targets = shared.includes(plan) ? targetsOf(plan, folded, holders, agencies) : []
      await this.refused(plan, () => this.table(plan).write(sql, folded.rows, targets))
    }
  }

  private async currentRegion(sql: Sql, version: number): Promise<Region> {
    const { hub, slot } = this.options
    if (this.region.version !== version || version === 0) this.region = await loadRegion(sql, hub.region, slot, version)
    return this.region
  }

  private async agenciesThere(sql: Sql): Promise<ReadonlyMap<string, AgencyRef>> {
    if (this.agencies.size === 0 && this.options.hub.policy)
      this.agencies = new Map((await knownAgencies(sql, this.options.slot)).map(a => [a.agencyId, a]))
    return this.agencies
  }

  private get sharedPlans(): readonly ViewPlan[] {
    return this.options.hub.shared.filter(plan => this.tables.has(plan))
  }

  private table(plan: ViewPlan): ViewTable {
    return this.tables.get(plan)!
  }

  /** Tells a row that the store refuses (classes 22 and 23) from a store that fails. */
  private async refused<T>(plan: ViewPlan, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (isSqlError(error) && /^2[23]/.test(error.code)) throw new WriteFault(plan, error)
      throw error
    }
  }
}

const lanesOf = (lanes: readonly Lane[], plan: ViewPlan) => lanes.filter(lane => lane.plan === plan)
const partitionsOf = (lanes: readonly Lane[]) => [...new Set(lanes.map(lane => lane.partition))]

function* changedRows(
  rows: Rows,
  before: ReadonlyMap<string, unknown>,
): Iterable<{ readonly row: Row; readonly owners: readonly string[] }> {
  for (const key of rows.changed!)
    for (const held of [before.get(key) as Held | undefined, rows.held.get(key)]) if (held) yield held
}

/** Where copies of the changed rows are, or may now have to be. */
function targetsOf(
  plan: ViewPlan,
  { rows, before }: Folded,
  holders: ReadonlyMap<string, readonly string[]>,
  agencies: ReadonlyMap<string, AgencyRef>,
): Target[] {
  if (isForEveryone(plan)) return ['everyone']
  if (plan.view.audience === 'authority')
    return [...agencies.values()].filter(a => a.sector === 'authority').map(({ agencyId }) => ({ agencyId }))
  const ids = new Set<string>()
  for (const { row, owners } of changedRows(rows, before))
    for (const agencyId of plan.subject ? (holders.get(row[plan.subject.property] as string) ?? []) : owners) ids.add(agencyId)
  return [...ids].filter(agencyId => plan.subject || agencies.has(agencyId)).map(agencyId => ({ agencyId }))
}
