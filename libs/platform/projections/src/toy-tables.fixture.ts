import { type Database, quoteTable } from '@passerelle/database'
import { agencySchema } from './agency-schema.js'
import { isForAgency, knownAgencies } from './agencies.js'
import type { Row } from './define-view.js'
import { rowKey } from './fold.js'
import type { Hub } from './hub.js'
import type { ViewPlan } from './view-plan.js'
import type { Models } from './toy-oracle.fixture.js'

/** What stands in the tables, in the words of the oracle. */
export async function tablesOf(db: Database, hub: Hub): Promise<Models> {
  const rows: Models['hub'] = {}
  for (const plan of hub.plans) rows[plan.name] = await read(db, plan, 'hub')
  const agencies: Models['agencies'] = { everyone: {} }
  const known = await knownAgencies(db, 'live')
  for (const { agencyId, sector } of known) {
    agencies[agencyId] = {}
    for (const plan of hub.shared) {
      if (plan.view.audience === 'everyone') agencies['everyone']![plan.name] = await read(db, plan, 'shared')
      else if (isForAgency(plan, sector)) agencies[agencyId][plan.name] = await read(db, plan, agencySchema(agencyId))
    }
  }
  return { hub: rows, agencies }
}

async function read(db: Database, plan: ViewPlan, schema: string): Promise<Record<string, never>> {
  const found: Record<string, unknown> = {}
  for (const record of await db.query(`select * from ${quoteTable(`${schema}.${plan.table}`)}`)) {
    const row = Object.fromEntries(plan.columns.map(c => [c.property, record[c.sql.slice(1, -1)]]))
    found[rowKey(plan, row as Row)] = { ...row, ownerAgencyIds: record['owner_agency_ids'], version: record['version'] }
  }
  return found as Record<string, never>
}

/** Everything that the engine made, gone. */
export async function dropAll(db: Database): Promise<void> {
  const schemas = await db.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname in ('hub', 'shared', 'projections') or nspname like 'agency\\_%'`,
  )
  for (const { name } of schemas) await db.exec(`drop schema "${name}" cascade`)
}
