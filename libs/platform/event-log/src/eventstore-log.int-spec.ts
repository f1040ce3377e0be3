import { v7 as uuidv7 } from 'uuid'
import { status } from '@grpc/grpc-js'
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client'
import { anEvent, eventLogContract } from '@passerelle/testing'
import { EventStoreServer } from '@passerelle/testing/event-store'
import { EventStoreLog } from './eventstore-log.js'
import { findBrokenLink, type StoredEvent, Unknown } from './index.js'

const aStream = () => `test-${uuidv7()}`
const some = (n: number) => Array.from({ length: n }, () => anEvent())

describe('the event log in EventStoreDB, over gRPC against the test server', () => {
  eventLogContract(async () => {
    const server = await EventStoreServer.start()
    const log = await EventStoreLog.open({ url: server.url, retryDelaysMs: [10, 50, 200] })
    const another = () => EventStoreLog.open({ url: server.url })
    return {
      log,
      another,
      loseAnswers: count => server.loseAnswers(count),
      close: async () => (await log.close(), await server.stop()),
    }
  })
})

const realServer = process.env['EVENTSTORE_URL']
if (realServer)
  describe('the event log in EventStoreDB, against the server of EVENTSTORE_URL', () => {
    eventLogContract(async () => {
      const log = await EventStoreLog.open({ url: realServer })
      return { log, shared: true, another: () => EventStoreLog.open({ url: realServer }), close: () => log.close() }
    })
  })
else
  describe.skip('the event log in EventStoreDB, against a real server', () =>
    test('not run: EVENTSTORE_URL is not set', () => undefined))

describe('the log in EventStoreDB', () => {
  let server: EventStoreServer
  let log: EventStoreLog
  const opened: EventStoreLog[] = []
  const open = async (options: Partial<Parameters<typeof EventStoreLog.open>[0]> = {}) => {
    const one = await EventStoreLog.open({ url: server.url, retryDelaysMs: [10, 50, 200], ...options })
    opened.push(one)
    return one
  }
  beforeEach(async () => {
    server = await EventStoreServer.start()
    log = await open()
  })
  afterEach(async () => {
    server.freeze(false)
    server.loseAnswers(0)
    await Promise.all(opened.splice(0).map(one => one.close()))
    await server.stop()
  })

  const everything = async () => {
    const found: StoredEvent[] = []
    for (let page = await log.readAll('', 50); page.length > 0; page = await log.readAll(page.at(-1)!.globalPosition, 50))
      found.push(...page)
    return found
  }

  test('never takes the shared path, on which one bad append fails everybody', async () => {
    await Promise.all(Array.from({ length: 20 }, () => log.append(aStream(), 'none', some(1))))
    expect(server.calls.batchAppend).toBe(0)
    expect(server.calls.append).toBeGreaterThanOrEqual(20)
  })

  test('asks for a user where the server checks who calls', async () => {
    await expect(EventStoreLog.open({ url: 'esdb://127.0.0.1:1' })).rejects.toThrow('names no user')
  })

  test('keeps its identity where readers do not see it', async () => {
    const again = await open()
    expect(again.logId).toBe(log.logId)
    expect(await again.readAll('', 10)).toEqual([])
    expect(await again.head()).toBe('')
  })

  test('a duplicate is found though the server has forgotten its ids', async () => {
    const stream = aStream()
    const batch = some(2)
    const first = await log.append(stream, 'any', batch)
    server.records.restart()
    const another = await open()
    for (const expected of ['any', 'exists', 'none', 1] as const)
      expect(await another.append(stream, expected, batch)).toEqual({ ...first, outcome: 'duplicate' })
    expect(await log.readStream(stream)).toHaveLength(2)
  })

  test('a part of a batch, replayed, is a duplicate that stands where it was', async () => {
    const stream = aStream()
    const batch = some(3)
    await log.append(stream, 'none', batch)
    const stored = await log.readStream(stream)
    for (const one of [log, await open()])
      expect(await one.append(stream, 'any', batch.slice(0, 2))).toEqual({
        outcome: 'duplicate',
        position: stored[1]!.globalPosition,
        revision: 1,
      })
  })

  test('events of one append share a commit position and are told apart by the other', async () => {
    await log.append(aStream(), 'none', some(5))
    const all = await everything()
    expect(new Set(all.map(e => e.globalPosition.split(':')[0])).size).toBe(1)
    for (let i = 0; i < 5; i++) expect(await log.readAll(all[i]!.globalPosition, 10)).toEqual(all.slice(i + 1))
  })

  test('what the server writes for itself is passed over, however much there is of it', async () => {
    await log.append(aStream(), 'none', some(1))
    server.records.writeSystemEvents(500)
    const before = await log.head()
    expect(before).not.toBe('')
    const { position } = await log.append(aStream(), 'none', some(1))
    expect((await log.readAll(before, 3)).map(e => e.globalPosition)).toEqual([position])
    server.records.writeSystemEvents(500)
    expect(await log.readAll(position, 1)).toEqual([])
    const reads = server.calls.read
    expect(await log.readAll(position, 1)).toEqual([])
    // The second look does not go through them again.
    expect(server.calls.read - reads).toBe(1)
    expect(await log.head()).toBe(position)
  })

  test('an append of 500 events, which drops every live subscriber, reaches the readers all the same', async () => {
    const stop = new AbortController()
    const found: StoredEvent[] = []
    let appended: Promise<unknown> | undefined
    for await (const page of log.subscribe('', { signal: stop.signal, pollMs: 100 })) {
      found.push(...page)
      if (page.length === 0) appended ??= log.append(aStream(), 'none', some(500))
      if (found.length === 500) stop.abort()
    }
    await appended
    expect(new Set(found.map(e => e.eventId)).size).toBe(500)
  })

  test('a subscription goes on after it was dropped and after its connection was cut', async () => {
    const stop = new AbortController()
    const events = some(3)
    const found: string[] = []
    const breaks = [() => server.dropSubscribers(), () => server.cut(), () => undefined]
    for await (const page of log.subscribe('', { signal: stop.signal, pollMs: 100 })) {
      found.push(...page.map(e => e.eventId))
      if (page.length > 0) continue
      if (found.length === 3) stop.abort()
      else {
        breaks[found.length]!()
        await log.append(aStream(), 'none', [events[found.length]!])
      }
    }
    expect(found).toEqual(events.map(e => e.eventId))
  })

  test('a server that freezes makes an append Unknown within its deadline; thawed, the same append settles it', async () => {
    const hasty = await open({ appendDeadlineMs: 200, readSilenceMs: 200, retryDelaysMs: [10] })
    const stream = aStream()
    const batch = some(1)
    server.freeze(true)
    await expect(hasty.append(stream, 'none', batch)).rejects.toBeInstanceOf(Unknown)
    server.freeze(false)
    expect(await hasty.append(stream, 'none', batch)).toMatchObject({ revision: 0 })
    expect(await log.readStream(stream)).toHaveLength(1)
  })

  test('a server that freezes after the append arrived has it once, whoever asks and how often', async () => {
    const hasty = await open({ appendDeadlineMs: 150, readSilenceMs: 150, retryDelaysMs: [10, 10] })
    const stream = aStream()
    await hasty.append(stream, 'none', some(1))
    server.delay(400)
    const batch = some(2)
    const outcome = await hasty.append(stream, 0, batch)
    server.delay(0)
    expect(outcome).toEqual({
      outcome: 'duplicate',
      position: (await log.readStream(stream)).at(-1)!.globalPosition,
      revision: 2,
    })
    expect(await log.readStream(stream)).toHaveLength(3)
  })

  test('a read from a server that freezes is given up, not waited for', async () => {
    const hasty = await open({ readSilenceMs: 150 })
    server.freeze(true)
    await expect(hasty.readAll('', 10)).rejects.toMatchObject({ code: 'LOG.SERVER_SILENT' })
    await expect(hasty.readStream(aStream())).rejects.toMatchObject({ code: 'LOG.SERVER_SILENT' })
  })

  test('slow answers are waited for', async () => {
    server.delay(300)
    expect((await log.append(aStream(), 'none', some(1))).outcome).toBe('appended')
  })

  test('a server that is only starting is asked again', async () => {
    server.failAppends([
      { code: status.UNKNOWN, details: 'Server Is Not Ready' },
      { code: status.UNAVAILABLE, details: 'starting' },
    ])
    expect((await log.append(aStream(), 'none', some(1))).revision).toBe(0)
  })

  test('a failing append leaves the others alone', async () => {
    server.failAppends(Array(4).fill({ code: status.INTERNAL, details: 'disk' }))
    const outcomes = await Promise.allSettled([
      log.append(aStream(), 'none', some(1)),
      ...Array.from({ length: 5 }, () => log.append(aStream(), 'none', some(1))),
    ])
    expect(outcomes.filter(o => o.status === 'fulfilled').length).toBeGreaterThanOrEqual(5)
    for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toBeInstanceOf(Unknown)
  })

  test('whose connections are cut again and again keeps every event once, in a chain that is whole', async () => {
    const acknowledged: string[] = []
    let writing = true
    const write = async () => {
      const stream = aStream()
      for (let i = 0; i < 15; i++) {
        const [event] = some(1)
        for (;;)
          try {
            await log.append(stream, i === 0 ? 'none' : i - 1, [event!])
            acknowledged.push(event!.eventId)
            break
          } catch (error) {
            expect(error).toBeInstanceOf(Unknown)
          }
      }
      expect(findBrokenLink(await log.readStream(stream))).toBeUndefined()
    }
    const cutting = (async () => {
      for (let i = 0; writing && i < 30; i++) {
        server.cut()
        await new Promise(resolve => setTimeout(resolve, 20))
      }
    })()
    await Promise.all(Array.from({ length: 8 }, write))
    writing = false
    await cutting
    expect((await everything()).map(e => e.eventId).sort()).toEqual([...acknowledged].sort())
    expect(acknowledged).toHaveLength(8 * 15)
  })

  test.each([
    ['broken JSON', Buffer.from('{"a":'), Buffer.from('{}'), 'data that are no JSON object'],
    ['a JSON list', Buffer.from('[]'), Buffer.from('{}'), 'data that are no JSON object'],
    ['broken metadata', Buffer.from('{}'), Buffer.from('nonsense'), 'metadata that are no JSON object'],
    ['no envelope of ours', Buffer.from('{}'), Buffer.from('{"who":"else"}'), 'not written by this log'],
  ])('an event with %s stops its reader, and says which one it is', async (_, data, metadata, why) => {
    const stream = aStream()
    const id = uuidv7()
    server.records.append(stream, 'no_stream', [{ id, type: 'Odd', contentType: 'application/json', data, metadata }])
    for (const reading of [log.readStream(stream), log.readAll('', 10)])
      await expect(reading).rejects.toMatchObject({
        code: 'LOG.UNREADABLE_EVENT',
        message: expect.stringMatching(new RegExp(`${id}.*${why}`)),
      })
  })

  test('other writers of the stream are met by deciding again, where nothing exact was expected', async () => {
    const stream = aStream()
    const others = await Promise.all([open(), open(), open()])
    await Promise.all(others.flatMap(one => Array.from({ length: 10 }, () => one.append(stream, 'any', some(2)))))
    const stored = await log.readStream(stream)
    expect(stored).toHaveLength(60)
    expect(findBrokenLink(stored)).toBeUndefined()
  })

  test('a foreign writer between two appends is a conflict that names the current revision', async () => {
    const stream = aStream()
    await log.append(stream, 'none', some(1))
    await (await open()).append(stream, 0, some(2))
    await expect(log.append(stream, 0, some(1))).rejects.toMatchObject({ code: 'LOG.CONFLICT', revision: 2 })
    expect((await log.append(stream, 2, some(1))).revision).toBe(3)
  })
})

describe('the test server', () => {
  let server: EventStoreServer
  let client: EventStoreDBClient
  const credentials = { username: 'nobody', password: 'none' }
  beforeAll(async () => {
    server = await EventStoreServer.start()
    client = EventStoreDBClient.connectionString(server.url)
  })
  afterAll(async () => {
    await client.dispose()
    await server.stop()
  })

  test('writes the same ids again where nothing exact is expected and it was restarted, as real ones do', async () => {
    const stream = aStream()
    const event = jsonEvent({ type: 'Twice', data: {} })
    await client.appendToStream(stream, event, { credentials })
    await client.appendToStream(stream, event, { credentials })
    expect(server.records.stream(stream)).toHaveLength(1)
    server.records.restart()
    await client.appendToStream(stream, event, { credentials })
    expect(server.records.stream(stream)).toHaveLength(2)
  })

  test('takes the same ids at an exact revision once, and refuses what differs', async () => {
    const stream = aStream()
    const [a, b] = ['A', 'B'].map(type => jsonEvent({ type, data: {} }))
    await client.appendToStream(stream, [a!], { credentials, expectedRevision: 'no_stream' })
    await client.appendToStream(stream, [a!], { credentials, expectedRevision: 'no_stream' })
    expect(server.records.stream(stream)).toHaveLength(1)
    await expect(client.appendToStream(stream, [b!], { credentials, expectedRevision: 'no_stream' })).rejects.toMatchObject({
      actualVersion: 0n,
    })
  })

  test('refuses more than 1 MiB in one append', async () => {
    const event = jsonEvent({ type: 'Large', data: { text: 'x'.repeat(1_048_576) } })
    await expect(client.appendToStream(aStream(), event, { credentials })).rejects.toMatchObject({ maxAppendSize: 1_048_576 })
  })
})
