import { setTimeout as delay } from 'node:timers/promises'
import { type Database, isSqlError, quoteTable } from '@passerelle/database'
import type { Position } from '@passerelle/event-log'
import { knownAgencies, nameAgency } from './agencies.js'
import { BulkFold } from './bulk-fold.js'
import { BulkLoad, holdingsSnapshot } from './bulk-load.js'
import { type Difference, RunningComparison } from './compare.js'
import type { View } from './define-view.js'
import type { AgencyRef } from './entitlement-policy.js'
import { isPolicyPlan } from './hub.js'
import { beginLanes, enterLanes, readSkips } from './lanes.js'
import { Leases } from './leases.js'
import { PageSource } from './page-source.js'
import { prepare, Projector, type ProjectorOptions } from './projector.js'
import { agenciesOf, beginRegion, type Region } from './region.js'
import { Routes } from './routes.js'
import { checkSample } from './sample-check.js'
import { assertNoneStopped, dropSlot, type Scope, swapSlots } from './swap.js'
import { hubTable } from './tables.js'
import { planOf } from './view-plan.js'

export interface RebuildProgress {
  readonly phase: 'reading' | 'loading' | 'catchingUp' | 'comparing' | 'swapping' | 'done'
  /** Events read so far, all passes together. */
  readonly events: number
}
export interface RebuildOptions {
  /** Told at each change of phase, and a few times a second while reading. */
  readonly onProgress?: (progress: RebuildProgress) => void
  /** What to do where the rebuilt rows are not those that run. Default: refuse, and leave both to be looked at. */
  readonly onDifference?: 'refuse' | 'swap'
  /** Rows kept in memory before the learners are dealt into several passes over the log. Default 4 million. */
  readonly maxRows?: number
}
export interface RebuildReport {
  readonly events: number
  /** How often the log was read. */
  readonly passes: number
  /** Up to where; the running projection goes on from here. */
  readonly position: Position
  /** What the rebuilt tables were held against: the running ones at the same position, or, always, a plain fold of a sample of learners. */
  readonly comparedWith: 'running' | 'sample'
  readonly differences: readonly Difference[]
}

/** The rebuilt rows differ from the running ones, though both come from the same events. Nothing was swapped. */
export class RebuildDiffers extends Error {
  readonly code = 'PROJECTION.REBUILD_DIFFERS'
  constructor(readonly differences: readonly Difference[]) {
    super(
      `Rebuilt and running rows differ in ${differences.map(d => `${d.table} (${d.rebuilt.rows} and ${d.running.rows} rows)`).join(', ')}. ` +
        'The rebuilt tables end in __next: look at both. If the rebuilt ones are right, rebuild again and accept the difference.',
    )
  }
}
export class RebuildRunning extends Error {
  readonly code = 'PROJECTION.REBUILD_RUNNING'
}

const leaseMs = 120_000
/** Few enough to be gone before the garbage collector moves them to where the old things are. */
const readTogether = 1_000

/**
 * Builds views anew beside the running ones, and puts them in their place: all of them with the entitlements, or one. Readers read on all the
 * while; what is replaced is kept until {@link dropOld}. A view that runs in an older version changes hands here.
 * @throws RebuildDiffers; RebuildUnsound; RebuildStopped where a view cannot take an event; RebuildRunning; WrongLog
 */
export async function rebuild(
  options: ProjectorOptions,
  which: View | 'all',
  rebuildOptions: RebuildOptions = {},
): Promise<RebuildReport> {
  const { hub, db, holder = 'an operator' } = options
  await prepare(options)
  const plan = which === 'all' ? undefined : planOf(which)
  if (plan && isPolicyPlan(hub, plan))
    throw new Error(`View ${plan.name} decides who may hold what. Rebuild it together with all others.`)
  const scope: Scope = { plans: plan ? [plan] : hub.plans, entitlements: !plan && hub.policy !== undefined }
  const leases = new Leases('next', `rebuild by ${holder}`, leaseMs)
  try {
    await leases.acquire(db, hub.partitions, hub.partitions)
    if (leases.partitions.length < hub.partitions)
      throw new RebuildRunning('Another rebuild is running, or ended without a word less than two minutes ago. Wait for it.')
    return await new Rebuild(options, scope, leases, rebuildOptions).run()
  } finally {
    await leases.release(db).catch(() => undefined)
  }
}

/** Drops the tables that rebuilds have replaced. */
export async function dropOld({ db, hub }: Pick<ProjectorOptions, 'db' | 'hub'>): Promise<void> {
  await db.transaction(sql => dropSlot(sql, { plans: hub.plans, entitlements: hub.policy !== undefined }, 'old'))
}

/**
 * Drops what no event reaches any more: the tables that were replaced, and those of a rebuild that did not come to its end. One that is running is
 * left: it reads the log to its end before it is put in place.
 */
export async function dropStale({ db, hub }: Pick<ProjectorOptions, 'db' | 'hub'>): Promise<void> {
  const scope: Scope = { plans: hub.plans, entitlements: hub.policy !== undefined }
  await db.transaction(async sql => {
    await dropSlot(sql, scope, 'old')
    const [running] = await sql.query(
      `select 1 from projections.leases where slot = 'next' and until > clock_timestamp() limit 1 for update`,
    )
    if (!running) await dropSlot(sql, scope, 'next')
  })
}

class Rebuild {
  private events = 0
  private passes = 0
  private position: Position = ''
  private toldAt = -Infinity
  private renewedAt = performance.now()
  private readonly db: Database
  private readonly now: Date

  constructor(
    private readonly options: ProjectorOptions,
    private readonly scope: Scope,
    private readonly leases: Leases,
    private readonly rebuildOptions: RebuildOptions,
  ) {
    this.db = options.db
    this.now = options.now?.() ?? new Date()
  }

  async run(): Promise<RebuildReport> {
    const { db, options, scope } = this
    await db.transaction(sql => dropSlot(sql, scope, 'next'))
    await this.build()
    this.tell('catchingUp')
    const next = new Projector(options, { slot: 'next', plans: scope.plans, entitles: scope.entitlements, leases: this.leases })
    await next.catchUp()
    const live = new Leases('live', this.leases.holder, leaseMs)
    const comparison = new RunningComparison(options, scope, next, live, this.now)
    const first = await comparison.nothingRuns()
    if (!first) await comparison.awaitRunning()
    await live.seize(db, options.hub.partitions)
    try {
      this.tell('comparing')
      const differences = first ? undefined : await comparison.differences()
      if (differences?.length && this.rebuildOptions.onDifference !== 'swap') throw new RebuildDiffers(differences)
      this.tell('swapping')
      await this.swap(live, first)
      this.tell('done')
      const { events, passes, position } = this
      return { events, passes, position, comparedWith: differences ? 'running' : 'sample', differences: differences ?? [] }
    } finally {
      await next.close()
      await live.release(db).catch(() => undefined)
    }
  }

  /** Reads the log up to where it ends now, folds it in memory, loads it, and holds a sample of it against a plain fold. */
  private async build(): Promise<void> {
    const { db, scope, options, now } = this
    const { hub, store } = options
    const { plans } = scope
    const routes = new Routes(hub, plans)
    const skips = await readSkips(db)
    this.position = await store.log.head()
    const pass = async (from: number) => {
      const fold = new BulkFold(hub, routes, skips, from, this.rebuildOptions.maxRows ?? 4_000_000)
      await this.read(fold, routes)
      this.tell('loading')
      return fold
    }
    let fold = await pass(0)
    const { sample } = fold
    const region = scope.entitlements ? fold.region(1) : undefined
    const agencies = region ? agenciesOf(hub.policy!, region) : await knownAgencies(db, 'live')
    await this.begin(fold, region, agencies)
    const load = new BulkLoad({ db, hub, plans, agencies, region, now, onStep: () => this.renew() })
    await load.copy(fold)
    while (fold.next !== undefined) {
      fold = await pass(fold.next)
      await load.copy(fold)
    }
    await checkSample(db, sample, { hub, plans, skips, agencies, region, now })
  }

  private async read(fold: BulkFold, routes: Routes): Promise<void> {
    const { store } = this.options
    this.passes++
    const source = new PageSource(store.log, readTogether)
    for (let after: Position = ''; after < this.position;) {
      const page = (await source.read(after)).filter(event => event.globalPosition <= this.position)
      if (page.length === 0) break
      fold.take(await routes.open(store, page))
      after = page.at(-1)!.globalPosition
      this.events += page.length
      this.tell('reading')
      await this.renew()
    }
    await source.close()
  }

  /** Checkpoints at the end of what will be loaded, and what the next slot needs besides tables. */
  private async begin(fold: BulkFold, region: Region | undefined, agencies: readonly AgencyRef[]): Promise<void> {
    const { hub } = this.options
    await this.db.transaction(async sql => {
      for (const agency of agencies) await nameAgency(sql, agency, 'next')
      if (region) await beginRegion(sql, hub.policy!, hub.partitions, 'next', region.version)
      else if (hub.policy) await sql.exec(holdingsSnapshot)
      await beginLanes(sql, hub, this.scope.plans, 'next')
      await enterLanes(sql, 'next', this.position, fold.openRanges, fold.ranges)
    })
  }

  private async swap(live: Leases, first: boolean): Promise<void> {
    const { db, options, scope, leases } = this
    for (let attempt = 1; ; attempt++)
      try {
        await db.transaction(async sql => {
          await leases.fence(sql, leases.partitions)
          await live.fence(sql, live.partitions)
          await assertNoneStopped(sql, scope)
          if (!scope.entitlements) {
            await sql.exec(`drop table if exists ${quoteTable(hubTable('holdings', 'next'))}`)
            await sql.query(`delete from projections.agencies where slot = 'next'`)
          }
          await swapSlots(sql, options.hub, scope)
          if (first) await dropSlot(sql, scope, 'old')
        })
        return
      } catch (error) {
        if (!isSqlError(error, '55P03') || attempt === 20) throw error
        await delay(500)
      }
  }

  private async renew(): Promise<void> {
    if (performance.now() - this.renewedAt < leaseMs / 4) return
    this.renewedAt = performance.now()
    await this.db.transaction(sql => this.leases.fence(sql, this.leases.partitions))
  }

  private tell(phase: RebuildProgress['phase']): void {
    if (phase === 'reading' && performance.now() - this.toldAt < 250) return
    this.toldAt = performance.now()
    this.rebuildOptions.onProgress?.({ phase, events: this.events })
  }
}
