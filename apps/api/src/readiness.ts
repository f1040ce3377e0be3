import type { OpenHub } from '@passerelle/hub'
import type { Check } from '@passerelle/http'
import { runningOtherwise } from '@passerelle/projections'

/** The log answers. */
export const logCheck =
  (hub: OpenHub): Check =>
  async () => {
    await hub.log.head()
    return { ok: true }
  }

/** Every view runs as this release declares it, none stands still before an event it could not take. */
export const readModelsCheck =
  (hub: OpenHub): Check =>
  async () => {
    const [row] = await hub.db.query<{ views: number; stopped: number }>(
      `select count(distinct view)::int as views, count(*) filter (where status = 'stopped')::int as stopped from projections.checkpoints where slot = 'live'`,
    )
    const viewsOfAnotherRelease = (await runningOtherwise(hub.db, hub.declaration.plans, 'live')).length
    const ok = row!.views > 0 && row!.stopped === 0 && viewsOfAnotherRelease === 0
    return { ok, views: row!.views, stopped: row!.stopped, viewsOfAnotherRelease }
  }

/** How long the oldest event that some view has not read yet has been waiting. */
export const lagCheck =
  (hub: OpenHub, mostLagMs: number): Check =>
  async () => {
    const [row] = await hub.db.query<{ position: string }>(
      `select min(position) as position from projections.checkpoints where slot = 'live'`,
    )
    const [next] = await hub.log.readAll(row?.position ?? '', 1)
    const lagMs = next ? Math.max(0, hub.now().getTime() - Date.parse(next.recordedAt)) : 0
    return { ok: lagMs <= mostLagMs, lagMs }
  }
