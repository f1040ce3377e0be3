import { consent, expire, give, invalidate, request, withdraw } from '@passerelle/consent'
import { accept, check, referral, send } from '@passerelle/referral'
import { aHub, noWork } from './process.fixture.js'
import { drafting, offer, yes } from './referral.fixture.js'
import { withdrawReferralWhenConsentIsWithdrawn } from './withdraw-referral-when-consent-is-withdrawn.process.js'

const now = new Date('2026-03-06T09:00:00Z')
const able = { mayDecide: true }
const own = { controllerAgencyId: 'learner' }
const question = {
  consentId: 'c-1',
  learnerId: 'l-1',
  requestedByAgencyId: 'school',
  recipientAgencyId: 'social',
  purpose: 'socialSupport',
  categories: ['C12', 'C9', 'C5'],
  noticeVersion: 'n1',
  language: 'fr',
  easyRead: false,
  validUntil: '2026-12-01',
  now,
} as const
const yesTo = (...categories: (typeof question.categories)[number][]) =>
  ({ by: 'learner', categories, method: 'online', now }) as const

/** A referral that was sent on a consent which reaches further than it needs. */
async function setUp() {
  const hub = aHub(withdrawReferralWhenConsentIsWithdrawn, {
    worklist: { ...noWork, referralsOnConsent: async consentId => (consentId === 'c-1' ? ['r-1'] : []) },
  })
  const { record } = hub
  await record(consent, 'c-1', s => request(s, question, { readsLanguages: [] }))
  await record(consent, 'c-1', s => give(s, yesTo('C12', 'C9', 'C5'), able), own)
  await record(referral, 'r-1', drafting)
  await record(referral, 'r-1', s => check(s, { bases: [yes], denied: [] }))
  await record(referral, 'r-1', s =>
    send(s, { taskId: 't-1', today: '2026-03-06' }, { offer, applicant: {} }, { calendar: { closed: [] } }),
  )
  return hub
}

test('another consent, or the same one running out, takes nothing back', async () => {
  const { record, runner, followed } = await setUp()
  await record(consent, 'c-2', s => request(s, { ...question, consentId: 'c-2' }, { readsLanguages: [] }))
  await record(consent, 'c-2', s => give(s, yesTo('C5'), able), own)
  await record(consent, 'c-2', s => withdraw(s, { by: 'learner' }), own)
  await record(consent, 'c-1', s => expire(s, '2026-12-01'))
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('a part that the referral did not need takes nothing back', async () => {
  const { record, runner, followed } = await setUp()
  await record(consent, 'c-1', s => withdraw(s, { by: 'learner', categories: ['C5'] }), own)
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('withdrawn, it is taken back in the requester’s name, and the target keeps nothing', async () => {
  const { record, runner, followed, stateOf } = await setUp()
  await record(referral, 'r-1', s => accept(s, { by: 'u-9', today: '2026-03-06' }, { calendar: { closed: [] } }))
  await runner.catchUp()
  const { events } = await record(consent, 'c-1', s => withdraw(s, { by: 'learner' }), own)
  await runner.catchUp()
  expect(await followed()).toMatchObject([
    { streamId: 'referral-r-1', type: 'ReferralCancelled', causationId: events[0]!.eventId, controllerAgencyId: 'school' },
  ])
  expect(await stateOf(referral, 'r-1')).toMatchObject({ status: 'cancelled', targetAgencyId: undefined })
})
test.each([
  ['in part', (s: typeof consent.initial) => withdraw(s, { by: 'learner', categories: ['C9'] })],
  ['found not to count', (s: typeof consent.initial) => invalidate(s, 'pressure')],
  ['given anew for less', (s: typeof consent.initial) => give(s, yesTo('C12'), able)],
  [
    'given anew for data of one period',
    (s: typeof consent.initial) => give(s, { ...yesTo('C12', 'C9'), dataUntil: '2026-02-01' }, able),
  ],
])('%s: what it no longer reaches is taken back', async (_, answer) => {
  const { record, runner, followed } = await setUp()
  await record(consent, 'c-1', answer, own)
  await runner.catchUp()
  expect(await followed()).toMatchObject([{ type: 'ReferralCancelled' }])
})
test('delivered twice, taken back once', async () => {
  const { record, runner, followed, handleAllAgain } = await setUp()
  await record(consent, 'c-1', s => withdraw(s, { by: 'learner' }), own)
  await runner.catchUp()
  expect(await handleAllAgain()).toEqual([])
  expect(await followed()).toHaveLength(1)
})
