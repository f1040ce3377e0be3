import { MemoryKeyring } from '@passerelle/keyring'
import { type Decider, Refused } from './decider.js'
import { defineEvents, type EventOf, v1 } from './define-events.js'
import { processesWith } from './define-process.js'
import { EventStore } from './event-store.js'
import { id } from './fields.js'
import { MemoryLog } from './memory-log.js'
import { MemoryProcessDesk } from './process-desk.js'
import { ProcessRunner, type Trouble } from './process-runner.js'

const doorEvents = defineEvents('door', {
  DoorOpened: v1({ doorId: id }),
  DoorClosed: v1({ doorId: id }),
  DoorPainted: v1({ doorId: id }),
})
const lightEvents = defineEvents('light', { LightLit: v1({ doorId: id }) })
type Door = EventOf<typeof doorEvents>
type Light = EventOf<typeof lightEvents>

const door: Decider<string, Door> = {
  events: doorEvents,
  initial: '',
  evolve: (_, event) => event.type,
  subject: () => undefined,
}
const light: Decider<string, Light> = {
  events: lightEvents,
  initial: '',
  evolve: (_, event) => event.type,
  subject: () => undefined,
}
const lit = (doorId: string) => (state: string) => (state === '' ? [{ type: 'LightLit', data: { doorId } } as Light] : [])

const context = {
  actor: { userId: 'u-1', agencyId: 'school', role: 'teacher' },
  controllerAgencyId: 'school',
  purpose: 'educationSupport',
  legalBasis: { kind: 'publicTask' },
  occurredAt: '2026-03-01T09:00:00.000Z',
  correlationId: 'corr-1',
  causationId: 'req-1',
  language: 'fr',
} as const

const define = processesWith<{ refuse: Set<string> }>()
const lightWhenOpened = define('light-a-light-when-a-door-opens', {
  from: [doorEvents],
  on: {
    DoorOpened: async ({ data: { doorId } }, { decide, refuse }) => {
      if (refuse.has(doorId)) throw new Refused('DOOR.BROKEN', 'It is broken.', 'Mend it.')
      await decide(light, doorId, lit(doorId))
    },
    DoorClosed: async ({ data: { doorId } }, { decide, idFrom }) => {
      await decide(light, idFrom(doorId), lit(doorId))
    },
  },
})

async function setUp({ retryDelaysMs = [0, 0], maxParked = 100, leaseMs = 60_000 } = {}) {
  const store = new EventStore(new MemoryLog(), new MemoryKeyring())
  const desk = new MemoryProcessDesk()
  const refuse = new Set<string>()
  const troubles: Trouble[] = []
  const clock = { now: new Date('2026-03-01T09:00:00Z') }
  const runnerOf = (...processes: ReturnType<typeof define>[]) =>
    new ProcessRunner({
      store,
      desk,
      processes,
      portsAt: async () => ({ refuse }),
      now: () => clock.now,
      retryDelaysMs,
      maxParked,
      leaseMs,
      report: trouble => troubles.push(trouble),
    })
  const record = (doorId: string, type: Door['type']) => store.handle(door, doorId, context, () => [{ type, data: { doorId } }])
  const lights = async () => (await store.log.readAll('', 1000)).filter(event => event.type === 'LightLit')
  return { store, desk, refuse, troubles, clock, runnerOf, record, lights }
}

describe('what follows', () => {
  test('what a process records names the event that caused it, and keeps its correlation, controller and basis', async () => {
    const { runnerOf, record, lights } = await setUp()
    const { events } = await record('d1', 'DoorOpened')
    await runnerOf(lightWhenOpened).catchUp()
    expect(await lights()).toMatchObject([
      {
        streamId: 'light-d1',
        causationId: events[0]!.eventId,
        correlationId: 'corr-1',
        controllerAgencyId: 'school',
        legalBasis: { kind: 'publicTask' },
        language: 'fr',
        actor: { userId: 'process:light-a-light-when-a-door-opens', role: 'system' },
      },
    ])
  })
  test('delivered twice, done once: after a crash before the checkpoint the same ids follow', async () => {
    const { runnerOf, record, lights, desk } = await setUp()
    await record('d1', 'DoorOpened')
    await record('d1', 'DoorClosed')
    const advance = desk.advance
    desk.advance = async () => false
    await runnerOf(lightWhenOpened).catchUp()
    desk.advance = advance
    await runnerOf(lightWhenOpened).catchUp()
    expect(await lights()).toHaveLength(2)
  })
  test('a process goes on from its checkpoint, and does not hear what it does not listen to', async () => {
    const { runnerOf, record, desk, store, lights } = await setUp()
    await record('d1', 'DoorPainted')
    await runnerOf(lightWhenOpened).catchUp()
    expect(await desk.checkpoint(lightWhenOpened.name)).toBe(await store.log.head())
    expect(await lights()).toEqual([])
  })
  test('two processes of one name are refused; so is one that listens to what nobody defines', () => {
    expect(() => new ProcessRunner({ processes: [lightWhenOpened, lightWhenOpened] } as never)).toThrow('one name')
    expect(() => define('hear-the-unheard', { from: [doorEvents], on: { LightLit: async () => undefined } as never })).toThrow(
      'LightLit',
    )
    expect(() => define('do-nothing', { from: [], on: {} })).toThrow('nothing')
  })
})

describe('several runners', () => {
  test('of two runners one has a process; the other has it when the first stops', async () => {
    const { runnerOf, record, lights, desk } = await setUp()
    const handled: string[] = []
    const watch = (runner: string) =>
      define('watch-the-doors', {
        from: [doorEvents],
        on: { DoorOpened: async ({ data }) => void handled.push(`${runner} ${data.doorId}`) },
      })
    const first = runnerOf(watch('first'))
    const second = runnerOf(watch('second'))
    await record('d1', 'DoorOpened')
    await first.catchUp()
    await record('d2', 'DoorOpened')
    await second.catchUp()
    await first.catchUp()
    expect(handled).toEqual(['first d1', 'first d2'])
    const stop = new AbortController()
    const running = first.run(stop.signal)
    stop.abort()
    await running
    await record('d3', 'DoorOpened')
    await second.catchUp()
    expect(handled.at(-1)).toBe('second d3')
    expect(await desk.checkpoint('watch-the-doors')).not.toBe('')
    expect(await lights()).toEqual([])
  })
  test('two that hold it one after the other for one event each leave nothing out', async () => {
    const { runnerOf, record, lights } = await setUp({ leaseMs: 0 })
    const [first, second] = [runnerOf(lightWhenOpened), runnerOf(lightWhenOpened)]
    for (let i = 1; i <= 6; i++) {
      await record(`d${i}`, 'DoorOpened')
      await Promise.all(i % 2 ? [first.catchUp(), second.catchUp()] : [second.catchUp()])
    }
    expect((await lights()).map(event => event.streamId)).toEqual(['d1', 'd2', 'd3', 'd4', 'd5', 'd6'].map(d => `light-${d}`))
  })
  test('a clock ticks in one of them', async () => {
    const { runnerOf } = await setUp()
    let ticks = 0
    const watch = define('watch-the-clock', {
      from: [],
      on: {},
      clock: { everyMinutes: 1, due: async () => (ticks++, []), act: async () => undefined },
    })
    await Promise.all([runnerOf(watch).tick(), runnerOf(watch).tick()])
    expect(ticks).toBe(1)
  })
})

test('the status tells how long what it has not come to has waited', async () => {
  const { runnerOf, record, clock, store } = await setUp()
  await record('d1', 'DoorOpened')
  const [waiting] = await store.log.readAll('', 1)
  clock.now = new Date(Date.parse(waiting!.recordedAt) + 5_000)
  const runner = runnerOf(lightWhenOpened)
  expect(await runner.status()).toMatchObject([{ lagMs: 5_000 }])
  await runner.catchUp()
  expect(await runner.status()).toMatchObject([{ lagMs: 0, parked: 0, stopped: undefined }])
})

describe('poison', () => {
  test('a refused event is parked with its code, its stream waits behind it, other streams go on', async () => {
    const { runnerOf, record, refuse, lights, troubles } = await setUp()
    refuse.add('d1')
    await record('d1', 'DoorOpened')
    await record('d1', 'DoorClosed')
    await record('d2', 'DoorOpened')
    const runner = runnerOf(lightWhenOpened)
    await runner.catchUp()
    expect(await runner.parked()).toMatchObject([
      { error: 'DOOR.BROKEN', streamId: 'door-d1', streamVersion: 0 },
      { error: 'BEHIND', streamVersion: 1 },
    ])
    expect((await lights()).map(event => event.streamId)).toEqual(['light-d2'])
    expect(troubles[0]).toMatchObject({ kind: 'parked', error: 'DOOR.BROKEN' })
  })
  test('an operator retries: it is handled with all that waited behind it, in order', async () => {
    const { runnerOf, record, refuse, lights } = await setUp()
    refuse.add('d1')
    await record('d1', 'DoorOpened')
    await record('d1', 'DoorClosed')
    const runner = runnerOf(lightWhenOpened)
    await runner.catchUp()
    const [first] = await runner.parked()
    expect(await runner.retry(lightWhenOpened.name, first!.eventId)).toBe('DOOR.BROKEN')
    refuse.clear()
    expect(await runner.retry(lightWhenOpened.name, first!.eventId)).toBeUndefined()
    expect(await runner.parked()).toEqual([])
    expect(await lights()).toHaveLength(2)
  })
  test('an operator skips with a reason, which is kept; what waited behind goes on', async () => {
    const { runnerOf, record, refuse, lights, desk } = await setUp()
    refuse.add('d1')
    await record('d1', 'DoorOpened')
    await record('d1', 'DoorClosed')
    const runner = runnerOf(lightWhenOpened)
    await runner.catchUp()
    const [first] = await runner.parked()
    await runner.skip(lightWhenOpened.name, first!.eventId, 'operator-1', 'the door is gone')
    expect(await desk.skipped()).toMatchObject([{ eventId: first!.eventId, by: 'operator-1', reason: 'the door is gone' }])
    expect(await lights()).toHaveLength(1)
    await expect(runner.skip(lightWhenOpened.name, first!.eventId, 'operator-1', 'again')).rejects.toMatchObject({
      code: 'PROCESS.NOT_PARKED',
    })
  })
  test('a fault that passes is tried again before anything is parked; its words are never kept', async () => {
    const { runnerOf, record, troubles } = await setUp()
    let times = 0
    const flaky = define('try-a-door-again', {
      from: [doorEvents],
      on: {
        DoorOpened: async ({ data }) => {
          if (data.doorId === 'd2' || ++times < 3) throw new TypeError(`Anna Maier stands at ${data.doorId}`)
        },
      },
    })
    await record('d1', 'DoorOpened')
    await record('d2', 'DoorOpened')
    const runner = runnerOf(flaky)
    await runner.catchUp()
    expect(times).toBe(3)
    expect(await runner.parked()).toMatchObject([{ streamId: 'door-d2', error: 'TypeError' }])
    expect(JSON.stringify([await runner.parked(), troubles])).not.toContain('Anna')
  })
  test('R-0.4 an event of a newer schema version stops the process, is not parked and not passed over', async () => {
    const { runnerOf, record, store, desk } = await setUp()
    await record('d1', 'DoorOpened')
    const [stored] = await store.log.readAll('', 1)
    const { streamId: _s, streamVersion: _v, globalPosition: _p, recordedAt: _r, prevHash: _h, hash: _c, ...event } = stored!
    await store.log.append('door-d2', 'none', [{ ...event, eventId: '0190a0a0-0000-7000-8000-000000000001', schemaVersion: 2 }])
    await record('d3', 'DoorOpened')
    const runner = runnerOf(lightWhenOpened)
    await runner.catchUp()
    expect(await runner.status()).toMatchObject([{ stopped: 'LOG.UNKNOWN_SCHEMA_VERSION', parked: 0 }])
    expect(await desk.checkpoint(lightWhenOpened.name)).toBe(stored!.globalPosition)
  })
  test('where the reads behind it have not arrived, nothing is parked and nothing passed over', async () => {
    const { store, desk, record, lights } = await setUp()
    await record('d1', 'DoorOpened')
    let arrived = false
    const portsAt = async () => {
      if (!arrived) throw new Error('not there yet')
      return { refuse: new Set<string>() }
    }
    const runner = new ProcessRunner({ store, desk, processes: [lightWhenOpened], portsAt, now: () => new Date() })
    await expect(runner.catchUp()).rejects.toThrow('not there yet')
    expect([await runner.parked(), await desk.checkpoint(lightWhenOpened.name)]).toEqual([[], ''])
    arrived = true
    await runner.catchUp()
    expect(await lights()).toHaveLength(1)
  })
  test('a process whose every event fails stops instead of parking the whole log', async () => {
    const { runnerOf, record, refuse } = await setUp({ maxParked: 2 })
    for (const doorId of ['d1', 'd2', 'd3']) {
      refuse.add(doorId)
      await record(doorId, 'DoorOpened')
    }
    const runner = runnerOf(lightWhenOpened)
    await runner.catchUp()
    expect(await runner.status()).toMatchObject([{ stopped: 'PROCESS.TOO_MANY_PARKED', parked: 2 }])
  })
})

describe('time', () => {
  const nightWatch = define('close-doors-at-night', {
    from: [],
    on: {},
    clock: {
      everyMinutes: 60,
      due: async () => ['d1', 'd2', 'd3'],
      act: async (doorId, { decide, refuse }) => {
        if (refuse.has(doorId)) throw new Refused('DOOR.BROKEN', 'It is broken.', 'Mend it.')
        await decide(light, doorId, lit(doorId))
      },
    },
  })
  test('a clock runs when it is due, by the time that is given, and not before', async () => {
    const { runnerOf, clock, lights, desk } = await setUp()
    const runner = runnerOf(nightWatch)
    await runner.tick()
    expect(await lights()).toHaveLength(3)
    clock.now = new Date('2026-03-01T09:59:59Z')
    await runner.tick()
    expect(await desk.lastTick(nightWatch.name)).toMatchObject({ at: '2026-03-01T09:00:00.000Z' })
    clock.now = new Date('2026-03-01T10:00:00Z')
    await runner.tick()
    expect(await desk.lastTick(nightWatch.name)).toMatchObject({ at: '2026-03-01T10:00:00.000Z' })
    expect((await lights())[0]).toMatchObject({ actor: { role: 'system' }, purpose: 'administration', controllerAgencyId: 'hub' })
  })
  test('one item that fails holds up no other and is due again', async () => {
    const { runnerOf, clock, refuse, lights, desk } = await setUp()
    refuse.add('d2')
    const runner = runnerOf(nightWatch)
    await runner.tick()
    expect((await lights()).map(event => event.streamId)).toEqual(['light-d1', 'light-d3'])
    expect(await desk.lastTick(nightWatch.name)).toMatchObject({ failures: 1 })
    refuse.clear()
    clock.now = new Date('2026-03-01T11:00:00Z')
    await runner.tick()
    expect(await lights()).toHaveLength(3)
  })
})

test('running, it takes in what comes until it is told to stop', async () => {
  const { runnerOf, record, lights } = await setUp()
  const stop = new AbortController()
  const running = runnerOf(lightWhenOpened).run(stop.signal)
  await record('d1', 'DoorOpened')
  while ((await lights()).length === 0) await new Promise(resolve => setTimeout(resolve, 5))
  stop.abort()
  await running
})
