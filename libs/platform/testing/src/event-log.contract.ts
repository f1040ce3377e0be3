import { v7 as uuidv7 } from 'uuid'
import fc from 'fast-check'
import {
  Conflict,
  type EventLog,
  type Expected,
  findBrokenLink,
  InvalidEvent,
  maxAppendBytes,
  type NewEvent,
  type Position,
  type StoredEvent,
  Unknown,
} from '@passerelle/event-log'
import { anEvent } from './an-event.js'

/** One adapter of the event log, on a store of its own that is empty at first, if it is not shared. */
export interface LogUnderTest {
  readonly log: EventLog
  /** A server that is not ours alone: it may hold events already. */
  readonly shared?: boolean
  /** Another client of the same store, as from a second process; where the store has only one, left out. */
  another?(): Promise<EventLog>
  /** The next so many answers to appends are lost on the way, although the append was done; with Infinity, until set to 0. */
  loseAnswers?(count: number): void
  close(): Promise<void>
}

const aStream = () => `contract-${uuidv7()}`
const some = (n: number, changes: Partial<NewEvent> = {}) => Array.from({ length: n }, () => anEvent(changes))
const nested = (levels: number) => Array.from({ length: levels }).reduce<{ inner?: object }>(inner => ({ inner }), {})
const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value))

/** What every adapter of the event log must do. Call it inside a `describe` that names the adapter. */
export function eventLogContract(open: () => Promise<LogUnderTest>): void {
  let store: LogUnderTest
  let log: EventLog
  /** Of the same store, as several processes would be. */
  let clients: EventLog[]
  beforeAll(async () => {
    store = await open()
    log = store.log
    clients = [log, ...(store.another ? [await store.another(), await store.another()] : [])]
  })
  afterAll(async () => {
    for (const client of clients.slice(1)) await client.close()
    await store?.close()
  })

  const conflictOf = async (stream: string, expected: Expected, events: readonly NewEvent[]): Promise<Conflict> => {
    const error = await log.append(stream, expected, events).catch(e => e)
    expect(error).toBeInstanceOf(Conflict)
    return error
  }
  const idsIn = async (stream: string) => (await log.readStream(stream)).map(e => e.eventId)
  const allAfter = async (after: Position) => {
    const found: StoredEvent[] = []
    for (let page = await log.readAll(after, 100); page.length > 0; page = await log.readAll(page.at(-1)!.globalPosition, 100))
      found.push(...page)
    return found
  }

  describe('a new log', () => {
    test('is empty, and stands before every position', async () => {
      if (store.shared) return expect(await log.readAll(await log.head(), 10)).toEqual([])
      expect(await log.head()).toBe('')
      expect(await log.readAll('', 10)).toEqual([])
    })

    test('has an identity that every client of it sees', async () => {
      expect(log.logId).toMatch(/^[0-9a-f-]{36}$/)
      for (const client of clients) expect(client.logId).toBe(log.logId)
    })
  })

  describe('what is expected of the stream', () => {
    test.each<[Expected, 'absent' | 'at 0' | 'at 1', boolean]>([
      ['none', 'absent', true],
      ['none', 'at 0', false],
      ['none', 'at 1', false],
      ['exists', 'absent', false],
      ['exists', 'at 0', true],
      ['exists', 'at 1', true],
      ['any', 'absent', true],
      ['any', 'at 0', true],
      ['any', 'at 1', true],
      [0, 'absent', false],
      [0, 'at 0', true],
      [0, 'at 1', false],
      [1, 'absent', false],
      [1, 'at 0', false],
      [1, 'at 1', true],
    ])('%s, of a stream that is %s: appended = %s', async (expected, state, met) => {
      const stream = aStream()
      const before = state === 'absent' ? [] : some(state === 'at 0' ? 1 : 2)
      if (before.length > 0) await log.append(stream, 'none', before)
      const events = some(2)
      if (met) {
        expect(await log.append(stream, expected, events)).toMatchObject({ outcome: 'appended', revision: before.length + 1 })
        expect(await idsIn(stream)).toEqual([...before, ...events].map(e => e.eventId))
      } else {
        expect(await conflictOf(stream, expected, events)).toMatchObject({
          streamId: stream,
          expected,
          revision: before.length - 1,
        })
        expect(await idsIn(stream)).toEqual(before.map(e => e.eventId))
      }
    })

    test('a conflict leaves nothing behind: the next append follows without a gap', async () => {
      const stream = aStream()
      const { position } = await log.append(stream, 'none', some(1))
      await conflictOf(stream, 'none', some(3))
      const next = await log.append(stream, 0, some(1))
      expect((await allAfter(position)).map(e => e.globalPosition)).toEqual([next.position])
    })

    test('of many who append at the same revision, exactly one succeeds', async () => {
      const stream = aStream()
      await log.append(stream, 'none', some(1))
      const outcomes = await Promise.allSettled(
        Array.from({ length: 21 }, (_, i) => clients[i % clients.length]!.append(stream, 0, some(1))),
      )
      expect(outcomes.filter(o => o.status === 'fulfilled')).toHaveLength(1)
      for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toBeInstanceOf(Conflict)
      expect(await idsIn(stream)).toHaveLength(2)
    })

    test('of many who create a stream, exactly one succeeds', async () => {
      const stream = aStream()
      const outcomes = await Promise.allSettled(
        Array.from({ length: 21 }, (_, i) => clients[i % clients.length]!.append(stream, 'none', some(1))),
      )
      expect(outcomes.filter(o => o.status === 'fulfilled')).toHaveLength(1)
      for (const o of outcomes) if (o.status === 'rejected') expect(o.reason).toBeInstanceOf(Conflict)
      expect(await idsIn(stream)).toHaveLength(1)
    })

    test('many who append to one stream and expect nothing exact all succeed, in one chain', async () => {
      const stream = aStream()
      const batches = Array.from({ length: 30 }, (_, i) => some(1 + (i % 2)))
      const outcomes = await Promise.all(batches.map((batch, i) => clients[i % clients.length]!.append(stream, 'any', batch)))
      const stored = await log.readStream(stream)
      expect(stored.map(e => e.streamVersion)).toEqual(batches.flat().map((_, i) => i))
      expect(findBrokenLink(stored)).toBeUndefined()
      batches.forEach((batch, i) => {
        const last = stored[outcomes[i]!.revision]!
        expect([last.eventId, last.globalPosition]).toEqual([batch.at(-1)!.eventId, outcomes[i]!.position])
      })
    })

    test('a conflict fails only its own append, whatever else is written with it', async () => {
      const streams = Array.from({ length: 10 }, aStream)
      const outcomes = await Promise.allSettled(
        streams.map((stream, i) => log.append(stream, i % 2 ? 'exists' : 'none', some(1))),
      )
      expect(outcomes.map(o => o.status)).toEqual(streams.map((_, i) => (i % 2 ? 'rejected' : 'fulfilled')))
    })
  })

  describe('the same event id', () => {
    test.each<Expected>(['none', 'exists', 'any', 0, 1])(
      'the same batch again, expecting %s, is a duplicate and no second copy',
      async expected => {
        const stream = aStream()
        if (expected !== 'none') await log.append(stream, 'none', some(expected === 1 ? 2 : 1))
        const batch = some(3)
        const first = await log.append(stream, expected, batch)
        const before = await idsIn(stream)
        expect(first.outcome).toBe('appended')
        expect(await log.append(stream, expected, batch)).toEqual({ ...first, outcome: 'duplicate' })
        await log.append(stream, 'exists', some(2))
        expect(await log.append(stream, expected, batch)).toEqual({ ...first, outcome: 'duplicate' })
        expect((await idsIn(stream)).slice(0, -2)).toEqual(before)
      },
    )

    test('the same batch again at the revision that it reached is a duplicate too', async () => {
      const stream = aStream()
      const batch = some(2)
      const first = await log.append(stream, 'none', batch)
      expect(await log.append(stream, 1, batch)).toEqual({ ...first, outcome: 'duplicate' })
      expect(await idsIn(stream)).toHaveLength(2)
    })

    test.each<Expected>(['any', 'exists', 1, 2])(
      'a batch of which a part is known, expecting %s, is a conflict and adds nothing',
      async expected => {
        const stream = aStream()
        const known = some(2)
        await log.append(stream, 'none', known)
        for (const batch of [
          [...some(1), known[1]!],
          [known[1]!, ...some(1)],
          [...known, ...some(1)],
        ])
          expect(await conflictOf(stream, expected, batch)).toMatchObject({ revision: 1 })
        expect(await idsIn(stream)).toEqual(known.map(e => e.eventId))
      },
    )

    test('the same batch many times at once is appended once', async () => {
      for (const expected of ['none', 'any'] as const) {
        const stream = aStream()
        const batch = some(2)
        const outcomes = await Promise.all(
          Array.from({ length: 12 }, (_, i) => clients[i % clients.length]!.append(stream, expected, batch)),
        )
        expect(outcomes.filter(o => o.outcome === 'appended')).toHaveLength(1)
        expect(new Set(outcomes.map(o => o.position)).size).toBe(1)
        expect(await idsIn(stream)).toEqual(batch.map(e => e.eventId))
      }
    })
  })

  describe('an outcome that got lost on the way', () => {
    test.each<Expected>(['none', 'any', 'exists', 1])(
      'is established, expecting %s: the events are there once',
      async expected => {
        if (!store.loseAnswers) return expect(log.constructor.name).toBe('MemoryLog')
        const stream = aStream()
        if (expected !== 'none') await log.append(stream, 'none', some(2))
        const before = await idsIn(stream)
        const batch = some(2)
        store.loseAnswers(1)
        expect(await log.append(stream, expected, batch)).toMatchObject({ revision: before.length + 1 })
        expect(await idsIn(stream)).toEqual([...before, ...batch.map(e => e.eventId)])
      },
    )

    test('that stays lost is Unknown; the same append again settles it', async () => {
      if (!store.loseAnswers) return expect(log.constructor.name).toBe('MemoryLog')
      const stream = aStream()
      const batch = some(2)
      store.loseAnswers(Infinity)
      await expect(log.append(stream, 'none', batch)).rejects.toBeInstanceOf(Unknown)
      store.loseAnswers(0)
      expect(await log.append(stream, 'none', batch)).toMatchObject({ revision: 1 })
      expect(await idsIn(stream)).toEqual(batch.map(e => e.eventId))
    })
  })

  describe('what comes back', () => {
    test('is the whole envelope, and what the log set', async () => {
      const stream = aStream()
      const full = anEvent({
        actor: { userId: 'guardian-1', agencyId: 'none', role: 'guardian', onBehalfOf: 'learner-1' },
        legalBasis: { kind: 'consent', consentRecordId: 'consent-1' },
        source: { system: 'sis', externalId: '4711', contentHash: 'ab', feedRunId: 'run-1' },
      })
      const { subjectRef: _, ...aboutNobody } = anEvent({ categories: [], keyRefs: [] })
      const { position } = await log.append(stream, 'none', [full, aboutNobody])
      const [first, second] = await log.readStream(stream)
      expect(first).toStrictEqual({
        ...full,
        streamId: stream,
        streamVersion: 0,
        globalPosition: expect.any(String),
        recordedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
        prevHash: '',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
      expect(second).toStrictEqual({
        ...aboutNobody,
        streamId: stream,
        streamVersion: 1,
        globalPosition: position,
        recordedAt: expect.any(String),
        prevHash: first!.hash,
        hash: expect.any(String),
      })
      expect(await log.readAll(first!.globalPosition, 1)).toEqual([second])
    })

    test('has every shape that JSON can have, in a chain that is whole', async () => {
      const shapes = fc.dictionary(
        fc.string({ unit: 'binary', maxLength: 8 }),
        fc.jsonValue({ stringUnit: 'binary', maxDepth: 4 }),
        { maxKeys: 6 },
      )
      await fc.assert(
        fc.asyncProperty(fc.array(shapes, { minLength: 1, maxLength: 4 }), async shapes => {
          const stream = aStream()
          const events = shapes.map(data => anEvent({ data }))
          await log.append(stream, 'none', events)
          await log.append(stream, 'exists', some(1))
          const stored = await log.readStream(stream)
          expect(stored.slice(0, -1).map(e => e.data)).toEqual(events.map(e => asJson(e.data)))
          expect(findBrokenLink(stored)).toBeUndefined()
        }),
        { numRuns: 60 },
      )
    })

    test.each<[string, () => object]>([
      ['a NUL character', () => ({ text: 'a\u0000b', '\u0000': 1 })],
      ['characters outside the basic plane', () => ({ '🦶🌉': 'é€😀\u2028' })],
      [
        'keys that mean something to JavaScript',
        () => JSON.parse('{"__proto__":{"a":1},"constructor":1,"toString":null,"toJSON":2}'),
      ],
      [
        'numbers at the edge',
        () => ({ list: [Number.MAX_SAFE_INTEGER, Number.MIN_VALUE, 1.7976931348623157e308, -0, 0.1 + 0.2, 1e21] }),
      ],
      ['empty things', () => ({ a: {}, b: [], c: '', d: null, e: false, '': 0 })],
      ['keys in an order of their own', () => ({ b: 1, a: 2, 10: 3, 9: 4 })],
      ['undefined, which JSON leaves out', () => ({ a: undefined, b: [undefined] })],
      ['dates, which JSON writes as text', () => ({ at: new Date(0) })],
      ['COPY and array syntax', () => ({ text: '\\N\t\n\r"{}\',\\\\' })],
      ['900 levels', () => nested(900)],
      ['100 kB of text', () => ({ text: 'ä'.repeat(50_000) })],
    ])('may hold %s', async (_, make) => {
      const stream = aStream()
      const data = make() as NewEvent['data']
      await log.append(stream, 'none', [anEvent({ data }), anEvent()])
      const stored = await log.readStream(stream)
      expect(JSON.stringify(stored[0]!.data)).toBe(JSON.stringify(data))
      expect(findBrokenLink(stored)).toBeUndefined()
    })
  })

  describe('is refused before anything is sent', () => {
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    test.each<[string, () => [string, Expected, readonly NewEvent[]]]>([
      ['an empty batch', () => [aStream(), 'any', []]],
      ['an id that is no uuid', () => [aStream(), 'any', [anEvent({ eventId: 'one' })]]],
      [
        'an id in upper case, which would come back in another form',
        () => [aStream(), 'any', [anEvent({ eventId: uuidv7().toUpperCase() })]],
      ],
      ['the same id twice in a batch', () => [aStream(), 'any', Array(2).fill(anEvent())]],
      ['an empty stream id', () => ['', 'any', some(1)]],
      ['a stream id without category', () => [uuidv7(), 'any', some(1)]],
      ['a stream id of the system', () => ['$ce-x', 'any', some(1)]],
      ['a stream id with a space', () => ['plan-a b', 'any', some(1)]],
      ['a stream id that is too long', () => [`plan-${'x'.repeat(201)}`, 'any', some(1)]],
      ['an empty type', () => [aStream(), 'any', some(1, { type: '' })]],
      ['a type of the system', () => [aStream(), 'any', some(1, { type: '$metadata' })]],
      ['a schema version of 0', () => [aStream(), 'any', some(1, { schemaVersion: 0 })]],
      ['a subject with a line break', () => [aStream(), 'any', some(1, { subjectRef: 'a\nb' })]],
      ['a negative revision', () => [aStream(), -1, some(1)]],
      ['a revision between two', () => [aStream(), 0.5, some(1)]],
      ['an unknown word as revision', () => [aStream(), 'some' as Expected, some(1)]],
      ['data that are a list', () => [aStream(), 'any', some(1, { data: [] as never })]],
      ['data that are null', () => [aStream(), 'any', some(1, { data: null as never })]],
      ['a bigint', () => [aStream(), 'any', some(1, { data: { n: 1n } })]],
      ['NaN', () => [aStream(), 'any', some(1, { data: { n: NaN } })]],
      ['Infinity', () => [aStream(), 'any', some(1, { data: { n: [-Infinity] } })]],
      ['a cycle', () => [aStream(), 'any', some(1, { data: cyclic })]],
      ['more than 1,000 levels', () => [aStream(), 'any', some(1, { data: nested(1_001) })]],
      ['half a character', () => [aStream(), 'any', some(1, { data: { text: '\ud800' } })]],
    ])('%s', async (_, make) => {
      const [stream, expected, events] = make()
      const before = await log.head()
      await expect(log.append(stream, expected, events)).rejects.toBeInstanceOf(InvalidEvent)
      expect(await log.head()).toBe(before)
    })

    test('a batch of more than 1 MiB; one that just fits is appended', async () => {
      const sized = (bytes: number) => [anEvent({ data: { text: '' } }), anEvent({ data: { text: 'x'.repeat(bytes) } })]
      const fits = async (bytes: number) =>
        log.append(aStream(), 'none', sized(bytes)).then(
          () => true,
          error => (expect(error).toBeInstanceOf(InvalidEvent), false),
        )
      let [low, high] = [maxAppendBytes - 8_192, maxAppendBytes]
      expect(await fits(low)).toBe(true)
      expect(await fits(high)).toBe(false)
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2)
        if (await fits(middle)) low = middle
        else high = middle
      }
      const stream = aStream()
      await log.append(stream, 'none', sized(low))
      expect((await log.readStream(stream))[1]!.data['text']).toHaveLength(low)
      await expect(log.append(aStream(), 'none', sized(high))).rejects.toThrow(String(maxAppendBytes))
    })

    test('and no error repeats what the event says', async () => {
      const events = [anEvent({ data: { name: 'Ada Lovelace', n: 1n } })]
      const error = await log.append(aStream(), 'any', events).catch(e => e)
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toContain('Lovelace')
    })
  })

  describe('reading a stream', () => {
    const stream = aStream()
    beforeAll(() => log.append(stream, 'none', some(5)))
    const versions = async (options: Parameters<EventLog['readStream']>[1]) =>
      (await log.readStream(stream, options)).map(e => e.streamVersion)

    test('that does not exist gives nothing, in either direction', async () => {
      expect(await log.readStream(aStream())).toEqual([])
      expect(await log.readStream(aStream(), { direction: 'backwards', limit: 1 })).toEqual([])
    })

    test.each<[Parameters<EventLog['readStream']>[1], number[]]>([
      [undefined, [0, 1, 2, 3, 4]],
      [{ from: 3 }, [3, 4]],
      [{ from: 1, limit: 2 }, [1, 2]],
      [{ limit: 2 }, [0, 1]],
      [{ from: 5 }, []],
      [{ direction: 'backwards' }, [4, 3, 2, 1, 0]],
      [{ direction: 'backwards', limit: 1 }, [4]],
      [{ direction: 'backwards', from: 2 }, [2, 1, 0]],
      [{ direction: 'backwards', from: 2, limit: 2 }, [2, 1]],
      [{ direction: 'backwards', from: 99, limit: 1 }, [4]],
    ])('%j gives revisions %j', async (options, expected) => {
      expect(await versions(options)).toEqual(expected)
    })

    test('gives more than a page', async () => {
      const long = aStream()
      for (let i = 0; i < 3; i++) await log.append(long, i === 0 ? 'none' : i * 400 - 1, some(400))
      const stored = await log.readStream(long)
      expect(stored.map(e => e.streamVersion)).toEqual(Array.from({ length: 1_200 }, (_, i) => i))
      expect(findBrokenLink(stored)).toBeUndefined()
      expect((await log.readStream(long, { direction: 'backwards', limit: 1_100 })).at(-1)!.streamVersion).toBe(100)
    })
  })

  describe('reading the log', () => {
    test('positions grow as text; pages join without gap or overlap; the last is the head', async () => {
      const before = await log.head()
      const streams = [aStream(), aStream()]
      for (let i = 0; i < 4; i++) await log.append(streams[i % 2]!, i < 2 ? 'none' : 'exists', some(5))
      const all = await allAfter(before)
      expect(all.map(e => e.streamId)).toEqual([0, 1, 0, 1].flatMap(i => Array(5).fill(streams[i])))
      const positions = all.map(e => e.globalPosition)
      expect([...positions].sort()).toEqual(positions)
      expect(new Set(positions).size).toBe(20)
      expect(positions[0]! > before).toBe(true)
      expect(await log.head()).toBe(positions.at(-1))
      expect((await log.readAll(positions[6]!, 3)).map(e => e.globalPosition)).toEqual(positions.slice(7, 10))
      expect(await log.readAll(positions.at(-1)!, 10)).toEqual([])
    })

    test('a position of another kind of log is refused', async () => {
      await expect(log.readAll('yesterday', 1)).rejects.toThrow('position')
    })
  })

  describe('a subscription', () => {
    /** Reads pages until `enough`, then stops. */
    const follow = async (
      after: Position,
      enough: (found: readonly StoredEvent[], emptyPages: number) => boolean,
      pageSize = 7,
    ) => {
      const stop = new AbortController()
      const found: StoredEvent[] = []
      let empty = 0
      for await (const page of log.subscribe(after, { signal: stop.signal, pageSize, pollMs: 50 })) {
        expect(page.length).toBeLessThanOrEqual(pageSize)
        found.push(...page)
        if (page.length === 0) empty++
        if (enough(found, empty)) stop.abort()
      }
      return found
    }

    test('gives what is there, says with an empty page that it caught up, then gives what comes', async () => {
      const after = await log.head()
      const old = some(10)
      const late = some(10)
      const stream = aStream()
      await log.append(stream, 'none', old)
      let appended: Promise<unknown> | undefined
      const found = await follow(after, (found, empty) => {
        if (empty === 1) appended ??= log.append(stream, 9, late)
        return found.length === 20
      })
      await appended
      expect(found.map(e => e.eventId)).toEqual([...old, ...late].map(e => e.eventId))
    })

    test('taken up again at a position misses nothing and repeats nothing', async () => {
      const after = await log.head()
      const events = some(30)
      await log.append(aStream(), 'none', events)
      const found: StoredEvent[] = []
      while (found.length < 30) {
        const until = Math.min(30, found.length + 4)
        const more = await follow(found.at(-1)?.globalPosition ?? after, more => found.length + more.length >= until, 3)
        found.push(...more)
      }
      expect(found.map(e => e.eventId)).toEqual(events.map(e => e.eventId))
    })

    test('sees what another client appends', async () => {
      const after = await log.head()
      const events = some(1)
      let appended: Promise<unknown> | undefined
      const found = await follow(after, (found, empty) => {
        if (empty === 1) appended ??= clients.at(-1)!.append(aStream(), 'none', events)
        return found.length === 1
      })
      await appended
      expect(found.map(e => e.eventId)).toEqual([events[0]!.eventId])
    })

    test('ends when told to, while it waits as well as before it began', async () => {
      const stop = new AbortController()
      for await (const page of log.subscribe(await log.head(), { signal: stop.signal, pollMs: 60_000 }))
        if (page.length === 0) setImmediate(() => stop.abort())
      for await (const _ of log.subscribe('', { signal: stop.signal })) throw new Error('It was told to end before it began.')
    })

    test('behind 16 writers skips no event, doubles none, and keeps the order of each stream', async () => {
      const after = await log.head()
      const writers = 16
      const appends = 15
      const acknowledged = new Map<string, Position>()
      const write = async (writer: number) => {
        const stream = aStream()
        for (let i = 0; i < appends; i++) {
          const batch = some(1 + ((writer + i) % 3))
          const { position } = await clients[writer % clients.length]!.append(stream, i === 0 ? 'none' : 'any', batch)
          batch.forEach(e => acknowledged.set(e.eventId, position))
        }
      }
      let written = false
      const writing = Promise.all(Array.from({ length: writers }, (_, w) => write(w))).then(() => (written = true))
      const found = await follow(after, found => written && found.length >= acknowledged.size)
      await writing
      expect(found.map(e => e.eventId).sort()).toEqual([...acknowledged.keys()].sort())
      const next = new Map<string, number>()
      for (const { streamId, streamVersion } of found) {
        expect(streamVersion).toBe(next.get(streamId) ?? 0)
        next.set(streamId, streamVersion + 1)
      }
      expect(found).toEqual(await allAfter(after))
      for (const stream of next.keys()) expect(findBrokenLink(await log.readStream(stream))).toBeUndefined()
    })
  })

  describe('the chain of hashes', () => {
    test('shows any change to what was stored', async () => {
      const stream = aStream()
      await log.append(stream, 'none', some(2))
      await log.append(stream, 1, some(2))
      const stored = await log.readStream(stream)
      expect(findBrokenLink(stored)).toBeUndefined()
      const change = (at: number, changes: Partial<StoredEvent>) => stored.map((e, i) => (i === at ? { ...e, ...changes } : e))
      expect(findBrokenLink(change(1, { data: { forged: true } }))?.streamVersion).toBe(1)
      expect(findBrokenLink(change(2, { occurredAt: '2020-01-01T00:00:00.000Z' }))?.streamVersion).toBe(2)
      expect(findBrokenLink(change(0, { hash: '0'.repeat(64) }))?.streamVersion).toBe(0)
      expect(findBrokenLink(stored.filter((_, i) => i !== 1))?.streamVersion).toBe(2)
    })
  })
}
