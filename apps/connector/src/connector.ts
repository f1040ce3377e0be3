import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { OpenHub } from '@passerelle/hub'
import { createHealth, createLog, createMetrics, Listener, type Log, startTracing } from '@passerelle/http'
import { feedHostOn } from './host.js'
import { Inbox } from './inbox.js'

export interface ConnectorOptions {
  readonly hub: OpenHub
  /** Deliveries lie in `<inbox>/<agency>/<format>/<delivery>/`. */
  readonly inbox: string
  readonly quietMs?: number
  readonly log?: Log
}
export interface Connector {
  readonly url: string
  close(): Promise<void>
}

/** The inbox belongs to one connector at a time; another takes over from one that is gone. */
const leaseMs = 30_000

/** Starts the intake of deliveries, with `/health` and `/metrics`. Close it before the hub. */
export async function startConnector({
  hub,
  inbox: folder,
  quietMs,
  log = createLog({ component: 'connector' }),
}: ConnectorOptions): Promise<Connector> {
  const { config } = hub
  const tracing = await startTracing('connector')
  const host = await feedHostOn(hub)
  const inbox = new Inbox({
    folder,
    quietMs,
    host,
    report: ({ agencyId, format, code, rows }) =>
      code ? log.warn('feed.failed', { agencyId, format, code }) : log.info('feed.taken', { agencyId, format, count: rows }),
  })
  const listener = new Listener({ host: config.host, port: config.port })
  const health = createHealth({
    checks: {
      log: async () => ({ ok: (await hub.log.head()) !== undefined }),
      // A delivery that fails is somebody's to mend, and no reason to restart this process.
      inbox: async () => ({ ok: true, ...inbox.state }),
    },
  })
  const metrics = createMetrics()
  for (const what of ['waiting', 'failing', 'taken'] as const)
    metrics.gauge(`passerelle_inbox_${what}`, `Deliveries ${what}`, [], () => [{ labels: {}, value: inbox.state[what] }])
  listener.mount('health', health.handler)
  listener.mount('metrics', metrics.handler)
  const { url } = await listener.listen()
  const end = new AbortController()
  const holder = randomUUID()
  const holds = () => host.turns.claim('connector-inbox', holder, leaseMs)
  const work = (async () => {
    // Also while a long delivery is read.
    const renewing = setInterval(() => void holds().catch(() => undefined), leaseMs / 3)
    while (!end.signal.aborted) {
      try {
        if (await holds()) await inbox.takeAll(end.signal)
      } catch (error) {
        log.warn('inbox.fault', {}, error)
      }
      await delay(1_000, undefined, { signal: end.signal }).catch(() => undefined)
    }
    clearInterval(renewing)
    await host.turns.release('connector-inbox', holder).catch(() => undefined)
  })()
  return {
    url,
    async close() {
      health.drain()
      end.abort()
      await work
      await listener.close()
      await tracing.stop()
    },
  }
}
