import { setImmediate } from 'node:timers/promises'
import { DatabaseFeedState } from '@passerelle/connector'
import { type Database, isSqlError } from '@passerelle/database'
import { idOfStream } from '@passerelle/event-log'
import type { OpenHub } from '@passerelle/hub'
import type { Copies } from '@passerelle/processes'
import { dropStale } from '@passerelle/projections'
import type { Category } from '@passerelle/sharing'

/** What the hub has of people besides the log and what follows it: tables out of use, and what the connector remembers of feeds. */
export class HubCopies implements Copies {
  constructor(private readonly hub: Pick<OpenHub, 'db' | 'declaration'>) {}

  async clear(learnerId: string, what: readonly Category[] | 'everything'): Promise<void> {
    const { db, declaration } = this.hub
    await dropStale({ db, hub: declaration })
    await this.clearFeeds(learnerId, what)
    if (db.kind === 'pglite') await sweep(db)
  }

  private async clearFeeds(learnerId: string, what: readonly Category[] | 'everything'): Promise<void> {
    const { db } = this.hub
    const feeds = await DatabaseFeedState.open(db)
    await feeds.forgetRows(learnerId, what)
    if (what !== 'everything') return
    const streams = await db.query<{ stream_id: string }>('select stream_id from hub.streams where person_id = $1', [learnerId])
    await feeds.forgetIds(streams.map(({ stream_id }) => idOfStream(stream_id)))
  }
}

/**
 * The embedded store has no operator: what dead rows and the journal still hold in its files goes now, table by table, so that whoever reads meanwhile is
 * answered in between. On a server vacuum, and how long the journal is kept, are the operator’s.
 */
async function sweep(db: Database): Promise<void> {
  // A segment that is used again would keep what it held.
  await db.query('set wal_recycle = off')
  for (const { name } of await db.query<{ name: string }>(tablesWithRows)) {
    await db.query(`vacuum full ${name}`).catch(error => {
      // Dropped meanwhile, with its file.
      if (!isSqlError(error, '42P01')) throw error
    })
    await setImmediate()
  }
  for (const step of ['select pg_switch_wal()', 'checkpoint']) await db.query(step)
}
/** Those that hold or held anything; of the catalogue, what it knows of values in them. */
const tablesWithRows = `select format('%I.%I', n.nspname, c.relname) as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'm') and c.relpersistence <> 't' and pg_table_size(c.oid) > 0
    and (n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast') or c.oid = 'pg_statistic'::regclass)`
