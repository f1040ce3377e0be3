import { isDeepStrictEqual } from 'node:util'
import { type Database, PgDatabase, PgliteDatabase } from '@passerelle/database'
import { freshDatabase } from '@passerelle/testing'
import { type World, worldAgencies, worldNow, worldViews } from '@passerelle/testing/sharing'
import { DenyList } from './deny-list.js'
import { entitlementsOf } from './entitlements-of.js'
import { dawn, indexed, type LearnerFacts } from './facts.js'
import { toBits, toPeriodRanks, toRanks } from './permission.js'
import { Reader } from './reader.js'
import { learnerAgencyId } from './roles.js'
import { parts, type Parts } from './statement.js'
import { sqlName, sqlTypes } from './columns.js'

/** For specs: names of schemas and roles that no other spec uses. */
export const specSchema = (agencyId: string): string => `spec_${agencyId.replaceAll('-', '_')}`
const agencyIds = [...worldAgencies.map(a => a.agencyId), learnerAgencyId]

/**
 * Tables of agencies as the engine makes them, with whole rows: no copy has masked anything before the reader does. On PostgreSQL inside this process
 * unless another database is given.
 */
export async function openRegion(db?: Database): Promise<Database> {
  db ??= await PgliteDatabase.open()
  await new DenyList(specSchema).create(db)
  for (const agencyId of agencyIds) {
    const schema = specSchema(agencyId)
    const views = worldViews.map(({ name, columns, keys }) => {
      const list = Object.entries(columns).map(([column, { type }]) => `"${sqlName(column)}" ${sqlTypes[type]}`)
      return `create table ${schema}.${name} (${list.join(', ')}, owner_agency_ids text[] not null, version bigint, updated_at timestamptz, first_day date, last_day date,
        primary key (${keys.map(key => `"${sqlName(key)}"`).join(', ')})); create index on ${schema}.${name} (learner_id);`
    })
    // Roles are of the server: another database of it may have made them.
    await db.exec(`do $$ begin create role ${schema}; exception when duplicate_object then null; end $$; create schema ${schema}; ${views.join('\n')}
      create table ${schema}.entitlements (learner_id text not null, agency_id text not null, role text not null, purpose text not null,
        valid_from timestamptz not null, valid_until timestamptz not null, levels smallint[] not null, own_levels smallint[] not null, periods jsonb, because jsonb not null,
        position text collate "C" not null default 'settled');
      create table ${schema}.assignments (learner_id text not null, agency_id text not null, user_id text, role text, kind text not null, kept int not null,
        valid_from timestamptz not null, valid_until timestamptz not null);
      grant usage on schema ${schema} to ${schema}; grant select on all tables in schema ${schema} to ${schema};`)
  }
  return db
}

/** The same on a server, for specs that ask thousands of questions. */
export async function openRegionOnServer(): Promise<{ readonly db: Database; close(): Promise<void> }> {
  const { url, drop } = await freshDatabase()
  const db = await openRegion(new PgDatabase({ url, connections: 1 }))
  return {
    db,
    async close() {
      await db.close()
      await drop()
    },
  }
}

// With what is past: the reader's clock must leave it out.
function derivedFrom(world: World, known: (facts: LearnerFacts) => LearnerFacts) {
  const region = indexed(world.region)
  return world.learners.map(learner => entitlementsOf(known(learner), region, dawn))
}

/** The agencies in whose schemas something else would stand if this was known instead of the facts. */
export function agenciesToldElse(world: World, known: (facts: LearnerFacts) => LearnerFacts): ReadonlySet<string> {
  const [told, toldElse] = [(facts: LearnerFacts) => facts, known].map(from => {
    const derived = derivedFrom(world, from)
    return (agencyId: string) =>
      derived.map(({ entitlements, assignments }) =>
        [entitlements, assignments].map(of => of.filter(e => e.agencyId === agencyId)),
      )
  })
  return new Set(agencyIds.filter(agencyId => !isDeepStrictEqual(told!(agencyId), toldElse!(agencyId))))
}

/** Puts a world in place of the last one. `known`: what the entitlements are derived from, where that is not all of the facts. */
export async function settle(
  db: Database,
  world: World,
  known: (facts: LearnerFacts) => LearnerFacts = facts => facts,
): Promise<void> {
  const derived = derivedFrom(world, known)
  await db.exec('delete from sharing.denials')
  const denyList = new DenyList(specSchema)
  for (const [i, denial] of world.denials.entries()) await denyList.deny(db, { ...denial, denialId: `d${i}` }, worldNow)
  for (const agencyId of agencyIds) {
    const schema = specSchema(agencyId)
    await db.exec(
      [...worldViews.map(v => v.name), 'entitlements', 'assignments'].map(table => `delete from ${schema}.${table};`).join(' '),
    )
    await db.copyRows(
      `${schema}.entitlements`,
      ['learner_id', 'agency_id', 'role', 'purpose', 'valid_from', 'valid_until', 'levels', 'own_levels', 'periods', 'because'],
      derived
        .flatMap(d => d.entitlements)
        .filter(e => e.agencyId === agencyId)
        .map(e => [
          e.learnerId,
          e.agencyId,
          e.role,
          e.purpose,
          e.validFrom,
          e.validUntil,
          toRanks(e.levels),
          toRanks(e.ownLevels),
          e.periods ? JSON.stringify(e.periods.map(toPeriodRanks)) : null,
          JSON.stringify(e.because),
        ]),
    )
    await db.copyRows(
      `${schema}.assignments`,
      ['learner_id', 'agency_id', 'user_id', 'role', 'kind', 'kept', 'valid_from', 'valid_until'],
      derived
        .flatMap(d => d.assignments)
        .filter(a => a.agencyId === agencyId)
        .map(a => [a.learnerId, a.agencyId, a.userId, a.role, a.kind, toBits(a.kept ?? []), a.validFrom, a.validUntil]),
    )
    for (const view of worldViews) {
      const columns = Object.keys(view.columns)
      await db.copyRows(
        `${schema}.${view.name}`,
        [...columns.map(sqlName), 'owner_agency_ids', 'version', 'updated_at', 'first_day', 'last_day'],
        world.rows[view.name]!.map(row => [
          ...columns.map(c =>
            view.columns[c]!.type === 'json' && row.values[c] !== null ? JSON.stringify(row.values[c]) : row.values[c],
          ),
          row.ownerAgencyIds,
          row.version,
          row.updatedAt,
          row.days?.first ?? null,
          row.days?.last ?? null,
        ]),
      )
    }
  }
}

export const readerOf = (some: Partial<Parts> = {}): Reader =>
  new Reader({
    schemaOf: specSchema,
    cursorKey: Buffer.alloc(32, 7),
    now: () => worldNow,
    statementTimeoutMs: 20_000,
    parts: { ...parts, ...some },
  })
