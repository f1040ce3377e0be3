import { agency, assignRole, close, draft, register, registerStaff, sharingAgreement, staff } from '@passerelle/agency'
import { learner, recordStanding, register as registerPerson } from '@passerelle/learner'
import { accept, check, referral, send } from '@passerelle/referral'
import { endAccessWhenAgencyCloses } from './end-access-when-agency-closes.process.js'
import { aHub, noWork } from './process.fixture.js'
import { drafting, offer, yes } from './referral.fixture.js'

const calendar = { closed: [] }
const agreement = {
  kind: 'jointControllers',
  agreementId: 'g-1',
  agencyIds: ['school', 'social'],
  purposes: ['caseCoordination'],
  categories: ['C3'],
  statute: 'region-1',
  validFrom: '2026-01-01',
  validUntil: '2027-01-01',
} as const

/** A social service with one worker, one agreement, and a referral that it was asked to take; the worker has a post elsewhere too. */
async function setUp() {
  const worklist = {
    ...noWork,
    staffOf: async () => ['u-9'],
    agreementsOf: async () => ['g-1'],
    referralsHeldBy: async () => ['r-1'],
    learnersOf: async () => ['l-1'],
  }
  const hub = aHub(endAccessWhenAgencyCloses, { worklist })
  const { record } = hub
  for (const agencyId of ['social', 'mission'])
    await record(agency, agencyId, s => register(s, { agencyId, name: agencyId, sector: 'social', region: 'FRK26' }))
  await record(staff, 'u-9', s => registerStaff(s, { userId: 'u-9', accountHash: 'a'.repeat(64), name: 'Amal' }))
  for (const agencyId of ['social', 'mission'])
    await record(staff, 'u-9', s =>
      assignRole(s, { agencyId, role: 'socialWorker', from: '2026-01-01' }, { status: 'open', sector: 'social' }),
    )
  await record(sharingAgreement, 'g-1', s =>
    draft(s, { ...agreement, agencyIds: [...agreement.agencyIds], purposes: ['caseCoordination'], categories: ['C3'] }),
  )
  await record(learner, 'l-1', s =>
    registerPerson(s, { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family' }, '2026-03-01'),
  )
  await record(learner, 'l-1', s => recordStanding(s, { agencyId: 'social', from: '2026-01-01' }))
  await record(referral, 'r-1', drafting)
  await record(referral, 'r-1', s => check(s, { bases: [yes], denied: [] }))
  await record(referral, 'r-1', s => send(s, { taskId: 't-1', today: '2026-03-06' }, { offer, applicant: {} }, { calendar }))
  return { ...hub, closeIt: () => record(agency, 'social', s => close(s, 'merged')) }
}
const told = (events: readonly { streamId: string; type: string }[]) => events.map(({ streamId, type }) => `${streamId} ${type}`)

test('R-8.5 with an agency end the posts of its people, its agreements, its standing, and what it was asked to take', async () => {
  const { runner, closeIt, followed, stateOf } = await setUp()
  const { events } = await closeIt()
  await runner.catchUp()
  const after = await followed()
  expect(told(after)).toEqual([
    'staff-u-9 StaffRoleEnded',
    'sharingAgreement-g-1 SharingAgreementEnded',
    'referral-r-1 ReferralDeclined',
    'learner-l-1 AgencyStandingEnded',
  ])
  expect(new Set(after.map(({ causationId }) => causationId))).toEqual(new Set([events[0]!.eventId]))
  expect((await stateOf(staff, 'u-9')).roles.map(({ agencyId }) => agencyId)).toEqual(['mission'])
  expect(await stateOf(referral, 'r-1')).toMatchObject({ status: 'declined', targetAgencyId: undefined })
  expect(Object.keys((await stateOf(learner, 'l-1')).standings)).toEqual(['school'])
})
test('R-8.5 what it had begun fails, so that its requester can send it elsewhere', async () => {
  const { runner, closeIt, record, followed } = await setUp()
  await record(referral, 'r-1', s => accept(s, { by: 'u-9', today: '2026-03-06' }, { calendar }))
  await closeIt()
  await runner.catchUp()
  expect(told(await followed())).toContain('referral-r-1 ReferralFailed')
})
test('handled again, nothing new; a referral that is elsewhere by then stays as it is', async () => {
  const { runner, closeIt, followed, handleAllAgain } = await setUp()
  await closeIt()
  await runner.catchUp()
  const before = await followed()
  expect(await handleAllAgain()).toEqual([])
  expect(await followed()).toEqual(before)
})
