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
const deriveTogether = 2_000

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

/** Loads what was folded in memory: rows by COPY into tables without indexes, agencies' copies set by set, indexes last. */
export class BulkLoad {
  private readonly background: Promise<void>[] = []
  private free: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: BulkLoadOptions) {}

  async createTables(): Promise<void> {
    const { db, agencies, region } = this.options
    const designs = [...this.options.plans.map(plan => hubDesign(plan, slot)), ...everyonesDesigns(this.shared, slot)]
    if (region) designs.push(...hubEntitlementDesigns(slot))
    for (const agency of agencies) designs.push(...this.designsOf(agency))
    await db.exec(designs.map(d => d.create).join('\n'))
  }

  /** Sends one pass. Indexing begins as soon as a table is complete: after the last pass. */
  async copy(fold: BulkFold): Promise<void> {
    const { db, plans, onStep } = this.options
    for (const plan of plans) {
      const table = new ViewTable(plan, slot)
      await db.copyRows(table.hubName, table.copyColumns, table.copyLines(fold.rowsOf(plan)))
      if (fold.next === undefined) this.inBackground(hubDesign(plan, slot).index)
      await onStep()
    }
    await this.derive(fold)
  }

  /** Fills the agencies and indexes what is left. */
  async finish(): Promise<void> {
    const { db, agencies, region, hub, onStep } = this.options
    if (region) {
      for (const design of hubEntitlementDesigns(slot)) this.inBackground(design.index)
      const tables = new EntitlementTables(slot)
      for (const agency of agencies)
        this.inBackground(async () => {
          await tables.fill(db, agency.agencyId)
          for (const design of agencyEntitlementDesigns(agency.agencyId, slot)) await db.exec(design.index)
        })
    }
    await Promise.all(this.background)
    const copies: (() => Promise<void>)[] = []
    for (const plan of this.options.plans.filter(p => hub.shared.includes(p))) {
      const table = new ViewTable(plan, slot)
      const fill = (target: Target, design: TableDesign) => async () => {
        await table.fill(db, target)
        await db.exec(design.index)
        await onStep()
      }
      if (isForEveryone(plan)) copies.push(fill('everyone', everyonesDesigns([plan], slot)[0]!))
      for (const agency of agencies)
        if (isForAgency(plan, agency.sector))
          copies.push(fill({ agencyId: agency.agencyId }, agencyDesigns(agency, [plan], slot)[0]!))
    }
    await inLanes(db.kind === 'pglite' ? 1 : 2, copies)
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
    let sending: Promise<void> = Promise.resolve()
    for (const [learnerId, facts] of fold.rowsOf(hub.facts!).held) {
      answers.push(answer(hub.policy!, learnerId, facts, region, known, now))
      if (answers.length < deriveTogether) continue
      await sending
      sending = send(answers)
      sending.catch(() => undefined)
      answers = []
    }
    await sending
    await send(answers)
  }

  private get shared(): readonly ViewPlan[] {
    return this.options.plans.filter(plan => this.options.hub.shared.includes(plan))
  }

  private designsOf(agency: AgencyRef): TableDesign[] {
    return [
      ...agencyDesigns(agency, this.shared, slot),
      ...(this.options.region ? agencyEntitlementDesigns(agency.agencyId, slot) : []),
    ]
  }

  /** One after the other, beside what the main line does. */
  private inBackground(work: string | (() => Promise<unknown>)): void {
    const run = typeof work === 'string' ? () => this.options.db.exec(work) : work
    const done = this.free.then(run).then(() => undefined)
    this.free = done.catch(() => undefined)
    done.catch(() => undefined)
    this.background.push(done)
  }
}

async function inLanes(lanes: number, work: readonly (() => Promise<void>)[]): Promise<void> {
  const waiting = [...work]
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await next()
    }),
  )
}

/** The snapshot of holdings by which one view is copied while the others run on. */
export const holdingsSnapshot = `drop table if exists ${quoteTable(hubTable('holdings', 'next'))};
  create table ${quoteTable(hubTable('holdings', 'next'))} as table ${quoteTable(hubTable('holdings', 'live'))};
  create unique index on ${quoteTable(hubTable('holdings', 'next'))} (learner_id, agency_id);
  create index on ${quoteTable(hubTable('holdings', 'next'))} (agency_id);
  analyse ${quoteTable(hubTable('holdings', 'next'))};`
