import { makeSchema, type Sql } from '@passerelle/database'
import { levelsWithinSql } from '@passerelle/sharing'

/** Adds a column to those of the engine's tables `c` that lack it. */
const adding = (column: string, type: string, which: string) => `
do $$ declare lacking regclass; begin
  for lacking in
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and (n.nspname in ('hub', 'shared') or n.nspname in (select schema from projections.agencies)) and ${which}
      and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = '${column}')
  loop execute format('alter table %s add column ${column} ${type}', lacking); end loop;
end $$;`
const named = (names: string) => `c.relname ~ '^(${names})(__next|__old)?$'`
const isOfRows = `exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'owner_agency_ids')`

/** What the engine remembers of its own work. Kept apart from the rows, in the schema `projections`; faults stand in the hub, for operators. */
const schema = `
create schema if not exists hub;
create schema if not exists shared;
create schema if not exists projections;

create table if not exists projections.engine (
  id int primary key default 1 check (id = 1), log_id text not null, partitions int not null);

-- Who works on a part of the learners. The token grows with each change of hands: whoever holds an older one can write nothing.
create table if not exists projections.leases (
  slot text not null, partition int not null, holder text not null, token bigint not null, until timestamptz not null, primary key (slot, partition));

create table if not exists projections.checkpoints (
  slot text not null, view text not null, partition int not null, version int not null, position text collate "C" not null,
  status text not null default 'running' check (status in ('running', 'stopped')),
  range_after text collate "C" not null default '', range_events bigint not null default 0, range_hash text not null default '',
  moved_at timestamptz not null default now(), primary key (slot, view, partition)) with (fillfactor = 50);

-- Of hubs that were made before it was kept: empty until it is known.
alter table projections.checkpoints add column if not exists shape text not null default '';

-- What each view took in between two positions of the log, for the audit.
create table if not exists projections.audit_ranges (
  slot text not null, view text not null, partition int not null, after text collate "C" not null, until text collate "C" not null,
  events bigint not null, hash text not null, primary key (slot, view, partition, after));

create table if not exists projections.agencies (
  slot text not null, agency_id text not null, sector text not null, schema text not null, primary key (slot, agency_id));
create table if not exists projections.readers (login text primary key);

-- Counts the changes of the region's facts; each part of the learners says up to which one, and by which policy, it was derived.
create table if not exists projections.region (slot text primary key, version bigint not null);
create table if not exists projections.region_changes (
  slot text not null, version bigint not null, depends_on text[], primary key (slot, version));
create table if not exists projections.region_progress (
  slot text not null, partition int not null, version bigint not null, policy_version int not null, primary key (slot, partition));

-- The views that entitlements are made of.
create table if not exists projections.deciding_views (view text primary key);

create table if not exists hub.parked_events (
  slot text not null, view text not null, partition int not null, event_id text not null, event_position text collate "C" not null,
  type text not null, schema_version int not null, error_class text not null, error_code text not null,
  parked_at timestamptz not null default now(), attempts int not null default 1, primary key (slot, view, partition));
create table if not exists hub.skipped_events (
  view text not null, event_id text not null, event_position text collate "C" not null, type text not null,
  error_class text not null, error_code text not null, reason text not null, skipped_by text not null,
  skipped_at timestamptz not null default now(), primary key (view, event_id));

-- Of hubs that were made before something could be kept from one person alone.
${adding('kept', 'int not null default 0', named('assignments'))}
-- Of hubs that were made before anything could be held of one period: of rows of before nobody knows the days, so they are of none until a rebuild.
${adding('periods', 'jsonb', named('entitlements|holdings'))}
${adding('first_day', 'date', isOfRows)}
${adding('last_day', 'date', isOfRows)}
${levelsWithinSql('projections')}
`

/** The checkpoints in this database belong to another log: reading on would mix two histories. */
export class WrongLog extends Error {
  readonly code = 'PROJECTION.WRONG_LOG'
  constructor(
    readonly logId: string,
    readonly expected: string,
  ) {
    super(
      `These read models were made from log ${expected}; this is log ${logId}. Connect the log they belong to, or give the other log an empty database.`,
    )
  }
}

export class WrongPartitions extends Error {
  readonly code = 'PROJECTION.WRONG_PARTITIONS'
}

/** Makes the engine's tables and binds them to one log. @throws WrongLog; WrongPartitions. */
export async function prepareBookkeeping(sql: Sql, logId: string, partitions: number): Promise<void> {
  await makeSchema(sql, 'projections', schema)
  await sql.query(`insert into projections.engine (log_id, partitions) values ($1, $2) on conflict do nothing`, [
    logId,
    partitions,
  ])
  const [engine] = await sql.query<{ log_id: string; partitions: number }>('select log_id, partitions from projections.engine')
  if (engine!.log_id !== logId) throw new WrongLog(logId, engine!.log_id)
  if (engine!.partitions !== partitions)
    throw new WrongPartitions(
      `This hub deals its learners into ${engine!.partitions} parts, not ${partitions}. Keep the number it began with.`,
    )
}
