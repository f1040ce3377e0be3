import { addDays } from '@passerelle/event-log'
import { StoryHub, until, type Who } from './story-hub.fixture.js'
import { foundTwoAgencies, today } from './two-agencies.fixture.js'

const agreementId = 'agreement-1'

let story: StoryHub
beforeAll(async () => {
  story = await StoryHub.open()
  await foundTwoAgencies(story, ['coordinator', 'socialWorker', 'schoolOfficer', 'socialOfficer'])
}, 240_000)
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
  const why =
    '{ explainAccess(learnerId: "learner-1", role: socialWorker, purpose: socialSupport) { categories { category level } } }'
  expect((await story.read('socialWorker', why)).explainAccess.categories).toContainEqual({ category: 'C2', level: 'none' })
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
