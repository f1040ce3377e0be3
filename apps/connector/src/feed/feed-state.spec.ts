import { setTimeout as delay } from 'node:timers/promises'
import { type Database, PgliteDatabase } from '@passerelle/database'
import { DatabaseProcessDesk, MemoryProcessDesk } from '@passerelle/event-log'
import { DatabaseFeedState } from './database-feed-state.js'
import { type FeedState, MemoryFeedState, type QuarantineEntry } from './feed-state.js'
import { Turn, type Turns } from './turn.js'

let database: Database
const states: Record<string, () => Promise<FeedState>> = {
  'in memory': async () => new MemoryFeedState(),
  'in a database': () => DatabaseFeedState.open(database),
}
const desks: Record<string, () => Promise<Turns>> = {
  'in memory': async () => new MemoryProcessDesk(),
  'in a database': () => DatabaseProcessDesk.open(database, 'log'),
}
beforeAll(async () => void (database = await PgliteDatabase.open()), 60_000)
afterAll(() => database?.close())

describe.each(Object.keys(desks))('the turn to read a source, %s', kind => {
  const run = (runId: string, source = 'sender/sds') => ({ runId, source, now: '2026-11-24T12:00:00.000Z' })
  const code = async (work: Promise<unknown>) => {
    try {
      await work
      return 'done'
    } catch (error) {
      return (error as { code?: string }).code
    }
  }

  test('is one run’s until it ends; other sources are read meanwhile', async () => {
    const turns = await desks[kind]!()
    const first = await Turn.take(turns, run('first'))
    expect(await code(Turn.take(turns, run('second')))).toBe('FEED.RUNNING')
    await (await Turn.take(turns, run('third', 'sender/oneroster'))).end()
    expect(await code(first.keep())).toBe('done')
    await first.end()
    await (await Turn.take(turns, run('second'))).end()
  })

  test('passes on from one that stood still, which is told before it ends anything', async () => {
    const turns = await desks[kind]!()
    expect(await turns.claim('feed sender/sds', 'still', 5)).toBe(true)
    await delay(20)
    const next = await Turn.take(turns, run('next'))
    expect(await turns.claim('feed sender/sds', 'still', 5)).toBe(false)
    await turns.release('feed sender/sds', 'still')
    expect(await code(Turn.take(turns, run('third')))).toBe('FEED.RUNNING')
    await next.end()
  })
})

describe.each(Object.keys(states))('the quarantine, %s', kind => {
  const entry = (entryId: string, runId: string, row: number): QuarantineEntry => ({
    entryId: `${kind} ${entryId}`,
    agencyId: 'sender',
    format: 'sds',
    system: 'sds',
    runId,
    entity: 'user',
    idHash: 'hash',
    place: { file: 'users.csv', row },
    code: 'ID.DUPLICATE',
    reason: 'Two rows have this id and differ.',
    subject: 'feed-sender',
    raisedAt: '2026-11-24T12:00:00.000Z',
  })

  test('keeps every row of an id that one run found, and those of the newest run alone', async () => {
    const state = await states[kind]!()
    const rows = async () => (await state.entries({})).map(({ place }) => place.row)
    await state.quarantine([entry('1', 'first', 4), entry('2', 'first', 5)])
    await state.quarantine([entry('3', 'first', 9)])
    expect(await rows()).toEqual([4, 5, 9])
    await state.quarantine([entry('4', 'second', 4), entry('5', 'second', 6)])
    expect(await rows()).toEqual([4, 6])
    await state.resolve(
      ['4', '5'].map(each => `${kind} ${each}`),
      'mended',
      '2026-11-25T12:00:00.000Z',
    )
    expect(await rows()).toEqual([])
  })
})
