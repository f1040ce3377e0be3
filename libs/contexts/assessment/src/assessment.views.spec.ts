import { foldView, type Told } from '@passerelle/testing'
import type { AssessmentEvent } from './assessment.events.js'
import { assessments, skillLevels } from './assessments.view.js'
import { assessedNeeds, priorLearningClaims, strengths } from './findings.view.js'

let events = 0
const told = (event: AssessmentEvent): Told => ({
  streamId: 'assessment-a-1',
  subjectRef: 'l-1',
  eventId: `e-${++events}`,
  occurredAt: '2026-03-01T09:00:00.000Z',
  ...event,
})
const started = told({
  type: 'AssessmentStarted',
  data: {
    assessmentId: 'a-1',
    learnerId: 'l-1',
    kind: 'initial',
    instrument: { code: 'intake', version: '2', licence: 'CC-BY-4.0' },
    mode: 'aiAssisted',
    on: '2026-03-01',
  },
})
const rating = { framework: 'CEFR', frameworkVersion: '2020', skillCode: 'reading' }

test('R-2.1 a self rating and a tested level are two rows, both shown', () => {
  const rows = [
    ...foldView(
      skillLevels,
      told({ type: 'SkillLevelEstablished', data: { ...rating, level: 'B1', evidenceRefs: ['a-1'], confidence: 'tested' } }),
      told({ type: 'SelfAssessmentSubmitted', data: { ...rating, level: 'A2' } }),
    ).values(),
  ]
  expect(rows).toMatchObject([
    { learnerId: 'l-1', assessmentId: 'a-1', level: 'B1', confidence: 'tested' },
    { learnerId: 'l-1', assessmentId: 'a-1', level: 'A2', confidence: 'self' },
  ])
})
test('R-2.2 what a model said is marked until a human validated it, and is then no level', () => {
  const used = told({ type: 'AiDiagnosticUsed', data: { modelVersionId: 'm-1', inputs: ['q1'], output: 'B2' } })
  expect(foldView(assessments, started, used).get('a-1')).toMatchObject({
    unvalidated: true,
    aiProposal: 'B2',
    validatedBy: null,
  })
  const validated = told({ type: 'AssessmentValidated', data: { validator: 'u-1', verdict: 'agree' } })
  expect(foldView(assessments, started, used, validated).get('a-1')).toMatchObject({
    unvalidated: false,
    aiProposal: null,
    aiModel: 'm-1',
    validatedBy: 'u-1',
  })
  expect(foldView(skillLevels, used, validated).size).toBe(0)
})
test('the last count of a scale is shown, each scale for itself', () => {
  const rows = foldView(
    assessments,
    started,
    told({ type: 'AssessmentScored', data: { scale: 'literacy', raw: 12, scorer: 'rule-1' } }),
    told({ type: 'AssessmentScored', data: { scale: 'numeracy', raw: 7, scorer: 'rule-1' } }),
    told({ type: 'AssessmentScored', data: { scale: 'literacy', raw: 13, scorer: 'rule-2' } }),
    told({ type: 'AssessmentCompleted', data: { on: '2026-03-02' } }),
  )
  expect(rows.get('a-1')).toMatchObject({
    status: 'completed',
    completedOn: '2026-03-02',
    scores: [
      { scale: 'numeracy', raw: 7 },
      { scale: 'literacy', raw: 13 },
    ],
  })
})
test('strengths and needs are rows of their own, of their own categories', () => {
  const strong = told({
    type: 'HiddenSkillCaptured',
    data: { findingId: 'f-1', escoSkillUri: 'esco:1', context: 'cooks for six' },
  })
  const needy = told({ type: 'NeedRecorded', data: { findingId: 'f-2', needCode: 'pace', description: 'More time' } })
  expect(foldView(strengths, strong).get('f-1')).toMatchObject({ description: 'cooks for six', hidden: true })
  expect(foldView(assessedNeeds, needy).get('f-2')).toMatchObject({ learnerId: 'l-1', needCode: 'pace' })
  expect(assessedNeeds.columns.needCode.category).toBe('C5')
  expect(assessments.columns.answers.category).toBe('C7')
})
test('a claim that was not recognised says why and until when to appeal, and no more once it is', () => {
  const claimed = told({ type: 'PriorLearningClaimed', data: { claimId: 'c-1', description: 'bakery' } })
  const no = told({ type: 'PriorLearningNotRecognised', data: { claimId: 'c-1', reason: 'no proof', appealUntil: '2026-04-01' } })
  const yes = told({ type: 'PriorLearningRecognised', data: { claimId: 'c-1', recognisedAs: 'unit-3' } })
  expect(foldView(priorLearningClaims, claimed, no).get('c-1')).toMatchObject({ status: 'notRecognised', reason: 'no proof' })
  expect(foldView(priorLearningClaims, claimed, no, yes).get('c-1')).toMatchObject({
    status: 'recognised',
    reason: null,
    appealUntil: null,
  })
})
test('below the full level nothing tells of answers, models, scores or the words of a claim', () => {
  const open = [assessments, skillLevels, strengths, assessedNeeds, priorLearningClaims].flatMap(view =>
    Object.entries(view.columns).flatMap(([name, { from }]) => (from === 'existence' ? [`${view.name}.${name}`] : [])),
  )
  expect(open.filter(name => !/Id$/.test(name))).toEqual(['assessments.status', 'priorLearningClaims.status'])
  for (const name of ['answers', 'scores', 'aiProposal', 'expectedIsced', 'instrumentCode'] as const)
    expect(assessments.columns[name].from).toBe('full')
})
