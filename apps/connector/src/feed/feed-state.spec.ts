import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { type Database, PgliteDatabase } from '@passerelle/database'
import { DatabaseProcessDesk, MemoryProcessDesk } from '@passerelle/event-log'
import { DatabaseFeedState } from './database-feed-state.js'
import { type FeedState, MemoryFeedState, type QuarantineEntry } from './feed-state.js'
import { RehearsedFeedState } from './rehearsed-feed-state.js'
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

describe.each([
  ['in memory', false],
  ['in a database', false],
  ['in memory', true],
  ['in a database', true],
] as const)('who is missing, %s, rehearsed: %s', (kind, rehearsed) => {
  let source = ''
  const record = (idHash: string, ended = false, entity = 'user') => ({ entity, idHash, contentHash: idHash, ended })
  const idsOf = (records: readonly { idHash: string }[]) => records.map(({ idHash }) => idHash)
  const lastRun = ['d', 'a', 'e', 'c', 'b'].map(idHash => record(idHash))

  async function secondRun() {
    source = `sender/${randomUUID()}`
    const before = await states[kind]!()
    await before.remember(source, 'first', [...lastRun, record('gone', true), record('a', false, 'class')])
    return { before, state: rehearsed ? new RehearsedFeedState(before, new Set(['user'])) : before }
  }

  test('is neither whom the run read, nor whose row is in quarantine, nor who was gone before', async () => {
    const { state } = await secondRun()
    await state.remember(source, 'second', [record('a'), record('new'), record('c', true), record('new')])
    await state.touch(source, 'second', 'user', ['b', 'c', 'gone', 'never came'])
    expect(await state.countUnseen(source, 'user', 'second')).toEqual({ open: 5, unseen: 2 })
    expect(idsOf(await state.unseen(source, 'user', 'second', 10))).toEqual(['d', 'e'])
  })

  test('counts a record once, of which one row is in quarantine and another came in', async () => {
    const { state } = await secondRun()
    await state.touch(source, 'second', 'user', ['a', 'gone'])
    await state.remember(source, 'second', [record('a'), record('gone')])
    await state.touch(source, 'second', 'user', ['a', 'gone'])
    expect(await state.countUnseen(source, 'user', 'second')).toEqual({ open: 6, unseen: 4 })
  })

  test('comes page by page, and no more once it ended', async () => {
    const { state } = await secondRun()
    const pages: string[][] = []
    let after: string | undefined
    for (;;) {
      const page = await state.unseen(source, 'user', 'second', 2, after)
      if (page.length === 0) break
      pages.push(idsOf(page))
      after = page.at(-1)!.idHash
      await state.remember(
        source,
        'second',
        page.map(each => ({ ...each, ended: true })),
      )
    }
    expect(pages).toEqual([['a', 'b'], ['c', 'd'], ['e']])
    expect(await state.unseen(source, 'user', 'second', 10)).toEqual([])
  })

  if (rehearsed)
    test('is as before for the run that comes', async () => {
      const { before, state } = await secondRun()
      await state.remember(source, 'second', [record('a', true), record('new')])
      await state.touch(source, 'second', 'user', ['b'])
      expect(await before.countUnseen(source, 'user', 'second')).toEqual({ open: 5, unseen: 5 })
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
