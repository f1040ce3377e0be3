import type { Category } from '@passerelle/sharing'
import {
  check,
  neededCategories,
  noticeOverdue,
  type Referral,
  referral,
  send,
  type ServiceTerms,
  withdraw,
} from './referral.decider.js'
import type { ReferralEvent } from './referral.events.js'
import type { Basis } from './referral.payload.js'
import { cancel, close, draft, type DraftReferral, enterInError, learnerDeclines, reRoute } from './requester.decider.js'
import type { ServiceFacts } from './service-fit.js'
import { accept, decline, fail, makeFirstContact, putOnHold, reportOutcome, resume, start } from './target.decider.js'

const ask: DraftReferral = {
  referralId: 'r-1',
  learnerId: 'l-1',
  requesterAgencyId: 'school',
  requestedBy: 'u-1',
  serviceId: 's-1',
  reasonCode: 'housing',
  urgency: 'routine',
  picked: [],
}
const fits: ServiceFacts = {
  offer: {
    serviceId: 's-1',
    status: 'active',
    agencyId: 'social',
    sector: 'social',
    minimumAge: 16,
    maximumAge: 25,
    areas: ['FRK2'],
  },
  applicant: { age: 17, areas: ['FRK26'] },
  alternatives: ['s-2', 's-3'],
}
const other: ServiceFacts = { ...fits, offer: { ...fits.offer!, serviceId: 's-2', agencyId: 'mission', sector: 'employment' } }
const terms: ServiceTerms = { calendar: { closed: [] } }
const consented = (...categories: Category[]): Basis => ({ kind: 'consent', consentId: 'c-1', categories })
const sharing = { bases: [consented('C12', 'C9')], denied: [] }
const today = '2026-03-06' // a Friday

/** One act after another, each decided on what those before it left. */
type Act = (state: Referral) => ReferralEvent[]
const after = (...acts: Act[]): Referral =>
  acts.reduce((state, act) => act(state).reduce((s, e) => referral.evolve(s, e), state), referral.initial)
const drafting: Act = s => draft(s, ask, fits)
const checking: Act = s => check(s, sharing)
const sending: Act = s => send(s, { taskId: 't-1', today }, fits, terms)
const accepting: Act = s => accept(s, { by: 'u-9', today }, terms)
const contacting: Act = s => makeFirstContact(s, { on: today, today })
const starting: Act = s => start(s, { on: today, today }, terms)
const reporting: Act = s => reportOutcome(s, { resultCode: 'housed', outputs: ['A room from May on.'], on: today, today })
const declining: Act = s => decline(s, { reasonCode: 'noCapacity' })
const holding: Act = s => putOnHold(s, { reasonCode: 'ill', today })
const failing: Act = s => fail(s, 'moved')
const closing: Act = s => close(s, { loop: 'closed', by: 'u-1', agencyId: 'school' })
const cancelling: Act = s => cancel(s, { reasonCode: 'notNeeded', agencyId: 'school' })

const drafted = after(drafting)
const sent = after(drafting, checking, sending)
const accepted = after(drafting, checking, sending, accepting)
const inProgress = after(drafting, checking, sending, accepting, contacting, starting)
const reported = after(drafting, checking, sending, accepting, contacting, starting, reporting)
const declined = after(drafting, checking, sending, declining)
const refusal = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return e as { code: string; which: Record<string, unknown>; message: string }
  }
  return undefined
}
const code = (f: () => unknown) => refusal(f)?.code

describe('R-8.4 the service fits, or the refusal names others', () => {
  const withOffer = (offer: Partial<ServiceFacts['offer']>) => ({ ...fits, offer: { ...fits.offer!, ...offer } })
  test.each([
    ['unknown', { ...fits, offer: undefined }],
    ['listedOnly', withOffer({ agencyId: undefined })],
    ['notActive', withOffer({ status: 'inactive' })],
    ['notActive', withOffer({ status: 'temporarilyClosed' })],
    ['notActive', withOffer({ status: 'defunct' })],
    ['age', { ...fits, applicant: { age: 15 } }],
    ['age', { ...fits, applicant: { age: 26 } }],
    ['area', { ...fits, applicant: { areas: ['FRL04'] } }],
    ['area', withOffer({ areas: ['FRK261'] })],
  ])('R-8.4 a service that does not fit (%s) is refused with alternatives', (because, facts: ServiceFacts) => {
    const refused = refusal(() => draft(referral.initial, ask, facts))
    expect(refused).toMatchObject({ code: 'REFERRAL.SERVICE_DOES_NOT_FIT', which: { because, alternatives: ['s-2', 's-3'] } })
    expect(JSON.stringify([refused!.which, refused!.message])).not.toMatch(/1[57]|26|FR/)
  })
  test('R-8.4 who is just old or young enough, lives inside, or of whom it is not known, is taken', () => {
    for (const applicant of [{ age: 16 }, { age: 25 }, { areas: ['FRK2'] }, {}])
      expect(draft(referral.initial, ask, { ...fits, applicant })).toHaveLength(1)
    expect(draft(referral.initial, ask, withOffer({ areas: [] }))).toHaveLength(1)
    expect(
      draft(referral.initial, ask, { ...withOffer({ areas: ['69123'] }), applicant: { areas: ['69123', 'FRK26'] } }),
    ).toHaveLength(1)
  })
  test('R-8.4 a service that closed while the referral waited gets nothing', () => {
    expect(code(() => send(after(drafting, checking), { taskId: 't-1', today }, withOffer({ status: 'defunct' }), terms))).toBe(
      'REFERRAL.SERVICE_DOES_NOT_FIT',
    )
  })
  test('a service of one’s own agency is no referral', () => {
    expect(code(() => draft(referral.initial, { ...ask, requesterAgencyId: 'social' }, fits))).toBe('REFERRAL.OWN_SERVICE')
  })
  test('drafted twice, nothing new; another referral under the same id is refused', () => {
    expect(draft(drafted, ask, fits)).toEqual([])
    expect(code(() => draft(drafted, { ...ask, learnerId: 'l-2' }, fits))).toBe('REFERRAL.EXISTS')
    expect(code(() => draft(drafted, { ...ask, serviceId: 's-2' }, other))).toBe('REFERRAL.EXISTS')
  })
  test('drafted again after it went elsewhere, nothing new is recorded and nothing is told of it', () => {
    const elsewhere = after(drafting, checking, sending, declining, s =>
      reRoute(s, { serviceId: 's-2', agencyId: 'school' }, other),
    )
    expect(draft(elsewhere, ask, fits)).toEqual([])
    expect(code(() => draft(elsewhere, { ...ask, serviceId: 's-2' }, other))).toBe('REFERRAL.EXISTS')
  })
})

describe('R-8.3 what goes along', () => {
  test('R-8.3 safeguarding, notes, consents, signals and payments never go along', () => {
    for (const category of ['C10', 'C13', 'C14', 'C16', 'C18'] as const)
      expect(code(() => draft(referral.initial, { ...ask, picked: [category] }, fits))).toBe('REFERRAL.NEVER_SHARED')
  })
  test('R-8.3 the reason’s template and nothing else; a reason without a template takes nothing along', () => {
    expect(neededCategories(drafted)).toEqual(['C12', 'C9'])
    expect(neededCategories({ reasonCode: 'Z59.0', picked: [] })).toEqual(['C12'])
    expect(neededCategories({ reasonCode: 'constructor', picked: [] })).toEqual(['C12'])
  })
  test('R-8.3 what is picked by hand goes along too, and is recorded as picked', () => {
    const [event] = draft(referral.initial, { ...ask, picked: ['C3', 'C9', 'C3'] }, fits)
    expect(event).toMatchObject({ data: { sharedCategories: ['C3'] } })
    expect(neededCategories(referral.evolve(referral.initial, event!))).toEqual(['C12', 'C9', 'C3'])
  })
})

describe('the basis', () => {
  test('nothing leaves before a basis is found', () => {
    expect(code(() => sending(drafted))).toBe('REFERRAL.NO_BASIS')
    expect(code(() => sending(referral.initial))).toBe('REFERRAL.NOT_DRAFTED')
  })
  test('a basis that does not reach everything that goes along is none; two halves are none', () => {
    expect(check(drafted, { bases: [consented('C12')], denied: [] })).toEqual([])
    expect(
      check(drafted, { bases: [consented('C12'), { kind: 'agreement', agreementId: 'a-1', categories: ['C9'] }], denied: [] }),
    ).toEqual([])
  })
  test('R-V.8 what the learner refused goes on no other basis', () => {
    const lawful: Basis = { kind: 'publicTask', statute: 'FR-CASF-L226-2-1', categories: ['C12', 'C9'] }
    expect(check(drafted, { bases: [lawful], denied: ['C9'] })).toEqual([])
    expect(check(drafted, { bases: [lawful], denied: ['C5'] })).toHaveLength(1)
  })
  test('R-V.8 the learner’s own yes comes before an agreement, and an agreement before the law', () => {
    const agreed: Basis = { kind: 'agreement', agreementId: 'a-1', categories: ['C9', 'C12'] }
    const lawful: Basis = { kind: 'publicTask', statute: 'x', categories: ['C9', 'C12'] }
    const found = (...bases: Basis[]) => check(drafted, { bases, denied: [] })
    expect(found(lawful, agreed, consented('C9', 'C12'))).toMatchObject([
      { data: { basis: 'consent', consentId: 'c-1', categories: ['C12', 'C9'] } },
    ])
    expect(found(lawful, agreed)).toMatchObject([{ data: { basis: 'agreement', agreementId: 'a-1' } }])
  })
  test('checked twice with the same result, nothing new; what is sent is not checked again', () => {
    expect(checking(after(drafting, checking))).toEqual([])
    expect(checking(sent)).toEqual([])
  })
  test('sent twice, nothing new', () => {
    expect(sending(sent)).toEqual([])
    expect(sending(accepted)).toEqual([])
  })
  test('the target knows of it from the sending on, not before', () => {
    expect(drafted.targetAgencyId).toBeUndefined()
    expect(after(drafting, checking).targetAgencyId).toBeUndefined()
    expect(sent).toMatchObject({ status: 'requested', targetAgencyId: 'social' })
  })
  test('a consent that is withdrawn takes back what rests on it, wherever it stands, and nothing else', () => {
    for (const state of [sent, accepted, inProgress, after(drafting, checking, sending, accepting, holding)]) {
      expect(withdraw(state, 'c-1', [])).toMatchObject([{ type: 'ReferralCancelled', data: { reasonCode: 'consentWithdrawn' } }])
      expect(withdraw(state, 'c-2', [])).toEqual([])
    }
    const gone = referral.evolve(sent, withdraw(sent, 'c-1', [])[0]!)
    expect(gone).toMatchObject({ status: 'cancelled', targetAgencyId: undefined })
    expect(withdraw(gone, 'c-1', [])).toEqual([])
    for (const state of [drafted, after(drafting, checking), reported]) expect(withdraw(state, 'c-1', [])).toEqual([])
  })
  test('a consent withdrawn in part takes back only what needed that part', () => {
    expect(withdraw(sent, 'c-1', ['C12', 'C9', 'C5'])).toEqual([])
    expect(withdraw(sent, 'c-1', ['C12'])).toHaveLength(1)
  })
})

describe('R-8.1 only the requester closes, and only with an outcome', () => {
  test('R-8.1 the target closes nothing; nor does anybody else', () => {
    for (const agencyId of ['social', 'other'])
      expect(code(() => close(reported, { loop: 'closed', by: 'u-9', agencyId }))).toBe('REFERRAL.NOT_REQUESTER')
  })
  test('R-8.1 without an outcome the loop cannot be called closed', () => {
    for (const state of [drafted, sent, accepted, inProgress, declined])
      expect(code(() => closing(state))).toBe('REFERRAL.NO_OUTCOME')
  })
  test('R-8.1 what the target completed is still open until the requester closes it', () => {
    expect(reported.status).toBe('outcomeReported')
    expect(closing(reported)).toEqual([{ type: 'ReferralClosed', data: { loop: 'closed', by: 'u-1' } }])
  })
  test('R-8.1 an outcome that came is not lost, and what nobody withdrew is not withdrawn', () => {
    for (const [state, loop] of [
      [reported, 'lost'],
      [reported, 'withdrawn'],
      [inProgress, 'withdrawn'],
      [drafted, 'lost'],
    ] as const)
      expect(code(() => close(state, { loop, by: 'u-1', agencyId: 'school' }))).toBe('REFERRAL.NOT_NOW')
    expect(close(declined, { loop: 'lost', by: 'u-1', agencyId: 'school' })).toHaveLength(1)
    expect(close(after(drafting, cancelling), { loop: 'withdrawn', by: 'u-1', agencyId: 'school' })).toHaveLength(1)
  })
  test('closed twice, nothing new; closed otherwise is refused', () => {
    const closed = after(drafting, checking, sending, accepting, contacting, starting, reporting, closing)
    expect(closing(closed)).toEqual([])
    expect(code(() => close(closed, { loop: 'lost', by: 'u-1', agencyId: 'school' }))).toBe('REFERRAL.NOT_NOW')
    expect(code(() => cancelling(closed))).toBe('REFERRAL.NOT_NOW')
  })
})

describe('R-8.2 clocks', () => {
  test('R-8.2 five working days to accept, ten to the first contact, sixty to the outcome', () => {
    expect(sent.due).toEqual({ stage: 'accept', by: '2026-03-13', told: false })
    expect(accepted.due).toEqual({ stage: 'firstContact', by: '2026-03-20', told: false })
    expect(inProgress.due).toEqual({ stage: 'outcome', by: '2026-05-29', told: false })
  })
  test('R-8.2 a service’s own terms hold instead', () => {
    const own = { ...terms, acceptWithinDays: 1, firstContactWithinDays: 2, outcomeWithinDays: 3 }
    expect(send(after(drafting, checking), { taskId: 't', today }, fits, own)).toMatchObject([
      { data: { acceptBy: '2026-03-09' } },
    ])
    expect(accept(sent, { by: 'u-9', today }, own)).toMatchObject([{ data: { firstContactBy: '2026-03-10' } }])
    expect(start(after(drafting, checking, sending, accepting, contacting), { on: today, today }, own)).toMatchObject([
      { data: { outcomeBy: '2026-03-11' } },
    ])
  })
  test('R-8.2 it is overdue the day after the last, and that is said once for each term', () => {
    expect(noticeOverdue(sent, '2026-03-13')).toEqual([])
    const [event] = noticeOverdue(sent, '2026-03-14')
    expect(event).toEqual({ type: 'ReferralOverdue', data: { stage: 'accept', dueBy: '2026-03-13' } })
    const told = referral.evolve(sent, event!)
    expect(noticeOverdue(told, '2026-03-20')).toEqual([])
    const late = accepting(told).reduce((s, e) => referral.evolve(s, e), told)
    expect(noticeOverdue(late, '2026-03-21')).toMatchObject([{ data: { stage: 'firstContact' } }])
  })
  test('R-8.2 no clock runs for drafts, for what is done, taken back or on hold, nor between first contact and start', () => {
    for (const state of [
      drafted,
      reported,
      declined,
      after(drafting, checking, sending, cancelling),
      after(drafting, checking, sending, accepting, holding),
      after(drafting, checking, sending, accepting, contacting),
    ])
      expect(noticeOverdue(state, '2030-01-01')).toEqual([])
  })
  test('R-8.2 resumed, as many working days are left as were', () => {
    const held = after(drafting, checking, sending, accepting, s => putOnHold(s, { reasonCode: 'ill', today: '2026-03-18' }))
    const [event] = resume(held, '2026-04-01', { calendar: { closed: [] } })
    expect(event).toEqual({ type: 'ReferralResumed', data: { on: '2026-04-01', dueBy: '2026-04-03' } })
    expect(referral.evolve(held, event!)).toMatchObject({ status: 'accepted', due: { by: '2026-04-03' }, heldFrom: undefined })
  })
  test('R-8.2 what was late before it was put on hold is late afterwards', () => {
    const late = after(drafting, checking, sending, accepting, s => putOnHold(s, { reasonCode: 'ill', today: '2026-04-18' }))
    const [event] = resume(late, '2026-05-01', { calendar: { closed: [] } })
    expect(event).toEqual({ type: 'ReferralResumed', data: { on: '2026-05-01' } })
    expect(noticeOverdue(referral.evolve(late, event!), '2026-05-01')).toHaveLength(1)
  })
})

describe('the target’s answers', () => {
  test('what was not sent cannot be answered', () => {
    for (const act of [accepting, declining, contacting, starting, holding, reporting, failing]) {
      expect(code(() => act(drafted))).toBe('REFERRAL.NOT_NOW')
      expect(code(() => act(referral.initial))).toBe('REFERRAL.NOT_DRAFTED')
    }
  })
  test('each answer waits for the one before it', () => {
    expect(code(() => contacting(sent))).toBe('REFERRAL.NOT_NOW')
    expect(code(() => starting(sent))).toBe('REFERRAL.NOT_NOW')
    expect(code(() => reporting(accepted))).toBe('REFERRAL.NOT_NOW')
    expect(code(() => declining(inProgress))).toBe('REFERRAL.NOT_NOW')
  })
  test('answered twice, nothing new', () => {
    expect(accepting(accepted)).toEqual([])
    expect(declining(declined)).toEqual([])
    expect(contacting(after(drafting, checking, sending, accepting, contacting))).toEqual([])
    expect(starting(inProgress)).toEqual([])
    expect(reporting(reported)).toEqual([])
    const held = after(drafting, checking, sending, accepting, holding)
    expect(holding(held)).toEqual([])
    expect(resume(accepted, today, terms)).toEqual([])
    expect(failing(after(drafting, checking, sending, accepting, failing))).toEqual([])
  })
  test('nothing happened tomorrow', () => {
    const tomorrow = { on: '2026-03-07', today }
    for (const act of [
      () => makeFirstContact(accepted, tomorrow),
      () => start(accepted, tomorrow, terms),
      () => reportOutcome(inProgress, { ...tomorrow, resultCode: 'x', outputs: [] }),
    ])
      expect(code(act)).toBe('REFERRAL.IN_FUTURE')
  })
  test('whoever starts without a word of a first contact has made it', () => {
    expect(starting(accepted).map(event => event.type)).toEqual(['FirstContactMade', 'ServiceStarted'])
  })
})

describe('elsewhere, or not at all', () => {
  const reRouting: Act = s => reRoute(s, { serviceId: 's-2', agencyId: 'school' }, other)
  test('only the requester sends it elsewhere, cancels it or calls it an error', () => {
    for (const act of [
      () => reRoute(declined, { serviceId: 's-2', agencyId: 'social' }, other),
      () => cancel(sent, { reasonCode: 'x', agencyId: 'social' }),
      () => enterInError(sent, { reasonCode: 'x', agencyId: 'social' }),
    ])
      expect(code(act)).toBe('REFERRAL.NOT_REQUESTER')
  })
  test('after a no the first target keeps nothing, and the next needs a basis of its own', () => {
    expect(declined.targetAgencyId).toBeUndefined()
    const moved = after(drafting, checking, sending, declining, reRouting)
    expect(moved).toMatchObject({
      status: 'draft',
      targetAgencyId: undefined,
      basis: undefined,
      recipient: { agencyId: 'mission' },
    })
    expect(code(() => send(moved, { taskId: 't-2', today }, other, terms))).toBe('REFERRAL.NO_BASIS')
    expect(reRouting(moved)).toEqual([])
  })
  test('a service that had it already is refused, with others; so is one that does not fit', () => {
    expect(refusal(() => reRoute(declined, { serviceId: 's-1', agencyId: 'school' }, fits))).toMatchObject({
      code: 'REFERRAL.SAME_SERVICE',
      which: { alternatives: ['s-2', 's-3'] },
    })
    const closed = { ...other, offer: { ...other.offer!, status: 'inactive' as const } }
    expect(code(() => reRoute(declined, { serviceId: 's-2', agencyId: 'school' }, closed))).toBe('REFERRAL.SERVICE_DOES_NOT_FIT')
    expect(code(() => reRoute(inProgress, { serviceId: 's-2', agencyId: 'school' }, other))).toBe('REFERRAL.NOT_NOW')
  })
  test('sent again under a new task, it runs its course with the next target', () => {
    const again = after(drafting, checking, sending, declining, reRouting, checking, s =>
      send(s, { taskId: 't-2', today }, other, terms),
    )
    expect(again).toMatchObject({ status: 'requested', taskId: 't-2', targetAgencyId: 'mission' })
    expect(accepting(again)).toHaveLength(1)
  })
  test('taken back, the target knows of it no more; twice, nothing new', () => {
    const cancelled = after(drafting, checking, sending, accepting, cancelling)
    expect(cancelled.targetAgencyId).toBeUndefined()
    expect(cancelling(cancelled)).toEqual([])
    expect(code(() => cancelling(reported))).toBe('REFERRAL.NOT_NOW')
  })
  test('the learner’s no ends it without a reason, and tells whose word it was', () => {
    for (const by of ['learner', 'guardian', 'staff'] as const)
      expect(learnerDeclines(accepted, { by })).toEqual([{ type: 'LearnerDeclinedReferral', data: { by } }])
    const off = after(drafting, checking, sending, s => learnerDeclines(s, { by: 'learner' }))
    expect(off).toMatchObject({ status: 'learnerDeclined', targetAgencyId: undefined })
    expect(learnerDeclines(off, { by: 'learner' })).toEqual([])
    expect(code(() => learnerDeclines(reported, { by: 'learner' }))).toBe('REFERRAL.NOT_NOW')
  })
  test('what should never have been says so at any time, once', () => {
    const wrong: Act = s => enterInError(s, { reasonCode: 'wrongPerson', agencyId: 'school' })
    for (const state of [drafted, sent, inProgress, reported, declined]) expect(wrong(state)).toHaveLength(1)
    expect(wrong(after(drafting, checking, sending, wrong))).toEqual([])
    expect(after(drafting, checking, sending, wrong).targetAgencyId).toBeUndefined()
  })
})

describe('what is denied first', () => {
  const closes = (state: Referral, act: Act) => act(state).flatMap(event => referral.closes!(state, event))

  test('R-8.1 whoever accepts it keeps it, and of everybody else at its intake it is taken', () => {
    expect(closes(sent, accepting)).toEqual([{ learnerId: 'l-1', agencyId: 'social', exceptUserId: 'u-9' }])
  })
  test('what goes elsewhere than to education or employment is taken from coordinators, who saw it in full', () => {
    const to = (facts: ServiceFacts) => (s: Referral) =>
      reRoute(s, { serviceId: facts.offer!.serviceId, agencyId: 'school' }, facts)
    const elsewhere = after(drafting, checking, sending, declining, to(other))
    expect(closes(declined, to(other))).toEqual([])
    const third: ServiceFacts = { ...other, offer: { ...other.offer!, serviceId: 's-3', sector: 'health' } }
    expect(closes(elsewhere, to(third))).toEqual([{ learnerId: 'l-1', role: 'educationCoordinator', categories: ['C12'] }])
  })
  test('of a target that has it no more, all; of nobody, where nobody had it', () => {
    expect(closes(sent, declining)).toEqual([{ learnerId: 'l-1', agencyId: 'social' }])
    expect(closes(drafted, checking)).toEqual([])
  })
})
