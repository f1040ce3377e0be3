import type { OpenHub } from '@passerelle/hub'
import { createHealth, createLog, createMetrics, Listener, type Log, type Metrics, startTracing } from '@passerelle/http'
import { openProcesses } from './processes.js'
import { keepSettling } from './settle-denials.js'
import { exposeStanding, standingOf } from './standing.js'

export interface WorkerOptions {
  readonly hub: OpenHub
  /** Where operators ask: `/health`, `/metrics`. Default: the hub's port. */
  readonly port?: number
  readonly log?: Log
  /** Where another part of this process counts too; its own otherwise. */
  readonly metrics?: Metrics
  /** Views further behind than this make the process not ready. */
  readonly mostLagMs?: number
}
export interface Worker {
  readonly url: string
  close(): Promise<void>
}

/**
 * Starts what moves the hub: views folded and shared out, processes and the clock, denials settled. Several may run; each part of the learners and
 * each process is worked on by one at a time. Close it before the hub.
 */
export async function startWorker({
  hub,
  port = hub.config.port,
  log = createLog({ component: 'worker' }),
  metrics = createMetrics(),
  mostLagMs = 60_000,
}: WorkerOptions): Promise<Worker> {
  const tracing = await startTracing('worker')
  const listener = new Listener({ host: hub.config.host, port })
  const projector = hub.projector({
    onFault: ({ errorClass, errorCode }) => log.warn('projection.fault', { code: errorCode || errorClass }),
  })
  const runner = await openProcesses(hub, log)
  const standing = standingOf(hub, projector)
  const health = createHealth({
    checks: {
      log: async () => ({ ok: (await hub.log.head()) !== undefined }),
      release: async () => ({ ok: projector.waitsFor.length === 0, viewsOfAnotherRelease: projector.waitsFor.length }),
      views: async () => {
        const { views, underivable } = await standing()
        const stopped = views.filter(view => view.stopped).length
        const lagMs = Math.max(0, ...views.map(view => view.ageSeconds * 1_000))
        return { ok: stopped === 0 && lagMs <= mostLagMs, views: views.length, stopped, lagMs, underivable }
      },
      processes: async () => {
        const status = await runner.status()
        const stopped = status.filter(process => process.stopped !== undefined).length
        return { ok: stopped === 0, stopped, parked: status.reduce((sum, { parked }) => sum + parked, 0) }
      },
    },
  })
  exposeStanding(metrics, standing, runner)
  listener.mount('health', health.handler)
  listener.mount('metrics', metrics.handler)
  const { url } = await listener.listen()

  const end = new AbortController()
  const work = [
    projector.run(end.signal),
    runner.run(end.signal),
    keepSettling(hub, end.signal, error => log.warn('denials.fault', {}, error)),
  ]
  const { otherVersions } = await standing()
  // The cure: npm run rebuild -- all.
  if (otherVersions.length > 0) log.warn('rebuild.needed', { count: otherVersions.length, view: otherVersions[0] })
  log.info('worker.started', { count: hub.declaration.plans.length })
  return {
    url,
    async close() {
      health.drain()
      end.abort()
      await Promise.all(work)
      await listener.close()
      await tracing.stop()
    },
  }
}
