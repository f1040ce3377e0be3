import type { Database, Sql } from '@passerelle/database'
import type { Category } from '@passerelle/sharing'
import { entryKey, type FeedRun, type FeedState, type QuarantineEntry, type Remembered } from './feed-state.js'

/** In PostgreSQL or PGlite, schema `connector`. */
export class DatabaseFeedState implements FeedState {
  private constructor(private readonly database: Database) {}

  /** Makes the tables where they are not there; of several processes, one does. */
  static async open(database: Database): Promise<DatabaseFeedState> {
    await database.transaction(async tx => {
      await tx.query('select pg_advisory_xact_lock(1718576483)')
      await tx.exec(SCHEMA)
    })
    return new DatabaseFeedState(database)
  }

  async find(source: string, entity: string, idHashes: readonly string[]) {
    const rows = await this.database.query<RecordRow>(
      'select entity, id_hash, content_hash, ended from connector.records where source = $1 and entity = $2 and id_hash = any($3::text[])',
      [source, entity, idHashes],
      { name: 'connector_find' },
    )
    const found = new Map(rows.map(row => [row.id_hash, toRemembered(row)]))
    return idHashes.map(idHash => found.get(idHash))
  }

  async remember(source: string, runId: string, records: readonly Remembered[]) {
    const last = [...new Map(records.map(record => [`${record.entity} ${record.idHash}`, record])).values()]
    if (last.length === 0) return
    await this.database.query(
      `insert into connector.records (source, entity, id_hash, content_hash, ended, run_id)
         select $1, e, i, c, x, $2 from unnest($3::text[], $4::text[], $5::text[], $6::boolean[]) as r(e, i, c, x) order by e, i
       on conflict (source, entity, id_hash) do update
         set content_hash = excluded.content_hash, ended = excluded.ended, run_id = excluded.run_id`,
      [source, runId, last.map(r => r.entity), last.map(r => r.idHash), last.map(r => r.contentHash), last.map(r => r.ended)],
      { name: 'connector_remember' },
    )
  }

  async touch(source: string, runId: string, entity: string, idHashes: readonly string[]) {
    if (idHashes.length === 0) return
    await this.database.query(
      'update connector.records set run_id = $2 where source = $1 and entity = $3 and id_hash = any($4::text[]) and run_id <> $2',
      [source, runId, entity, idHashes],
      { name: 'connector_touch' },
    )
  }

  async countUnseen(source: string, entity: string, runId: string) {
    const [row] = await this.database.query<{ open: number; unseen: number }>(
      `select count(*)::int as open, count(*) filter (where run_id <> $3)::int as unseen
         from connector.records where source = $1 and entity = $2 and not ended`,
      [source, entity, runId],
    )
    return { open: Number(row!.open), unseen: Number(row!.unseen) }
  }

  async unseen(source: string, entity: string, runId: string, limit: number, after = '') {
    const rows = await this.database.query<RecordRow>(
      `select entity, id_hash, content_hash, ended from connector.records
         where source = $1 and entity = $2 and not ended and run_id <> $3 and id_hash > $5 order by id_hash limit $4`,
      [source, entity, runId, limit, after],
    )
    return rows.map(toRemembered)
  }

  async quarantine(entries: readonly QuarantineEntry[]) {
    if (entries.length === 0) return
    await this.database.transaction(async tx => {
      for (const entry of entries) await keep(tx, entry)
    })
  }

  async entries(filter: { agencyId?: string; format?: string; system?: string; entryId?: string }) {
    const rows = await this.database.query<{ entry: string }>(
      `select entry::text as entry from connector.quarantine where resolution is null
         and ($1::text is null or agency_id = $1) and ($2::text is null or entry->>'format' = $2)
         and ($3::text is null or entry->>'system' = $3) and ($4::text is null or entry_id = $4) order by raised_at, entry_id`,
      [filter.agencyId ?? null, filter.format ?? null, filter.system ?? null, filter.entryId ?? null],
    )
    return rows.map(row => JSON.parse(row.entry) as QuarantineEntry)
  }

  async resolve(entryIds: readonly string[], resolution: 'mended' | 'discarded', at: string) {
    if (entryIds.length === 0) return
    // What it was is no longer needed: the sealed row goes, the skeleton stays.
    await this.database.query(
      `update connector.quarantine set resolution = $2, resolved_at = $3, entry = entry - 'raw' where entry_id = any($1::text[]) and resolution is null`,
      [entryIds, resolution, at],
    )
  }

  /** Of what was forgotten nothing that a row said is kept, sealed or not; of a whole person not even that there was a row. */
  async forgetRows(subject: string, what: readonly Category[] | 'everything') {
    if (what === 'everything')
      await this.database.query(`delete from connector.quarantine where entry->>'subject' = $1`, [subject])
    else
      await this.database.query(
        `update connector.quarantine set entry = entry - 'raw'
          where entry->>'subject' = $1 and entry->'raw'->>'$sealed' = any($2::text[])`,
        [subject, what],
      )
  }

  /** Forgets the hashes of the partners’ ids from which these ids were made, see `uuidOf`. */
  async forgetIds(ids: readonly string[]) {
    await this.database.query(
      `delete from connector.records where (
         substr(id_hash, 1, 8) || substr(id_hash, 9, 4) || substr(id_hash, 14, 3) || substr(id_hash, 18, 3) || substr(id_hash, 21, 12))
         = any($1::text[])`,
      [ids.filter(id => uuid.test(id)).map(id => id.replace(uuid, '$1$2$3$4$5'))],
    )
  }

  async saveRun(run: FeedRun) {
    await this.database.query(
      `insert into connector.runs (run_id, agency_id, started_at, run) values ($1, $2, $3, $4::jsonb)
       on conflict (run_id) do update set run = excluded.run`,
      [run.runId, run.agencyId, run.startedAt, JSON.stringify(run)],
    )
  }
  async runs(agencyId?: string) {
    const rows = await this.database.query<{ run: string }>(
      'select run::text as run from connector.runs where $1::text is null or agency_id = $1 order by started_at',
      [agencyId ?? null],
    )
    return rows.map(row => JSON.parse(row.run) as FeedRun)
  }
}

/** What of a hash stands in the id that `uuidOf` makes of it. */
const uuid = /^(.{8})-(.{4})-8(.{3})-.(.{3})-(.{12})$/

interface RecordRow {
  readonly entity: string
  readonly id_hash: string
  readonly content_hash: string
  readonly ended: boolean
}
const toRemembered = (row: RecordRow): Remembered => ({
  entity: row.entity,
  idHash: row.id_hash,
  contentHash: row.content_hash,
  ended: row.ended,
})

async function keep(tx: Sql, entry: QuarantineEntry): Promise<void> {
  const key = entryKey(entry)
  await tx.query(
    `delete from connector.quarantine where entry_key = $1 and resolution is null and entry->>'runId' <> $2`,
    [key, entry.runId],
    { name: 'connector_replace' },
  )
  await tx.query(
    'insert into connector.quarantine (entry_id, entry_key, agency_id, raised_at, entry) values ($1, $2, $3, $4, $5::jsonb)',
    [entry.entryId, key, entry.agencyId, entry.raisedAt, JSON.stringify(entry)],
    { name: 'connector_keep' },
  )
}

const SCHEMA = `
create schema if not exists connector;
create table if not exists connector.records (
  source text collate "C" not null,
  entity text collate "C" not null,
  id_hash text collate "C" not null,
  content_hash text not null,
  ended boolean not null,
  run_id text not null,
  primary key (source, entity, id_hash)
);
create table if not exists connector.quarantine (
  entry_id text primary key,
  entry_key text not null,
  agency_id text not null,
  raised_at text not null,
  resolved_at text,
  resolution text,
  entry jsonb not null
);
drop index if exists connector.quarantine_open;
create index if not exists quarantine_open_of on connector.quarantine (entry_key) where resolution is null;
create table if not exists connector.runs (
  run_id text primary key,
  agency_id text not null,
  started_at text not null,
  run jsonb not null
);
`
