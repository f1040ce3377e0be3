import { quoteTable, type Sql } from '@passerelle/database'
import { grantTables, knownAgencies } from './agencies.js'
import { RebuildStopped } from './bulk-fold.js'
import type { Hub } from './hub.js'
import { entitlementTables, hubOnlyTables, type Slot } from './tables.js'
import type { ViewPlan } from './view-plan.js'

/** What is built together, and so changes hands together. */
export interface Scope {
  readonly plans: readonly ViewPlan[]
  /** With the policy's facts go the entitlements that were made of them. */
  readonly entitlements: boolean
}

const tableNames = ({ plans, entitlements }: Scope): string[] => [
  ...plans.map(plan => plan.table),
  ...(entitlements ? Object.keys({ ...entitlementTables, ...hubOnlyTables }) : []),
]

/** Drops what a scope has in a slot: tables, checkpoints and what belongs to them. */
export async function dropSlot(sql: Sql, scope: Scope, slot: Exclude<Slot, 'live'>): Promise<void> {
  for (const { name, schema } of await tablesIn(sql, scope, slot)) await sql.exec(`drop table ${quoteTable(`${schema}.${name}`)}`)
  const views = scope.plans.map(plan => plan.name)
  for (const table of ['projections.checkpoints', 'projections.audit_ranges', 'hub.parked_events'])
    await sql.query(`delete from ${table} where slot = $1 and view = any($2::text[])`, [slot, views])
  if (scope.entitlements)
    for (const table of ['agencies', 'region', 'region_changes', 'region_progress'])
      await sql.query(`delete from projections.${table} where slot = $1`, [slot])
}

/** Puts the rebuilt tables in the place of the running ones, which are kept as old. All or nothing, within the caller's transaction. */
export async function swapSlots(sql: Sql, hub: Hub, scope: Scope): Promise<void> {
  // A long read elsewhere would hold this up, and everybody else behind it: rather try again.
  await sql.exec(`set local lock_timeout = '5s'`)
  await dropSlot(sql, scope, 'old')
  for (const [from, to] of [
    ['live', 'old'],
    ['next', 'live'],
  ] as const) {
    for (const { name, schema, table } of await tablesIn(sql, scope, from))
      await sql.exec(`alter table ${quoteTable(`${schema}.${name}`)} rename to "${table}${to === 'live' ? '' : `__${to}`}"`)
    const views = scope.plans.map(plan => plan.name)
    for (const table of ['projections.checkpoints', 'projections.audit_ranges'])
      await sql.query(`update ${table} set slot = $2 where slot = $1 and view = any($3::text[])`, [from, to, views])
    if (scope.entitlements) await moveRegion(sql, from, to)
  }
  await sql.query(`delete from hub.parked_events where slot = 'live' and view = any($1::text[])`, [
    scope.plans.map(plan => plan.name),
  ])
  for (const { agencyId } of await knownAgencies(sql, 'live')) await grantTables(sql, hub.shared, agencyId)
}

/** Versions of the region go on from both, so that nobody takes what they remember of the one for the other. */
async function moveRegion(sql: Sql, from: Slot, to: Slot): Promise<void> {
  const tables = ['region', 'region_changes', 'region_progress']
  if (from === 'next') {
    const [old] = await sql.query<{ version: number }>(`select version from projections.region where slot = 'old'`)
    for (const table of tables)
      await sql.query(`update projections.${table} set version = version + $1 where slot = 'next'`, [(old?.version ?? 0) + 1])
  }
  for (const table of [...tables, 'agencies'])
    await sql.query(`update projections.${table} set slot = $2 where slot = $1`, [from, to])
}

async function tablesIn(sql: Sql, scope: Scope, slot: Slot): Promise<{ schema: string; name: string; table: string }[]> {
  const suffix = slot === 'live' ? '' : `__${slot}`
  const names = tableNames(scope)
  const found = await sql.query<{ schema: string; name: string }>(
    `select n.nspname as schema, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and (n.nspname in ('hub', 'shared') or n.nspname like 'agency\\_%') and c.relname = any($1::text[])
      order by 1, 2`,
    [names.map(name => name + suffix)],
  )
  return found.map(f => ({ ...f, table: f.name.slice(0, f.name.length - suffix.length) }))
}

/** @throws RebuildStopped where a rebuilt view stopped while it caught up. */
export async function assertNoneStopped(sql: Sql, { plans }: Scope): Promise<void> {
  const [parked] = await sql.query(
    `select view, event_id, error_class, error_code from hub.parked_events where slot = 'next' and view = any($1::text[]) limit 1`,
    [plans.map(plan => plan.name)],
  )
  if (parked) throw new RebuildStopped(parked['view'], parked['event_id'], parked['error_class'], parked['error_code'])
}
