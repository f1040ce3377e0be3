import { categories } from '@passerelle/sharing'
import {
  answer,
  type AnswerSubjectRequest,
  extend,
  noticeOverdue,
  receive,
  type ReceiveSubjectRequest,
  subjectRequest,
  type SubjectRequest,
  withdraw,
} from './subject-request.decider.js'
import type { SubjectRequestEvent } from './subject-request.events.js'

const today = '2026-01-31'
const asked: ReceiveSubjectRequest = {
  requestId: 'q-1',
  learnerId: 'l-1',
  kind: 'access',
  by: 'learner',
  agencyId: 'authority',
  categories: [],
  today,
}
const none = subjectRequest.initial
const after = (state: SubjectRequest, events: readonly SubjectRequestEvent[]) => events.reduce(subjectRequest.evolve, state)
const received = (more: Partial<ReceiveSubjectRequest> = {}) => after(none, receive(none, { ...asked, ...more } as never))
const free = { heldForSafety: false, found: [] }
const fulfilled: AnswerSubjectRequest = { outcome: 'fulfilled', answeredBy: 'dpo', today }
const refused: AnswerSubjectRequest = {
  outcome: 'refused',
  answeredBy: 'dpo',
  today,
  statute: 'GDPR12-5',
  complaintTo: 'The authority',
}
const skeleton = { what: 'skeleton', statute: 'GDPR17-3-b' }
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('when it is answered', () => {
  test('GDPR 12(3) within a month, counted as Regulation 1182/71 does: the last day where there is no such day', () => {
    expect(received().dueBy).toBe('2026-02-28')
    expect(received({ today: '2026-03-15' }).dueBy).toBe('2026-04-15')
  })
  test('GDPR 12(3) once by two months more, with the reason, and told within the first', () => {
    const extended = after(received(), extend(received(), 'complexity', '2026-02-28'))
    expect(extended.dueBy).toBe('2026-04-30')
    expect(extend(extended, 'number', '2026-02-28')).toEqual([])
    expect(code(() => extend(received(), 'complexity', '2026-03-01'))).toBe('SUBJECT_REQUEST.TOO_LATE_TO_EXTEND')
  })
  test('a day that went by is said once, and never of what was answered', () => {
    expect(noticeOverdue(received(), '2026-02-28')).toEqual([])
    const overdue = noticeOverdue(received(), '2026-03-01')
    expect(overdue).toEqual([{ type: 'SubjectRequestOverdue', data: { dueBy: '2026-02-28' } }])
    expect(noticeOverdue(after(received(), overdue), '2026-03-02')).toEqual([])
    expect(noticeOverdue(after(received(), answer(received(), fulfilled, free)), '2026-03-01')).toEqual([])
  })
})

describe('what is answered', () => {
  test('GDPR 12(4) whoever is refused, in part or whole, is told the statute and where to complain', () => {
    const { complaintTo: _c, ...silent } = refused
    const { statute: _s, ...groundless } = refused
    for (const command of [silent, groundless, { ...silent, outcome: 'partly' as const, categories: ['C3' as const] }])
      expect(code(() => answer(received(), command, free))).toBe('SUBJECT_REQUEST.NO_REASON')
    expect(answer(received(), refused, free)).toMatchObject([
      { data: { outcome: 'refused', categories: [], statute: 'GDPR12-5' } },
    ])
  })
  test('in part is some of what was asked, and not all or none of it', () => {
    const request = received({ kind: 'erasure', categories: ['C3', 'C13'] })
    const partly = { ...refused, outcome: 'partly' as const, retained: [skeleton] }
    for (const named of [undefined, ['C3', 'C13'], ['C6']] as const)
      expect(code(() => answer(request, { ...partly, ...(named && { categories: named }) }, free))).toBe(
        'SUBJECT_REQUEST.NOT_PARTLY',
      )
    expect(answer(request, { ...partly, categories: ['C13', 'C6'] }, free)).toMatchObject([{ data: { categories: ['C13'] } }])
  })
  test.each(['rectification', 'restriction'] as const)('a %s is granted once something was done, and names what', kind => {
    const request = received({ kind, text: 'That is not so' })
    expect(code(() => answer(request, fulfilled, free))).toBe('SUBJECT_REQUEST.NOT_DONE')
    const command = { ...fulfilled, ledTo: ['e-1'] }
    expect(code(() => answer(request, command, { ...free, found: ['e-2'] }))).toBe('SUBJECT_REQUEST.NOT_DONE')
    expect(answer(request, command, { ...free, found: ['e-1'] })).toMatchObject([{ data: { ledTo: ['e-1'] } }])
    expect(answer(request, refused, free)).toHaveLength(1)
  })
  test('a rectification says what is wrong, and only an objection is against somebody', () => {
    expect(code(() => receive(none, { ...asked, kind: 'rectification' }))).toBe('SUBJECT_REQUEST.INVALID_RECTIFICATION')
    expect(code(() => receive(none, { ...asked, fromAgencyId: 'school' }))).toBe('SUBJECT_REQUEST.INVALID_SCOPE')
    expect(receive(none, { ...asked, kind: 'objection', fromAgencyId: 'school', purpose: 'socialSupport' })).toHaveLength(1)
  })
})

describe('erasure', () => {
  const all = received({ kind: 'erasure' })
  test('GDPR 17(3) says what stays and why; what is kept as a category was not granted', () => {
    expect(code(() => answer(all, fulfilled, free))).toBe('SUBJECT_REQUEST.RETENTION_UNSAID')
    expect(answer(all, { ...fulfilled, retained: [skeleton] }, free)).toMatchObject([{ data: { categories: [...categories] } }])
    const payments = { what: 'payments', category: 'C18' as const, statute: 'FiscalCode-147', until: '2036-12-31' }
    expect(code(() => answer(all, { ...fulfilled, retained: [payments] }, free))).toBe('SUBJECT_REQUEST.NOT_ALL')
    const [event] = answer(all, { ...refused, outcome: 'partly', retained: [payments] }, free)
    expect(event!.data).toMatchObject({ categories: categories.filter(c => c !== 'C18'), retained: [payments] })
  })
  test('waits while somebody is kept safe by what is known; a refusal on other grounds does not', () => {
    const held = { heldForSafety: true, found: [] }
    expect(code(() => answer(all, { ...fulfilled, retained: [skeleton] }, held))).toBe('SUBJECT_REQUEST.WAITS')
    expect(code(() => answer(all, { ...refused, outcome: 'partly', retained: [skeleton], categories: ['C3'] }, held))).toBe(
      'SUBJECT_REQUEST.WAITS',
    )
    expect(answer(all, refused, held)).toHaveLength(1)
  })
  test('that it waits changes nothing in the request: it stands there as any other', () => {
    expect(all).toEqual({ ...received(), received: { ...received().received!, kind: 'erasure' } })
  })
})

describe('asked twice, and over', () => {
  test('received, answered and taken back twice is nothing new', () => {
    expect(receive(received(), asked)).toEqual([])
    const answered = after(received(), answer(received(), fulfilled, free))
    expect(answer(answered, fulfilled, free)).toEqual([])
    const gone = after(received(), withdraw(received(), { by: 'learner' }))
    expect(withdraw(gone, { by: 'learner' })).toEqual([])
  })
  test('GDPR 21 an objection that was upheld is taken back by whoever raised it; one that was not has closed nothing', () => {
    const objection = received({ kind: 'objection' })
    const partly = { ...refused, outcome: 'partly' as const, categories: ['C3' as const] }
    for (const upheld of [fulfilled, partly]) {
      const answered = after(objection, answer(objection, upheld, free))
      const back = withdraw(answered, { by: 'learner' })
      expect(back).toEqual([{ type: 'SubjectRequestWithdrawn', data: { by: 'learner' } }])
      expect(subjectRequest.closes!(answered, back[0]!)).toEqual([])
      expect(withdraw(after(answered, back), { by: 'learner' })).toEqual([])
    }
    const rejected = after(objection, answer(objection, refused, free))
    expect(code(() => withdraw(rejected, { by: 'learner' }))).toBe('SUBJECT_REQUEST.CLOSED')
  })
  test('what is over is over, and what nobody asked is not answered', () => {
    const answered = after(received(), answer(received(), fulfilled, free))
    expect(code(() => receive(received(), { ...asked, kind: 'erasure' }))).toBe('SUBJECT_REQUEST.EXISTS')
    for (const late of [
      () => answer(answered, refused, free),
      () => withdraw(answered, { by: 'learner' }),
      () => extend(answered, 'number', today),
    ])
      expect(code(late)).toBe('SUBJECT_REQUEST.CLOSED')
    expect(code(() => answer(none, fulfilled, free))).toBe('SUBJECT_REQUEST.UNKNOWN')
  })
})

describe('what is denied first, once nobody has to answer any more', () => {
  const withdrawn: SubjectRequestEvent = { type: 'SubjectRequestWithdrawn', data: {} as never }
  const { learnerId, agencyId } = asked

  test('what the agency’s officer knew of the learner to answer them', () => {
    expect(subjectRequest.closes!(received(), withdrawn)).toEqual([{ learnerId, agencyId, purpose: 'audit' }])
  })
  test('of an overdue one, what the region’s officer knew too', () => {
    expect(subjectRequest.closes!({ ...received(), overdue: true }, withdrawn)).toEqual([{ learnerId, purpose: 'audit' }])
  })
})
