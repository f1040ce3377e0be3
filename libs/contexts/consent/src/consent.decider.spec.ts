import type { Sector } from '@passerelle/sharing'
import {
  anew,
  cancelRequest,
  consent,
  type Consent,
  expire,
  freeze,
  give,
  type GiveConsent,
  invalidate,
  issueReceipt,
  refuse,
  remind,
  renew,
  request,
  type RequestConsent,
  withdraw,
} from './consent.decider.js'
import type { ConsentEvent } from './consent.events.js'

const now = new Date('2026-03-01T09:00:00Z')
const ask: RequestConsent = {
  consentId: 'c-1',
  learnerId: 'l-1',
  requestedByAgencyId: 'school',
  recipientAgencyId: 'social',
  purpose: 'socialSupport',
  categories: ['C3', 'C5'],
  noticeVersion: 'n1',
  language: 'fr',
  easyRead: false,
  validUntil: '2026-12-01',
  now,
}
const reader = { readsLanguages: ['fr-BE', 'ar'] }
const able = { mayDecide: true }
const no = { by: 'learner', today: '2026-03-01' } as const
const yes: GiveConsent = { by: 'learner', categories: ['C3'], method: 'online', now }

const after = (...events: ConsentEvent[]): Consent => events.reduce((s, e) => consent.evolve(s, e), consent.initial)
const requested = after(...request(consent.initial, ask, reader))
const given = after(...request(consent.initial, ask, reader), ...give(requested, yes, able))
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('requesting', () => {
  test('R-C.1 a request names one recipient, one purpose and its categories', () => {
    expect(request(consent.initial, ask, reader)).toMatchObject([
      { type: 'ConsentRequested', data: { recipientAgencyId: 'social', purpose: 'socialSupport', categories: ['C3', 'C5'] } },
    ])
    expect(code(() => request(consent.initial, { ...ask, categories: [] }, reader))).toBe('CONSENT.NO_CATEGORY')
  })
  test('R-C.1 a recipient may be named down to the role, if that role ever looks for the purpose', () => {
    const one = { ...ask, recipientRole: 'socialWorker' as const }
    const events = request(consent.initial, one, reader)
    expect(events).toMatchObject([{ type: 'ConsentRequested', data: { recipientRole: 'socialWorker' } }])
    expect(after(...events).recipientRole).toBe('socialWorker')
    for (const recipientRole of ['teacher', 'learner', 'guardian', 'policyAnalyst'] as const)
      expect(code(() => request(consent.initial, { ...ask, recipientRole }, reader))).toBe('CONSENT.NOT_A_RECIPIENT')
    for (const recipientRole of ['learner', 'guardian'] as const)
      expect(code(() => request(consent.initial, { ...ask, recipientRole, purpose: 'ownRecord' }, reader))).toBe(
        'CONSENT.NOT_A_RECIPIENT',
      )
    expect(request(after(...events), one, reader)).toEqual([])
    expect(code(() => request(after(...events), ask, reader))).toBe('CONSENT.EXISTS')
  })
  test('R-C.1 nobody is asked for a recipient that there is not', () => {
    expect(code(() => request(consent.initial, ask, { ...reader, recipientSector: null }))).toBe('CONSENT.NO_RECIPIENT')
    expect(request(consent.initial, ask, { ...reader, recipientSector: 'social' })).toHaveLength(1)
  })
  test('R-C.1 while a question waits nobody is asked it again; the other categories may be asked', () => {
    const before = [{ consentId: 'c-0', categories: ['C3', 'C9'] as const }]
    expect(() => request(consent.initial, ask, { ...reader, asked: before })).toThrow(
      expect.objectContaining({ code: 'CONSENT.ASKED', which: { consentId: 'c-0', categories: ['C3'] } }),
    )
    expect(request(consent.initial, { ...ask, categories: ['C5'] }, { ...reader, asked: before })).toHaveLength(1)
    // The same again under its own id is asked twice, and nothing new.
    expect(request(requested, ask, { ...reader, asked: [{ consentId: 'c-1', categories: ['C3', 'C5'] }] })).toEqual([])
    expect(code(() => request(requested, { ...ask, requestedByAgencyId: 'clinic' }, reader))).toBe('CONSENT.EXISTS')
  })
  test('what is over tells each party what they can do: only an agency asks', () => {
    const over = after(...request(consent.initial, ask, reader), { type: 'ConsentExpired', data: { on: '2026-12-01' } })
    const next = (f: () => unknown) => {
      try {
        f()
      } catch (e) {
        return (e as { next: string }).next
      }
    }
    for (const answer of [
      () => give(over, yes, able),
      () => refuse(over, no, able),
      () => renew(over, { ...yes, validUntil: '2027-01-01' }, able),
    ])
      expect(next(answer)).toBe('You need do nothing. Whoever needs it asks you again.')
    expect(next(() => cancelRequest(over, 'school'))).toMatch(/ask under another id/)
  })
  test('a guardian is named by whoever sees them: of one who is hidden is told what is told of one who is none', () => {
    const toGuardian = { ...ask, guardianId: 'g-1' }
    expect(code(() => request(consent.initial, toGuardian, { ...reader, seesGuardian: false }))).toBe('CONSENT.NO_GUARDIAN')
    expect(request(consent.initial, toGuardian, { ...reader, seesGuardian: true })).toHaveLength(1)
    expect(request(consent.initial, ask, { ...reader, seesGuardian: false })).toHaveLength(1)
  })
  test('R-C.1 nobody is asked for what nobody of the recipient may see for the purpose, whatever is said', () => {
    const inVain = (change: Partial<RequestConsent>, recipientSector: Sector) => {
      try {
        return request(consent.initial, { ...ask, ...change }, { ...reader, recipientSector }) && 'asked'
      } catch (e) {
        const { code, which } = e as { code: string; which: { categories: unknown } }
        return [code, which.categories]
      }
    }
    const school = { recipientAgencyId: 'school', recipientRole: 'teacher', purpose: 'educationSupport' } as const
    expect(inVain({ ...school, categories: ['C3', 'C6', 'C10'] }, 'education')).toEqual([
      'CONSENT.NOT_A_RECIPIENT',
      ['C6', 'C10'],
    ])
    // A role, or a purpose, of another sector; and what is told in figures alone.
    expect(inVain({ ...school, categories: ['C3'] }, 'health')).toEqual(['CONSENT.NOT_A_RECIPIENT', ['C3']])
    expect(inVain({ purpose: 'healthCare' }, 'social')).toEqual(['CONSENT.NOT_A_RECIPIENT', ['C3', 'C5']])
    expect(inVain({ purpose: 'administration', categories: ['C2'] }, 'authority')).toEqual(['CONSENT.NOT_A_RECIPIENT', ['C2']])
    expect(inVain({ ...school, categories: ['C3'] }, 'education')).toBe('asked')
    expect(inVain({ purpose: 'healthCare', categories: ['C6'] }, 'health')).toBe('asked')
    // Sent on it, a referral is their own.
    expect(inVain({ purpose: 'employmentSupport', categories: ['C12'] }, 'employment')).toBe('asked')
  })
  test('R-C.3 a notice in a language the person does not read is refused', () => {
    expect(code(() => request(consent.initial, { ...ask, language: 'de' }, reader))).toBe('CONSENT.LANGUAGE')
  })
  test('which languages they read is not told to whoever asks', () => {
    expect(() => request(consent.initial, { ...ask, language: 'de' }, reader)).toThrow(
      expect.objectContaining({ which: { language: 'de' } }),
    )
  })
  test('a notice that is not there is the same answer whatever the person reads', () => {
    for (const language of ['fr', 'de'])
      expect(code(() => request(consent.initial, { ...ask, language }, { ...reader, noticeIsPublished: false }))).toBe(
        'CONSENT.NO_NOTICE',
      )
  })
  test('R-C.3 nobody is asked with a notice that is not there in this language and form', () => {
    const without = { ...reader, noticeIsPublished: false }
    expect(code(() => request(consent.initial, ask, without))).toBe('CONSENT.NO_NOTICE')
    expect(request(consent.initial, ask, { ...reader, noticeIsPublished: true })).toHaveLength(1)
  })
  test('R-C.5 a consent lasts twelve months at most', () => {
    expect(code(() => request(consent.initial, { ...ask, validUntil: '2027-03-02' }, reader))).toBe('CONSENT.TOO_LONG')
    expect(request(consent.initial, { ...ask, validUntil: '2027-03-01' }, reader)).toHaveLength(1)
    expect(code(() => request(consent.initial, { ...ask, validUntil: '2026-03-01' }, reader))).toBe('CONSENT.OVER')
  })
  test('asked twice, nothing new; asked for something else under the same id is refused', () => {
    expect(request(requested, ask, reader)).toEqual([])
    expect(code(() => request(requested, { ...ask, purpose: 'healthCare' }, reader))).toBe('CONSENT.EXISTS')
  })
})

describe('answering', () => {
  test('nothing can be given, refused or withdrawn that nobody asked for', () => {
    for (const act of [
      () => give(consent.initial, yes, able),
      () => refuse(consent.initial, no, able),
      () => withdraw(consent.initial, { by: 'learner' }),
    ])
      expect(code(act)).toBe('CONSENT.NOT_REQUESTED')
  })
  test('who may not decide for the learner gives nothing', () => {
    expect(code(() => give(requested, yes, { mayDecide: false }))).toBe('CONSENT.NO_CAPACITY')
    expect(code(() => refuse(requested, no, { mayDecide: false }))).toBe('CONSENT.NO_CAPACITY')
  })
  test('R-C.3 nobody says yes to what they cannot read: a notice that is in none of their languages', () => {
    const unread = { ...able, canRead: false }
    expect(code(() => give(requested, yes, unread))).toBe('CONSENT.LANGUAGE')
    expect(code(() => renew(given, { ...yes, validUntil: '2027-02-01' }, unread))).toBe('CONSENT.LANGUAGE')
    expect(give(requested, yes, { ...able, canRead: true })).toHaveLength(1)
    expect(refuse(requested, no, unread)).toHaveLength(1)
    expect(withdraw(given, { by: 'learner' })).toHaveLength(1)
  })
  test('R-C.4 a yes reaches only the categories named, never all that were asked', () => {
    expect(give(requested, yes, able)).toMatchObject([{ data: { categories: ['C3'] } }])
    expect(code(() => give(requested, { ...yes, categories: ['C6'] }, able))).toBe('CONSENT.NOT_ASKED')
    expect(code(() => give(requested, { ...yes, categories: [] }, able))).toBe('CONSENT.NO_CATEGORY')
  })
  test('R-C.5 a yes cannot outlast twelve months either', () => {
    expect(code(() => give(requested, { ...yes, validUntil: '2027-03-02' }, able))).toBe('CONSENT.TOO_LONG')
  })
  test('R-C.4 a yes reaches no further in time than was asked, and is told until when; a renewal is asked by its reminder', () => {
    const longer = { ...yes, validUntil: '2027-02-01' }
    expect(() => give(requested, longer, able)).toThrow(
      expect.objectContaining({ code: 'CONSENT.NOT_ASKED', which: { validUntil: '2027-02-01', latest: '2026-12-01' } }),
    )
    expect(code(() => give(given, { ...longer, categories: ['C3', 'C5'] }, able))).toBe('CONSENT.NOT_ASKED')
    expect(give(requested, { ...yes, validUntil: '2026-11-01' }, able)).toMatchObject([{ data: { validUntil: '2026-11-01' } }])
    const renewed = renew(given, longer, able).reduce((s, e) => consent.evolve(s, e), given)
    expect(give(renewed, { ...yes, categories: ['C5'] }, able)).toMatchObject([{ data: { validUntil: '2027-02-01' } }])
    // What was answered elsewhere was asked there.
    expect(give(requested, { ...longer, method: 'imported' }, able)).toHaveLength(1)
  })
  test('R-C.5 on the day that was asked for the question is over: neither a yes nor a no counts any more, however late the clock', () => {
    const late = { ...yes, now: new Date('2026-12-01T00:00:00Z') }
    const lateNo = { ...no, today: '2026-12-01' }
    for (const state of [requested, consent.evolve(requested, expire(requested, '2026-12-01')[0]!)]) {
      expect(code(() => give(state, late, able))).toBe('CONSENT.ENDED')
      expect(code(() => give(state, { ...late, validUntil: '2027-03-01' }, able))).toBe('CONSENT.ENDED')
      expect(code(() => refuse(state, lateNo, able))).toBe('CONSENT.ENDED')
    }
    const refused = after(...request(consent.initial, ask, reader), ...refuse(requested, no, able))
    expect(code(() => give(refused, late, able))).toBe('CONSENT.ENDED')
    expect(give(requested, { ...yes, now: new Date('2026-11-30T23:59:59Z') }, able)).toHaveLength(1)
    expect(refuse(requested, { ...no, today: '2026-11-30' }, able)).toHaveLength(1)
  })
  test('the same yes again is nothing new; another yes replaces it', () => {
    expect(give(given, yes, able)).toEqual([])
    expect(give(given, { ...yes, categories: ['C3', 'C5'] }, able)).toHaveLength(1)
  })
  test('a refusal covers all that was asked, and is said once', () => {
    const [event] = refuse(requested, no, able)
    expect(event).toMatchObject({ type: 'ConsentRefused', data: { categories: ['C3', 'C5'] } })
    expect(refuse(after(...request(consent.initial, ask, reader), event!), no, able)).toEqual([])
    expect(code(() => refuse(given, no, able))).toBe('CONSENT.ANSWERED')
  })
})

describe('taking a question back', () => {
  const cancelled = cancelRequest(requested, 'school').reduce((s, e) => consent.evolve(s, e), requested)
  test('what was answered, was never asked, or is over stays as it is', () => {
    expect(code(() => cancelRequest(given, 'school'))).toBe('CONSENT.ANSWERED')
    expect(code(() => cancelRequest(consent.initial, 'school'))).toBe('CONSENT.NOT_REQUESTED')
    const expired = consent.evolve(requested, expire(requested, '2026-12-01')[0]!)
    expect(code(() => cancelRequest(expired, 'school'))).toBe('CONSENT.ENDED')
  })
  test('nobody answers it any more; asked twice, nothing new, and nothing is left to withdraw, expire or freeze', () => {
    expect(cancelRequest(requested, 'school')).toEqual([{ type: 'ConsentRequestCancelled', data: { agencyId: 'school' } }])
    expect(code(() => give(cancelled, yes, able))).toBe('CONSENT.ENDED')
    expect(code(() => refuse(cancelled, no, able))).toBe('CONSENT.ENDED')
    for (const nothing of [
      cancelRequest(cancelled, 'school'),
      withdraw(cancelled, { by: 'learner' }),
      expire(cancelled, '2027-01-01'),
    ])
      expect(nothing).toEqual([])
    expect(consent.closes!(requested, { type: 'ConsentRequestCancelled', data: { agencyId: 'school' } })).toEqual([])
  })
})

describe('ending', () => {
  const both = after(...request(consent.initial, ask, reader), ...give(requested, { ...yes, categories: ['C3', 'C5'] }, able))
  test('R-C.2 withdrawing takes one step, without a reason', () => {
    expect(withdraw(both, { by: 'learner' })).toEqual([{ type: 'ConsentWithdrawn', data: { by: 'learner' } }])
  })
  test('a part can be withdrawn; the last part is the whole', () => {
    expect(withdraw(both, { by: 'learner', categories: ['C5'] })).toMatchObject([
      { type: 'ConsentPartlyWithdrawn', data: { categories: ['C5'] } },
    ])
    expect(withdraw(both, { by: 'learner', categories: ['C3', 'C5'] })).toMatchObject([{ type: 'ConsentWithdrawn' }])
    expect(withdraw(both, { by: 'learner', categories: ['C9'] })).toEqual([])
  })
  test('withdrawn twice, nothing new; never given cannot be withdrawn', () => {
    const gone = consent.evolve(both, withdraw(both, { by: 'learner' })[0]!)
    expect(gone).toMatchObject({ status: 'withdrawn', given: [] })
    expect(withdraw(gone, { by: 'learner' })).toEqual([])
    expect(code(() => withdraw(requested, { by: 'learner' }))).toBe('CONSENT.NOT_GIVEN')
  })
  test('it expires on its last day, not before', () => {
    expect(expire(given, '2026-11-30')).toEqual([])
    expect(expire(given, '2026-12-01')).toMatchObject([{ type: 'ConsentExpired', data: { on: '2026-12-01' } }])
    const expired = consent.evolve(given, expire(given, '2026-12-01')[0]!)
    expect(expire(expired, '2026-12-02')).toEqual([])
    expect(code(() => give(expired, yes, able))).toBe('CONSENT.ENDED')
  })
  test('a question that nobody answered expires on the day that it asked for, not before, and closes nothing', () => {
    expect(expire(requested, '2026-11-30')).toEqual([])
    const [event] = expire(requested, '2026-12-01')
    expect(event).toEqual({ type: 'ConsentExpired', data: { on: '2026-12-01' } })
    expect(consent.closes!(requested, event!)).toEqual([])
    const expired = consent.evolve(requested, event!)
    expect([expired.status, expire(expired, '2026-12-02')]).toEqual(['expired', []])
  })
  test('an invalidated consent carries nothing any more and cannot be revived', () => {
    const [event] = invalidate(given, 'pressure')
    const invalid = consent.evolve(given, event!)
    expect(invalid.given).toEqual([])
    expect(invalidate(invalid, 'pressure')).toEqual([])
    expect(code(() => give(invalid, yes, able))).toBe('CONSENT.ENDED')
  })
  test('a receipt is for a consent that was given, and is issued once', () => {
    expect(code(() => issueReceipt(requested, 'r-1', now))).toBe('CONSENT.NOT_GIVEN')
    const [event] = issueReceipt(given, 'r-1', now)
    expect(issueReceipt(consent.evolve(given, event!), 'r-1', now)).toEqual([])
  })
})

describe('data of one period', () => {
  const spring = { dataFrom: '2026-03-01', dataUntil: '2026-06-30' }
  const ofSpring = after(...request(consent.initial, ask, reader), ...give(requested, { ...yes, ...spring }, able))
  const closed = (state: Consent, command: { readonly dataFrom?: string; readonly dataUntil?: string }) => {
    const [event] = give(state, { ...yes, ...command }, able)
    return event && consent.closes!(state, event).flatMap(({ categories }) => categories)
  }
  test('a yes says of which days; asked twice, nothing new, and of other days it is another yes', () => {
    expect(give(requested, { ...yes, ...spring }, able)).toMatchObject([{ type: 'ConsentGiven', data: spring }])
    expect(ofSpring.dataPeriod).toEqual({ from: '2026-03-01', until: '2026-06-30' })
    expect(give(ofSpring, { ...yes, ...spring }, able)).toEqual([])
    const [wider] = give(ofSpring, yes, able)
    expect(wider).toMatchObject({ type: 'ConsentGiven', data: { categories: ['C3'] } })
    expect(consent.evolve(ofSpring, wider!).dataPeriod).toBeUndefined()
  })
  test('a period without a day is refused, with its days', () => {
    expect(code(() => give(requested, { ...yes, dataFrom: '2026-07-01', dataUntil: '2026-06-30' }, able))).toBe('CONSENT.NO_DAY')
    expect(give(requested, { ...yes, dataFrom: '2026-06-30', dataUntil: '2026-06-30' }, able)).toHaveLength(1)
  })
  test('R-V.7 fewer or other days close what was open at once; the same or more close nothing', () => {
    expect(closed(given, spring)).toEqual(['C3'])
    expect(closed(ofSpring, { ...spring, dataUntil: '2026-06-29' })).toEqual(['C3'])
    expect(closed(ofSpring, { dataFrom: '2026-07-01' })).toEqual(['C3'])
    expect(closed(ofSpring, { ...spring, dataUntil: '2026-07-31' })).toEqual([])
    expect(closed(ofSpring, {})).toEqual([])
    const taken = withdraw(ofSpring, { by: 'learner' })
    expect(consent.closes!(ofSpring, taken[0]!)).toMatchObject([{ learnerId: 'l-1', agencyId: 'social', categories: ['C3'] }])
  })
  test('R-C.5 a renewal is of the days that hold now or fewer, said or not', () => {
    const again = { ...yes, validUntil: '2027-11-01', now: new Date('2026-11-20T09:00:00Z') }
    expect(renew(ofSpring, again, able)).toMatchObject([{ data: { ...spring, validUntil: '2027-11-01' } }])
    expect(renew(ofSpring, { ...again, dataFrom: '2026-04-01', dataUntil: '2026-06-30' }, able)).toMatchObject([
      { data: { dataFrom: '2026-04-01', dataUntil: '2026-06-30' } },
    ])
    expect(code(() => renew(ofSpring, { ...again, dataFrom: '2026-03-01' }, able))).toBe('CONSENT.NOT_HELD')
    const renewed = renew(ofSpring, again, able).reduce((s, e) => consent.evolve(s, e), ofSpring)
    expect(renew(renewed, again, able)).toEqual([])
  })
})

describe('renewing', () => {
  const later = new Date('2026-11-20T09:00:00Z')
  const again = { ...yes, validUntil: '2027-11-01', now: later }
  test('R-C.5 before it ends it is given anew, for twelve months at most from then on', () => {
    expect(renew(given, again, able)).toMatchObject([
      { type: 'ConsentGiven', data: { categories: ['C3'], at: later.toISOString(), validUntil: '2027-11-01' } },
    ])
    expect(code(() => renew(given, { ...again, validUntil: '2027-11-21' }, able))).toBe('CONSENT.TOO_LONG')
    expect(code(() => renew(given, { ...again, validUntil: '2026-11-30' }, able))).toBe('CONSENT.NOT_LONGER')
  })
  test('what does not hold is not renewed: not answered, refused, taken back, or over that very day', () => {
    const withdrawn = after(
      ...request(consent.initial, ask, reader),
      ...give(requested, yes, able),
      ...withdraw(given, { by: 'learner' }),
    )
    const refused = after(...request(consent.initial, ask, reader), ...refuse(requested, no, able))
    for (const state of [requested, withdrawn, refused]) expect(code(() => renew(state, again, able))).toBe('CONSENT.NOT_GIVEN')
    expect(code(() => renew(given, { ...again, now: new Date('2026-12-01T00:00:00Z') }, able))).toBe('CONSENT.NOT_GIVEN')
    expect(code(() => renew(consent.initial, again, able))).toBe('CONSENT.NOT_REQUESTED')
  })
  test('R-C.4 it reaches no more than what holds, by whoever may decide', () => {
    expect(code(() => renew(given, { ...again, categories: ['C3', 'C5'] }, able))).toBe('CONSENT.NOT_HELD')
    expect(code(() => renew(given, again, { mayDecide: false }))).toBe('CONSENT.NO_CAPACITY')
  })
  test('asked twice, nothing new', () => {
    const renewed = renew(given, again, able).reduce((s, e) => consent.evolve(s, e), given)
    expect(renew(renewed, again, able)).toEqual([])
  })
  test('the person is reminded once of each end, a month before it, and never of what is over', () => {
    expect(remind(given, '2026-10-31')).toEqual([])
    const reminded = remind(given, '2026-11-01')
    expect(reminded).toEqual([{ type: 'ConsentRenewalDue', data: { validUntil: '2026-12-01' } }])
    const known = reminded.reduce((s, e) => consent.evolve(s, e), given)
    expect(remind(known, '2026-11-02')).toEqual([])
    const renewed = renew(known, again, able).reduce((s, e) => consent.evolve(s, e), known)
    expect(remind(renewed, '2026-11-21')).toEqual([])
    expect(remind(renewed, '2027-10-02')).toHaveLength(1)
    expect(remind(given, '2026-12-01')).toEqual([])
    expect(remind(requested, '2026-11-20')).toEqual([])
  })
})

describe('when a guardian’s say ends', () => {
  const asked = { ...ask, guardianId: 'g-1' }
  const byGuardian: GiveConsent = { ...yes, by: 'guardian', guardianId: 'g-1', categories: ['C3', 'C5'] }
  const question = after(...request(consent.initial, asked, reader))
  const answered = after(...request(consent.initial, asked, reader), ...give(question, byGuardian, able))
  const frozen = (state: Consent, command: Parameters<typeof freeze>[1]) =>
    freeze(state, command).reduce((s, e) => consent.evolve(s, e), state)
  const ofAge = { reason: 'ageOfDecision', anewId: 'c-2' } as const

  test('what the learner said stands, and what another guardian said', () => {
    expect(freeze(given, ofAge)).toEqual([])
    expect(freeze(requested, ofAge)).toEqual([])
    expect(freeze(answered, { reason: 'authorityEnded', guardianId: 'g-2' })).toEqual([])
    const own = after(...request(consent.initial, asked, reader), ...give(question, yes, able))
    expect(freeze(own, ofAge)).toEqual([])
  })
  test('a guardian’s yes is frozen in the categories concerned, the rest holds, and said twice it is nothing new', () => {
    const part = frozen(answered, { ...ofAge, categories: ['C5', 'C6'] })
    expect(part).toMatchObject({ status: 'given', given: ['C3'], asked: ['C3'] })
    expect(freeze(part, { ...ofAge, categories: ['C5', 'C6'] })).toEqual([])
    expect(frozen(part, ofAge)).toMatchObject({ status: 'frozen', given: [], asked: [] })
    expect(freeze(frozen(answered, ofAge), ofAge)).toEqual([])
  })
  test('a question to a guardian who has no say any more is frozen as well', () => {
    expect(frozen(question, ofAge)).toMatchObject({ status: 'frozen' })
    expect(code(() => give(frozen(question, ofAge), byGuardian, able))).toBe('CONSENT.ENDED')
    expect(withdraw(frozen(answered, ofAge), { by: 'guardian', guardianId: 'g-1' })).toEqual([])
  })
  test('the learner is asked the same as was frozen, and no more, for as long as it would have held', () => {
    const part = frozen(answered, { ...ofAge, categories: ['C5'] })
    const again = anew(part, 'c-2', now)!
    expect(again).toMatchObject({
      consentId: 'c-2',
      learnerId: 'l-1',
      categories: ['C5'],
      validUntil: '2026-12-01',
      noticeVersion: 'n1',
    })
    expect(again.guardianId).toBeUndefined()
    expect(request(consent.initial, again, { readsLanguages: [] })).toHaveLength(1)
    expect(anew(part, 'c-3', now)).toBeUndefined()
    expect(anew(part, 'c-2', new Date('2026-12-01T00:00:00Z'))).toBeUndefined()
    expect(anew(frozen(answered, { reason: 'authorityEnded' }), 'c-2', now)).toBeUndefined()
  })
})
