import { draft as draftAgreement, sharingAgreement, sign } from '@passerelle/agency'
import { consent, give, request } from '@passerelle/consent'
import { cancel, referral, reRoute } from '@passerelle/referral'

import { aHub, noWork } from './process.fixture.js'
import { ask, changeableFacts, drafting, otherOffer, yes } from './referral.fixture.js'
import { sendReferralWhenItsBasisIsFound } from './send-referral-when-its-basis-is-found.process.js'

function setUp() {
  const { known, facts } = changeableFacts()
  const asked: unknown[] = []
  const draftReferrals = async (which: unknown) => (asked.push(which), ['r-1'])
  const hub = aHub(sendReferralWhenItsBasisIsFound, { referralFacts: facts, worklist: { ...noWork, draftReferrals } })
  return { ...hub, known, asked }
}
const types = (events: readonly { type: string }[]) => events.map(event => event.type)

test('without a basis nothing leaves', async () => {
  const { record, runner, followed } = setUp()
  await record(referral, 'r-1', drafting)
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('what the learner refused leaves on no basis', async () => {
  const { record, runner, followed, known } = setUp()
  known.bases = [yes]
  known.denied = ['C9']
  await record(referral, 'r-1', drafting)
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('R-8.4 a service that takes nobody now gets nothing', async () => {
  const { record, runner, followed, known } = setUp()
  known.bases = [yes]
  await record(referral, 'r-1', drafting)
  known.offers = known.offers.map(o => ({ ...o, status: 'temporarilyClosed' }))
  await runner.catchUp()
  expect(await followed()).toEqual([])
  expect(await runner.parked()).toEqual([])
})
test('what was taken back meanwhile is not sent', async () => {
  const { record, runner, followed, known } = setUp()
  known.bases = [yes]
  await record(referral, 'r-1', drafting)
  await record(referral, 'r-1', s => cancel(s, { reasonCode: 'notNeeded', agencyId: 'school' }))
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('with a basis it is checked and sent at once, for the requester and on that basis', async () => {
  const { record, runner, followed, known, stateOf } = setUp()
  known.bases = [yes]
  const { events } = await record(referral, 'r-1', drafting)
  await runner.catchUp()
  const cause = {
    causationId: events[0]!.eventId,
    controllerAgencyId: 'school',
    legalBasis: { kind: 'consent', consentRecordId: 'c-1' },
  }
  expect(await followed()).toEqual([
    { streamId: 'referral-r-1', type: 'ReferralConsentChecked', ...cause },
    { streamId: 'referral-r-1', type: 'ReferralSent', ...cause },
  ])
  expect(await stateOf(referral, 'r-1')).toMatchObject({ targetAgencyId: 'social', due: { stage: 'accept', by: '2026-03-13' } })
})
test('delivered twice, sent once', async () => {
  const { record, runner, followed, known, handleAllAgain } = setUp()
  known.bases = [yes]
  await record(referral, 'r-1', drafting)
  await runner.catchUp()
  expect(await handleAllAgain()).toEqual([])
  expect(await followed()).toHaveLength(2)
})
test('the learner’s yes to the recipient lets it leave, in the requester’s name', async () => {
  const { record, runner, followed, known, asked } = setUp()
  await record(referral, 'r-1', drafting)
  await runner.catchUp()
  const now = new Date('2026-03-06T09:00:00Z')
  const question = {
    consentId: 'c-1',
    learnerId: 'l-1',
    requestedByAgencyId: 'school',
    recipientAgencyId: 'social',
    purpose: 'socialSupport',
    categories: ['C12', 'C9'],
    noticeVersion: 'n1',
    language: 'fr',
    easyRead: false,
    validUntil: '2026-12-01',
    now,
  } as const
  await record(consent, 'c-1', s => request(s, question, { readsLanguages: [] }))
  await record(
    consent,
    'c-1',
    s => give(s, { by: 'learner', categories: ['C12', 'C9'], method: 'online', now }, { mayDecide: true }),
    {
      controllerAgencyId: 'learner',
    },
  )
  known.bases = [yes]
  await runner.catchUp()
  expect(asked).toEqual([{ learnerId: 'l-1', recipientAgencyId: 'social' }])
  expect(await followed()).toMatchObject([
    { controllerAgencyId: 'school' },
    { type: 'ReferralSent', controllerAgencyId: 'school' },
  ])
})
test('an agreement that comes into force lets it leave', async () => {
  const { record, runner, followed, known, asked } = setUp()
  await record(referral, 'r-1', drafting)
  const terms = {
    agreementId: 'a-1',
    kind: 'jointControllers',
    agencyIds: ['school', 'social'],
    purposes: ['caseCoordination'],
    categories: ['C12', 'C9'],
    statute: 'FR-L131-8',
    validFrom: '2026-03-01',
    validUntil: '2027-03-01',
  } as const
  await record(sharingAgreement, 'a-1', s => draftAgreement(s, terms))
  for (const agencyId of terms.agencyIds) await record(sharingAgreement, 'a-1', s => sign(s, agencyId, '2026-03-06'))
  known.bases = [{ kind: 'agreement', agreementId: 'a-1', categories: ['C12', 'C9'] }]
  known.offers = known.offers.map(o => ({ ...o, status: 'inactive' }))
  await runner.catchUp()
  expect(asked).toEqual([{ betweenAgencyIds: ['school', 'social'] }])
  expect(await followed()).toEqual([])
})
test('sent elsewhere, it waits for a basis of its own', async () => {
  const { record, runner, followed, known, stateOf } = setUp()
  known.bases = [yes]
  await record(referral, 'r-1', drafting)
  await runner.catchUp()
  await record(referral, 'r-1', s =>
    reRoute(s, { serviceId: 's-2', agencyId: ask.requesterAgencyId }, { offer: otherOffer, applicant: {}, alternatives: [] }),
  )
  await runner.catchUp()
  expect(types(await followed())).toEqual(['ReferralConsentChecked', 'ReferralSent'])
  expect(await stateOf(referral, 'r-1')).toMatchObject({ status: 'draft', targetAgencyId: undefined })
})
test('what nobody tells of is found by the clock', async () => {
  const { record, runner, followed, known, asked } = setUp()
  await record(referral, 'r-1', drafting)
  await runner.catchUp()
  known.bases = [yes]
  await runner.tick()
  expect(asked).toEqual([undefined])
  expect(types(await followed())).toEqual(['ReferralConsentChecked', 'ReferralSent'])
})
