import { addDays, type Decider, Refused, sameValue } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { type AssessmentEvent, assessmentEvents, type assessmentKinds } from './assessment.events.js'

export type AssessmentKind = (typeof assessmentKinds)[number]
export type Confidence = 'self' | 'observed' | 'tested' | 'certified'
type DataOf<T extends AssessmentEvent['type']> = Extract<AssessmentEvent, { type: T }>['data']

export interface Assessment {
  readonly status: 'none' | 'open' | 'completed'
  readonly started?: DataOf<'AssessmentStarted'>
  /** What a model said and no human has validated yet: a proposal, on which nothing may rest. */
  readonly unvalidated: boolean
  readonly answers: Readonly<Record<string, string | Erased>>
  readonly scales: Readonly<Record<string, DataOf<'AssessmentScored'>>>
  readonly strengths: Readonly<Record<string, unknown>>
  readonly needs: Readonly<Record<string, unknown>>
  /** By framework, version, skill and confidence: a self rating and a tested level stand beside each other. */
  readonly skillLevels: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, 'claimed' | 'recognised' | 'notRecognised'>>
  /** As they were claimed, by id. */
  readonly claimed: Readonly<Record<string, unknown>>
  readonly expectation?: unknown
}

export type StartAssessment = DataOf<'AssessmentStarted'>
/** When this learner last took the instrument, and how long it asks to wait before it says anything again. */
export interface LastTaken {
  readonly on?: string
  readonly minimumIntervalDays?: number
}

export function start(assessment: Assessment, command: StartAssessment, last: LastTaken): AssessmentEvent[] {
  if (assessment.started) {
    if (sameValue(assessment.started, command)) return []
    throw new Refused('ASSESSMENT.EXISTS', 'An assessment has this id already.', 'Start it with another id.', {
      assessmentId: command.assessmentId,
    })
  }
  const from = last.on && addDays(last.on, last.minimumIntervalDays ?? 0)
  if (from && command.on < from)
    throw new Refused(
      'ASSESSMENT.TOO_SOON',
      'Taken again so soon, the instrument measures practice.',
      'Wait, or choose another instrument.',
      { instrument: command.instrument.code, from },
    )
  return [{ type: 'AssessmentStarted', data: command }]
}

export function recordResponse(assessment: Assessment, command: { itemCode: string; answer: string }): AssessmentEvent[] {
  refuseNotOpen(assessment)
  const { itemCode, answer } = command
  if (assessment.answers[itemCode] === answer) return []
  if (itemCode in assessment.answers)
    throw new Refused('ASSESSMENT.ANSWERED', 'This item was answered otherwise.', 'Answers stand; start another assessment.', {
      itemCode,
    })
  return [{ type: 'ItemResponseRecorded', data: { itemCode, answer } }]
}

export interface Score {
  readonly scale: string
  readonly raw: number
  readonly derived?: number
  /** Who or what counted: a person's id, or the code and version of a scoring rule. */
  readonly scorer: string
}
export function score(assessment: Assessment, command: Score): AssessmentEvent[] {
  refuseNotOpen(assessment)
  return sameValue(assessment.scales[command.scale], command) ? [] : [{ type: 'AssessmentScored', data: command }]
}

/** what a model said is kept as what it is, a proposal. */
export function useAiDiagnostic(
  assessment: Assessment,
  command: { modelVersionId: string; inputs: readonly string[]; output: string },
): AssessmentEvent[] {
  refuseNotOpen(assessment)
  if (assessment.started!.mode !== 'aiAssisted')
    throw new Refused(
      'ASSESSMENT.NOT_AI_ASSISTED',
      'This assessment was not announced as one in which a model takes part.',
      'Start one that says so.',
    )
  return [{ type: 'AiDiagnosticUsed', data: { ...command, inputs: [...command.inputs] } }]
}

export type Verdict =
  { readonly verdict: 'agree'; readonly reason?: string } | { readonly verdict: 'override'; readonly reason: string }
/** a human has looked at what the model said, and stands for it or says otherwise. */
export function validate(assessment: Assessment, command: { validator: string } & Verdict): AssessmentEvent[] {
  refuseNotOpen(assessment)
  if (!assessment.unvalidated) return []
  const { validator, verdict, reason } = command
  if (verdict === 'override' && !reason)
    throw new Refused('ASSESSMENT.NO_REASON', 'Who decides otherwise than the model says why.', 'Name the reason.')
  return [{ type: 'AssessmentValidated', data: { validator, verdict, ...(reason && { reason }) } }]
}

export interface SkillRating {
  readonly framework: string
  /** Kept as it is: a level is never converted to another version of the framework. */
  readonly frameworkVersion: string
  readonly skillCode: string
  readonly level: string
}
/** the learner's own rating, beside whatever else is known. */
export function rateOneself(assessment: Assessment, command: SkillRating & { remark?: string }): AssessmentEvent[] {
  refuseNotOpen(assessment)
  if (sameValue(assessment.skillLevels[keyOf(command, 'self')], command)) return []
  return [{ type: 'SelfAssessmentSubmitted', data: command }]
}

export interface EstablishSkillLevel extends SkillRating {
  readonly evidenceRefs: readonly string[]
  readonly confidence: Exclude<Confidence, 'self'>
}
/** with its evidence and how sure it is. */
export function establishSkillLevel(assessment: Assessment, command: EstablishSkillLevel): AssessmentEvent[] {
  refuseNotOpen(assessment)
  if (sameValue(assessment.skillLevels[keyOf(command, command.confidence)], command)) return []
  if (command.evidenceRefs.length === 0)
    throw new Refused('ASSESSMENT.NO_EVIDENCE', 'A level comes with its evidence.', 'Name what it was seen in.', {
      skillCode: command.skillCode,
    })
  refuseUnvalidated(assessment)
  return [{ type: 'SkillLevelEstablished', data: { ...command, evidenceRefs: [...command.evidenceRefs] } }]
}

export type RecordStrength = { readonly findingId: string; readonly description: string; readonly escoSkillUri?: string }
export function recordStrength(assessment: Assessment, command: RecordStrength): AssessmentEvent[] {
  return once(assessment, assessment.strengths, command.findingId, { type: 'StrengthRecorded', data: command })
}

export type CaptureHiddenSkill = { readonly findingId: string; readonly escoSkillUri: string; readonly context: string }
/** Learnt at home, at work, in a club, and on no certificate: a strength like any other. */
export function captureHiddenSkill(assessment: Assessment, command: CaptureHiddenSkill): AssessmentEvent[] {
  return once(assessment, assessment.strengths, command.findingId, { type: 'HiddenSkillCaptured', data: command })
}

export type RecordNeed = { readonly findingId: string; readonly needCode: string; readonly description: string }
export function recordNeed(assessment: Assessment, command: RecordNeed): AssessmentEvent[] {
  return once(assessment, assessment.needs, command.findingId, { type: 'NeedRecorded', data: command })
}

export function stateExpectation(
  assessment: Assessment,
  command: { expectedHighestIsced: string; wantsIsced: string },
): AssessmentEvent[] {
  refuseNotOpen(assessment)
  return sameValue(assessment.expectation, command) ? [] : [{ type: 'ExpectationStated', data: command }]
}

/** strengths first, R-2.2 no proposal of a model left undecided. */
export function complete(assessment: Assessment, on: string): AssessmentEvent[] {
  if (assessment.status === 'completed') return []
  refuseNotOpen(assessment)
  refuseUnvalidated(assessment)
  if (Object.keys(assessment.needs).length > 0 && Object.keys(assessment.strengths).length === 0)
    throw new Refused(
      'ASSESSMENT.NO_STRENGTHS',
      'It names needs and no strength.',
      'Find out what the learner is good at, and record it.',
    )
  if (on < assessment.started!.on)
    throw new Refused('ASSESSMENT.BEFORE_START', 'It would be completed before it began.', 'Correct the day.', { on })
  return [{ type: 'AssessmentCompleted', data: { on } }]
}

export const assessment: Decider<Assessment, AssessmentEvent> = {
  events: assessmentEvents,
  initial: {
    status: 'none',
    unvalidated: false,
    answers: {},
    scales: {},
    strengths: {},
    needs: {},
    skillLevels: {},
    claims: {},
    claimed: {},
  },
  subject: state => state.started?.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'AssessmentStarted':
        return { ...state, status: 'open', started: event.data }
      case 'ItemResponseRecorded':
        return { ...state, answers: { ...state.answers, [event.data.itemCode]: event.data.answer } }
      case 'AssessmentScored':
        return { ...state, scales: { ...state.scales, [event.data.scale]: event.data } }
      case 'AiDiagnosticUsed':
        return { ...state, unvalidated: true }
      case 'AssessmentValidated':
        return { ...state, unvalidated: false }
      case 'SelfAssessmentSubmitted':
        return { ...state, skillLevels: { ...state.skillLevels, [keyOf(event.data, 'self')]: event.data } }
      case 'SkillLevelEstablished':
        return { ...state, skillLevels: { ...state.skillLevels, [keyOf(event.data, event.data.confidence)]: event.data } }
      case 'StrengthRecorded':
      case 'HiddenSkillCaptured':
        return { ...state, strengths: { ...state.strengths, [event.data.findingId]: event.data } }
      case 'NeedRecorded':
        return { ...state, needs: { ...state.needs, [event.data.findingId]: event.data } }
      case 'PriorLearningClaimed':
        return {
          ...state,
          claims: { ...state.claims, [event.data.claimId]: 'claimed' },
          claimed: { ...state.claimed, [event.data.claimId]: event.data },
        }
      case 'PriorLearningRecognised':
        return { ...state, claims: { ...state.claims, [event.data.claimId]: 'recognised' } }
      case 'PriorLearningNotRecognised':
        return { ...state, claims: { ...state.claims, [event.data.claimId]: 'notRecognised' } }
      case 'ExpectationStated':
        return { ...state, expectation: event.data }
      case 'AssessmentCompleted':
        return { ...state, status: 'completed' }
    }
  },
}

const keyOf = (skill: Omit<SkillRating, 'level'>, confidence: Confidence) =>
  [skill.framework, skill.frameworkVersion, skill.skillCode, confidence].join('|')

/** A finding is recorded once; another under its id is refused, not merged. */
function once(
  assessment: Assessment,
  known: Readonly<Record<string, unknown>>,
  findingId: string,
  event: AssessmentEvent,
): AssessmentEvent[] {
  refuseNotOpen(assessment)
  if (sameValue(known[findingId], event.data)) return []
  if (findingId in assessment.strengths || findingId in assessment.needs)
    throw new Refused('ASSESSMENT.FINDING_EXISTS', 'A finding has this id already.', 'Record it with another id.', { findingId })
  return [event]
}

export function refuseNotOpen(assessment: Assessment): void {
  if (assessment.status === 'none') throw new Refused('ASSESSMENT.UNKNOWN', 'There is no such assessment.', 'Start it first.')
  if (assessment.status === 'completed')
    throw new Refused('ASSESSMENT.COMPLETED', 'This assessment is completed.', 'Start another one.')
}
function refuseUnvalidated(assessment: Assessment): void {
  if (assessment.unvalidated)
    throw new Refused(
      'ASSESSMENT.UNVALIDATED',
      'What a model said here is a proposal that no human has validated.',
      'Validate it, in agreement or otherwise.',
    )
}
