import { type Database, quoteTable } from '@passerelle/database'
import { agencyDesigns, everyonesDesigns, isForAgency, isForEveryone } from './agencies.js'
import type { BulkFold } from './bulk-fold.js'
import { answer, type Answer } from './derive.js'
import { columnsOf, EntitlementTables, lines } from './entitling.js'
import type { AgencyRef } from './entitlement-policy.js'
import { type Hub, partitionOf } from './hub.js'
import type { Region } from './region.js'
import { agencyEntitlementDesigns, hubDesign, hubEntitlementDesigns, hubTable, type TableDesign } from './tables.js'
import { type Target, ViewTable } from './view-table.js'
import type { ViewPlan } from './view-plan.js'

const slot = 'next'
/** Learners derived before their rows are sent. */
const deriveTogether = 1_000

export interface BulkLoadOptions {
  readonly db: Database
  readonly hub: Hub
  readonly plans: readonly ViewPlan[]
  readonly agencies: readonly AgencyRef[]
  /** Undefined where the entitlements are those that run. */
  readonly region: Region | undefined
  readonly now: Date
  readonly onStep: () => Promise<void>
}

/**
 * Loads what was folded in memory: rows by COPY into tables without indexes, agencies' copies set by set, indexes last. This process makes rows
 * while the server works on what it already has.
 */
export class BulkLoad {
  private readonly server: Background
  private readonly made: Promise<void>

  constructor(private readonly options: BulkLoadOptions) {
    this.server = new Background(options.db.kind === 'pglite' ? 1 : 2)
    this.made = this.server.do(() => this.createTables())
  }

  /** Sends one pass. With the last one every table is complete, and the server goes on by itself. */
  async copy(fold: BulkFold): Promise<void> {
    const { db, plans, onStep } = this.options
    const last = fold.next === undefined
    await this.made
    await this.derive(fold)
    if (last) this.finishEntitlements()
    const bySize = [...plans].sort((a, b) => fold.rowsOf(b).held.size - fold.rowsOf(a).held.size)
    for (const plan of bySize) {
      const table = new ViewTable(plan, slot)
      await db.copyRows(table.hubName, table.copyColumns, table.copyLines(fold.rowsOf(plan)))
      if (last) this.finish(plan)
      await onStep()
    }
    if (last) await this.server.done()
  }

  private async createTables(): Promise<void> {
    const { db, plans, agencies, region } = this.options
    const designs = [...plans.map(plan => hubDesign(plan, slot)), ...everyonesDesigns(this.shared, slot)]
    if (region) designs.push(...hubEntitlementDesigns(slot))
    for (const agency of agencies)
      designs.push(
        ...agencyDesigns(agency, this.shared, slot),
        ...(region ? agencyEntitlementDesigns(agency.agencyId, slot) : []),
      )
    await db.exec(designs.map(d => d.create).join('\n'))
  }

  /** What the server has still to do for a view once its rows are there. */
  private finish(plan: ViewPlan): void {
    const { db, agencies, onStep } = this.options
    const table = new ViewTable(plan, slot)
    const fill = (target: Target, { index }: TableDesign) =>
      this.server.do(async () => {
        await table.fill(db, target)
        await db.exec(index)
        await onStep()
      })
    if (this.shared.includes(plan)) {
      if (isForEveryone(plan)) void fill('everyone', everyonesDesigns([plan], slot)[0]!)
      for (const agency of agencies)
        if (isForAgency(plan, agency.sector)) void fill({ agencyId: agency.agencyId }, agencyDesigns(agency, [plan], slot)[0]!)
    }
    void this.server.do(() => db.exec(hubDesign(plan, slot).index))
  }

  private finishEntitlements(): void {
    const { db, agencies, region } = this.options
    if (!region) return
    const tables = new EntitlementTables(slot)
    for (const { agencyId } of agencies)
      void this.server.do(async () => {
        await tables.fill(db, agencyId)
        for (const design of agencyEntitlementDesigns(agencyId, slot)) await db.exec(design.index)
      })
    for (const { index } of hubEntitlementDesigns(slot)) void this.server.do(() => db.exec(index))
  }

  private async derive(fold: BulkFold): Promise<void> {
    const { db, hub, region, agencies, now, onStep } = this.options
    if (!region) return
    const known = new Set(agencies.map(a => a.agencyId))
    const send = async (answers: readonly Answer[]) => {
      for (const table of ['entitlements', 'assignments', 'holdings'] as const)
        await db.copyRows(hubTable(table, slot), columnsOf[table], answers.flatMap(lines[table]))
      const derivations = answers.flatMap(a => lines.derivations(a, partitionOf(a.learnerId, hub.partitions)))
      await db.copyRows(hubTable('derivations', slot), columnsOf.derivations, derivations)
      await onStep()
    }
    let answers: Answer[] = []
    for (const [learnerId, facts] of fold.rowsOf(hub.facts!).held) {
      answers.push(answer(hub.policy!, learnerId, facts, region, known, now))
      if (answers.length < deriveTogether) continue
      await send(answers)
      answers = []
    }
    await send(answers)
  }

  private get shared(): readonly ViewPlan[] {
    return this.options.plans.filter(plan => this.options.hub.shared.includes(plan))
  }
}

/** Work for the server, in the order in which it was given, so many at a time. */
class Background {
  private readonly waiting: (() => Promise<void>)[] = []
  private running = 0
  private readonly given: Promise<void>[] = []

  constructor(private readonly lanes: number) {}

  do(work: () => Promise<void>): Promise<void> {
    const done = new Promise<void>((resolve, reject) => this.waiting.push(() => work().then(resolve, reject)))
    // Whoever waits for all of them hears of it.
    done.catch(() => undefined)
    this.given.push(done)
    this.next()
    return done
  }

  async done(): Promise<void> {
    await Promise.all(this.given)
  }

  private next(): void {
    if (this.running >= this.lanes) return
    const work = this.waiting.shift()
    if (!work) return
    this.running++
    void work().then(() => {
      this.running--
      this.next()
    })
  }
}

/** The snapshot of holdings by which one view is copied while the others run on. */
export const holdingsSnapshot = `drop table if exists ${quoteTable(hubTable('holdings', 'next'))};
  create table ${quoteTable(hubTable('holdings', 'next'))} as table ${quoteTable(hubTable('holdings', 'live'))};
  create unique index on ${quoteTable(hubTable('holdings', 'next'))} (learner_id, agency_id);
  analyse ${quoteTable(hubTable('holdings', 'next'))};`
