import { sharingAgreement, staff } from '@passerelle/agency'
import { caseFile } from '@passerelle/casework'
import {
  answerSubjectRequest,
  breakGlass,
  consent,
  receiveSubjectRequest,
  restriction,
  subjectRequest,
  useBreakGlass,
  withdrawSubjectRequest,
  contest,
  contestItem,
  withdrawContest,
} from '@passerelle/consent'
import { type Database, PgliteDatabase } from '@passerelle/database'
import { type Decider, type DomainEvent, EventStore, MemoryLog } from '@passerelle/event-log'
import { hubDeclaration } from '@passerelle/hub'
import { MemoryKeyring } from '@passerelle/keyring'
import { learner } from '@passerelle/learner'
import { plan } from '@passerelle/plan'
import { prepare, Projector } from '@passerelle/projections'
import { referral, type ReferralEvent } from '@passerelle/referral'
import { HubWorklist } from './worklist.js'

const context = {
  actor: { userId: 'u-1', agencyId: 'school', role: 'teacher' },
  controllerAgencyId: 'school',
  purpose: 'educationSupport',
  legalBasis: { kind: 'publicTask' },
  occurredAt: '2026-03-01T09:00:00.000Z',
  correlationId: 'c-1',
  causationId: 'r-1',
  language: 'fr',
} as const

let db: Database
let worklist: HubWorklist
beforeAll(async () => {
  db = await PgliteDatabase.open()
  const store = new EventStore(new MemoryLog(), new MemoryKeyring())
  const happened = <State, Event extends DomainEvent>(decider: Decider<State, Event>, id: string, events: readonly Event[]) =>
    store.handle(decider, id, context, () => events)
  const drafted = (referralId: string, targetAgencyId: string): ReferralEvent => ({
    type: 'ReferralDrafted',
    data: {
      referralId,
      learnerId: 'l-1',
      requesterAgencyId: 'school',
      requestedBy: 'u-1',
      serviceId: 's-1',
      targetAgencyId,
      targetSector: 'social',
      reasonCode: 'housing',
      urgency: 'routine',
      sharedCategories: [],
    },
  })
  await happened(referral, 'draft', [drafted('draft', 'social')])
  await happened(referral, 'sent', [
    drafted('sent', 'social'),
    { type: 'ReferralConsentChecked', data: { basis: 'consent', consentId: 'consent-1', categories: ['C12'] } },
    { type: 'ReferralSent', data: { taskId: 't-1', acceptBy: '2026-03-10' } },
  ])
  const question = {
    learnerId: 'l-1',
    requestedByAgencyId: 'school',
    recipientAgencyId: 'social',
    noticeVersion: 'n1',
    language: 'fr',
  } as const
  await happened(consent, 'consent-1', [
    {
      type: 'ConsentRequested',
      data: {
        ...question,
        consentId: 'consent-1',
        purpose: 'socialSupport',
        categories: ['C9'],
        easyRead: false,
        validUntil: '2026-03-10',
      },
    },
    {
      type: 'ConsentGiven',
      data: { categories: ['C9'], by: 'learner', method: 'online', at: '2026-03-01T09:00:00Z', validUntil: '2026-03-10' },
    },
  ])
  const role = { agencyId: 'social', role: 'socialWorker', from: '2026-01-01' } as const
  await happened(staff, 'u-9', [{ type: 'StaffRoleAssigned', data: { ...role, until: '2026-03-10' } }])
  await happened(staff, 'u-8', [{ type: 'StaffRoleAssigned', data: role }])
  await happened(sharingAgreement, 'agreement-1', [
    {
      type: 'SharingAgreementDrafted',
      data: {
        agreementId: 'agreement-1',
        agencyIds: ['school', 'social'],
        purposes: ['caseCoordination'],
        categories: ['C3'],
        statute: 'x',
        validFrom: '2026-01-01',
        validUntil: '2027-01-01',
      },
    },
  ])
  await happened(learner, 'l-1', [
    { type: 'PersonRegistered', data: { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family' } },
    { type: 'AgencyStandingRecorded', data: { agencyId: 'social', from: '2026-01-01' } },
    { type: 'AgencyStandingEnded', data: { agencyId: 'school', reason: 'moved' } },
  ])
  const guardian = { guardianId: 'g-1', relation: 'mother', name: 'Guardian', verified: true, excluded: [], from: '2026-01-01' }
  const born = (learnerId: string, birthDate: string) => ({
    type: 'PersonRegistered' as const,
    data: { learnerId, agencyId: 'mission', givenName: 'Given', familyName: 'Family', birthDate },
  })
  for (const [learnerId, birthDate] of [
    ['l-2', '2010-03-10'],
    ['l-3', '2010-03'],
    ['l-4', '2010-03-10'],
  ] as const)
    await happened(learner, learnerId, [
      born(learnerId, birthDate),
      ...(learnerId === 'l-4'
        ? []
        : [{ type: 'GuardianRecorded' as const, data: { ...guardian, authority: ['consents' as const] } }]),
    ])
  for (const [consentId, more] of [
    ['consent-2', { learnerId: 'l-2', guardianId: 'g-1', validUntil: '2026-12-01' }],
    ['unanswered', { learnerId: 'l-1', validUntil: '2026-03-10' }],
  ] as const)
    await happened(consent, consentId, [
      {
        type: 'ConsentRequested',
        data: { ...question, purpose: 'socialSupport', categories: ['C9'], easyRead: false, consentId, ...more },
      },
    ])
  await happened(learner, 'l-2', [{ type: 'AgeOfDecisionReached', data: { categories: ['C10'] } }])
  await happened(caseFile, 'case-1', [
    {
      type: 'CaseOpened',
      data: {
        caseId: 'case-1',
        learnerId: 'l-1',
        leadUserId: 'u-9',
        leadAgencyId: 'social',
        leadRole: 'socialWorker',
        purpose: 'caseCoordination',
        until: '2026-03-10',
      },
    },
  ])
  await happened(plan, 'plan-1', [
    {
      type: 'PlanDrafted',
      data: {
        planId: 'plan-1',
        learnerId: 'l-1',
        kind: 'learning',
        template: 'quick',
        authors: ['u-1'],
        periodFrom: '2026-01-01',
        periodUntil: '2026-12-01',
      },
    },
    { type: 'PlanActivated', data: { planVersion: 1, planHash: 'a'.repeat(64) } },
    { type: 'ReviewScheduled', data: { reviewId: 'v-1', dueBy: '2026-03-10', cadenceDays: 42 } },
  ])
  const asked = {
    learnerId: 'l-1',
    kind: 'access',
    by: 'learner',
    agencyId: 'social',
    categories: [],
    today: '2026-02-10',
  } as const
  for (const requestId of ['late', 'taken-back'])
    await happened(
      subjectRequest,
      requestId,
      receiveSubjectRequest(subjectRequest.initial, { ...asked, requestId, categories: [] }),
    )
  await store.handle(subjectRequest, 'taken-back', context, state => withdrawSubjectRequest(state, { by: 'learner' }))
  const item = { target: { view: 'plans', key: ['plan-1'] }, category: 'C3', agencyId: 'social' } as const
  for (const contestId of ['unanswered', 'let-go']) {
    const said = { contestId, learnerId: 'l-1', by: 'learner', words: 'It was not so.', today: '2026-02-10' } as const
    await happened(
      contest,
      contestId,
      contestItem(contest.initial, said, { ...item, target: { view: 'plans', key: ['plan-1'] } }),
    )
  }
  await store.handle(contest, 'let-go', context, state => withdrawContest(state, { by: 'learner' }))
  const emergency = { learnerId: 'l-1', agencyId: 'social', role: 'socialWorker', categories: ['C1'], minutes: 5 } as const
  for (const [userId, reasonCode] of [
    ['told', 'missingPerson'],
    ['kept', 'safeguarding'],
    ['reviewed', 'missingPerson'],
  ] as const)
    await happened(
      breakGlass,
      userId,
      useBreakGlass(
        breakGlass.initial,
        { ...emergency, breakGlassId: userId, userId, reasonCode, reason: 'Found.' },
        '2026-03-03T09:00:00.000Z',
        { closed: [] },
      ),
    )
  await happened(breakGlass, 'reviewed', [{ type: 'BreakGlassReviewed', data: { outcome: 'justified', by: 'officer' } }])
  for (const [requestId, learnerId, outcome] of [
    ['granted', 'l-3', 'fulfilled'],
    ['refused', 'l-3', 'refused'],
    ['done', 'l-4', 'fulfilled'],
  ] as const) {
    const erasure = { ...asked, requestId, learnerId, kind: 'erasure' } as const
    await happened(subjectRequest, requestId, receiveSubjectRequest(subjectRequest.initial, { ...erasure, categories: ['C11'] }))
    const retained = [{ what: 'skeleton', statute: 'GDPR17-3-b' }]
    const words = { statute: 'GDPR17-3-b', complaintTo: 'The authority' }
    await store.handle(subjectRequest, requestId, context, s =>
      answerSubjectRequest(
        s,
        { outcome, answeredBy: 'dpo', retained, ...(outcome === 'refused' && words), today: '2026-02-11' },
        { heldForSafety: false, found: [] },
      ),
    )
  }
  await happened(learner, 'l-4', [
    { type: 'CategoryKeyDestroyed', data: { category: 'C11', reason: 'erasureRequest', retained: [] } },
  ])
  const hold = { categories: ['C10' as const], agencyIds: [], fromLearner: false, until: '2026-03-10' }
  for (const [restrictionId, grounds, hidden] of [
    ['open', 'safeguarding', false],
    ['hidden', 'safeguarding', true],
    ['court', 'courtOrder', false],
    ['lifted', 'safeguarding', true],
  ] as const)
    await happened(restriction, restrictionId, [
      { type: 'RestrictionPlaced', data: { ...hold, restrictionId, learnerId: 'l-3', grounds, hidden } },
    ])
  for (const [restrictionId, dueBy, hidden] of [
    ['proposed', '2026-03-05', false],
    ['keptProposal', '2026-03-05', true],
    ['toldAsLate', '2026-03-04', false],
    ['declined', '2026-03-05', true],
  ] as const)
    await happened(restriction, restrictionId, [
      {
        type: 'RestrictionProposed',
        data: { ...hold, restrictionId, learnerId: 'l-3', grounds: 'safeguarding', hidden, proposedBy: 'lead', dueBy },
      },
    ])
  await happened(restriction, 'toldAsLate', [{ type: 'RestrictionProposalOverdue', data: { dueBy: '2026-03-04' } }])
  await happened(restriction, 'declined', [{ type: 'RestrictionDeclined', data: { by: 'dpo', reason: 'noGrounds' } }])
  await happened(restriction, 'lifted', [{ type: 'RestrictionLifted', data: { reason: 'safe' } }])
  await prepare({ db, store, hub: hubDeclaration })
  await new Projector({ db, store, hub: hubDeclaration }).catchUp()
  worklist = new HubWorklist(db)
})
afterAll(() => db.close())

test('drafts are found by whom they are about, for whom they are, and between whom', async () => {
  expect(await worklist.draftReferrals()).toEqual(['draft'])
  expect(await worklist.draftReferrals({ learnerId: 'l-1', recipientAgencyId: 'social' })).toEqual(['draft'])
  expect(await worklist.draftReferrals({ learnerId: 'l-2' })).toEqual([])
  expect(await worklist.draftReferrals({ recipientAgencyId: 'mission' })).toEqual([])
  expect(await worklist.draftReferrals({ betweenAgencyIds: ['social', 'school'] })).toEqual(['draft'])
  expect(await worklist.draftReferrals({ betweenAgencyIds: ['social', 'mission'] })).toEqual([])
})
test('what was sent is found by its consent and by who has it', async () => {
  expect([await worklist.referralsOnConsent('consent-1'), await worklist.referralsOnConsent('consent-2')]).toEqual([['sent'], []])
  expect([await worklist.referralsHeldBy('social'), await worklist.referralsHeldBy('school')]).toEqual([['sent'], []])
})
test('terms, consents, roles, leads and reviews are named once their day is over, and not before', async () => {
  const past = async (today: string) =>
    Promise.all([
      worklist.referralsPastDue(today),
      worklist.plansWithReviewPastDue(today),
      worklist.consentsPast(today).then(ids => [...ids].sort()),
      worklist.staffWithRolesPast(today),
      worklist.casesWithoutLead(today),
    ])
  expect(await past('2026-03-09')).toEqual([[], [], [], [], []])
  // The last day of a term is still in time; the first day without consent, role or membership is not.
  expect(await past('2026-03-10')).toEqual([[], [], ['consent-1', 'unanswered'], ['u-9'], ['case-1']])
  expect(await past('2026-03-11')).toEqual([['sent'], ['plan-1'], ['consent-1', 'unanswered'], ['u-9'], ['case-1']])
})
test('a request by right is named once its last day is over, and not where it was taken back', async () => {
  expect(await worklist.subjectRequestsPastDue('2026-03-10')).toEqual([])
  expect(await worklist.subjectRequestsPastDue('2026-03-11')).toEqual(['late'])
})
test('GDPR 12(3), 16 a contest is named once its last day is over, and not where it was let go', async () => {
  expect(await worklist.contestsPastDue('2026-03-10')).toEqual([])
  expect(await worklist.contestsPastDue('2026-03-11')).toEqual(['unanswered'])
})
test('an erasure is named once it was granted, until all of it is forgotten', async () => {
  expect(await worklist.erasuresToCarryOut()).toEqual(['granted'])
  expect([await worklist.erasuresToCarryOut('l-3'), await worklist.erasuresToCarryOut('l-4')]).toEqual([['granted'], []])
})
test('restrictions for safety are named, told or not, as long as they are in force', async () => {
  expect(await worklist.safeguardingRestrictions('l-3', '2026-03-09')).toEqual(['hidden', 'open'])
  expect(await worklist.safeguardingRestrictions('l-3', '2026-03-10')).toEqual([])
  expect(await worklist.safeguardingRestrictions('l-1', '2026-03-09')).toEqual([])
})
test('a proposal to restrict is named once it is late and not said to be, and once it would be over, told to the learner or not', async () => {
  expect(await worklist.restrictionProposalsPastDue('2026-03-05')).toEqual([])
  expect([...(await worklist.restrictionProposalsPastDue('2026-03-06'))].sort()).toEqual(['keptProposal', 'proposed'])
  expect(await worklist.restrictionProposalsPast('2026-03-09')).toEqual([])
  expect([...(await worklist.restrictionProposalsPast('2026-03-10'))].sort()).toEqual(['keptProposal', 'proposed', 'toldAsLate'])
})
test('an emergency is named once the day of its review is over, also one the learner is not told of, and not where it was reviewed', async () => {
  expect(await worklist.breakGlassesPastDue('2026-03-10')).toEqual([])
  expect([...(await worklist.breakGlassesPastDue('2026-03-11'))].sort()).toEqual(['kept', 'told'])
})
test('learners with a guardian are named from the day on which they may be of age, until it was said of every category', async () => {
  expect(await worklist.learnersNotOfAge('2010-02-28', ['C9'])).toEqual([])
  // A month alone is named too early, and looked at.
  expect(await worklist.learnersNotOfAge('2010-03-09', ['C9'])).toEqual(['l-3'])
  expect(await worklist.learnersNotOfAge('2010-03-10', ['C9', 'C10'])).toEqual(['l-2', 'l-3'])
  expect(await worklist.learnersNotOfAge('2010-03-10', ['C10'])).toEqual(['l-3'])
})
test('consents that a guardian gave or is asked for are found by their learner', async () => {
  expect([await worklist.consentsOfGuardians('l-1'), await worklist.consentsOfGuardians('l-2')]).toEqual([[], ['consent-2']])
})
test('an agency’s people, learners, cases and agreements are found, and nobody else’s', async () => {
  expect([await worklist.learnersOf('social'), await worklist.learnersOf('school')]).toEqual([['l-1'], []])
  expect([await worklist.staffOf('social'), await worklist.staffOf('school')]).toEqual([['u-8', 'u-9'], []])
  expect([await worklist.casesOf('u-9', 'social'), await worklist.casesOf('u-9', 'school')]).toEqual([['case-1'], []])
  expect([await worklist.agreementsOf('school'), await worklist.agreementsOf('mission')]).toEqual([['agreement-1'], []])
})
