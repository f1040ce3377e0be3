import type { Database } from '@passerelle/database'
import { Hints, type Position } from '@passerelle/event-log'
import { agencySchema } from './agency-schema.js'
import type { View } from './define-view.js'

/** Wakes whoever waits for read models to move. */
export const wakeChannel = 'projections'

export interface WaitOptions {
  /** Whose read model will be read. */
  readonly agencyId?: string
  /** What will be read; a view that stands still is not waited for. */
  readonly views: readonly (View | string)[]
  readonly timeoutMs: number
}

/**
 * Waits until what was recorded at `position` can be read: by the views named, and by everything that decides who may see them. False where they
 * have not arrived in time, or will not because one of them stands still.
 */
export async function waitFor(db: Database, position: Position, { agencyId, views, timeoutMs }: WaitOptions): Promise<boolean> {
  const names = views.map(view => (typeof view === 'string' ? view : view.name))
  const known = new Set(
    (await db.query<{ view: string }>(`select distinct view from projections.checkpoints where slot = 'live'`)).map(r => r.view),
  )
  for (const name of names)
    if (!known.has(name)) throw new Error(`No view ${name} is projected here. Name one that the hub declares.`)
  const until = performance.now() + timeoutMs
  const hints = new Hints()
  const stop = await db.onWake(wakeChannel, () => hints.hint())
  try {
    for (;;) {
      const seen = hints.count
      const state = await look(db, position, names, agencyId)
      if (state !== 'behind') return state === 'arrived'
      const leftMs = until - performance.now()
      if (leftMs <= 0) return false
      await hints.next(seen, Math.min(leftMs, 250))
    }
  } finally {
    await stop()
  }
}

async function look(
  db: Database,
  position: Position,
  views: readonly string[],
  agencyId: string | undefined,
): Promise<'arrived' | 'behind' | 'stopped'> {
  const [state] = await db.query<{ behind: boolean; stopped: boolean; deriving: boolean; agency: boolean }>(
    `select coalesce(bool_or(c.position < $2), false) as behind,
            coalesce(bool_or(c.position < $2 and c.status = 'stopped'), false) as stopped,
            exists (select from projections.region r join projections.region_progress p on p.slot = r.slot
                     where r.slot = 'live' and p.version < r.version) as deriving,
            $3::text is null or exists (select from projections.agencies a where a.slot = 'live' and a.schema = $3) as agency
       from projections.checkpoints c
      where c.slot = 'live' and (c.view = any($1::text[]) or c.view in (select view from projections.deciding_views))`,
    [views, position, agencyId === undefined ? null : agencySchema(agencyId)],
    { name: 'projections.wait-for' },
  )
  if (state!.stopped) return 'stopped'
  return state!.behind || state!.deriving || !state!.agency ? 'behind' : 'arrived'
}
