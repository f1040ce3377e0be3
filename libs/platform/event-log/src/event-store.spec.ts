import { erased, type Erased, MemoryKeyring } from '@passerelle/keyring'
import {
  type CommandContext,
  Conflict,
  type Decider,
  defineEvents,
  type EventOf,
  EventStore,
  fields,
  InvalidEvent,
  inTurn,
  MemoryLog,
  Refused,
  Stale,
  type StoredEvent,
  UnknownSchemaVersion,
  v1,
} from './index.js'

const { id, int, text, list, personal, record } = fields

const noteEvents = defineEvents('note', {
  NoteBegun: v1({ noteId: id, learnerId: id }),
  NoteWritten: v1({ words: personal('C3', text), marks: list(record({ mark: personal('C4', int) })) }),
  NoteRead: v1({}),
})
type NoteEvent = EventOf<typeof noteEvents>
interface Note {
  readonly learnerId?: string
  readonly words: readonly (string | Erased)[]
  readonly writtenBy: readonly (string | undefined)[]
}
const note: Decider<Note, NoteEvent> = {
  events: noteEvents,
  initial: { words: [], writtenBy: [] },
  subject: state => state.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'NoteBegun':
        return { ...state, learnerId: event.data.learnerId }
      case 'NoteWritten':
        return { ...state, words: [...state.words, event.data.words], writtenBy: [...state.writtenBy, event.eventId] }
      case 'NoteRead':
        return state
    }
  },
}
const begun: NoteEvent = { type: 'NoteBegun', data: { noteId: 'n-1', learnerId: 'l-1' } }
const written = (words: string | Erased): NoteEvent => ({
  type: 'NoteWritten',
  data: { words, marks: [{ mark: 3 }, { mark: 4 }] },
})
const context: CommandContext = {
  actor: { userId: 'u-1', agencyId: 'school', role: 'teacher' },
  controllerAgencyId: 'school',
  purpose: 'educationSupport',
  legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
  occurredAt: '2026-03-01T09:00:00.000Z',
  correlationId: 'correlation',
  causationId: 'request',
  language: 'fr',
}
const from = (contentHash: string, externalId = 'row-1', feedRunId = 'run-1'): CommandContext => ({
  ...context,
  source: { system: 'sds:school', externalId, contentHash, feedRunId },
})

let log: MemoryLog
let keyring: MemoryKeyring
let store: EventStore
beforeEach(() => {
  log = new MemoryLog()
  keyring = new MemoryKeyring()
  store = new EventStore(log, keyring)
})
const begin = () => store.handle(note, 'n-1', context, () => [begun, written('first')])
const stored = (): Promise<StoredEvent[]> => log.readStream('note-n-1')

describe('what an event closes', () => {
  const closing = {
    ...note,
    closes: (state: Note, event: NoteEvent) =>
      event.type === 'NoteWritten' ? [{ learnerId: state.learnerId }, { learnerId: state.learnerId, agencyId: 'school' }] : [],
  }
  const told: unknown[] = []
  beforeEach(() => {
    told.length = 0
    store = new EventStore(log, keyring, {
      async around(denials, record, wasNotWritten) {
        told.push(denials, (await stored()).length)
        try {
          return await record()
        } catch (error) {
          told.push(wasNotWritten(error) ? 'lifted' : 'kept')
          throw error
        }
      },
    })
  })
  const write = (options = {}) => store.handle(closing, 'n-1', context, () => [written('closing')], options)

  test('is denied before the event is written, each under an id of its own', async () => {
    await store.handle(closing, 'n-1', context, () => [begun, written('first')])
    const { eventId } = (await stored())[1]!
    const denied = { learnerId: 'l-1', ref: 'note-n-1' }
    expect(told).toEqual([
      [
        { ...denied, denialId: `${eventId}:0` },
        { ...denied, agencyId: 'school', denialId: `${eventId}:1` },
      ],
      0,
    ])
  })
  test('is not denied where nothing happens, or nothing closes', async () => {
    await store.handle(closing, 'n-1', context, () => [])
    await store.handle(closing, 'n-1', context, () => [begun])
    expect(told).toEqual([])
  })
  test('is taken back where another wrote first, and stays where nobody knows', async () => {
    await store.handle(closing, 'n-1', context, () => [begun])
    await Promise.allSettled([write({ version: 0 }), write({ version: 0 })])
    expect(told.filter(each => typeof each === 'string')).toEqual(['lifted'])
    log.append = () => Promise.reject(new Error('cut off'))
    await expect(write()).rejects.toThrow('cut off')
    expect(told.at(-1)).toBe('kept')
  })
})

describe('what is refused', () => {
  test('a version that is no longer current, with the current one, before anything is decided', async () => {
    await begin()
    let asked = false
    const late = store.handle(note, 'n-1', context, () => ((asked = true), [written('late')]), { version: 0 })
    await expect(late).rejects.toMatchObject({ code: 'STALE', expectedVersion: 0, currentVersion: 1 })
    await expect(store.handle(note, 'none', context, () => [begun], { version: 3 })).rejects.toBeInstanceOf(Stale)
    expect(asked).toBe(false)
  })
  test('a version that was current when it was read and no longer when it is written', async () => {
    await begin()
    const write = (words: string) => store.handle(note, 'n-1', context, () => [written(words)], { version: 1 })
    const both = await Promise.allSettled([write('mine'), write('theirs')])
    const lost = both.filter(outcome => outcome.status === 'rejected')
    expect(lost).toMatchObject([{ reason: { code: 'STALE', expectedVersion: 1, currentVersion: 2 } }])
    expect((await store.load(note, 'n-1')).state.words).toHaveLength(2)
  })
  test('what a rule refuses leaves nothing behind', async () => {
    const no = () => {
      throw new Refused('NOTE.NO', 'No.', 'Do not.')
    }
    await expect(store.handle(note, 'n-1', context, no)).rejects.toMatchObject({ code: 'NOTE.NO' })
    expect(await stored()).toEqual([])
  })
  test('a payload that breaks its schema, an event type of another stream, personal data about nobody', async () => {
    const wrong = { type: 'NoteBegun', data: { noteId: 'Ann Example', learnerId: 'l-1' } } as NoteEvent
    const broken = await store.handle(note, 'n-1', context, () => [wrong]).catch((error: unknown) => error)
    expect(broken).toBeInstanceOf(InvalidEvent)
    expect(broken).toMatchObject({ faults: [{ field: 'noteId', rule: 'pattern' }] })
    expect((broken as Error).message).not.toContain('Ann')
    const foreign = { ...note, evolve: (state: Note) => state }
    const decided = () => [{ type: 'PlanDrafted', data: {} } as unknown as NoteEvent]
    await expect(store.handle(foreign, 'n-1', context, decided)).rejects.toThrow('no event type PlanDrafted')
    await expect(store.handle(note, 'n-1', context, () => [written('x')])).rejects.toThrow('names no subject')
    expect(await stored()).toEqual([])
  })
  test('copying what was erased', async () => {
    await begin()
    await keyring.destroy('l-1', 'C3', 'erasureRequest')
    const copy = store.handle(note, 'n-1', context, state => [written(state.words[0]!)])
    await expect(copy).rejects.toMatchObject({ code: 'KEYRING.ERASED' })
    expect(await stored()).toHaveLength(2)
  })
  test('sealing with a key that was destroyed', async () => {
    await begin()
    await keyring.destroy('l-1', 'C3', 'erasureRequest')
    await expect(store.handle(note, 'n-1', context, () => [written('again')])).rejects.toMatchObject({
      code: 'KEYRING.KEY_DESTROYED',
    })
  })
  test('reading with a keyring that never knew the key: it is not taken for erased', async () => {
    await begin()
    const stranger = new EventStore(log, new MemoryKeyring())
    await expect(stranger.load(note, 'n-1')).rejects.toMatchObject({ code: 'KEYRING.UNKNOWN_KEY' })
  })
  test('R-0.4 an event newer than this release knows stops the reader by name, and is never skipped', async () => {
    await begin()
    const newer = (await stored()).map(event => ({ ...event, schemaVersion: 2 }))
    const reading = store.decode(newer, noteEvents.definitions)
    await expect(reading).rejects.toBeInstanceOf(UnknownSchemaVersion)
    await expect(reading).rejects.toMatchObject({ code: 'LOG.UNKNOWN_SCHEMA_VERSION' })
    await expect(reading).rejects.toThrow('NoteBegun v2; this release knows v1')
  })
})

describe('what is recorded', () => {
  test('nothing new is no event, and the version stays', async () => {
    expect(await store.handle(note, 'n-1', context, () => [])).toMatchObject({ version: -1, position: undefined, events: [] })
    await begin()
    expect(await store.handle(note, 'n-1', context, () => [])).toMatchObject({ version: 1, position: undefined, events: [] })
    expect(await stored()).toHaveLength(2)
  })
  test('a command without a version is decided again on the newer state', async () => {
    await begin()
    const versions: number[] = []
    const decide = (state: Note) => (versions.push(state.words.length), [written('mine')])
    const [mine] = await Promise.all([
      store.handle(note, 'n-1', context, decide),
      store.handle(note, 'n-1', context, () => [written('theirs')]),
    ])
    expect((await store.load(note, 'n-1')).state.words).toHaveLength(3)
    expect(mine.version).toBeGreaterThan(1)
    expect(versions.length).toBeLessThanOrEqual(2)
  })
  test('five conflicts in a row are given back to the caller', async () => {
    await begin()
    log.append = async (streamId, expected) => {
      throw new Conflict(streamId, expected, 9)
    }
    let asked = 0
    await expect(store.handle(note, 'n-1', context, () => (asked++, [written('x')]))).rejects.toBeInstanceOf(Conflict)
    expect(asked).toBe(5)
  })
  test('the envelope is complete, set by the store and not by the decision', async () => {
    const { position, events } = await begin()
    const [first, second] = await stored()
    expect(first).toMatchObject({ type: 'NoteBegun', schemaVersion: 1, categories: [], keyRefs: [], streamVersion: 0 })
    const { source: _none, ...given } = { source: undefined, ...context }
    expect(second).toMatchObject({
      ...given,
      eventId: events[1]!.eventId,
      subjectRef: 'l-1',
      categories: ['C3', 'C4'],
      keyRefs: ['l-1/C3', 'l-1/C4'],
      globalPosition: position,
      prevHash: first!.hash,
    })
    expect(second!.eventId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  })
  test('R-0.3 personal values stand sealed in the log, in lists too, and nowhere in the clear', async () => {
    await store.handle(note, 'n-1', context, () => [begun, written('Ann Example has two dogs')])
    const text = JSON.stringify(await stored())
    expect(text).not.toContain('Example')
    expect((await stored())[1]!.data).toMatchObject({
      words: { $sealed: true },
      marks: [{ mark: { $sealed: true } }, { mark: { $sealed: true } }],
      $boxes: { C3: expect.any(String), C4: expect.any(String) },
    })
    expect((await store.load(note, 'n-1')).state.words).toEqual(['Ann Example has two dogs'])
  })
  test('a personal value that stands in the log unsealed, or whose box was taken away, stops the reader', async () => {
    await begin()
    const [, second] = await stored()
    for (const data of [
      { ...second!.data, words: 'planted' },
      { ...second!.data, $boxes: {} },
    ])
      await expect(store.decode([{ ...second!, data }], noteEvents.definitions)).rejects.toThrow(/\/words unsealed/)
    const { $boxes, marks, ...rest } = second!.data as Record<string, any>
    const more = { ...rest, $boxes, marks: [...marks, { mark: { $sealed: true } }] }
    await expect(store.decode([{ ...second!, data: more }], noteEvents.definitions)).rejects.toThrow(
      /no sealed value for \/marks\/2\/mark/,
    )
  })
  test('a destroyed key reads as Erased, and only that category', async () => {
    await begin()
    await keyring.destroy('l-1', 'C3', 'erasureRequest')
    const [, second] = await store.decode<NoteEvent>(await stored(), noteEvents.definitions)
    expect(second!.data).toEqual({ words: erased, marks: [{ mark: 3 }, { mark: 4 }] })
  })
  test('reading changes nothing in what the log gave', async () => {
    await begin()
    const page = await stored()
    const before = JSON.stringify(page)
    await store.decode(page, noteEvents.definitions)
    expect(JSON.stringify(page)).toBe(before)
  })
  test('a sealed value moved to another event does not open there', async () => {
    await begin()
    await store.handle(note, 'n-1', context, () => [written('second')])
    const [, one, two] = await stored()
    await expect(store.decode([{ ...two!, data: one!.data }], noteEvents.definitions)).rejects.toThrow()
  })
  test('evolve learns the id of each event, so that a correction can name it (R-0.2)', async () => {
    const { events, state } = await begin()
    expect(state.writtenBy).toEqual([events[1]!.eventId])
    expect((await store.load(note, 'n-1')).state.writtenBy).toEqual([events[1]!.eventId])
  })
  test('decisions in turn each see what those before them decided, and become one append', async () => {
    const seen: number[] = []
    const write = (words: string) => (state: Note) => (seen.push(state.words.length), [written(words)])
    await store.handle(
      note,
      'n-1',
      context,
      inTurn(
        note,
        () => [begun],
        write('a'),
        write('b'),
        () => [],
      ),
    )
    expect(seen).toEqual([0, 1])
    expect((await store.load(note, 'n-1')).version).toBe(2)
  })
})

describe('what a feed sends again', () => {
  const say = (contentHash: string, words: string, row?: string, run?: string) =>
    store.handle(note, 'n-1', from(contentHash, row, run), state =>
      state.learnerId ? [written(words)] : [begun, written(words)],
    )

  test('R-0.1 the same system, id and content is no new event, whatever the decision would say, in any later run', async () => {
    await say('hash-a', 'first')
    expect(await say('hash-a', 'first', 'row-1', 'run-2')).toMatchObject({ version: 1, events: [], position: undefined })
    expect(await stored()).toHaveLength(2)
  })
  test('R-0.1 another content, another row, another system or no source is decided', async () => {
    await say('hash-a', 'first')
    await say('hash-b', 'second')
    await say('hash-a', 'of another row', 'row-2')
    const other = { ...from('hash-a'), source: { ...from('hash-a').source!, system: 'oneroster:school' } }
    await store.handle(note, 'n-1', other, () => [written('of another system')])
    await store.handle(note, 'n-1', context, () => [written('by hand')])
    expect((await store.load(note, 'n-1')).state.words).toEqual([
      'first',
      'second',
      'of another row',
      'of another system',
      'by hand',
    ])
  })
  test('R-0.1 content that changed away and back is a change', async () => {
    await say('hash-a', 'first')
    await say('hash-b', 'second')
    await say('hash-a', 'first')
    expect((await store.load(note, 'n-1')).state.words).toEqual(['first', 'second', 'first'])
  })
  test('R-0.1 what people recorded since is not overwritten by a re-send', async () => {
    await say('hash-a', 'first')
    await store.handle(note, 'n-1', context, () => [written('corrected by hand')])
    await say('hash-a', 'first', 'row-1', 'run-2')
    expect((await store.load(note, 'n-1')).state.words).toEqual(['first', 'corrected by hand'])
  })
})

describe('upcasts', () => {
  const newer = defineEvents('note', {
    NoteBegun: v1({ noteId: id, learnerId: id }),
    NoteWritten: v1({ words: personal('C3', text), marks: list(record({ mark: personal('C4', int) })) })
      .next({ words: personal('C3', text), sum: personal('C4', int) }, ({ words, marks }) => ({
        words,
        sum: marks.some(({ mark }) => typeof mark !== 'number')
          ? erased
          : marks.reduce((sum, { mark }) => sum + (mark as number), 0),
      }))
      .next({ lines: list(personal('C3', text)), sum: personal('C4', int) }, ({ words, sum }) => ({ lines: [words], sum })),
  })
  test('an old event reads as the newest version, step by step, its personal fields opened first', async () => {
    await begin()
    const [, event] = await store.decode(await stored(), newer.definitions)
    expect(event!.data).toEqual({ lines: ['first'], sum: 7 })
  })
  test('an upcast meets what was erased as Erased', async () => {
    await begin()
    await keyring.destroy('l-1', 'C4', 'erasureRequest')
    const [, event] = await store.decode(await stored(), newer.definitions)
    expect(event!.data).toEqual({ lines: ['first'], sum: erased })
  })
  test('types that are not asked for are left out', async () => {
    await begin()
    await store.handle(note, 'n-1', context, () => [{ type: 'NoteRead', data: {} }])
    const only = new Map([['NoteRead', noteEvents.definitions.get('NoteRead')!]])
    expect(await store.decode(await stored(), only)).toMatchObject([{ type: 'NoteRead', streamVersion: 2 }])
  })
})
