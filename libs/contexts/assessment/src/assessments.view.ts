import { column, defineView } from '@passerelle/projections'
import { idOfStream, type Recorded } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import type { Assessment, AssessmentKind, Confidence } from './assessment.decider.js'
import { type AssessmentEvent, assessmentEvents } from './assessment.events.js'

type Score = { readonly scale: string; readonly raw: number | Erased; readonly derived?: number | Erased }

/** What was assessed, how, and with what result. */
export const assessments = defineView('assessments', {
  from: [assessmentEvents],
  category: 'C4',
  description: 'An assessment of skills, motivation or needs, by a human or with the help of tools.',
  columns: {
    assessmentId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<Assessment['status']>('code', { from: 'existence', description: 'open or completed' }),
    kind: column<AssessmentKind>('code', { from: 'summary' }),
    mode: column<'human' | 'digital' | 'aiAssisted'>('code', { from: 'summary' }),
    unvalidated: column('bool', {
      from: 'summary',
      description: 'A model had its say and no human has validated it: nothing may rest on it (R-2.2).',
    }),
    startedOn: column('day', { from: 'summary' }),
    completedOn: column('day', { from: 'summary' }),
    instrumentCode: column('code'),
    instrumentVersion: column('code'),
    scores: column<readonly Score[]>('json', { description: '[{ scale, raw, derived? }], as far as they were counted.' }),
    aiProposal: column<string>('text', { description: 'What a model said, as long as no human has validated it.' }),
    aiModel: column('code', { description: 'Version of the model that took part.' }),
    validatedBy: column('id'),
    expectedIsced: column('code', { description: 'Highest ISCED 2011 level that the learner expects to reach.' }),
    wantsIsced: column('code'),
    answers: column<readonly { readonly itemCode: string; readonly answer: string | Erased }[]>('json', {
      category: 'C7',
      description: 'Answers to single items: screening data, whatever the instrument.',
    }),
  },
  on: {
    AssessmentStarted: ({ data }) => ({
      assessmentId: data.assessmentId,
      learnerId: data.learnerId,
      status: 'open',
      kind: data.kind,
      mode: data.mode,
      unvalidated: false,
      startedOn: data.on,
      instrumentCode: data.instrument.code,
      instrumentVersion: data.instrument.version,
    }),
    ItemResponseRecorded: ({ data }, row) => ({ answers: [...(row?.answers ?? []), data] }),
    AssessmentScored: ({ data: { scorer: _, ...score } }, row) => ({
      scores: [...(row?.scores ?? []).filter(({ scale }) => scale !== score.scale), score],
    }),
    AiDiagnosticUsed: ({ data }) => ({
      unvalidated: true,
      aiProposal: data.output,
      aiModel: data.modelVersionId,
      validatedBy: null,
    }),
    AssessmentValidated: ({ data }) => ({ unvalidated: false, aiProposal: null, validatedBy: data.validator }),
    ExpectationStated: ({ data }) => ({ expectedIsced: data.expectedHighestIsced, wantsIsced: data.wantsIsced }),
    AssessmentCompleted: ({ data }) => ({ status: 'completed', completedOn: data.on }),
  },
})

/**
 * Every level that anybody established, and the learner's own ratings: a row each, none in place of another. The key
 * tells nothing of the skill.
 */
export const skillLevels = defineView('skillLevels', {
  from: [assessmentEvents],
  category: 'C4',
  description: 'A level of a skill: in which framework, how sure it is, and on what evidence.',
  columns: {
    levelId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    assessmentId: column('id', { from: 'summary' }),
    framework: column('code', { from: 'summary' }),
    frameworkVersion: column('code', { from: 'summary', description: 'Levels of different versions are never converted.' }),
    skillCode: column('code', { from: 'summary' }),
    level: column('code', { from: 'summary' }),
    confidence: column<Confidence>('code', { from: 'summary', description: 'self, observed, tested or certified' }),
    since: column('instant', { from: 'summary' }),
    evidenceRefs: column('texts'),
    remark: column('text'),
  },
  on: {
    SelfAssessmentSubmitted: {
      rows: levelRow,
      fold: (event, _, levelId) => ({ levelId, ...placeOf(event), ...event.data, confidence: 'self', since: event.occurredAt }),
    },
    SkillLevelEstablished: {
      rows: levelRow,
      fold: (event, _, levelId) => ({ levelId, ...placeOf(event), ...event.data, since: event.occurredAt }),
    },
  },
})

type Any = Recorded<AssessmentEvent>
function levelRow({ eventId }: Any): string[] {
  return [eventId]
}
export function placeOf({ streamId, subjectRef }: Any): { assessmentId: string; learnerId: string } {
  return { assessmentId: idOfStream(streamId), learnerId: subjectRef! }
}
