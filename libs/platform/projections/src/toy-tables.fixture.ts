import type { Database } from '@passerelle/database'
import { agencySchema } from './agency-schema.js'
import { isForAgency, knownAgencies } from './agencies.js'
import type { Hub } from './hub.js'
import type { ViewPlan } from './view-plan.js'
import { readPlainly } from './sample-check.js'
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

const read = async (db: Database, plan: ViewPlan, schema: string) =>
  Object.fromEntries(await readPlainly(db, plan, `${schema}.${plan.table}`))

/** Everything that the engine made, gone. */
export async function dropAll(db: Database): Promise<void> {
  const schemas = await db.query<{ name: string }>(
    `select nspname as name from pg_namespace where nspname in ('hub', 'shared', 'projections') or nspname like 'agency\\_%'`,
  )
  for (const { name } of schemas) await db.exec(`drop schema "${name}" cascade`)
}
