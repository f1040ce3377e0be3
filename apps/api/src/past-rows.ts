import { setImmediate } from 'node:timers/promises'
import type { Database } from '@passerelle/database'
import type { EventStore, StoredEvent } from '@passerelle/event-log'
import { type Hub, type PastRow, rowsAfter, type View } from '@passerelle/projections'

/** What a view showed of some learners at an instant, folded from what the log had recorded by then. */
export class PastRows {
  private last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly db: Database,
    private readonly store: EventStore,
    private readonly hub: Hub,
  ) {}

  /**
   * One after the other, and stream by stream: whoever asks for much of the past waits, and nobody else.
   * @throws what the log throws; UnknownKey
   */
  of(view: View, learnerIds: readonly string[], asOf: string): Promise<PastRow[]> {
    const rows = this.last.then(() => this.read(view, learnerIds, asOf))
    this.last = rows.catch(() => undefined)
    return rows
  }

  private async read(view: View, learnerIds: readonly string[], asOf: string): Promise<PastRow[]> {
    if (learnerIds.length === 0) return []
    const { forgetting } = this.hub
    const definitions = [...view.definitions.values(), ...(forgetting?.from.definitions.values() ?? [])]
    const kinds = [...new Set(definitions.map(({ streamCategory }) => streamCategory))]
    const streams = await this.db.query<{ stream_id: string }>(
      `select stream_id from hub.streams where person_id = any($1::text[]) and split_part(stream_id, '-', 1) = any($2::text[])`,
      [learnerIds, kinds],
      { name: 'past_streams' },
    )
    const events: StoredEvent[] = []
    for (const { stream_id } of streams) {
      events.push(...(await this.store.log.readStream(stream_id)).filter(e => e.recordedAt <= asOf))
      // An embedded store answers before anybody else is heard.
      await setImmediate()
    }
    events.sort((a, b) => (a.globalPosition < b.globalPosition ? -1 : 1))
    const rows = await rowsAfter(this.store, this.hub, view, events)
    const wanted = new Set(learnerIds)
    return rows.filter(row => wanted.has(row.values[view.subject!] as string))
  }
}
