import { type Check, createHealth } from './health.js'
import { Listener } from './listener.js'

const listeners: Listener[] = []
afterEach(() => Promise.all(listeners.splice(0).map(listener => listener.close())))

async function ask(checks: Record<string, Check>, path = '/health/ready', init: RequestInit = {}, drained = false) {
  const health = createHealth({ checks, timeoutMs: 50 })
  if (drained) health.drain()
  const listener = new Listener()
  listeners.push(listener)
  listener.mount('health', health.handler)
  const { url } = await listener.listen()
  const answer = await fetch(url + path, init)
  return { status: answer.status, body: (await answer.json()) as unknown }
}
const fine: Check = async () => ({ ok: true, lagMs: 12 })

describe('not ready is 503', () => {
  test('where one check says so, with its figures', async () => {
    expect(await ask({ log: fine, lag: async () => ({ ok: false, lagMs: 90_000 }) })).toEqual({
      status: 503,
      body: { status: 'notReady', checks: { log: { ok: true, lagMs: 12 }, lag: { ok: false, lagMs: 90_000 } } },
    })
  })

  test('where a check throws, and what it threw is not told', async () => {
    const { status, body } = await ask({
      log: async () => {
        throw new Error('CANARY password=secret')
      },
      views: (() => {
        throw new Error('CANARY')
      }) as never,
    })
    expect(status).toBe(503)
    expect(body).toEqual({ status: 'notReady', checks: { log: { ok: false }, views: { ok: false } } })
  })

  test('where a check does not come back', async () => {
    expect(await ask({ log: () => new Promise(() => {}) })).toMatchObject({
      status: 503,
      body: { checks: { log: { ok: false, timedOut: true } } },
    })
  })

  test('where it is being closed, though all is well', async () => {
    expect(await ask({ log: fine }, '/health/ready', {}, true)).toMatchObject({ status: 503, body: { status: 'draining' } })
  })
})

describe('health', () => {
  test('ready is 200 with what was found', async () => {
    expect(await ask({ log: fine })).toEqual({ status: 200, body: { status: 'ready', checks: { log: { ok: true, lagMs: 12 } } } })
  })

  test('live does not depend on anything else', async () => {
    expect(await ask({ log: async () => ({ ok: false }) }, '/health/live')).toEqual({ status: 200, body: { status: 'live' } })
  })

  test('other paths and methods are refused', async () => {
    expect(await ask({}, '/health/else')).toMatchObject({ status: 404 })
    expect(await ask({}, '/health/live', { method: 'POST' })).toMatchObject({ status: 405 })
  })

  test('probes that come together share one round of checks', async () => {
    let rounds = 0
    const health = createHealth({ checks: { log: async () => ({ ok: ++rounds > 0 }) } })
    await Promise.all([health.report(), health.report(), health.report()])
    expect(rounds).toBe(1)
    await health.report()
    expect(rounds).toBe(2)
  })
})
