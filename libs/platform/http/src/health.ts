import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Handler, sendJson } from './listener.js'

/** What a check found. Numbers only (a lag in ms, a count): a report is read by everyone who can reach the port. */
export type Finding = { readonly ok: boolean } & { readonly [figure: string]: boolean | number }
/** Throwing counts as not ok; what was thrown is not told. */
export type Check = () => Promise<Finding>

export type HealthOptions = {
  /** By what is checked: `log`, `readModels`, `lag`, … */
  readonly checks: Readonly<Record<string, Check>>
  /** A check that takes longer counts as not ok. */
  readonly timeoutMs?: number
}

export type Health = {
  /** Answers `/health/live` (this process runs) and `/health/ready` (it can do its work: 200, else 503). */
  readonly handler: Handler
  /** From now on not ready, so that nobody sends more; the last step before closing. */
  drain(): void
  report(): Promise<{ ready: boolean; checks: Record<string, Finding> }>
}

export function createHealth({ checks, timeoutMs = 2_000 }: HealthOptions): Health {
  let draining = false
  let running: ReturnType<Health['report']> | undefined

  // Probes that come together share one round of checks: asking often must not be a burden of its own.
  const report = () => (running ??= round().finally(() => (running = undefined)))

  async function round() {
    const found = await Promise.all(Object.entries(checks).map(async ([name, check]) => [name, await within(check)] as const))
    return { ready: !draining && found.every(([, { ok }]) => ok), checks: Object.fromEntries(found) }
  }

  async function within(check: Check): Promise<Finding> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<Finding>(resolve => (timer = setTimeout(() => resolve({ ok: false, timedOut: true }), timeoutMs)))
    const failed = () => ({ ok: false })
    return Promise.race([Promise.resolve().then(check).catch(failed), late]).finally(() => clearTimeout(timer))
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split('?')[0]
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return sendJson(response, 405, { code: 'REQUEST.METHOD', what: 'Only GET.', next: 'Send GET.' })
    if (path === '/health/live') return sendJson(response, 200, { status: 'live' })
    if (path === '/health/ready') {
      const { ready, checks: found } = await report()
      return sendJson(response, ready ? 200 : 503, {
        status: ready ? 'ready' : draining ? 'draining' : 'notReady',
        checks: found,
      })
    }
    sendJson(response, 404, {
      code: 'NOT_FOUND',
      what: 'Nothing answers at this path.',
      next: 'Ask /health/live or /health/ready.',
    })
  }

  return { handler: (request, response) => void answer(request, response), drain: () => void (draining = true), report }
}
