import { addDays } from '@passerelle/event-log'
import { people, StoryHub, until, type Who } from './story-hub.fixture.js'

const today = new Date().toISOString().slice(0, 10)
const learnerId = 'learner-1'
const agreementId = 'agreement-1'

let story: StoryHub
beforeAll(async () => {
  story = await StoryHub.open()
  const sectors = { school: 'education', social: 'social' }
  for (const [agencyId, sector] of Object.entries(sectors))
    await story.records('admin', 'registerAgency', { agencyId, name: `The ${agencyId}`, sector, region: 'ZZ11' })
  for (const [userId, { agencyId, role }] of Object.entries(people)) {
    if (!Object.hasOwn(sectors, agencyId)) continue
    await story.records('admin', 'registerStaffMember', { userId, name: userId, issuer: story.issuer, subject: userId })
    await story.does('admin', 'assignStaffRole', { userId, agencyId, role, from: today })
  }
  const birthDate = `${Number(today.slice(0, 4)) - 18}-01-15`
  await story.does('coordinator', 'registerLearner', { learnerId, givenName: 'Lena', familyName: 'Larsen', birthDate })
  await story.does('coordinator', 'linkLearnerAccount', { learnerId, issuer: story.issuer, subject: 'learner' })
  await story.does('coordinator', 'openClass', { classId: 'class-1', title: '10B' })
  await story.does('coordinator', 'enrolLearner', { enrolmentId: 'enrolment-1', learnerId, classId: 'class-1', from: today })
  await story.does('coordinator', 'openCase', { caseId: 'case-1', learnerId, until: addDays(today, 200) })
  const member = { userId: 'socialWorker', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport' }
  await story.does('coordinator', 'addTeamMember', { caseId: 'case-1', ...member, until: addDays(today, 200) })
}, 120_000)
afterAll(() => story?.close())

const rowsOf = async (who: Who, view: string) => (await story.everything(who))[view] ?? []
const seen = async () => ({
  enrolments: (await rowsOf('socialWorker', 'enrolments')).length,
  learners: (await rowsOf('socialWorker', 'learners')).length,
})

test('an agreement opens what it names once every party has signed, and tells of which kind it is', async () => {
  const terms = { agencyIds: ['school', 'social'], purposes: ['socialSupport'], categories: ['C2'], statute: 'ZZ-SGB-10' }
  const agreement = { agreementId, kind: 'jointControllers', ...terms, validFrom: today, validUntil: addDays(today, 300) }
  const processing = { ...agreement, kind: 'processor', processorAgencyIds: ['clinic'] }
  expect(await story.refusal('schoolOfficer', 'draftSharingAgreement', processing)).toEqual(['AGREEMENT.INVALID_PROCESSOR'])
  await story.does('schoolOfficer', 'draftSharingAgreement', agreement)
  await story.does('schoolOfficer', 'signSharingAgreement', { agreementId })
  expect(await seen()).toEqual({ enrolments: 0, learners: 1 })
  await story.does('socialOfficer', 'signSharingAgreement', { agreementId })
  await until('what the agreement opens can be read', async () => (await seen()).enrolments === 1)
  const query = '{ sharingAgreements(first: 5) { nodes { agreementId kind status processorAgencyIds } } }'
  expect((await story.read('learner', query)).sharingAgreements.nodes).toEqual([
    { agreementId, kind: 'jointControllers', status: 'inForce', processorAgencyIds: null },
  ])
})
test('ended by one party, the next read is without it, though nothing is projected; what rests on other grounds stays', async () => {
  await story.stopWorker()
  await story.records('socialOfficer', 'endSharingAgreement', { agreementId, reason: 'terminated' })
  expect(await seen()).toEqual({ enrolments: 0, learners: 1 })
  await story.startWorker()
})
test('who read under it is asked to delete it, and the learner sees that', async () => {
  const [recall] = await until('the recipient is told', async () => {
    const rows = await rowsOf('learner', 'recalls')
    return rows.length > 0 && rows
  })
  expect(recall).toMatchObject({
    agencyId: 'social',
    askedByAgencyId: 'school',
    basis: 'agreement',
    ref: agreementId,
    because: 'ended',
    categories: ['C2'],
    readCategories: ['C2'],
    status: 'told',
  })
  expect(await rowsOf('socialOfficer', 'recalls')).toHaveLength(1)
  expect(await seen()).toEqual({ enrolments: 0, learners: 1 })
})
