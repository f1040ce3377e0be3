import type { ProcessRunner } from '@passerelle/event-log'
import type { OpenHub } from '@passerelle/hub'
import type { Metrics, Reading } from '@passerelle/http'
import type { Ports } from '@passerelle/processes'
import { type Projector, readStatus, type Status } from '@passerelle/projections'

/** How the read models stand; looks that come together share one. */
export function standingOf({ db, store, now, declaration: hub }: OpenHub, projector: Projector): () => Promise<Status> {
  let last: { readonly at: number; readonly status: Promise<Status> } | undefined
  return () => {
    if (!last || performance.now() - last.at > 500)
      last = { at: performance.now(), status: readStatus({ db, store, hub, now }, projector) }
    return last.status
  }
}

/** Lag and age per view and per agency, what stands still, and how far the processes are. Names from the code and agencies; nobody else. */
export function exposeStanding(metrics: Metrics, standing: () => Promise<Status>, runner: ProcessRunner<Ports>): void {
  const views = (name: string, help: string, value: (view: Status['views'][number]) => number) =>
    metrics.gauge(`passerelle_view_${name}`, help, ['view'], async () =>
      (await standing()).views.map(each => ({ labels: { view: each.view }, value: value(each) })),
    )
  views('lag_events', 'Events a view has not read, at most 5000', view => view.events)
  views('age_seconds', 'Age of the oldest event a view has not read', view => view.ageSeconds)
  views('stopped', '1 where a view stands still before an event', view => Number(view.stopped))

  const agencies = (name: string, help: string, value: (agency: Status['agencies'][number]) => number) =>
    metrics.gauge(`passerelle_agency_${name}`, help, ['agency'], async () =>
      (await standing()).agencies.map(each => ({ labels: { agency: each.agencyId }, value: value(each) })),
    )
  agencies('lag_events', 'Events an agency’s read model does not say yet, at most 5000', agency => agency.events)
  agencies('age_seconds', 'Age of the oldest event an agency’s read model does not say yet', agency => agency.ageSeconds)

  const one = (name: string, help: string, value: (status: Status) => number) =>
    metrics.gauge(`passerelle_${name}`, help, [], async (): Promise<Reading[]> => [
      { labels: {}, value: value(await standing()) },
    ])
  one('underivable_learners', 'Learners closed to everybody because what may be shared could not be derived', s => s.underivable)
  one('parts_to_derive', 'Parts of the learners still to be derived after a change of the region', s => s.partsToDerive)

  const processes = (name: string, help: string, value: (process: Awaited<ReturnType<typeof runner.status>>[number]) => number) =>
    metrics.gauge(`passerelle_process_${name}`, help, ['process'], async () =>
      (await runner.status()).map(each => ({ labels: { process: each.process }, value: value(each) })),
    )
  processes('age_seconds', 'Age of the oldest event a process has not come to', process => process.lagMs / 1_000)
  processes('parked', 'Events a process could not handle', process => process.parked)
  processes('stopped', '1 where a process stands still', process => Number(process.stopped !== undefined))
}
