import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, uri, day, num, text, list, personal, oneOf, optional, record } = fields

export const assessmentKinds = [
  'initial',
  'basicSkills',
  'digital',
  'language',
  'priorLearning',
  'workExperience',
  'motivation',
  'supportNeed',
  'self',
  'labourExpectation',
] as const

export const assessmentEvents = defineEvents('assessment', {
  AssessmentStarted: v1({
    assessmentId: id,
    learnerId: id,
    kind: oneOf(assessmentKinds),
    instrument: record({ code, version: code, licence: code }),
    mode: oneOf(['human', 'digital', 'aiAssisted']),
    on: day,
  }),
  /** Answers to single items are screening data, whatever the instrument. */
  ItemResponseRecorded: v1({ itemCode: code, answer: personal('C7', text) }),
  AssessmentScored: v1({ scale: code, raw: personal('C4', num), derived: optional(personal('C4', num)), scorer: code }),
  /** What a model said is a proposal until a human validates it. */
  AiDiagnosticUsed: v1({ modelVersionId: code, inputs: list(code), output: personal('C4', text) }),
  /** How the learner rates themself: one voice beside the others, never in place of a tested level. */
  SelfAssessmentSubmitted: v1({
    framework: code,
    frameworkVersion: code,
    skillCode: code,
    level: personal('C4', code),
    remark: optional(personal('C4', text)),
  }),
  StrengthRecorded: v1({ findingId: id, description: personal('C4', text), escoSkillUri: optional(personal('C4', uri)) }),
  /** What the learner needs in order to learn, in words of function. */
  NeedRecorded: v1({ findingId: id, needCode: personal('C5', code), description: personal('C5', text) }),
  AssessmentValidated: v1({ validator: id, verdict: oneOf(['agree', 'override']), reason: optional(personal('C4', text)) }),
  /** a level comes with its evidence and how sure it is. Never converted between versions of a framework. */
  SkillLevelEstablished: v1({
    framework: code,
    frameworkVersion: code,
    skillCode: code,
    level: personal('C4', code),
    evidenceRefs: list(id),
    confidence: oneOf(['self', 'observed', 'tested', 'certified']),
  }),
  PriorLearningClaimed: v1({ claimId: id, description: personal('C4', text) }),
  PriorLearningRecognised: v1({ claimId: id, recognisedAs: code }),
  PriorLearningNotRecognised: v1({ claimId: id, reason: personal('C4', text), appealUntil: day }),
  /** ISCED 2011 levels (PISA brief: a drop in expectation starts a conversation). */
  ExpectationStated: v1({ expectedHighestIsced: personal('C4', code), wantsIsced: personal('C4', code) }),
  HiddenSkillCaptured: v1({ findingId: id, escoSkillUri: personal('C4', uri), context: personal('C4', text) }),
  AssessmentCompleted: v1({ on: day }),
})
export type AssessmentEvent = EventOf<typeof assessmentEvents>
