import { isDeepStrictEqual } from 'node:util'
import { quoteTable, type Sql } from '@passerelle/database'
import type { Recorded } from '@passerelle/event-log'
import type { Entitlement } from '@passerelle/sharing'
import type { Row } from './define-view.js'
import type { AgencyRef } from './entitlement-policy.js'
import { rowKey } from './fold.js'
import type { Hub } from './hub.js'
import { skipKey } from './lanes.js'
import { copyPlainly, foldPlainly, type PlainRow } from './plain-models.js'
import type { Region } from './region.js'
import { agencyTable, hubTable } from './tables.js'
import type { ViewPlan } from './view-plan.js'

/** What was built is not what a plain fold of the same events gives: a fault of the engine. Nothing was swapped. */
export class RebuildUnsound extends Error {
  readonly code = 'PROJECTION.REBUILD_UNSOUND'
  constructor(readonly table: string) {
    super(`Table ${table} does not hold what a plain fold of the same events gives. Nothing was swapped; please report it.`)
  }
}

export interface SampleCheck {
  readonly hub: Hub
  readonly plans: readonly ViewPlan[]
  readonly skips: ReadonlySet<string>
  readonly agencies: readonly AgencyRef[]
  /** Undefined where only the hub is checked. */
  readonly region: Region | undefined
  readonly now: Date
}

/** Holds the rows of a few learners against a plain fold of their events. @throws RebuildUnsound */
export async function checkSample(sql: Sql, sample: ReadonlyMap<string, readonly Recorded[]>, check: SampleCheck): Promise<void> {
  const { hub, plans, skips, agencies, region, now } = check
  const learners = [...sample.keys()]
  if (learners.length === 0) return
  const folded = (plan: ViewPlan) =>
    new Map(
      [...sample.values()].flatMap(events => [...foldPlainly(plan.view, events, hub, id => skips.has(skipKey(plan.name, id)))]),
    )
  const entitlements = new Map<string, readonly Entitlement[]>()
  if (region)
    for (const [learner, row] of folded(hub.facts!)) entitlements.set(learner, entitlementsOf(row as unknown as Row, check))
  for (const plan of plans) {
    if (!plan.subject) continue
    const rows = folded(plan)
    await assertSame(sql, plan, hubTable(plan.table, 'next'), learners, rows)
    if (!region || !hub.shared.includes(plan)) continue
    for (const { agencyId } of agencies) {
      const copies = [...rows].flatMap(([key, row]): [string, PlainRow][] => {
        const learner = row[plan.subject!.property] as string
        const copy = copyPlainly(agencyId, plan.view, row, entitlements.get(learner) ?? [], now)
        return copy ? [[key, copy]] : []
      })
      await assertSame(sql, plan, agencyTable(agencyId, plan.table, 'next'), learners, new Map(copies))
    }
  }
}

/** None where the policy fails: then nobody may hold anything. */
function entitlementsOf(facts: Row, { hub, region, now }: SampleCheck): readonly Entitlement[] {
  try {
    return hub.policy!.derive(facts, region!, now).entitlements
  } catch {
    return []
  }
}

async function assertSame(
  sql: Sql,
  plan: ViewPlan,
  table: string,
  learners: readonly string[],
  expected: ReadonlyMap<string, PlainRow>,
): Promise<void> {
  if (!isDeepStrictEqual(await readPlainly(sql, plan, table, learners), new Map(expected))) throw new RebuildUnsound(table)
}

/** Rows of a table, of some learners or all, as a plain fold would tell them. */
export async function readPlainly(
  sql: Sql,
  plan: ViewPlan,
  table: string,
  learners?: readonly string[],
): Promise<Map<string, PlainRow>> {
  const rows = new Map<string, PlainRow>()
  const where = learners ? ` where ${plan.subject!.sql} = any($1::text[])` : ''
  for (const record of await sql.query(`select * from ${quoteTable(table)}${where}`, learners ? [learners] : [])) {
    const row = Object.fromEntries(plan.columns.map(c => [c.property, record[c.sql.slice(1, -1)]]))
    const { owner_agency_ids: ownerAgencyIds, version, first_day: firstDay, last_day: lastDay } = record as any
    rows.set(rowKey(plan, row as Row), { ...row, ownerAgencyIds, version, firstDay, lastDay })
  }
  return rows
}
