import { DatabaseFeedState } from '@passerelle/connector'
import type { Database } from '@passerelle/database'
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
 * The embedded store has no operator: what dead rows and the journal still hold in its files goes now. On a server vacuum, and how long the journal is
 * kept, are the operator’s.
 */
async function sweep(db: Database): Promise<void> {
  // A segment that is used again would keep what it held.
  for (const step of ['set wal_recycle = off', 'vacuum full', 'select pg_switch_wal()', 'checkpoint']) await db.query(step)
}
