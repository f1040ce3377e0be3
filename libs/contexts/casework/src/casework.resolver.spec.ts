import { EventStore, MemoryLog } from '@passerelle/event-log'
import { type Caller, Commands } from '@passerelle/http'
import { MemoryKeyring } from '@passerelle/keyring'
import { caseFile } from './case-file.decider.js'
import { CaseworkResolver } from './casework.resolver.js'

const context = {
  purpose: 'caseCoordination',
  ownLearnerIds: [],
  requestId: 'req-1',
  correlationId: 'c-1',
  language: 'fr',
} as const
const lead: Caller = { ...context, userId: 'u-1', agencyId: 'school', sector: 'education', role: 'educationCoordinator' }
const member: Caller = { ...context, userId: 'u-2', agencyId: 'social', sector: 'social', role: 'socialWorker' }
const stranger: Caller = { ...member, userId: 'u-3' }
/** The same person in another post. */
const elsewhere: Caller = { ...member, agencyId: 'mission' }

async function setUp() {
  const store = new EventStore(new MemoryLog(), new MemoryKeyring())
  const clock = { now: new Date('2026-03-01T09:00:00Z') }
  const commands = new Commands(store, {
    levelsOn: async caller => (caller.userId === 'u-3' ? undefined : { levels: { C1: 'full' }, ownLevels: {} }),
    isForgotten: async () => false,
    isOpenAgency: async agencyId => agencyId !== 'nowhere',
    waitFor: async () => true,
    now: () => clock.now,
  })
  const resolver = new CaseworkResolver(commands, { postOf: async () => ({ isHeld: true }), worksWith: async () => true })
  await resolver.openCase({ caseId: 'k-1', learnerId: 'l-1', until: '2026-06-01' }, lead)
  const joining = {
    userId: 'u-2',
    agencyId: 'social',
    role: 'socialWorker',
    purpose: 'socialSupport',
    until: '2026-04-01',
  } as const
  await resolver.addTeamMember({ caseId: 'k-1', version: 0, ...joining }, lead)
  const note = { caseId: 'k-1', version: 1, noteId: 'n-1', visibility: 'team', categories: ['C9' as const], text: 'x' } as const
  const code = async (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      error => (error as { code: string }).code,
    )
  return {
    resolver,
    clock,
    code,
    addNote: (caller: Caller) => code(resolver.addNote({ ...note, categories: [...note.categories] }, caller)),
    close: (caller: Caller) => code(resolver.closeCase({ caseId: 'k-1', version: 1, reason: 'done' }, caller)),
    state: async () => (await store.load(caseFile, 'k-1')).state,
  }
}

test('R-8.5 to whoever is not in the team a case answers as if it did not exist, also to a member in another post', async () => {
  const { addNote, close, state } = await setUp()
  for (const caller of [stranger, elsewhere])
    expect([await addNote(caller), await close(caller)]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
  expect((await state()).status).toBe('open')
})
test('R-8.5 who names themself in a case that they are not in is answered as where there is none; who is in it may leave', async () => {
  const { resolver, code } = await setUp()
  const leave = (who: Caller, caseId = 'k-1') =>
    code(resolver.removeTeamMember({ caseId, version: 1, userId: who.userId, reason: 'left' }, who))
  expect([await leave(stranger), await leave(stranger, 'k-2'), await leave(elsewhere)]).toEqual(Array(3).fill('NOT_FOUND'))
  expect([await leave(member), await leave(member)]).toEqual(['done', 'NOT_FOUND'])
})
test('R-8.5 a membership that is over opens nothing, not even to the lead', async () => {
  const { addNote, close, clock } = await setUp()
  clock.now = new Date('2026-04-01T00:00:00Z')
  expect(await addNote(member)).toBe('NOT_FOUND')
  clock.now = new Date('2026-06-01T00:00:00Z')
  expect([await addNote(lead), await close(lead)]).toEqual(['NOT_FOUND', 'NOT_FOUND'])
})
test('R-8.6 only the lead brings people in, hands the case over and closes it; where nobody leads, the team finds the next', async () => {
  const { resolver, close, clock, code, state } = await setUp()
  const next = () => code(resolver.changeLead({ caseId: 'k-1', version: 2, userId: 'u-2' }, member))
  expect([await close(member), await code(resolver.changeLead({ caseId: 'k-1', version: 1, userId: 'u-2' }, member))]).toEqual([
    'NOT_FOUND',
    'NOT_FOUND',
  ])
  await resolver.extendTeamMembership({ caseId: 'k-1', version: 1, userId: 'u-2', until: '2026-12-01' }, lead)
  clock.now = new Date('2026-06-01T00:00:00Z')
  expect(await next()).toBe('done')
  expect((await state()).leadUserId).toBe('u-2')
})
test('the team writes notes, and a stale version is refused with the current one', async () => {
  const { addNote } = await setUp()
  expect([await addNote(member), await addNote(lead)]).toEqual(['done', 'STALE'])
})
