import { Erased } from '@passerelle/keyring'
import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { ReferralEvent } from './referral.events.js'
import { referrals } from './referrals.view.js'

const of = (event: ReferralEvent): Told => ({ streamId: 'referral-r-1', occurredAt: '2026-03-06T09:00:00.000Z', ...event })
const row = (...events: ReferralEvent[]) => foldView(referrals, ...events.map(of)).get('r-1')

const drafted: ReferralEvent = {
  type: 'ReferralDrafted',
  data: {
    referralId: 'r-1',
    learnerId: 'l-1',
    requesterAgencyId: 'school',
    requestedBy: 'u-1',
    serviceId: 's-1',
    targetAgencyId: 'clinic',
    targetSector: 'health',
    reasonCode: 'mentalHealth',
    message: 'Please see her soon.',
    urgency: 'urgent',
    sharedCategories: [],
  },
}
const checked: ReferralEvent = {
  type: 'ReferralConsentChecked',
  data: { basis: 'consent', categories: ['C12', 'C8'], consentId: 'c-1' },
}
const sent: ReferralEvent = { type: 'ReferralSent', data: { taskId: 't-1', acceptBy: '2026-03-13' } }
const accepted: ReferralEvent = { type: 'ReferralAccepted', data: { by: 'u-9', firstContactBy: '2026-03-20' } }

describe('who has it', () => {
  test('a draft is not yet the target’s, checked or not', () => {
    expect(row(drafted, checked)).toMatchObject({ status: 'draft', targetAgencyId: null, recipientAgencyId: 'clinic' })
    expect(referrals.columns.targetAgencyId.owner).toBe(true)
    expect(Object.entries(referrals.columns).filter(([, c]) => c.owner)).toHaveLength(1)
  })
  test('sent, it is', () => {
    expect(row(drafted, checked, sent)).toMatchObject({ status: 'requested', targetAgencyId: 'clinic', sentOn: '2026-03-06' })
  })
  test.each<ReferralEvent>([
    { type: 'ReferralDeclined', data: { reasonCode: 'noCapacity' } },
    { type: 'ReferralCancelled', data: { reasonCode: 'consentWithdrawn' } },
    { type: 'LearnerDeclinedReferral', data: { by: 'learner' } },
    { type: 'ReferralEnteredInError', data: { reasonCode: 'wrongPerson' } },
    { type: 'ReferralReRouted', data: { serviceId: 's-2', targetAgencyId: 'mission', targetSector: 'employment' } },
  ])('after $type the first target keeps nothing', event => {
    expect(row(drafted, checked, sent, accepted, event)).toMatchObject({ targetAgencyId: null, dueBy: null, stage: null })
  })
  test('sent elsewhere, nothing of the first way is left, and the next has it once it is sent', () => {
    const moved: ReferralEvent = {
      type: 'ReferralReRouted',
      data: { serviceId: 's-2', targetAgencyId: 'mission', targetSector: 'employment' },
    }
    const declined: ReferralEvent = { type: 'ReferralDeclined', data: { reasonCode: 'noCapacity', reason: 'Full until June.' } }
    const draft = row(drafted, checked, sent, declined, moved)
    expect(draft).toMatchObject({ status: 'draft', targetSector: 'employment', taskId: null, basis: null, endReason: null })
    expect(JSON.stringify(draft)).not.toMatch(/clinic|t-1|c-1|June/)
    expect(row(drafted, checked, sent, declined, moved, checked, sent)).toMatchObject({ targetAgencyId: 'mission' })
  })
})

describe('how far it is open', () => {
  test('existence tells that there is one and how it stands, not where to nor why', () => {
    expect(columnsFrom(referrals, 'existence')).toEqual({ C12: ['referralId', 'learnerId', 'status'] })
  })
  test('the summary tells times and whether it is late; where to, why, and what came of it take the full level', () => {
    expect(columnsFrom(referrals, 'summary')).toEqual({
      C12: [
        'declinedBy',
        'requesterAgencyId',
        'urgency',
        'draftedOn',
        'sentOn',
        'acceptedOn',
        'firstContactOn',
        'startedOn',
        'dueBy',
        'stage',
        'isOverdue',
        'outcomeOn',
      ],
    })
    expect(columnsFrom(referrals, 'full').C12).toEqual(
      expect.arrayContaining([
        'targetAgencyId',
        'targetSector',
        'recipientAgencyId',
        'serviceId',
        'reasonCode',
        'message',
        'resultCode',
      ]),
    )
  })
})

describe('where it stands', () => {
  test('a no of the learner’s says who said it', () => {
    for (const by of ['learner', 'guardian', 'staff'] as const)
      expect(row(drafted, { type: 'LearnerDeclinedReferral', data: { by } })).toMatchObject({
        status: 'learnerDeclined',
        declinedBy: by,
      })
  })
  test('R-8.2 it shows the term that runs, and that it is over', () => {
    expect(row(drafted, checked, sent, accepted)).toMatchObject({ stage: 'firstContact', dueBy: '2026-03-20', isOverdue: false })
    const late: ReferralEvent = { type: 'ReferralOverdue', data: { stage: 'firstContact', dueBy: '2026-03-20' } }
    expect(row(drafted, checked, sent, accepted, late)).toMatchObject({ isOverdue: true })
    const met: ReferralEvent = { type: 'FirstContactMade', data: { on: '2026-03-24' } }
    expect(row(drafted, checked, sent, accepted, late, met)).toMatchObject({ isOverdue: null, dueBy: null })
  })
  test('resumed, it is where it was', () => {
    const started: ReferralEvent = { type: 'ServiceStarted', data: { on: '2026-03-10', outcomeBy: '2026-06-01' } }
    const held: ReferralEvent = { type: 'ReferralPutOnHold', data: { reasonCode: 'ill', on: '2026-03-12' } }
    const resumed: ReferralEvent = { type: 'ReferralResumed', data: { on: '2026-03-20', dueBy: '2026-06-09' } }
    expect(row(drafted, checked, sent, accepted, started, held)).toMatchObject({ status: 'onHold', endReasonCode: 'ill' })
    expect(row(drafted, checked, sent, accepted, started, held, resumed)).toMatchObject({
      status: 'inProgress',
      dueBy: '2026-06-09',
    })
    expect(row(drafted, checked, sent, accepted, held, resumed)).toMatchObject({ status: 'accepted', endReasonCode: null })
  })
  test('R-8.1 reported is not closed; closed is what the requester called it', () => {
    const outcome: ReferralEvent = {
      type: 'OutcomeReported',
      data: { resultCode: 'seen', outputs: ['Seen twice.'], on: '2026-05-04' },
    }
    const closed: ReferralEvent = { type: 'ReferralClosed', data: { loop: 'closed', by: 'u-1' } }
    expect(row(drafted, checked, sent, accepted, outcome)).toMatchObject({ status: 'outcomeReported', outputs: ['Seen twice.'] })
    expect(row(drafted, checked, sent, accepted, outcome, closed)).toMatchObject({ status: 'closed' })
  })
  test('what was erased is gone, the skeleton stays', () => {
    const erased: ReferralEvent = {
      ...drafted,
      data: { ...drafted.data, reasonCode: new Erased(), message: new Erased() },
    } as ReferralEvent
    expect(row(erased)).toMatchObject({ status: 'draft', reasonCode: null, message: null, serviceId: 's-1' })
  })
})
