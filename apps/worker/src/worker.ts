import { hubDeclaration, type OpenHub } from '@passerelle/hub'
import { createHealth, createLog, createMetrics, Listener, type Log, startTracing } from '@passerelle/http'
import { exposeLag, lagOf } from './lag.js'
import { openProcesses } from './processes.js'
import { keepSettling } from './settle-denials.js'

export interface WorkerOptions {
  readonly hub: OpenHub
  /** Where operators ask: `/health`, `/metrics`. Default: the hub's port. */
  readonly port?: number
  readonly log?: Log
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
  mostLagMs = 60_000,
}: WorkerOptions): Promise<Worker> {
  const tracing = await startTracing('worker')
  const metrics = createMetrics()
  const listener = new Listener({ host: hub.config.host, port })
  const projector = hub.projector({
    onFault: ({ errorClass, errorCode }) => log.warn('projection.fault', { code: errorCode || errorClass }),
  })
  const runner = await openProcesses(hub, log)
  const health = createHealth({
    checks: {
      log: async () => ({ ok: (await hub.log.head()) !== undefined }),
      release: async () => ({ ok: projector.waitsFor.length === 0, viewsOfAnotherRelease: projector.waitsFor.length }),
      views: async () => {
        const lags = await lagOf(hub)
        const stopped = lags.filter(lag => lag.stopped).length
        const lagMs = Math.max(0, ...lags.map(lag => lag.lagMs))
        return { ok: stopped === 0 && lagMs <= mostLagMs, views: lags.length, stopped, lagMs }
      },
      processes: async () => {
        const status = await runner.status()
        const stopped = status.filter(process => process.stopped !== undefined).length
        return { ok: stopped === 0, stopped, parked: status.reduce((sum, { parked }) => sum + parked, 0) }
      },
    },
  })
  exposeLag(metrics, hub)
  const processes = (value: (status: Awaited<ReturnType<typeof runner.status>>[number]) => number) => async () =>
    (await runner.status()).map(status => ({ labels: { process: status.process }, value: value(status) }))
  metrics.gauge(
    'passerelle_process_lag_seconds',
    'Age of the oldest event a process has not come to',
    ['process'],
    processes(s => s.lagMs / 1000),
  )
  metrics.gauge(
    'passerelle_process_parked',
    'Events a process could not handle',
    ['process'],
    processes(s => s.parked),
  )
  listener.mount('health', health.handler)
  listener.mount('metrics', metrics.handler)
  const { url } = await listener.listen()

  const end = new AbortController()
  const work = [
    projector.run(end.signal),
    runner.run(end.signal),
    keepSettling(hub, end.signal, error => log.warn('denials.fault', {}, error)),
  ]
  log.info('worker.started', { count: hubDeclaration.plans.length })
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
