import type { OpenHub } from '@passerelle/hub'
import { hubDeclaration } from '@passerelle/hub'
import type { Metrics } from '@passerelle/http'

/** How far one view is, over all parts of the learners: as far as the part that is furthest behind. */
export interface ViewLag {
  readonly view: string
  /** Since when the oldest event waits that it has not read yet; 0 where there is none. */
  readonly lagMs: number
  /** Since when it has not moved. */
  readonly ageMs: number
  readonly stopped: boolean
}

/** Every view as it stands: views that stand at one place are looked up in the log once. */
export async function lagOf({ db, log, now }: Pick<OpenHub, 'db' | 'log' | 'now'>): Promise<ViewLag[]> {
  const rows = await db.query<{ view: string; position: string; age_ms: number; stopped: boolean }>(
    `select view, min(position) as position, (extract(epoch from now() - max(moved_at)) * 1000)::float8 as age_ms, bool_or(status = 'stopped') as stopped
       from projections.checkpoints where slot = 'live' group by view order by view`,
  )
  const lags = new Map<string, number>()
  for (const position of new Set(rows.map(row => row.position))) {
    const [next] = await log.readAll(position, 1)
    lags.set(position, next ? Math.max(0, now().getTime() - Date.parse(next.recordedAt)) : 0)
  }
  return rows.map(({ view, position, age_ms, stopped }) => ({ view, lagMs: lags.get(position)!, ageMs: age_ms, stopped }))
}

/** Lag and age per view and, as an agency's model holds copies of all shared views, per agency; and what stands still. */
export function exposeLag(metrics: Metrics, hub: OpenHub): void {
  // One look at the log serves all figures of a scrape.
  let look: { at: number; lags: Promise<ViewLag[]> } | undefined
  const lags = () => {
    if (!look || performance.now() - look.at > 500) look = { at: performance.now(), lags: lagOf(hub) }
    return look.lags
  }
  const each = (value: (lag: ViewLag) => number) => async () =>
    (await lags()).map(lag => ({ labels: { view: lag.view }, value: value(lag) }))
  metrics.gauge(
    'passerelle_view_lag_seconds',
    'Age of the oldest event a view has not read',
    ['view'],
    each(l => l.lagMs / 1000),
  )
  metrics.gauge(
    'passerelle_view_age_seconds',
    'Time since a view moved',
    ['view'],
    each(l => l.ageMs / 1000),
  )
  metrics.gauge(
    'passerelle_view_stopped',
    '1 where a view stands still before an event',
    ['view'],
    each(l => Number(l.stopped)),
  )
  const shared = new Set(hubDeclaration.shared.map(plan => plan.name))
  const agencies = (value: (lag: ViewLag) => number) => async () => {
    const known = await hub.db.query<{ agency_id: string }>(`select agency_id from projections.agencies where slot = 'live'`)
    const most = Math.max(0, ...(await lags()).filter(({ view }) => shared.has(view)).map(value))
    return known.map(({ agency_id }) => ({ labels: { agency: agency_id }, value: most }))
  }
  metrics.gauge(
    'passerelle_agency_model_lag_seconds',
    'Lag of an agency’s read model',
    ['agency'],
    agencies(l => l.lagMs / 1000),
  )
  metrics.gauge(
    'passerelle_agency_model_age_seconds',
    'Age of an agency’s read model',
    ['agency'],
    agencies(l => l.ageMs / 1000),
  )
}
