import { assignRole, registerStaff, staff } from '@passerelle/agency'
import { endRolesOnTheirLastDay } from './end-roles-on-their-last-day.process.js'
import { aHub, noWork } from './process.fixture.js'

/** Somebody who teaches at one school until 14 March, and at another without an end. */
async function setUp() {
  const hub = aHub(endRolesOnTheirLastDay, { worklist: { ...noWork, staffWithRolesPast: async () => ['u-2', 'nobody-knows'] } })
  const employer = { status: 'open', sector: 'education' } as const
  const role = { role: 'teacher', from: '2026-01-01' } as const
  await hub.record(staff, 'u-2', s => registerStaff(s, { userId: 'u-2', accountHash: 'a'.repeat(64), name: 'Amal' }))
  await hub.record(staff, 'u-2', s => assignRole(s, { ...role, agencyId: 'school', until: '2026-03-14' }, employer))
  await hub.record(staff, 'u-2', s => assignRole(s, { ...role, agencyId: 'second' }, employer))
  return hub
}

test('R-8.5 on the last day a role is still held, even where the list names it too early', async () => {
  const { clock, runner, followed } = await setUp()
  clock.now = new Date('2026-03-13T23:59:59Z')
  await runner.tick()
  expect(await followed()).toEqual([])
})
test('R-8.5 a role ends when its days are over, once, as the agency’s own event; others go on', async () => {
  const { clock, runner, followed, stateOf, handleAllAgain } = await setUp()
  clock.now = new Date('2026-03-14T00:00:00Z')
  await runner.tick()
  await handleAllAgain()
  expect(await followed()).toMatchObject([{ streamId: 'staff-u-2', type: 'StaffRoleEnded', controllerAgencyId: 'school' }])
  expect((await stateOf(staff, 'u-2')).roles.map(({ agencyId }) => agencyId)).toEqual(['second'])
})
