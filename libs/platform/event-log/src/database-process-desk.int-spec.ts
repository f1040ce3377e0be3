import { type Database, PgDatabase, PgliteDatabase } from '@passerelle/database'
import { freshDatabase } from '@passerelle/testing'
import { DatabaseProcessDesk } from './database-process-desk.js'
import { MemoryProcessDesk, type ParkedEvent, type ProcessDesk } from './process-desk.js'

const event: ParkedEvent = {
  process: 'a-process',
  eventId: 'e-1',
  type: 'DoorOpened',
  position: '0000000000000007',
  streamId: 'door-d1',
  streamVersion: 3,
  error: 'DOOR.BROKEN',
  parkedAt: '2026-03-01T09:00:00.000Z',
}

function deskContract(open: () => Promise<{ desk: ProcessDesk; other: () => Promise<ProcessDesk> }>) {
  test('a checkpoint moves only from where it is: of two runners one moves it', async () => {
    const { desk } = await open()
    expect(await desk.checkpoint('a-process')).toBe('')
    expect(await desk.advance('a-process', '0001', '0002')).toBe(false)
    expect(await desk.advance('a-process', '', '0001')).toBe(true)
    expect(await desk.advance('a-process', '', '0003')).toBe(false)
    expect(await desk.advance('a-process', '0001', '0002')).toBe(true)
    expect(await desk.checkpoint('a-process')).toBe('0002')
    expect(await desk.checkpoint('another-process')).toBe('')
  })
  test('one holder at a time has a process; it keeps it by asking again, and another has it once it ends or is let go', async () => {
    const { desk } = await open()
    expect(await desk.claim('a-process', 'worker-1', 60_000)).toBe(true)
    expect(await desk.claim('a-process', 'worker-2', 60_000)).toBe(false)
    expect(await desk.claim('another-process', 'worker-2', 60_000)).toBe(true)
    await desk.release('a-process', 'worker-2')
    expect(await desk.claim('a-process', 'worker-2', 60_000)).toBe(false)
    expect(await desk.claim('a-process', 'worker-1', 0)).toBe(true)
    expect(await desk.claim('a-process', 'worker-2', 60_000)).toBe(true)
    await desk.release('a-process', 'worker-2')
    expect(await desk.claim('a-process', 'worker-1', 60_000)).toBe(true)
  })
  test('an event is parked once, listed in log order, and gone when it is settled', async () => {
    const { desk } = await open()
    const earlier = { ...event, eventId: 'e-0', position: '0000000000000003' }
    await desk.park(event)
    await desk.park({ ...event, error: 'OTHER' })
    await desk.park(earlier)
    await desk.park({ ...event, process: 'another-process' })
    expect(await desk.parked('a-process')).toEqual([earlier, event])
    expect(await desk.parked()).toHaveLength(3)
    await desk.settle(earlier, { outcome: 'handled', at: '2026-03-01T10:00:00.000Z' })
    await desk.settle(event, { outcome: 'skipped', at: '2026-03-01T10:00:00.000Z', by: 'operator-1', reason: 'it is gone' })
    await desk.settle(event, { outcome: 'skipped', at: '2026-03-01T11:00:00.000Z', by: 'operator-2', reason: 'again' })
    expect(await desk.parked('a-process')).toEqual([])
    expect(await desk.skipped()).toEqual([
      { ...event, outcome: 'skipped', at: '2026-03-01T10:00:00.000Z', by: 'operator-1', reason: 'it is gone' },
    ])
  })
  test('the last tick of a clock is remembered', async () => {
    const { desk } = await open()
    expect(await desk.lastTick('a-process')).toBeUndefined()
    await desk.tick('a-process', { at: '2026-03-01T09:00:00.000Z', failures: 0 })
    await desk.tick('a-process', { at: '2026-03-01T10:00:00.000Z', failures: 2 })
    expect(await desk.lastTick('a-process')).toEqual({ at: '2026-03-01T10:00:00.000Z', failures: 2 })
  })
  test('a checkpoint belongs to one log', async () => {
    const { desk, other } = await open()
    await desk.advance('a-process', '', '0001')
    expect(await (await other()).checkpoint('a-process')).toBe('')
  })
}

describe('in memory', () =>
  deskContract(async () => ({ desk: new MemoryProcessDesk(), other: async () => new MemoryProcessDesk() })))

for (const [name, connect] of [
  ['PGlite', async () => ({ database: await PgliteDatabase.open(), drop: async () => undefined })],
  [
    'PostgreSQL',
    async () => {
      const fresh = await freshDatabase()
      return { database: new PgDatabase({ url: fresh.url }), drop: fresh.drop }
    },
  ],
] as const)
  describe(`in ${name}`, () => {
    let database: Database
    let drop: () => Promise<unknown>
    let logs = 0
    beforeAll(async () => ({ database, drop } = await connect()))
    afterAll(async () => (await database.close(), await drop()))
    deskContract(async () => {
      const desk = () => DatabaseProcessDesk.open(database, `log-${++logs}`)
      return { desk: await desk(), other: desk }
    })
  })
