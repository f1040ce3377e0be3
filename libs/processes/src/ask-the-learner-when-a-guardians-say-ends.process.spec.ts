import { consent, give, request } from '@passerelle/consent'
import {
  excludeGuardian,
  endGuardian,
  learner,
  type LearnerEvent,
  recordCompetence,
  recordGuardian,
  register,
} from '@passerelle/learner'
import type { Category } from '@passerelle/sharing'
import { askTheLearnerWhenAGuardiansSayEnds as process } from './ask-the-learner-when-a-guardians-say-ends.process.js'
import { aHub, noWork } from './process.fixture.js'
import { recordThatALearnerCameOfAge } from './record-that-a-learner-came-of-age.process.js'

const now = new Date('2026-03-06T09:00:00Z')
const guardian = {
  guardianId: 'g-1',
  relation: 'mother',
  name: 'Guardian',
  verified: true,
  authority: ['consents' as const],
  excluded: [],
  from: '2020-01-01',
}

async function withConsents(of = process) {
  const hub = aHub(of, {
    worklist: {
      ...noWork,
      consentsOfGuardians: async () => ['c-1', 'c-own'],
      learnersNotOfAge: async () => ['l-1', 'nobody-knows'],
    },
  })
  const { record } = hub
  const person = { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family', birthDate: '2010-03-14' }
  await record(learner, 'l-1', s => register(s, person, '2026-03-01'))
  await record(learner, 'l-1', s => recordGuardian(s, guardian))
  const question = {
    learnerId: 'l-1',
    requestedByAgencyId: 'school',
    recipientAgencyId: 'social',
    purpose: 'socialSupport',
    categories: ['C5', 'C9'],
    noticeVersion: 'n1',
    language: 'fr',
    easyRead: false,
    validUntil: '2026-12-01',
    now,
  } as const
  const yes = { categories: ['C5', 'C9'] as Category[], method: 'online', now } as const
  for (const [consentId, party] of [
    ['c-1', { by: 'guardian', guardianId: 'g-1' }],
    ['c-own', { by: 'learner' }],
  ] as const) {
    await record(consent, consentId, s => request(s, { ...question, consentId }, { readsLanguages: [] }))
    await record(consent, consentId, s => give(s, { ...yes, ...party }, { mayDecide: true }))
  }
  return hub
}
const reached = (categories: Category[]): LearnerEvent[] => [{ type: 'AgeOfDecisionReached', data: { categories } }]

test('the learner who comes of age is asked what a guardian said yes to, in these categories and no others, once', async () => {
  const hub = await withConsents()
  await hub.record(learner, 'l-1', () => reached(['C9', 'C10']))
  await hub.runner.catchUp()
  expect(await hub.stateOf(consent, 'c-1')).toMatchObject({ status: 'given', given: ['C5'] })
  expect((await hub.stateOf(consent, 'c-own')).given).toEqual(['C5', 'C9'])
  const followed = await hub.followed()
  expect(followed.map(({ type, controllerAgencyId }) => [type, controllerAgencyId])).toEqual([
    ['ConsentFrozen', 'school'],
    ['ConsentRequested', 'school'],
  ])
  const asked = await hub.stateOf(consent, followed[1]!.streamId.slice('consent-'.length))
  expect(asked).toMatchObject({ status: 'requested', asked: ['C9'], recipientAgencyId: 'social', askedUntil: '2026-12-01' })
  expect(asked.guardianId).toBeUndefined()
  await hub.handleAllAgain()
  expect(await hub.followed()).toHaveLength(2)
})

test('a minor found competent is asked in these matters too', async () => {
  const hub = await withConsents()
  const finding = {
    competenceId: 'k-1',
    categories: ['C5' as const],
    recordedBy: 'u-1',
    from: '2026-03-06',
    reviewBy: '2026-09-01',
  }
  await hub.record(learner, 'l-1', s => recordCompetence(s, finding, 'healthProfessional', '2026-03-06'))
  await hub.runner.catchUp()
  expect((await hub.followed()).map(({ type }) => type)).toEqual(['ConsentFrozen', 'ConsentRequested'])
})

test('where a guardian lost custody their yes is frozen, and the minor is not asked in their place', async () => {
  const hub = await withConsents()
  await hub.record(learner, 'l-1', s => endGuardian(s, { guardianId: 'g-1', reason: 'custodyLost' }))
  await hub.runner.catchUp()
  expect((await hub.followed()).map(({ type }) => type)).toEqual(['ConsentFrozen'])
  expect(await hub.stateOf(consent, 'c-1')).toMatchObject({ status: 'frozen', given: [] })
})

test('what a conflict of interest keeps from a guardian they do not consent to any more; the rest of their yes holds', async () => {
  const hub = await withConsents()
  const conflict = {
    exclusionId: 'x-1',
    guardianId: 'g-1',
    categories: ['C9' as const],
    ground: 'conflictOfInterest' as const,
    from: '2026-03-06',
  }
  await hub.record(learner, 'l-1', s => excludeGuardian(s, conflict))
  await hub.runner.catchUp()
  expect(await hub.stateOf(consent, 'c-1')).toMatchObject({ status: 'given', given: ['C5'] })
})

describe('the clock', () => {
  test('says nothing before the day, even where the list names somebody too early', async () => {
    const hub = await withConsents(recordThatALearnerCameOfAge)
    hub.clock.now = new Date('2026-03-13T23:59:59Z')
    await hub.runner.tick()
    expect(await hub.followed()).toEqual([])
  })
  test('says on the day that the learner came of age, once, in the name of who registered them, without day or age', async () => {
    const hub = await withConsents(recordThatALearnerCameOfAge)
    for (const day of ['2026-03-14', '2026-03-15', '2027-01-01']) {
      hub.clock.now = new Date(`${day}T00:00:00Z`)
      await hub.runner.tick()
    }
    expect(await hub.followed()).toMatchObject([{ type: 'AgeOfDecisionReached', controllerAgencyId: 'school' }])
    expect(JSON.stringify(await hub.followed())).not.toMatch(/2010|16/)
    await hub.handleAllAgain()
    expect(await hub.followed()).toHaveLength(1)
  })
})
