import { EventStore, MemoryLog } from '@passerelle/event-log'
import { type Caller, Commands } from '@passerelle/http'
import { MemoryKeyring } from '@passerelle/keyring'
import type { Levels } from '@passerelle/sharing'
import { placement } from './placement.decider.js'
import { PlacementResolver } from './placement.resolver.js'

const context = { purpose: 'employmentSupport', ownLearnerIds: [], requestId: 'r', correlationId: 'c', language: 'fr' } as const
const officer: Caller = { ...context, userId: 'u-1', agencyId: 'jobs', sector: 'employment', role: 'employmentOfficer' }
const otherService: Caller = { ...officer, userId: 'u-2', agencyId: 'other-jobs' }
const tutor: Caller = { ...context, userId: 'tutor-1', agencyId: 'bakery', sector: 'employment', role: 'placementTutor' }
const otherTutor: Caller = { ...tutor, userId: 'tutor-2' }
const elsewhere: Caller = { ...tutor, agencyId: 'garage' }
const plan = {
  placementId: 'p-1',
  learnerId: 'l-1',
  hostAgencyId: 'bakery',
  tutorUserId: 'tutor-1',
  from: '2026-03-02',
  until: '2026-04-01',
}

async function setUp(levelsOf: (caller: Caller) => Levels | undefined = () => ({ C17: 'full' })) {
  const store = new EventStore(new MemoryLog(), new MemoryKeyring())
  const commands = new Commands(store, {
    levelsOn: async caller => levelsOf(caller) && { levels: levelsOf(caller)!, ownLevels: {} },
    isForgotten: async () => false,
    isOpenAgency: async agencyId => agencyId !== 'nowhere',
    waitFor: async () => true,
    now: () => new Date('2026-03-10T09:00:00Z'),
  })
  const tutors = ['tutor-1 bakery', 'tutor-2 bakery']
  const resolver = new PlacementResolver(commands, {
    tutorPostOf: async ({ userId, agencyId }) => ({ isHeld: tutors.includes(`${userId} ${agencyId}`) }),
  })
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      error => (error as { code: string }).code,
    )
  const end = (caller: Caller, version = 1) =>
    code(resolver.endPlacement({ placementId: 'p-1', version, on: '2026-03-20', reason: 'completed' }, caller))
  return { resolver, code, end, state: async () => (await store.load(placement, 'p-1')).state }
}
const begun = async (...how: Parameters<typeof setUp>) => {
  const world = await setUp(...how)
  await world.resolver.planPlacement(plan, officer)
  await world.resolver.startPlacement({ placementId: 'p-1', version: 0, on: '2026-03-03' }, officer)
  return world
}

test('who does not hold placements of the learner in full cannot plan one', async () => {
  for (const levels of [undefined, {}, { C17: 'summary' as const }, { C1: 'full' as const }]) {
    const { resolver, code, state } = await setUp(() => levels)
    expect(await code(resolver.planPlacement(plan, officer))).toBe('NOT_FOUND')
    expect((await state()).status).toBe('none')
  }
})
test('R-8.8 nobody is a tutor who is none at the host', async () => {
  const { resolver, code } = await setUp()
  expect(await code(resolver.planPlacement({ ...plan, hostAgencyId: 'garage' }, officer))).toBe('PLACEMENT.NOT_A_TUTOR')
  await resolver.planPlacement(plan, officer)
  const changed = (tutorUserId: string) =>
    code(resolver.changePlacementTutor({ placementId: 'p-1', version: 0, tutorUserId }, officer))
  expect([await changed('u-1'), await changed('tutor-2')]).toEqual(['PLACEMENT.NOT_A_TUTOR', 'done'])
})
test('to anybody but who arranges it a placement answers as if it did not exist, whatever they hold of the learner', async () => {
  const { resolver, code, end, state } = await begun()
  const id = { placementId: 'p-1', version: 1 }
  for (const caller of [otherService, tutor, elsewhere])
    expect([
      await code(resolver.reschedulePlacement({ ...id, from: plan.from, until: '2027-01-01' }, caller)),
      await code(resolver.changePlacementTutor({ ...id, tutorUserId: 'tutor-2' }, caller)),
      await code(resolver.startPlacement({ ...id, on: '2026-03-03' }, caller)),
      await code(resolver.cancelPlacement({ ...id, reason: 'x' }, caller)),
    ]).toEqual(Array(4).fill('NOT_FOUND'))
  for (const caller of [otherService, otherTutor, elsewhere]) expect(await end(caller)).toBe('NOT_FOUND')
  expect((await state()).status).toBe('running')
})
test.each([officer, tutor])('who arranges it ends it, and so may its tutor: $role', async caller => {
  const { end, state } = await begun()
  expect(await end(caller)).toBe('done')
  expect((await state()).status).toBe('ended')
})
test('a tutor who holds nothing of the learner any more ends nothing', async () => {
  const { end } = await begun(({ role }) => (role === 'placementTutor' ? undefined : { C17: 'full' }))
  expect(await end(tutor)).toBe('NOT_FOUND')
})
test('a command decided on another version is refused', async () => {
  const { end } = await begun()
  expect(await end(officer, 0)).toBe('STALE')
})
