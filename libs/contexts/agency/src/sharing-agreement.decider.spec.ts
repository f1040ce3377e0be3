import type { SharingAgreementEvent } from './sharing-agreement.events.js'
import {
  draft,
  type DraftSharingAgreement,
  end,
  endOnLastDay,
  sharingAgreement,
  type SharingAgreement,
  sign,
} from './sharing-agreement.decider.js'

const text: DraftSharingAgreement = {
  agreementId: 'a-1',
  kind: 'jointControllers',
  agencyIds: ['school', 'social'],
  purposes: ['caseCoordination'],
  categories: ['C1', 'C2'],
  statute: 'FR-L131-8',
  validFrom: '2026-01-01',
  validUntil: '2027-01-01',
}
const today = '2026-03-01'
const after = (...events: SharingAgreementEvent[]): SharingAgreement =>
  events.reduce((s, e) => sharingAgreement.evolve(s, e), sharingAgreement.initial)
const drafted = after(...draft(sharingAgreement.initial, text))
const half = sign(drafted, 'school', today).reduce(sharingAgreement.evolve, drafted)
const inForce = sign(half, 'social', today).reduce(sharingAgreement.evolve, half)
const ended = end(inForce, 'unlawful').reduce(sharingAgreement.evolve, inForce)
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('drafting a sharing agreement', () => {
  test('one party, no purpose, no category, or an end before its beginning is refused', () => {
    for (const [change, refusal] of [
      [{ agencyIds: ['school', 'school'] }, 'AGREEMENT.INVALID_PARTIES'],
      [{ purposes: [] }, 'AGREEMENT.INVALID_SCOPE'],
      [{ categories: [] }, 'AGREEMENT.INVALID_SCOPE'],
      [{ validUntil: '2026-01-01' }, 'AGREEMENT.INVALID_PERIOD'],
    ] as const)
      expect(code(() => draft(sharingAgreement.initial, { ...text, ...change }))).toBe(refusal)
  })
  test('safeguarding and signals are never shared by agreement', () => {
    for (const category of ['C10', 'C16'] as const)
      expect(code(() => draft(sharingAgreement.initial, { ...text, categories: ['C2', category] }))).toBe(
        'AGREEMENT.INVALID_CATEGORY',
      )
  })
  test('what was drafted is not changed; the same again is nothing new', () => {
    expect(code(() => draft(drafted, { ...text, categories: ['C1', 'C2', 'C6'] }))).toBe('AGREEMENT.EXISTS')
    expect(draft(drafted, text)).toEqual([])
  })
})

describe('signing and ending', () => {
  test('who is no party does not sign, and nobody signs what is over or was never drafted', () => {
    expect(code(() => sign(sharingAgreement.initial, 'school', today))).toBe('AGREEMENT.UNKNOWN')
    expect(code(() => sign(drafted, 'employer', today))).toBe('AGREEMENT.NOT_A_PARTY')
    expect(code(() => sign(drafted, 'school', '2027-01-01'))).toBe('AGREEMENT.OVER')
    const over = end(half, 'late').reduce(sharingAgreement.evolve, half)
    expect(code(() => sign(over, 'social', today))).toBe('AGREEMENT.OVER')
    expect(code(() => end(sharingAgreement.initial, 'x'))).toBe('AGREEMENT.UNKNOWN')
  })
  test('it is in force only once every party has signed', () => {
    expect(half.status).toBe('drafted')
    expect(sign(half, 'social', today).map(e => e.type)).toEqual(['SharingAgreementSigned', 'SharingAgreementEnteredIntoForce'])
    expect(inForce.status).toBe('inForce')
  })
  test('signed or ended twice, nothing new', () => {
    expect(sign(half, 'school', today)).toEqual([])
    expect(sign(inForce, 'social', today)).toEqual([])
    expect(end(ended, 'again')).toEqual([])
  })
  test('any party ends it, also before all have signed', () => {
    expect(end(half, 'objection')).toHaveLength(1)
    expect(ended.status).toBe('ended')
  })
})

describe('joint controllers and processors', () => {
  const processing = { ...text, kind: 'processor', processorAgencyIds: ['social'] } as const
  test('which of the two it is, and who acts for whom, is recorded (GDPR 26, 28)', () => {
    expect(draft(sharingAgreement.initial, text)).toMatchObject([{ data: { kind: 'jointControllers' } }])
    expect(draft(sharingAgreement.initial, processing)).toMatchObject([
      { data: { kind: 'processor', processorAgencyIds: ['social'] } },
    ])
  })
  test('a processor is a party, acts for somebody, and is no joint controller', () => {
    for (const change of [
      { processorAgencyIds: [] },
      { processorAgencyIds: ['school', 'social'] },
      { processorAgencyIds: ['clinic'] },
      { kind: 'jointControllers' },
    ] as const)
      expect(code(() => draft(sharingAgreement.initial, { ...processing, ...change }))).toBe('AGREEMENT.INVALID_PROCESSOR')
  })
  test('drafted as the other kind under the same id it is another agreement', () => {
    expect(draft(drafted, text)).toEqual([])
    expect(code(() => draft(drafted, processing))).toBe('AGREEMENT.EXISTS')
  })
})

describe('the last day of an agreement', () => {
  test('ends it on the day on which it holds no more, once, in force or never signed', () => {
    expect(endOnLastDay(inForce, '2026-12-31')).toEqual([])
    for (const state of [drafted, inForce])
      expect(endOnLastDay(state, '2027-01-01')).toEqual([{ type: 'SharingAgreementEnded', data: { reason: 'lastDay' } }])
    expect(endOnLastDay(ended, '2027-01-01')).toEqual([])
    expect(endOnLastDay(sharingAgreement.initial, '2027-01-01')).toEqual([])
  })
})
