import { addDays } from '@passerelle/event-log'
import { type Rows, StoryHub, type Who } from './story-hub.fixture.js'
import { foundTwoAgencies, learnerId, today } from './two-agencies.fixture.js'

const placementId = 'placement-1'
const planned = {
  placementId,
  learnerId,
  hostAgencyId: 'bakery',
  tutorUserId: 'tutor',
  occupationUri: 'http://data.europa.eu/esco/occupation/baker',
  hoursPerWeek: 20,
  from: today,
  until: addDays(today, 60),
}
const need = {
  needId: 'need-1',
  learnerId,
  needCode: 'reading.longTexts',
  instruction: 'Say it as well as writing it down',
  description: 'Decoding long texts exhausts her',
}
const consent = {
  consentId: 'consent-1',
  learnerId,
  recipientAgencyId: 'bakery',
  purpose: 'employmentSupport',
  categories: ['C5'],
  noticeVersion: '2026-1',
  language: 'en',
  easyRead: false,
  validUntil: addDays(today, 180),
}

let story: StoryHub
beforeAll(async () => {
  story = await StoryHub.open()
  await foundTwoAgencies(story, ['coordinator', 'socialWorker', 'tutor', 'jobAdviser'])
}, 120_000)
afterAll(() => story?.close())

const mentionsTo = (face: string, word: string) => (answer: { readonly face: string; readonly text: string }) =>
  answer.face === face && answer.text.includes(word)
/** What is about the learner: classes, services and the like stand on every face. */
const seenBy = async (who: Who): Promise<Rows> =>
  Object.fromEntries(
    Object.entries(await story.everything(who)).flatMap(([view, rows]) => {
      const about = rows.filter(row => row['learnerId'] === learnerId)
      return about.length > 0 ? [[view, about]] : []
    }),
  )

test('R-8.8 an employer sees nothing of a learner who has no placement there, and is never in the team', async () => {
  expect(await seenBy('tutor')).toEqual({})
  const member = { caseId: 'case-1', userId: 'tutor', agencyId: 'bakery', role: 'placementTutor', purpose: 'employmentSupport' }
  expect(await story.refusal('coordinator', 'addTeamMember', { ...member, until: addDays(today, 30) })).toEqual([
    'CASE.NOT_A_TEAM_ROLE',
  ])
})
test('nobody plans a placement of a learner with whom they do not work, nor with a tutor who is none', async () => {
  expect(await story.refusal('jobAdviser', 'planPlacement', planned)).toEqual(['NOT_FOUND'])
  expect(await story.refusal('coordinator', 'planPlacement', { ...planned, tutorUserId: 'jobAdviser' })).toEqual([
    'PLACEMENT.NOT_A_TUTOR',
  ])
  expect(await story.refusal('tutor', 'endPlacement', { placementId, version: 0, on: today, reason: 'other' })).toEqual([
    'NOT_FOUND',
  ])
})
test('R-8.8 a planned placement tells the host nothing; one that has begun tells its tutor the name and the placement', async () => {
  await story.does('coordinator', 'planPlacement', planned)
  expect(await seenBy('tutor')).toEqual({})
  await story.does('coordinator', 'startPlacement', { placementId, on: today })
  const seen = await seenBy('tutor')
  expect(Object.keys(seen).sort()).toEqual(['learners', 'placements'])
  const { learnerId: _, ...name } = Object.fromEntries(
    Object.entries(seen['learners']![0]!).filter(([, value]) => value !== null),
  )
  expect(name).toEqual({ redactions: expect.anything(), givenName: 'Lena', familyName: 'Larsen' })
  expect(seen['placements']).toMatchObject([{ placementId, status: 'running', hoursPerWeek: 20, startedOn: today }])
  expect((await seenBy('learner'))['placements']).toHaveLength(1)
  const looked = await story.read('learner', `{ learner(id: "${learnerId}") { disclosures(first: 50) { agencyId basis } } }`)
  const byHost = looked.learner.disclosures.filter(({ agencyId }: { agencyId: string }) => agencyId === 'bakery')
  expect(byHost.map(({ basis }: { basis: string[] }) => basis.join())).toContain('you work there, and have signed for it')
  expect(JSON.stringify(byHost)).not.toContain('it belongs to their work')
  // On a stated basis alone.
  expect(await seenBy('socialWorker')).not.toHaveProperty('placements')
})
test('R-7.4 an accommodation reaches a placement as an instruction and no more, and only with the learner’s yes', async () => {
  await story.does('coordinator', 'identifyNeed', need)
  const accommodation = { accommodationId: 'a-1', code: 'acc-reading', settings: 'Spoken orders', contexts: ['workplace'] }
  await story.does('coordinator', 'agreeAccommodation', { needId: 'need-1', ...accommodation })
  await story.does('coordinator', 'requestConsent', consent)
  expect(Object.keys(await seenBy('tutor')).sort()).toEqual(['learners', 'placements'])
  await story.does('learner', 'giveConsent', { consentId: 'consent-1', categories: ['C5'], method: 'online' })
  const { supportNeeds, accommodations } = await seenBy('tutor')
  expect(supportNeeds).toMatchObject([{ instruction: need.instruction }])
  expect(accommodations).toMatchObject([{ settings: 'Spoken orders' }])
  // What else there is to say of it stands on no face that an employer has.
  const { description, needCode } = need
  for (const word of [description, needCode, 'acc-reading'])
    expect(story.answered.some(mentionsTo('employment', word))).toBe(false)
})
test('R-V.7 once the end is acknowledged the host sees nothing, with the models behind; said twice, nothing new', async () => {
  await story.stopWorker()
  const end = { placementId, version: 1, on: today, reason: 'hired' }
  await story.records('tutor', 'endPlacement', end)
  expect(await seenBy('tutor')).toEqual({})
  expect(await story.records('coordinator', 'endPlacement', { ...end, version: 2 })).toMatchObject({ version: 2, position: null })
  await story.startWorker()
  await story.arrived(await story.hub.log.head())
  expect(await seenBy('tutor')).toEqual({})
  expect((await seenBy('coordinator'))['placements']).toMatchObject([{ status: 'ended', endReason: 'hired' }])
})
