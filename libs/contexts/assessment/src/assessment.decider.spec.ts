import {
  assessment,
  type Assessment,
  captureHiddenSkill,
  complete,
  establishSkillLevel,
  type EstablishSkillLevel,
  rateOneself,
  recordNeed,
  recordResponse,
  recordStrength,
  score,
  start,
  type StartAssessment,
  stateExpectation,
  useAiDiagnostic,
  validate,
} from './assessment.decider.js'
import type { AssessmentEvent } from './assessment.events.js'
import { claimPriorLearning, recognisePriorLearning, refusePriorLearning } from './prior-learning.decider.js'

const after = (...events: AssessmentEvent[]): Assessment => events.reduce(assessment.evolve, assessment.initial)
const code = (act: () => unknown) => {
  try {
    act()
  } catch (refused) {
    return (refused as { code: string }).code
  }
}

const begin: StartAssessment = {
  assessmentId: 'a-1',
  learnerId: 'l-1',
  kind: 'initial',
  instrument: { code: 'intake', version: '2', licence: 'CC-BY-4.0' },
  mode: 'aiAssisted',
  on: '2026-03-01',
}
const started = start(assessment.initial, begin, {})[0]!
const open = after(started)
const reading: EstablishSkillLevel = {
  framework: 'CEFR',
  frameworkVersion: '2020',
  skillCode: 'reading',
  level: 'B1',
  evidenceRefs: ['a-1'],
  confidence: 'tested',
}
const own = { framework: 'CEFR', frameworkVersion: '2020', skillCode: 'reading', level: 'A2' }
const need = { findingId: 'f-1', needCode: 'reading-pace', description: 'Needs more time for long texts' }
const strength = { findingId: 'f-2', description: 'Explains things well to others' }

describe('starting', () => {
  test('R-2.4 taken again within the instrument’s shortest interval is refused, on its last day it is not', () => {
    const last = { on: '2026-02-15', minimumIntervalDays: 28 }
    expect(code(() => start(assessment.initial, begin, last))).toBe('ASSESSMENT.TOO_SOON')
    expect(start(assessment.initial, { ...begin, on: '2026-03-15' }, last)).toHaveLength(1)
    expect(start(assessment.initial, begin, { on: '2026-02-28' })).toHaveLength(1)
  })
  test('asked twice, nothing new; something else under the same id is refused', () => {
    expect(start(open, begin, { on: '2026-03-01', minimumIntervalDays: 28 })).toEqual([])
    expect(code(() => start(open, { ...begin, kind: 'digital' }, {}))).toBe('ASSESSMENT.EXISTS')
  })
  test('nothing can be said in an assessment that was not started or is completed', () => {
    const acts = (state: Assessment) => [
      () => recordResponse(state, { itemCode: 'q1', answer: '3' }),
      () => score(state, { scale: 's', raw: 1, scorer: 'u-1' }),
      () => useAiDiagnostic(state, { modelVersionId: 'm-1', inputs: [], output: 'B2' }),
      () => validate(state, { validator: 'u-1', verdict: 'agree' }),
      () => rateOneself(state, own),
      () => establishSkillLevel(state, reading),
      () => recordStrength(state, strength),
      () =>
        captureHiddenSkill(state, { findingId: 'f-3', escoSkillUri: 'http://data.europa.eu/esco/skill/1', context: 'at home' }),
      () => recordNeed(state, need),
      () => stateExpectation(state, { expectedHighestIsced: '3', wantsIsced: '5' }),
      () => claimPriorLearning(state, { claimId: 'c-1', description: 'two years in a bakery' }),
    ]
    for (const act of [...acts(assessment.initial), () => complete(assessment.initial, '2026-03-02')])
      expect(code(act)).toBe('ASSESSMENT.UNKNOWN')
    for (const act of acts(after(started, ...complete(open, '2026-03-02')))) expect(code(act)).toBe('ASSESSMENT.COMPLETED')
  })
})

describe('levels', () => {
  test('R-2.1 a level without evidence is refused', () => {
    expect(code(() => establishSkillLevel(open, { ...reading, evidenceRefs: [] }))).toBe('ASSESSMENT.NO_EVIDENCE')
  })
  test('R-2.1 a self rating never takes the place of a tested level: both stand', () => {
    const both = after(started, ...establishSkillLevel(open, reading), ...rateOneself(open, own))
    expect(Object.keys(both.skillLevels)).toEqual(['CEFR|2020|reading|tested', 'CEFR|2020|reading|self'])
    expect(establishSkillLevel(both, reading)).toEqual([])
    expect(rateOneself(both, own)).toEqual([])
  })
  test('R-2.1 levels of two versions of a framework stand beside each other, unconverted', () => {
    const digital = { ...reading, framework: 'DigComp', skillCode: '1.1' }
    const before = establishSkillLevel(open, { ...digital, frameworkVersion: '2.2', level: '5' })
    expect(establishSkillLevel(after(started, ...before), { ...digital, frameworkVersion: '3.0', level: '3' })).toMatchObject([
      { data: { frameworkVersion: '3.0', level: '3' } },
    ])
  })
})

describe('models', () => {
  const used = useAiDiagnostic(open, { modelVersionId: 'm-1', inputs: ['q1'], output: 'B2' })[0]!
  const proposed = after(started, used)
  test('R-2.2 nothing rests on what a model said until a human has validated it', () => {
    expect(proposed.unvalidated).toBe(true)
    expect(code(() => establishSkillLevel(proposed, reading))).toBe('ASSESSMENT.UNVALIDATED')
    expect(code(() => complete(proposed, '2026-03-02'))).toBe('ASSESSMENT.UNVALIDATED')
    const validated = after(started, used, ...validate(proposed, { validator: 'u-1', verdict: 'agree' }))
    expect(establishSkillLevel(validated, reading)).toHaveLength(1)
    expect(complete(validated, '2026-03-02')).toHaveLength(1)
  })
  test('R-2.2 who decides otherwise than the model says why; said once', () => {
    expect(code(() => validate(proposed, { validator: 'u-1', verdict: 'override', reason: '' }))).toBe('ASSESSMENT.NO_REASON')
    const [event] = validate(proposed, { validator: 'u-1', verdict: 'override', reason: 'Read aloud without trouble' })
    expect(validate(after(started, used, event!), { validator: 'u-2', verdict: 'agree' })).toEqual([])
  })
  test('R-2.2 a model that speaks again is a proposal again', () => {
    const validated = after(started, used, ...validate(proposed, { validator: 'u-1', verdict: 'agree' }))
    const again = useAiDiagnostic(validated, { modelVersionId: 'm-1', inputs: ['q2'], output: 'C1' })
    expect(again.reduce(assessment.evolve, validated).unvalidated).toBe(true)
  })
  test('a model takes no part in an assessment that was not announced as such', () => {
    const byHand = after(...start(assessment.initial, { ...begin, mode: 'human' }, {}))
    expect(code(() => useAiDiagnostic(byHand, { modelVersionId: 'm-1', inputs: [], output: 'B2' }))).toBe(
      'ASSESSMENT.NOT_AI_ASSISTED',
    )
  })
})

describe('findings', () => {
  test('R-2.5 an assessment that names needs and no strength cannot be completed', () => {
    const needy = after(started, ...recordNeed(open, need))
    expect(code(() => complete(needy, '2026-03-02'))).toBe('ASSESSMENT.NO_STRENGTHS')
    const both = after(started, ...recordNeed(open, need), ...recordStrength(open, strength))
    expect(complete(both, '2026-03-02')).toEqual([{ type: 'AssessmentCompleted', data: { on: '2026-03-02' } }])
  })
  test('R-2.5 a skill that no certificate shows is a strength', () => {
    const hidden = { findingId: 'f-3', escoSkillUri: 'http://data.europa.eu/esco/skill/1', context: 'cooks for the family' }
    const state = after(started, ...recordNeed(open, need), ...captureHiddenSkill(open, hidden))
    expect(complete(state, '2026-03-02')).toHaveLength(1)
  })
  test('a finding is recorded once; another under its id is refused', () => {
    const known = after(started, ...recordStrength(open, strength))
    expect(recordStrength(known, strength)).toEqual([])
    expect(code(() => recordStrength(known, { ...strength, description: 'Sings' }))).toBe('ASSESSMENT.FINDING_EXISTS')
    expect(code(() => recordNeed(known, { ...need, findingId: 'f-2' }))).toBe('ASSESSMENT.FINDING_EXISTS')
  })
  test('answers stand: the same again is nothing new, another is refused', () => {
    const answered = after(started, ...recordResponse(open, { itemCode: 'q1', answer: '3' }))
    expect(recordResponse(answered, { itemCode: 'q1', answer: '3' })).toEqual([])
    expect(code(() => recordResponse(answered, { itemCode: 'q1', answer: '4' }))).toBe('ASSESSMENT.ANSWERED')
  })
  test('the same score and the same expectation are nothing new; others are', () => {
    const counted = { scale: 'literacy', raw: 12, scorer: 'rule-1' }
    const wish = { expectedHighestIsced: '3', wantsIsced: '5' }
    const state = after(started, ...score(open, counted), ...stateExpectation(open, wish))
    expect([...score(state, counted), ...stateExpectation(state, wish)]).toEqual([])
    expect([...score(state, { ...counted, raw: 13 }), ...stateExpectation(state, { ...wish, wantsIsced: '6' })]).toHaveLength(2)
  })
  test('it is completed once, and not before it began', () => {
    expect(code(() => complete(open, '2026-02-28'))).toBe('ASSESSMENT.BEFORE_START')
    expect(complete(after(started, ...complete(open, '2026-03-02')), '2026-03-05')).toEqual([])
  })
})

describe('prior learning', () => {
  const claim = { claimId: 'c-1', description: 'two years in a bakery' }
  const claimed = after(started, ...claimPriorLearning(open, claim))
  const no = { claimId: 'c-1', reason: 'Nothing shows it yet', appealUntil: '2026-04-01' }
  test('what nobody claimed is neither recognised nor refused', () => {
    expect(code(() => recognisePriorLearning(open, { claimId: 'c-1', recognisedAs: 'unit-3' }))).toBe('ASSESSMENT.NO_CLAIM')
    expect(code(() => refusePriorLearning(open, no, '2026-03-15'))).toBe('ASSESSMENT.NO_CLAIM')
  })
  test('a refusal leaves time to appeal, and can be turned into recognition but not the other way', () => {
    expect(code(() => refusePriorLearning(claimed, { ...no, appealUntil: '2026-03-14' }, '2026-03-15'))).toBe(
      'ASSESSMENT.APPEAL_TOO_SHORT',
    )
    const refused = refusePriorLearning(claimed, no, '2026-03-15').reduce(assessment.evolve, claimed)
    expect(refusePriorLearning(refused, no, '2026-03-15')).toEqual([])
    const recognised = recognisePriorLearning(refused, { claimId: 'c-1', recognisedAs: 'unit-3' }).reduce(
      assessment.evolve,
      refused,
    )
    expect(recognisePriorLearning(recognised, { claimId: 'c-1', recognisedAs: 'unit-3' })).toEqual([])
    expect(code(() => refusePriorLearning(recognised, no, '2026-03-15'))).toBe('ASSESSMENT.RECOGNISED')
  })
  test('claimed twice, nothing new; it is answered also after the assessment is completed', () => {
    expect(claimPriorLearning(claimed, claim)).toEqual([])
    expect(code(() => claimPriorLearning(claimed, { ...claim, description: 'something else' }))).toBe('ASSESSMENT.CLAIM_EXISTS')
    const completed = complete(claimed, '2026-03-02').reduce(assessment.evolve, claimed)
    expect(recognisePriorLearning(completed, { claimId: 'c-1', recognisedAs: 'unit-3' })).toHaveLength(1)
  })
})
