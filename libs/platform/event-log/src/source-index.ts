import type { Database } from '@passerelle/database'
import type { Source } from './event.js'

/**
 * What each source said last, so that a feed can pass over whole rows without reading a stream. The log itself keeps
 * (`EventStore.handle` compares with the stream's own events); this is its shortcut, and losing it loses nothing but time.
 */
export interface SourceIndex {
  /** The content hash of the last row taken in for each external id, in their order; undefined where none was. */
  find(system: string, externalIds: readonly string[]): Promise<(string | undefined)[]>
  /** Call it only once everything that follows from the rows is recorded: what is remembered is not looked at again. */
  remember(rows: readonly Source[]): Promise<void>
}

export class MemorySourceIndex implements SourceIndex {
  private readonly hashes = new Map<string, string>()

  async find(system: string, externalIds: readonly string[]): Promise<(string | undefined)[]> {
    return externalIds.map(externalId => this.hashes.get(keyOf({ system, externalId })))
  }

  async remember(rows: readonly Source[]): Promise<void> {
    for (const row of rows) this.hashes.set(keyOf(row), row.contentHash)
  }
}
const keyOf = ({ system, externalId }: Pick<Source, 'system' | 'externalId'>) => JSON.stringify([system, externalId])

/** In PostgreSQL or PGlite, table `feed.sources`. */
export class DatabaseSourceIndex implements SourceIndex {
  private constructor(private readonly database: Database) {}

  /** Makes the table where it is not there; of several processes, one does. */
  static async open(database: Database): Promise<DatabaseSourceIndex> {
    await database.transaction(async tx => {
      await tx.query(`select pg_advisory_xact_lock(${setupLock})`)
      await tx.exec(schema)
    })
    return new DatabaseSourceIndex(database)
  }

  async find(system: string, externalIds: readonly string[]): Promise<(string | undefined)[]> {
    const rows = await this.database.query<{ external_id: string; content_hash: string }>(
      'select external_id, content_hash from feed.sources where system = $1 and external_id = any($2::text[])',
      [system, externalIds],
      { name: 'feed_sources_find' },
    )
    const hashes = new Map(rows.map(row => [row.external_id, row.content_hash]))
    return externalIds.map(externalId => hashes.get(externalId))
  }

  async remember(rows: readonly Source[]): Promise<void> {
    const last = [...new Map(rows.map(row => [keyOf(row), row])).values()]
    if (last.length === 0) return
    await this.database.query(
      `insert into feed.sources as s (system, external_id, content_hash, feed_run_id)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as r(system, external_id, content_hash, feed_run_id)
         order by 1, 2
       on conflict (system, external_id) do update
         set content_hash = excluded.content_hash, feed_run_id = excluded.feed_run_id
         where s.content_hash <> excluded.content_hash`,
      [last.map(r => r.system), last.map(r => r.externalId), last.map(r => r.contentHash), last.map(r => r.feedRunId)],
      { name: 'feed_sources_remember' },
    )
  }
}

/** Any number that no other part of the hub locks with. */
const setupLock = 0x66656564

const schema = `
create schema if not exists feed;
create table if not exists feed.sources (
  system text collate "C" not null,
  external_id text collate "C" not null,
  content_hash text not null,
  feed_run_id text not null,
  primary key (system, external_id)
);
`
