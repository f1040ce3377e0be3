import { type Decider, defineEvents, type EventOf, EventStore, fields, MemoryLog, Refused, v1 } from '@passerelle/event-log'
import { MemoryKeyring } from '@passerelle/keyring'
import type { Caller } from './caller.js'
import { type CommandPorts, Commands } from './commands.js'

const noteEvents = defineEvents('note', { NoteBegun: v1({ noteId: fields.id, learnerId: fields.id }) })
type NoteEvent = EventOf<typeof noteEvents>
const note: Decider<{ readonly learnerId?: string }, NoteEvent> = {
  events: noteEvents,
  initial: {},
  subject: state => state.learnerId,
  evolve: (_state, event) => ({ learnerId: event.data.learnerId }),
}
const begin = (state: { learnerId?: string }): NoteEvent[] =>
  state.learnerId ? [] : [{ type: 'NoteBegun', data: { noteId: 'n-1', learnerId: 'l-1' } }]
const caller: Caller = {
  userId: 'u-1',
  agencyId: 'school',
  sector: 'education',
  role: 'teacher',
  purpose: 'educationSupport',
  ownLearnerIds: [],
  requestId: 'r-1',
  correlationId: 'c-1',
  language: 'en',
}
const commands = (levelsOn: CommandPorts['levelsOn'] = async () => undefined) =>
  new Commands(new EventStore(new MemoryLog(), new MemoryKeyring()), {
    levelsOn,
    isForgotten: async learnerId => learnerId === 'l-9',
    isOpenAgency: async agencyId => agencyId !== 'nowhere',
    waitFor: async () => true,
    now: () => new Date('2026-03-01T09:00:00.000Z'),
  })

test('what begins a stream is answered with the learner whom it is about from now on, and so is the same asked twice', async () => {
  const asked = commands()
  const run = () => asked.run(caller, note, 'n-1', begin, { may: () => true })
  expect(await run()).toMatchObject({ id: 'n-1', version: 0, learnerId: 'l-1', visible: true })
  expect(await run()).toMatchObject({ id: 'n-1', version: 0, learnerId: 'l-1', position: undefined })
})

test('nothing is recorded where nobody said who may, or who may is somebody else', async () => {
  const asked = commands()
  await expect(asked.run(caller, note, 'n-1', begin, {})).rejects.toThrow('closed')
  await expect(asked.run(caller, note, 'n-1', begin, { may: () => false })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(asked.run(caller, note, 'n-1', begin, { learnerId: 'l-1', category: 'C3' })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  })
  expect(await asked.stateOf(note, 'n-1')).toEqual({})
})

test('what has not happened yet is not written down as done, and whoever may not know of it is told no more than before', async () => {
  const levels = { C3: 'full' } as const
  const on = (day: string, held = true) =>
    commands(async () => (held ? { levels, ownLevels: {} } : undefined)).run(caller, note, 'n-1', begin, {
      learnerId: 'l-1',
      category: 'C3',
      on: day,
    })
  await expect(on('2026-03-02', false)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(on('2026-03-02')).rejects.toMatchObject({
    code: 'NOTE.IN_FUTURE',
    which: { on: '2026-03-02', today: '2026-03-01' },
  })
  expect(await on('2026-03-01')).toMatchObject({ version: 0 })
})

test('a learner whom the caller may not know is what was not found, by the id that the caller gave, hidden or unknown alike', async () => {
  const begun = (learnerId: string, held?: CommandPorts['levelsOn']) =>
    commands(held).run(caller, note, 'n-1', begin, { learnerId, category: 'C3' })
  for (const nothing of [undefined, { levels: {}, ownLevels: {} }])
    await expect(begun('l-1', async () => nothing)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      what: expect.stringContaining('no learner'),
      which: { kind: 'learner', id: 'l-1' },
    })
})

test('of an id that another agency has, a caller hears the same, whoever it is about and whether they see it; and nothing of it where they may not know the learner whom they name', async () => {
  const levels = { C3: 'full' } as const
  const another = ({ learnerId }: { learnerId?: string }): NoteEvent[] => {
    if (learnerId !== undefined) throw new Refused('NOTE.EXISTS', 'A note has this id already.', 'Choose another id.')
    return begin({})
  }
  const answers = async (sees: readonly string[], names: string, by = caller) => {
    const asked = commands(async (_caller, learnerId) => (sees.includes(learnerId) ? { levels, ownLevels: {} } : undefined))
    await asked.run({ ...caller, agencyId: 'clinic' }, note, 'n-1', begin, { may: () => true })
    return asked
      .run(by, note, 'n-1', another, { learnerId: names, category: 'C3' })
      .catch(({ code, which }: Refused) => [code, which])
  }
  for (const sees of [['l-1', 'l-2'], ['l-2']])
    expect(await answers(sees, 'l-2')).toEqual(['NOT_FOUND', { kind: 'note', id: 'n-1' }])
  expect(await answers(['l-1'], 'l-1')).toEqual(['NOT_FOUND', { kind: 'note', id: 'n-1' }])
  for (const sees of [['l-1'], []]) expect(await answers(sees, 'l-2')).toEqual(['NOT_FOUND', { kind: 'learner', id: 'l-2' }])
  expect(await answers(['l-1'], 'l-1', { ...caller, agencyId: 'clinic' })).toEqual(['NOTE.EXISTS', {}])
})

test('asked twice is asked the same: what says something else under an id in use is refused, with the fields and not what stands in them', async () => {
  const levels = { C3: 'full' } as const
  const asked = commands(async () => ({ levels, ownLevels: levels }))
  const says = (noteId: string, by = caller) =>
    asked.run(by, note, 'n-1', begin, { learnerId: 'l-1', category: 'C3', says: { noteId, learnerId: 'l-1', other: 'x' } })
  expect(await says('n-1')).toMatchObject({ version: 0 })
  expect(await says('n-1')).toMatchObject({ version: 0, position: undefined })
  await expect(says('n-2')).rejects.toMatchObject({
    code: 'COMMAND.OTHER_CONTENT',
    which: { kind: 'note', id: 'n-1', fields: ['noteId'] },
  })
  await expect(says('n-2', { ...caller, agencyId: 'clinic' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('an agency that a command names has to be there and open; whoever may not is told no more than before', async () => {
  const levels = { C3: 'full' } as const
  const naming = (held: boolean, ...agencyIds: string[]) =>
    commands(async () => (held ? { levels, ownLevels: {} } : undefined)).run(caller, note, 'n-1', begin, {
      learnerId: 'l-1',
      category: 'C3',
      agencyIds,
    })
  await expect(naming(false, 'nowhere')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(naming(true, 'school', 'nowhere')).rejects.toMatchObject({
    code: 'AGENCY.UNKNOWN',
    which: { agencyIds: ['nowhere'] },
  })
  expect(await naming(true, 'school')).toMatchObject({ version: 0 })
})

test('nothing begins about somebody who was forgotten, and whoever may not know of them is told no more than before', async () => {
  const levels = { C3: 'full' } as const
  const about = (asked: Commands) => asked.run(caller, note, 'n-9', begin, { learnerId: 'l-9', category: 'C3' })
  await expect(about(commands())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(about(commands(async () => ({ levels, ownLevels: levels })))).rejects.toMatchObject({ code: 'LEARNER.FORGOTTEN' })
})

test('a command on what is not there looks up as much as one on what is hidden, and is not let in by whom its id names', async () => {
  const looks: string[] = []
  const levels = { C3: 'full' } as const
  const asked = commands(async (_caller, learnerId) => {
    looks.push(learnerId)
    return learnerId === 'l-2' ? { levels, ownLevels: levels } : undefined
  })
  await asked.run(caller, note, 'n-1', begin, { may: () => true })
  const refused = async (id: string) => {
    looks.length = 0
    await expect(asked.run(caller, note, id, begin, { version: 0, category: 'C3' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    return looks.length
  }
  expect([await refused('n-1'), await refused('n-2'), await refused('l-2')]).toEqual([1, 1, 1])
  looks.length = 0
  const notTheirs = asked.run(caller, note, 'n-1', begin, { version: 0, category: 'C3', may: () => false })
  await expect(notTheirs).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(looks).toHaveLength(1)
})

test('what was never there is not found, whatever version is named: nobody is told to read it again', async () => {
  for (const version of [-1, 0, 7])
    await expect(commands().run(caller, note, 'n-0', begin, { may: () => true, version })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      which: { kind: 'note', id: 'n-0' },
    })
})

test('what an agency once recorded lets it go on with that, begin nothing, and move nothing that others recorded', async () => {
  const own = { levels: {}, ownLevels: { C3: 'full' } } as const
  let held: Awaited<ReturnType<CommandPorts['levelsOn']>> = { levels: { C3: 'full' }, ownLevels: {} }
  const asked = commands(async () => held)
  const run = (who: Caller, id: string, ownSuffices?: boolean) =>
    asked.run(who, note, id, begin, { learnerId: 'l-1', category: 'C3', may: () => true, ownSuffices })
  await run(caller, 'n-1')
  held = own
  const elsewhere: Caller = { ...caller, agencyId: 'other-school' }
  await expect(run(elsewhere, 'n-1')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(run(caller, 'n-2')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await run(caller, 'n-1')).toMatchObject({ version: 0 })
  // Where the command is for such agencies too; and where the agency has to do with the learner besides.
  expect(await run(elsewhere, 'n-1', true)).toMatchObject({ version: 0 })
  held = { ...own, levels: { C1: 'summary' } }
  expect(await run(caller, 'n-2')).toMatchObject({ id: 'n-2' })
})
