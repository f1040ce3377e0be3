import { createLog, type LogFields, type LogLevel } from './logs.js'
import { framesOf } from './frames.js'
import { nestLog } from './nest-log.js'

const canary = 'CANARY Amélie Dupont 1509'

function capture(level: LogLevel = 'debug') {
  const lines: string[] = []
  const log = createLog({ level, component: 'api', destination: { write: line => void lines.push(line) } })
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) as Record<string, unknown> }
}

describe('no personal data reaches a log line', () => {
  test('a field that is not on the list is dropped', () => {
    const { log, last } = capture()
    log.info('request', {
      learnerName: canary,
      body: { name: canary },
      headers: { authorization: canary },
      url: `/x?name=${canary}`,
    } as LogFields)
    expect(last()).toEqual({ level: 30, time: expect.any(String), component: 'api', event: 'request' })
  })

  test('a value that does not have the form of its field is replaced', () => {
    const { log, lines, last } = capture()
    log.info('request', {
      route: `/education/graphql?name=${canary}`,
      requestId: canary,
      status: canary as never,
      durationMs: NaN,
      face: { canary } as never,
    })
    expect(lines.join()).not.toContain('CANARY')
    expect(last()).toMatchObject({
      route: '[removed]',
      requestId: '[removed]',
      status: '[removed]',
      durationMs: '[removed]',
      face: '[removed]',
    })
  })

  test('an event’s name is a constant, not a sentence', () => {
    const { log, last } = capture()
    log.warn(`could not find ${canary}`)
    expect(last()['event']).toBe('[removed]')
  })

  test('of an error only class, code and places in the code are told', () => {
    const { log, lines, last } = capture()
    const error = Object.assign(
      new TypeError(`bad ${canary}\n    at ${canary.split(' ')[0]} (/etc/secret:1:1)`, { cause: new Error(canary) }),
      {
        code: '23505',
        detail: canary,
      },
    )
    log.error('request.failed', {}, error)
    expect(lines.join()).not.toContain('CANARY')
    expect(last()).toMatchObject({ errorName: 'TypeError', errorCode: '23505' })
    expect(last()['frames']).toEqual(expect.arrayContaining([expect.stringContaining('logs.spec.ts')]))
  })

  test('an error whose code, name or kind is not one of ours tells nothing of it', () => {
    const { log, lines } = capture()
    log.error('request.failed', {}, Object.assign(new Error('x'), { code: canary }))
    log.error('request.failed', {}, canary)
    log.error('request.failed', {}, { toString: () => canary, message: canary })
    log.error(
      'request.failed',
      {},
      new (class extends Error {
        override stack = `${canary}\n    at ${canary}`
      })(canary),
    )
    expect(lines).toHaveLength(4)
    expect(lines.join()).not.toContain('CANARY')
  })

  test('what the framework says of an exception is left out, the place is kept', () => {
    const { log, lines, last } = capture()
    const nest = nestLog(log)
    nest.error(new Error(canary), canary, 'ExceptionsHandler')
    nest.error(canary, 'stack', 'ExceptionsHandler')
    nest.warn(canary, 'Router')
    nest.log(canary)
    expect(lines).toHaveLength(3)
    expect(lines.join()).not.toContain('CANARY')
    expect(last()).toMatchObject({ event: 'nest.warning', component: 'Router' })
  })
})

describe('a log line', () => {
  test('carries the fields it was given, those of every line, and the time as an ISO instant', () => {
    const { log, last } = capture()
    log.with({ face: 'health' }).info('request', { status: 200, durationMs: 1.5, route: '/health/graphql' })
    expect(last()).toMatchObject({
      level: 30,
      component: 'api',
      face: 'health',
      status: 200,
      durationMs: 1.5,
      route: '/health/graphql',
      event: 'request',
    })
    expect(Date.parse(last()['time'] as string)).not.toBeNaN()
  })

  test('below the level is not written', () => {
    const { log, lines } = capture('warn')
    log.info('request')
    expect(lines).toEqual([])
  })

  test('tells at most eight places', () => {
    const deep = (n: number): Error => (n === 0 ? new Error('x') : deep(n - 1))
    expect(framesOf(deep(30))).toHaveLength(8)
  })
})
