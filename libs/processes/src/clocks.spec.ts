import { draft, sharingAgreement } from '@passerelle/agency'
import { caseFile, open } from '@passerelle/casework'
import {
  breakGlass,
  consent,
  contest,
  contestItem,
  give,
  proposeRestriction,
  recall,
  receiveSubjectRequest,
  request,
  restriction,
  subjectRequest,
  tellRecipient,
  useBreakGlass,
} from '@passerelle/consent'
import { plan, type PlanEvent } from '@passerelle/plan'
import { check, referral, send } from '@passerelle/referral'
import { endAgreementsOnTheirLastDay } from './end-agreements-on-their-last-day.process.js'
import { escalateSilentRecipients } from './escalate-silent-recipients.process.js'
import { expireConsents } from './expire-consents.process.js'
import { expireRestrictionProposals } from './expire-restriction-proposals.process.js'
import { markBreakGlassReviewOverdue } from './mark-break-glass-review-overdue.process.js'
import { markContestOverdue } from './mark-contest-overdue.process.js'
import { markReferralOverdue } from './mark-referral-overdue.process.js'
import { markRestrictionProposalOverdue } from './mark-restriction-proposal-overdue.process.js'
import { markReviewOverdue } from './mark-review-overdue.process.js'
import { markSubjectRequestOverdue } from './mark-subject-request-overdue.process.js'
import { noticeMissingLeads } from './notice-missing-leads.process.js'
import type { Worklist } from './ports.js'
import { aHub, noWork } from './process.fixture.js'
import { drafting, offer, yes } from './referral.fixture.js'

type Hub = ReturnType<typeof aHub>
const now = new Date('2026-03-06T09:00:00Z')

async function sentReferral({ record }: Hub) {
  await record(referral, 'r-1', drafting)
  await record(referral, 'r-1', s => check(s, { bases: [yes], denied: [] }))
  await record(referral, 'r-1', s =>
    send(s, { taskId: 't-1', today: '2026-03-06' }, { offer, applicant: {} }, { calendar: { closed: [] } }),
  )
}
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
  validUntil: '2026-03-14',
  now,
} as const
const questionUntil13March = ({ record }: Hub) => record(consent, 'c-1', s => request(s, question, { readsLanguages: [] }))
async function consentUntil13March(hub: Hub) {
  await questionUntil13March(hub)
  const { record } = hub
  await record(consent, 'c-1', s => give(s, { by: 'learner', categories: ['C9'], method: 'online', now }, { mayDecide: true }))
}
async function agreementUntil13March({ record }: Hub) {
  const terms = {
    agencyIds: ['school', 'social'],
    purposes: ['caseCoordination'],
    categories: ['C3'],
    statute: 'FR-CASF-L226',
  } as const
  const agreement = {
    agreementId: 'a-1',
    kind: 'jointControllers',
    ...terms,
    validFrom: '2026-01-01',
    validUntil: '2026-03-14',
  } as const
  await record(sharingAgreement, 'a-1', s => draft(s, agreement))
}
async function recallToAnswerBy13March({ record }: Hub) {
  const told = {
    recallId: 'rc-1',
    learnerId: 'l-1',
    agencyId: 'social',
    askedByAgencyId: 'school',
    basis: 'consent',
    ref: 'c-1',
    because: 'withdrawn',
    purposes: ['socialSupport'],
    categories: ['C9'],
    readCategories: [],
    today: '2026-02-11',
  } as const
  await record(recall, 'rc-1', s => tellRecipient(s, told))
}
async function caseLedUntil13March({ record }: Hub) {
  const lead = { userId: 'u-1', agencyId: 'school', role: 'educationCoordinator', purpose: 'educationSupport' } as const
  const command = { caseId: 'k-1', learnerId: 'l-1', lead, until: '2026-03-14', today: '2026-03-06' }
  await record(caseFile, 'k-1', s => open(s, command, { isHeld: true, worksWith: true }))
}
async function reviewDueBy13March({ record }: Hub) {
  const events: PlanEvent[] = [
    {
      type: 'PlanDrafted',
      data: {
        planId: 'p-1',
        learnerId: 'l-1',
        kind: 'learning',
        template: 'quick',
        authors: ['u-1'],
        periodFrom: '2026-03-01',
        periodUntil: '2026-12-01',
      },
    },
    { type: 'PlanActivated', data: { planVersion: 1, planHash: 'a'.repeat(64) } },
    { type: 'ReviewScheduled', data: { reviewId: 'v-1', dueBy: '2026-03-13', cadenceDays: 7 } },
  ]
  await record(plan, 'p-1', () => events)
}
async function requestDueBy13March({ record }: Hub) {
  const asked = { requestId: 'q-1', learnerId: 'l-1', kind: 'access', by: 'learner', agencyId: 'school', categories: [] } as const
  await record(subjectRequest, 'q-1', s => receiveSubjectRequest(s, { ...asked, categories: [], today: '2026-02-13' }))
}

const proposal = (on: string, until: string) => (hub: Hub) =>
  hub.record(restriction, 'h-1', s =>
    proposeRestriction(
      s,
      {
        ...{ restrictionId: 'h-1', learnerId: 'l-1', categories: ['C9'], agencyIds: [], fromLearner: false },
        ...{ grounds: 'gdpr18', hidden: false, until },
      },
      'l-1',
      on,
    ),
  )

async function contestDueBy13March({ record }: Hub) {
  const item = { target: { view: 'plans', key: ['p-1'] }, category: 'C3', agencyId: 'school' } as const
  const said = { contestId: 'x-1', learnerId: 'l-1', by: 'learner', words: 'It was not like that', today: '2026-02-13' } as const
  await record(contest, 'x-1', s => contestItem(s, said, { ...item, target: { view: 'plans', key: ['p-1'] } }))
}

async function emergencyToReviewBy13March({ record }: Hub) {
  const emergency = {
    breakGlassId: 'b-1',
    learnerId: 'l-1',
    userId: 'u-1',
    agencyId: 'clinic',
    role: 'healthProfessional',
    categories: ['C6'],
    reasonCode: 'healthInDanger',
    reason: 'Found unconscious.',
    minutes: 45,
  } as const
  await record(breakGlass, 'b-1', s => useBreakGlass(s, emergency, '2026-03-06T09:00:00.000Z', { closed: [] }))
}

const clocks = [
  {
    rule: 'R-8.2',
    process: markReferralOverdue,
    list: 'referralsPastDue',
    begin: sentReferral,
    id: 'r-1',
    type: 'ReferralOverdue',
  },
  { rule: 'R-C.5', process: expireConsents, list: 'consentsPast', begin: consentUntil13March, id: 'c-1', type: 'ConsentExpired' },
  {
    rule: 'R-C.5 unanswered,',
    process: expireConsents,
    list: 'consentsPast',
    begin: questionUntil13March,
    id: 'c-1',
    type: 'ConsentExpired',
  },
  {
    rule: 'GDPR 12(3)',
    process: markRestrictionProposalOverdue,
    list: 'restrictionProposalsPastDue',
    begin: proposal('2026-02-13', '2026-05-01'),
    id: 'h-1',
    type: 'RestrictionProposalOverdue',
  },
  {
    rule: 'GDPR 18',
    process: expireRestrictionProposals,
    list: 'restrictionProposalsPast',
    begin: proposal('2026-02-13', '2026-03-14'),
    id: 'h-1',
    type: 'RestrictionProposalExpired',
  },
  {
    rule: 'GDPR 26',
    process: endAgreementsOnTheirLastDay,
    list: 'agreementsPast',
    begin: agreementUntil13March,
    id: 'a-1',
    type: 'SharingAgreementEnded',
  },
  {
    rule: 'R-C.2',
    process: escalateSilentRecipients,
    list: 'recallsPastDue',
    begin: recallToAnswerBy13March,
    id: 'rc-1',
    type: 'RecipientSilent',
  },
  {
    rule: 'R-V.4',
    process: markBreakGlassReviewOverdue,
    list: 'breakGlassesPastDue',
    begin: emergencyToReviewBy13March,
    id: 'b-1',
    type: 'BreakGlassReviewOverdue',
  },
  {
    rule: 'R-8.6',
    process: noticeMissingLeads,
    list: 'casesWithoutLead',
    begin: caseLedUntil13March,
    id: 'k-1',
    type: 'LeadMissing',
  },
  {
    rule: 'R-5.1',
    process: markReviewOverdue,
    list: 'plansWithReviewPastDue',
    begin: reviewDueBy13March,
    id: 'p-1',
    type: 'ReviewOverdue',
  },
  {
    rule: 'GDPR 12(3)',
    process: markSubjectRequestOverdue,
    list: 'subjectRequestsPastDue',
    begin: requestDueBy13March,
    id: 'q-1',
    type: 'SubjectRequestOverdue',
  },
  {
    rule: 'GDPR 12(3), 16',
    process: markContestOverdue,
    list: 'contestsPastDue',
    begin: contestDueBy13March,
    id: 'x-1',
    type: 'ContestationOverdue',
  },
] as const

describe.each(clocks)('$process.name', ({ rule, process, list, begin, id, type }) => {
  async function setUp() {
    const days: string[] = []
    const due = async (today: string) => (days.push(today), [id, 'nobody-knows'])
    const hub = aHub(process, { worklist: { ...noWork, [list]: due } as Worklist })
    await begin(hub)
    return { ...hub, days }
  }
  test(`${rule} on the last day nothing is said, even where the list names it too early`, async () => {
    const { clock, runner, followed, days } = await setUp()
    clock.now = new Date('2026-03-13T23:59:59Z')
    await runner.tick()
    expect(days).toEqual(['2026-03-13'])
    expect(await followed()).toEqual([])
  })
  test(`${rule} on the next day it is said, once`, async () => {
    const { clock, runner, followed, handleAllAgain } = await setUp()
    clock.now = new Date('2026-03-14T00:00:00Z')
    await runner.tick()
    expect((await followed()).map(event => event.type)).toEqual([type])
    clock.now = new Date('2026-03-15T00:00:00Z')
    await runner.tick()
    await handleAllAgain()
    expect(await followed()).toHaveLength(1)
  })
})
