import { type Database, quoteIdentifier, quoteLiteral, quoteTable, type Sql } from '@passerelle/database'
import type { Sector } from '@passerelle/sharing'
import { agencySchema } from './agency-schema.js'
import type { AgencyRef } from './entitlement-policy.js'
import {
  agencyEntitlementDesigns,
  agencyTable,
  copyDesign,
  createMissing,
  entitlementTables,
  everyonesTable,
  type Slot,
  type TableDesign,
} from './tables.js'
import { ViewTable } from './view-table.js'
import type { ViewPlan } from './view-plan.js'

export const isForEveryone = (plan: ViewPlan): boolean => plan.view.audience === 'everyone'

/** Whether an agency of this sector has a table of its own for the view. */
export const isForAgency = (plan: ViewPlan, sector: Sector): boolean =>
  plan.subject !== undefined ||
  plan.view.audience === 'ownAgency' ||
  (plan.view.audience === 'authority' && sector === 'authority')

export function agencyDesigns({ agencyId, sector }: AgencyRef, plans: readonly ViewPlan[], slot: Slot): TableDesign[] {
  return plans.filter(plan => isForAgency(plan, sector)).map(plan => copyDesign(plan, agencyTable(agencyId, plan.table, slot)))
}
export const everyonesDesigns = (plans: readonly ViewPlan[], slot: Slot): TableDesign[] =>
  plans.filter(isForEveryone).map(plan => copyDesign(plan, everyonesTable(plan.table, slot)))

/**
 * Gives each named agency its schema, role and tables, and what it may hold of the views that are about no learner; learners' rows come with
 * their entitlements. An agency that is no longer named keeps an empty schema.
 */
export async function ensureAgencies(
  sql: Sql,
  plans: readonly ViewPlan[],
  named: readonly AgencyRef[],
  slot: Slot,
  { entitlements }: { entitlements: boolean },
): Promise<void> {
  const known = new Map((await knownAgencies(sql, slot)).map(a => [a.agencyId, a.sector]))
  for (const agency of named) {
    const { agencyId, sector } = agency
    const before = known.get(agencyId)
    known.delete(agencyId)
    if (before === sector) continue
    await nameAgency(sql, agency, slot)
    await createMissing(sql, [
      ...agencyDesigns(agency, plans, slot),
      ...(entitlements ? agencyEntitlementDesigns(agencyId, slot) : []),
    ])
    await empty(sql, plans, agency, slot)
    if (before) await empty(sql, plans, { agencyId, sector: before }, slot)
    for (const plan of plans)
      if (!plan.subject && isForAgency(plan, sector)) await new ViewTable(plan, slot).fill(sql, { agencyId })
    if (slot === 'live') await grantTables(sql, plans, agencyId)
  }
  for (const [agencyId, sector] of known) {
    await empty(sql, plans, { agencyId, sector }, slot)
    await sql.query('delete from projections.agencies where slot = $1 and agency_id = $2', [slot, agencyId])
  }
}

/** Makes an agency known, with a schema and a role, before it has tables. */
export async function nameAgency(sql: Sql, { agencyId, sector }: AgencyRef, slot: Slot): Promise<void> {
  const [known] = await sql.query('select from projections.agencies where agency_id = $1', [agencyId])
  if (!known) await createSchema(sql, agencyId)
  await sql.query(
    `insert into projections.agencies (slot, agency_id, sector, schema) values ($1, $2, $3, $4)
     on conflict (slot, agency_id) do update set sector = excluded.sector`,
    [slot, agencyId, sector, agencySchema(agencyId)],
  )
}

async function empty(sql: Sql, plans: readonly ViewPlan[], { agencyId, sector }: AgencyRef, slot: Slot): Promise<void> {
  for (const plan of plans)
    if (!plan.subject && isForAgency(plan, sector))
      await sql.exec(`delete from ${quoteTable(agencyTable(agencyId, plan.table, slot))}`)
}

/** Rights are kept in the server's own catalogues, where two transactions that change the same row fail: they take turns until they end. */
const inTurn = (sql: Sql) => sql.query('select pg_advisory_xact_lock(hashtext($1))', ['passerelle.rights'])

async function createSchema(sql: Sql, agencyId: string): Promise<void> {
  await inTurn(sql)
  const name = agencySchema(agencyId)
  const role = quoteIdentifier(name)
  // A role belongs to the server: another database on it may have made one of the same name.
  await sql.exec(`do $$ begin
      if not exists (select from pg_roles where rolname = ${quoteLiteral(name)}) then create role ${role} nologin noinherit; end if;
    exception when duplicate_object or unique_violation then null; end $$`)
  await sql.exec(
    `create schema if not exists ${role}; revoke all on schema ${role} from public; grant usage on schema ${role}, shared to ${role}`,
  )
  for (const { login } of await sql.query<{ login: string }>('select login from projections.readers'))
    await grantRole(sql, name, login)
}

/** An agency's role may read the live tables of its schema and those that everyone reads, and nothing else. */
export async function grantTables(sql: Sql, plans: readonly ViewPlan[], agencyId: string): Promise<void> {
  const role = quoteIdentifier(agencySchema(agencyId))
  await inTurn(sql)
  await sql.exec(`revoke all on all tables in schema ${role} from ${role}`)
  const tables = [
    ...plans.filter(isForEveryone).map(plan => everyonesTable(plan.table, 'live')),
    ...plans.map(plan => agencyTable(agencyId, plan.table, 'live')),
    ...Object.keys(entitlementTables).map(table => agencyTable(agencyId, table, 'live')),
  ].map(quoteTable)
  const there = await sql.query<{ name: string }>(
    'select name from unnest($1::text[]) name where to_regclass(name) is not null',
    [tables],
  )
  if (there.length > 0) await sql.exec(`grant select on ${there.map(t => t.name).join(', ')} to ${role}`)
}

const grantRole = (sql: Sql, role: string, login: string) =>
  sql.exec(`grant ${quoteIdentifier(role)} to ${quoteIdentifier(login)} with inherit false, set true`)

/**
 * Lets a login take the role of any agency, of today and later, for one transaction at a time. The login itself owns and reads nothing.
 * @throws SqlError where the server has no such login.
 */
export async function grantReader(db: Database, login: string): Promise<void> {
  await db.transaction(async sql => {
    for (const { agencyId } of await knownAgencies(sql, 'live')) await grantRole(sql, agencySchema(agencyId), login)
    await sql.query('insert into projections.readers (login) values ($1) on conflict do nothing', [login])
  })
}

export async function knownAgencies(sql: Sql, slot: Slot): Promise<AgencyRef[]> {
  return sql.query<{ agencyId: string; sector: Sector }>(
    'select agency_id as "agencyId", sector from projections.agencies where slot = $1 order by agency_id',
    [slot],
  )
}
