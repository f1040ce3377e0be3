import { consent, give, request } from '@passerelle/consent'
import { aHub, noWork } from './process.fixture.js'
import { remindOfEndingConsents } from './remind-of-ending-consents.process.js'

const question = {
  consentId: 'c-1',
  learnerId: 'l-1',
  requestedByAgencyId: 'school',
  recipientAgencyId: 'social',
  purpose: 'socialSupport',
  categories: ['C9'],
  noticeVersion: 'n1',
  language: 'fr',
  easyRead: false,
  validUntil: '2026-06-01',
  now: new Date('2026-03-06T09:00:00Z'),
} as const

test('R-C.5 a month before a consent ends the learner is reminded, once', async () => {
  const days: string[] = []
  const consentsEndingBy = async (day: string) => (days.push(day), ['c-1', 'nobody-knows'])
  const { clock, record, runner, followed, handleAllAgain } = aHub(remindOfEndingConsents, {
    worklist: { ...noWork, consentsEndingBy },
  })
  await record(consent, 'c-1', s => request(s, question, { readsLanguages: [] }))
  await record(consent, 'c-1', s =>
    give(s, { by: 'learner', categories: ['C9'], method: 'online', now: question.now }, { mayDecide: true }),
  )
  clock.now = new Date('2026-05-01T09:00:00Z')
  await runner.tick()
  expect([days, await followed()]).toEqual([['2026-05-31'], []])
  clock.now = new Date('2026-05-02T09:00:00Z')
  await runner.tick()
  expect(await followed()).toMatchObject([{ type: 'ConsentRenewalDue', controllerAgencyId: 'school' }])
  clock.now = new Date('2026-05-03T09:00:00Z')
  await runner.tick()
  await handleAllAgain()
  expect(await followed()).toHaveLength(1)
})
