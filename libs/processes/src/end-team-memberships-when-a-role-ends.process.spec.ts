import { assignRole, endRole, registerStaff, staff } from '@passerelle/agency'
import { addMember, caseFile, open } from '@passerelle/casework'
import { endTeamMembershipsWhenARoleEnds } from './end-team-memberships-when-a-role-ends.process.js'
import { aHub, noWork } from './process.fixture.js'

const today = '2026-03-06'
const held = { isHeld: true, worksWith: true }
const teacher = { userId: 'u-2', agencyId: 'school', role: 'teacher', purpose: 'educationSupport', until: '2026-12-01' } as const

/** Two cases; u-2 is a teacher in the first, and leads the second as a mentor of another agency. */
async function setUp() {
  const asked: string[] = []
  const casesOf = async (userId: string, agencyId: string) => (asked.push(`${userId} ${agencyId}`), ['k-1', 'k-2'])
  const hub = aHub(endTeamMembershipsWhenARoleEnds, { worklist: { ...noWork, casesOf } })
  const { record } = hub
  await record(staff, 'u-2', s => registerStaff(s, { userId: 'u-2', accountHash: 'a'.repeat(64), name: 'Amal' }))
  const employer = { status: 'open', sector: 'education' } as const
  for (const role of ['teacher', 'mentor'] as const)
    for (const agencyId of ['school', 'second'])
      await record(staff, 'u-2', s => assignRole(s, { agencyId, role, from: '2026-01-01' }, employer))
  const lead = { userId: 'u-1', agencyId: 'school', role: 'educationCoordinator', purpose: 'educationSupport' } as const
  await record(caseFile, 'k-1', s => open(s, { caseId: 'k-1', learnerId: 'l-1', lead, until: '2026-12-01', today }, held))
  await record(caseFile, 'k-1', s => addMember(s, teacher, held, today))
  const mentor = { userId: 'u-2', agencyId: 'second', role: 'mentor', purpose: 'educationSupport' } as const
  await record(caseFile, 'k-2', s => open(s, { caseId: 'k-2', learnerId: 'l-2', lead: mentor, until: '2026-12-01', today }, held))
  const end = (agencyId: string, role: 'teacher' | 'mentor') =>
    record(staff, 'u-2', s => endRole(s, { agencyId, role, reason: 'left' }))
  return { ...hub, end, employer, asked }
}

test('R-8.5 another role, or the same one elsewhere, ends no membership', async () => {
  const { runner, end, followed } = await setUp()
  await end('school', 'mentor')
  await end('second', 'teacher')
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('R-8.5 a role assigned again before anybody came to it ends none either', async () => {
  const { runner, end, record, employer, followed } = await setUp()
  await end('school', 'teacher')
  await record(staff, 'u-2', s => assignRole(s, { agencyId: 'school', role: 'teacher', from: today }, employer))
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('R-8.5 who leaves is in no team by that role', async () => {
  const { runner, end, followed, asked } = await setUp()
  const { events } = await end('school', 'teacher')
  await runner.catchUp()
  expect(asked).toEqual(['u-2 school'])
  expect(await followed()).toMatchObject([
    { streamId: 'caseFile-k-1', type: 'TeamMemberRemoved', causationId: events[0]!.eventId },
  ])
})
test('R-8.6 where the lead leaves, the case says that it has none', async () => {
  const { runner, end, followed } = await setUp()
  await end('second', 'mentor')
  await runner.catchUp()
  expect((await followed()).map(({ streamId, type }) => `${streamId} ${type}`)).toEqual([
    'caseFile-k-2 TeamMemberRemoved',
    'caseFile-k-2 LeadMissing',
  ])
})
test('delivered twice, ended once', async () => {
  const { runner, end, followed, handleAllAgain } = await setUp()
  await end('school', 'teacher')
  await runner.catchUp()
  expect(await handleAllAgain()).toEqual([])
  expect(await followed()).toHaveLength(1)
})
