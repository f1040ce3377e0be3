import { correctDiagnosis, diagnosis, recordDiagnosis, refute } from './diagnosis.decider.js'
import { agreeAccommodation, end, identify, type IdentifyNeed, revise, supportNeed } from './support-need.decider.js'

const need: IdentifyNeed = {
  needId: 'n-1',
  learnerId: 'l-1',
  needCode: 'reading',
  instruction: '25 % extra time',
  description: 'Reads slowly',
  source: 'health',
}
const open = supportNeed.evolve(supportNeed.initial, identify(supportNeed.initial, need)[0]!)
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('a need', () => {
  test('is coded by function: a code that names an illness is refused, and not repeated', () => {
    for (const needCode of ['F81.0', 'F90', '6A05.1', 'icd-10:F81', 'SNOMED:59770006', 'DSM-5/315.00']) {
      const act = () => identify(supportNeed.initial, { ...need, needCode })
      expect(code(act)).toBe('SUPPORT.DIAGNOSIS')
      expect(act).toThrow(expect.objectContaining({ which: {} }))
    }
    for (const needCode of ['reading', 'extraTime', 'icf:d166', 'd166', 'b1400', 'quiet-room'])
      expect(identify(supportNeed.initial, { ...need, needCode })).toHaveLength(1)
  })
  const accommodation = { accommodationId: 'a-1', code: 'extraTime', settings: 'quiet room', contexts: ['exam'] } as never
  test('cannot be revised, accommodated or ended before it is identified', () => {
    for (const act of [
      () => revise(supportNeed.initial, { instruction: 'x', description: 'y', reason: 'z' }),
      () => agreeAccommodation(supportNeed.initial, accommodation),
      () => end(supportNeed.initial, 'met'),
    ])
      expect(code(act)).toBe('SUPPORT.UNKNOWN')
  })
  test('identified, revised, accommodated and ended twice as it is, nothing new', () => {
    expect(identify(open, need)).toEqual([])
    expect(code(() => identify(open, { ...need, instruction: 'other' }))).toBe('SUPPORT.EXISTS')
    expect(
      revise(open, { instruction: need.instruction as string, description: need.description as string, reason: 'x' }),
    ).toEqual([])
    const agreed = supportNeed.evolve(open, agreeAccommodation(open, accommodation)[0]!)
    expect(agreeAccommodation(agreed, accommodation)).toEqual([])
    expect(code(() => agreeAccommodation(agreed, { ...(accommodation as object), settings: 'other' } as never))).toBe(
      'SUPPORT.ACCOMMODATION_EXISTS',
    )
    const ended = supportNeed.evolve(agreed, end(agreed, 'met')[0]!)
    expect(end(ended, 'met')).toEqual([])
    expect(code(() => revise(ended, { instruction: 'x', description: 'y', reason: 'z' }))).toBe('SUPPORT.ENDED')
  })
  test('an accommodation holds somewhere', () => {
    expect(code(() => agreeAccommodation(open, { ...(accommodation as object), contexts: [] } as never))).toBe(
      'SUPPORT.NO_CONTEXT',
    )
  })
})

describe('a diagnosis', () => {
  const command = { diagnosisId: 'd-1', learnerId: 'l-1', code: 'F81.0', description: 'Reading disorder' }
  const recorded = diagnosis.evolve(diagnosis.initial, { ...recordDiagnosis(diagnosis.initial, command)[0]!, eventId: 'e-1' })
  const correction = { reason: 'retested', code: 'F81.1', description: 'Spelling disorder' }
  test('R-0.2 is recorded once, and corrected by an event that names what it corrects', () => {
    expect(recordDiagnosis(recorded, command)).toEqual([])
    expect(code(() => recordDiagnosis(recorded, { ...command, code: 'F90.0' }))).toBe('DIAGNOSIS.EXISTS')
    expect(code(() => correctDiagnosis(diagnosis.initial, correction))).toBe('DIAGNOSIS.UNKNOWN')
    expect(correctDiagnosis(recorded, correction)).toMatchObject([{ data: { correctsEventId: 'e-1' } }])
    expect(code(() => correctDiagnosis(recorded, { ...correction, correctsEventId: 'e-9' }))).toBe('CORRECTION.UNKNOWN_EVENT')
    expect(correctDiagnosis(recorded, { ...correction, code: command.code, description: command.description })).toEqual([])
  })
  test('can be refuted, once', () => {
    expect(code(() => refute(diagnosis.initial, 'mistaken'))).toBe('DIAGNOSIS.UNKNOWN')
    expect(refute(diagnosis.evolve(recorded, refute(recorded, 'mistaken')[0]!), 'mistaken')).toEqual([])
  })
})
