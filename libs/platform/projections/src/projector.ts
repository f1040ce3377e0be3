import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Database, Sql } from '@passerelle/database'
import type { EventStore, Position, StoredEvent } from '@passerelle/event-log'
import { Advancer } from './advance.js'
import { agencyDesigns, ensureAgencies, everyonesDesigns, grantTables, knownAgencies } from './agencies.js'
import { prepareBookkeeping } from './bookkeeping.js'
import type { EntitlementPolicy } from './entitlement-policy.js'
import { type Hub, isPolicyPlan } from './hub.js'
import { beginLanes, CheckpointMoved, type Lane, readLanes, readSkips, recordShapes, runningOtherwise } from './lanes.js'
import { Leases, LostLease } from './leases.js'
import { PageSource } from './page-source.js'
import { namesOf, ordersChannel } from './parking.js'
import { agenciesOf, beginRegion, findRegionWork, finishRegionWork, loadRegion, lockRegion } from './region.js'
import { Routes } from './routes.js'
import { createMissing, hubDesign, hubEntitlementDesigns, hubTable, type Slot } from './tables.js'
import type { ViewPlan } from './view-plan.js'

export interface ProjectorOptions {
  readonly db: Database
  readonly store: EventStore
  readonly hub: Hub
  readonly now?: () => Date
  /** Names this worker in leases. */
  readonly holder?: string
  /** How long a worker that is gone keeps others waiting. */
  readonly leaseMs?: number
  /** Most parts of the learners this worker takes; all by default. */
  readonly most?: number
  readonly pageSize?: number
  /** How often entitlements that ended by the clock are looked for. */
  readonly sweepEveryMs?: number
  /** Told of what went wrong with the stores; the worker tries again by itself. */
  readonly onFault?: (fault: { errorClass: string; errorCode: string }) => void
}

/** What a rebuild does otherwise than a worker. */
export interface Build {
  readonly slot: Slot
  readonly plans: readonly ViewPlan[]
  /** False where one view is copied by a snapshot of the holdings. */
  readonly entitles: boolean
  /** Held already, by whoever leads the build. */
  readonly leases: Leases
}

/** Learners derived again in one transaction. */
const deriveTogether = 200

/** Reads the log and keeps the read models of the parts of the learners that it holds the lease of. */
export class Projector {
  readonly leases: Leases
  private readonly slot: Slot
  private readonly plans: readonly ViewPlan[]
  private readonly routes: Routes
  private readonly advancer: Advancer
  private readonly source: PageSource
  private lanes: readonly Lane[] = []
  private skips: ReadonlySet<string> = new Set()
  private stale = true
  private otherVersions: readonly string[] = []
  private lastLook = -Infinity
  private lastSweep = -Infinity
  /** Events of types that no view here has heard of, by type, since this worker began. */
  readonly ignored = new Map<string, number>()

  constructor(
    private readonly options: ProjectorOptions,
    build?: Build,
  ) {
    const { db, store, hub, holder = randomUUID(), leaseMs = 15_000, pageSize = 1_000 } = options
    const { slot, plans, entitles, leases } = build ?? {
      slot: 'live' as const,
      plans: hub.plans,
      entitles: hub.policy !== undefined,
      leases: new Leases('live', holder, leaseMs),
    }
    this.slot = slot
    this.plans = plans
    this.routes = new Routes(hub, plans)
    this.leases = leases
    this.advancer = new Advancer({ db, hub, slot, routes: this.routes, leases: this.leases, now: this.now, entitles })
    this.source = new PageSource(store.log, pageSize)
  }

  /** Works until the signal aborts, then hands its parts over. Never throws for a store that fails: it waits and tries again. */
  async run(signal: AbortSignal): Promise<void> {
    const { db, onFault } = this.options
    const stopListening = await db.onWake(
      ordersChannel,
      () => (this.stale = true),
      error => onFault?.(namesOf(error)),
    )
    let failures = 0
    while (!signal.aborted) {
      try {
        const moved = await this.step()
        failures = 0
        if (moved) continue
        // Whoever stands by, or stands still, has nothing to hear of the log.
        if (this.leads && this.groups().length > 0) await this.source.wait(this.head, this.tickMs, signal)
        else await delay(this.tickMs, undefined, { signal }).catch(() => undefined)
      } catch (error) {
        onFault?.(namesOf(error))
        this.stale = true
        await delay(Math.min(50 * 2 ** failures++, 5_000), undefined, { signal }).catch(() => undefined)
      }
    }
    await this.source.close()
    await stopListening().catch(() => undefined)
    await this.leases.release(db).catch(() => undefined)
  }

  /** Works until there is nothing left to do. */
  async catchUp(until?: (lane: Lane) => Position): Promise<void> {
    this.stale = true
    while (await this.step(until));
  }

  /** One round: each group of views that stand together takes a page. Returns whether there may be more to do. */
  async step(until?: (lane: Lane) => Position): Promise<boolean> {
    try {
      if (!(await this.ready())) return false
      const derived = await this.deriveForRegion()
      const moved = await this.moveGroups(until)
      return derived || moved
    } catch (error) {
      if (!(error instanceof LostLease || error instanceof CheckpointMoved)) throw error
      this.stale = true
      return true
    }
  }

  /** Derives the learners again whose entitlements have ended, so that agencies lose the rows. Reads are safe without it: they check the clock. */
  async sweep(now: Date = this.now()): Promise<void> {
    if (await this.ready()) await this.deriveEnded(now)
  }

  /** Views that run here otherwise than this release declares them: it stands by until a rebuild brings them to it. */
  get waitsFor(): readonly string[] {
    return this.otherVersions
  }

  async close(): Promise<void> {
    await this.source.close()
    await this.leases.release(this.options.db)
  }

  private readonly now = (): Date => this.options.now?.() ?? new Date()

  private get tickMs(): number {
    return Math.min(1_000, (this.options.leaseMs ?? 15_000) / 3)
  }

  /** Where the foremost lane stands. */
  private get head(): Position {
    return this.lanes.reduce((head, lane) => (lane.position > head ? lane.position : head), '')
  }

  private get leads(): boolean {
    return this.otherVersions.length === 0 && this.leases.partitions.length > 0
  }

  /** Leases, lanes and the decisions of operators, as they are. False where there is nothing for this worker to run. */
  private async ready(): Promise<boolean> {
    const ms = performance.now()
    if (this.stale || ms - this.lastLook >= this.tickMs) {
      await this.look()
      this.lastLook = ms
    }
    if (this.leads && ms - this.lastSweep >= (this.options.sweepEveryMs ?? 60_000)) {
      this.lastSweep = ms
      await this.deriveEnded(this.now())
    }
    return this.leads
  }

  private async look(): Promise<void> {
    const { db, hub, most = hub.partitions } = this.options
    this.otherVersions = await runningOtherwise(db, this.plans, this.slot)
    if (this.otherVersions.length > 0) {
      // What one release shares, another would share differently: the release whose views these are does it alone.
      if (this.leases.partitions.length > 0) await this.leases.release(db)
      return
    }
    if (await this.leases.acquire(db, hub.partitions, most)) this.stale = true
    else await this.leases.renew(db)
    if (!this.stale && !this.lanes.some(lane => lane.status === 'stopped')) return
    this.lanes = await readLanes(db, this.plans, this.leases.partitions, this.slot)
    this.skips = await readSkips(db)
    this.stale = false
  }

  private async moveGroups(until?: (lane: Lane) => Position): Promise<boolean> {
    const groups = this.groups(until)
    let moved = false
    for (const [i, group] of groups.entries()) {
      const after = group[0]!.position
      const limits = [...(groups[i + 1] ? [groups[i + 1]![0]!.position] : []), ...(until ? group.map(until) : [])]
      const page = await this.source.read(after)
      const events = page.filter(event => limits.every(limit => event.globalPosition <= limit))
      if (events.length === 0) continue
      await this.take(group, events)
      moved = true
    }
    return moved
  }

  private async take(group: readonly Lane[], events: readonly StoredEvent[]): Promise<void> {
    const opened = await this.routes.open(this.options.store, events)
    const after = await this.advancer.advance(group, opened, events.at(-1)!.globalPosition, this.skips)
    const key = (lane: Lane) => `${lane.plan.name}|${lane.partition}`
    const moved = new Map(after.map(lane => [key(lane), lane]))
    this.lanes = this.lanes.map(lane => moved.get(key(lane)) ?? lane)
    for (const event of events)
      if (this.routes.of(event).unknown) this.ignored.set(event.type, (this.ignored.get(event.type) ?? 0) + 1)
  }

  /** Views that stand at the same position travel together; one that fell behind travels alone until it has caught up. */
  private groups(until?: (lane: Lane) => Position): Lane[][] {
    const { hub } = this.options
    const stopped = this.lanes.filter(lane => lane.status === 'stopped' && isPolicyPlan(hub, lane.plan))
    // Nothing is shared by facts that are not known: a part of the learners whose facts stand still stands still with them.
    const halted = (lane: Lane) => stopped.some(s => !s.plan.subject || s.partition === lane.partition)
    const groups = new Map<Position, Lane[]>()
    for (const lane of this.lanes) {
      if (lane.status === 'stopped' || halted(lane) || (until && lane.position >= until(lane))) continue
      groups.set(lane.position, [...(groups.get(lane.position) ?? []), lane])
    }
    return [...groups.values()].sort((a, b) => (a[0]!.position < b[0]!.position ? -1 : 1))
  }

  private async deriveForRegion(): Promise<boolean> {
    const { hub, db } = this.options
    if (!hub.policy || !this.plans.includes(hub.facts!)) return false
    const { version } = hub.policy
    const work = await findRegionWork(db, this.slot, this.leases.partitions, version)
    for (const one of work) {
      if (one.dependsOn === 'all') await this.deriveInParts(one.partition, this.now(), 'true')
      else
        await this.deriveInParts(one.partition, this.now(), '(d.depends_on && $3::text[] or d.fault is not null)', one.dependsOn)
      await db.transaction(async sql => {
        await this.leases.fence(sql, [one.partition])
        await finishRegionWork(sql, this.slot, one, version)
      })
    }
    return work.length > 0
  }

  private async deriveEnded(now: Date): Promise<void> {
    if (!this.options.hub.policy || !this.plans.includes(this.options.hub.facts!)) return
    for (const partition of this.leases.partitions)
      await this.deriveInParts(partition, now, 'd.ends_at <= $3::timestamptz', now.toISOString())
  }

  private async deriveInParts(partition: number, at: Date, which: string, value?: unknown): Promise<void> {
    const { db } = this.options
    let after = ''
    for (;;) {
      const found = await db.query<{ learner_id: string }>(
        `select d.learner_id from ${hubTable('derivations', this.slot)} d where d.partition = $1 and d.learner_id > $2 and ${which}
          order by d.learner_id limit ${deriveTogether}`,
        [partition, after, ...(value === undefined ? [] : [value])],
      )
      if (found.length === 0) return
      await this.advancer.deriveAgain(
        partition,
        found.map(f => f.learner_id),
        at,
      )
      after = found.at(-1)!.learner_id
    }
  }
}

/**
 * Makes what is not there yet: the engine's tables, and for a hub that is new its views at the beginning of the log. A view that runs in another
 * version is left to run: it changes hands with a rebuild. @throws WrongLog; WrongPartitions
 */
export async function prepare({ db, store, hub }: Pick<ProjectorOptions, 'db' | 'store' | 'hub'>): Promise<void> {
  await prepareBookkeeping(db, store.log.logId, hub.partitions)
  await db.transaction(async sql => {
    // Two workers that start at once take turns.
    await sql.exec('lock table projections.engine in share row exclusive mode')
    await createMissing(sql, [
      ...hub.plans.map(plan => hubDesign(plan, 'live')),
      ...(hub.policy ? hubEntitlementDesigns('live') : []),
      ...everyonesDesigns(hub.shared, 'live'),
    ])
    // A view that is new in a hub that runs already.
    for (const agency of await knownAgencies(sql, 'live')) {
      await createMissing(sql, agencyDesigns(agency, hub.shared, 'live'))
      await grantTables(sql, hub.shared, agency.agencyId)
    }
    await beginLanes(sql, hub, hub.plans, 'live')
    await recordShapes(sql, hub.plans)
    const deciding = hub.policy ? [hub.facts!, ...hub.region].map(plan => plan.name) : []
    await sql.query('insert into projections.deciding_views select unnest($1::text[]) on conflict do nothing', [deciding])
    if (hub.policy) await foundRegion(sql, hub, hub.policy)
  })
}

/** A policy may name agencies that no event does: learners can be recorded before anything of the region is. */
async function foundRegion(sql: Sql, hub: Hub, policy: EntitlementPolicy): Promise<void> {
  await beginRegion(sql, policy, hub.partitions, 'live')
  const version = await lockRegion(sql, 'live', 'read')
  if (version > 0) return
  const region = await loadRegion(sql, hub.region, 'live', version)
  await ensureAgencies(sql, hub.shared, agenciesOf(policy, region), 'live', { entitlements: true })
}
