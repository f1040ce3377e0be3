import { column, defineView } from '@passerelle/projections'
import { diagnosisEvents } from './diagnosis.events.js'
import { supportNeedEvents } from './support-need.events.js'

/** Function, not diagnosis. The summary is what to do about it; what it is about takes the full level. */
export const supportNeeds = defineView('supportNeeds', {
  from: [supportNeedEvents],
  category: 'C5',
  description: 'What a learner requires in order to learn, in words of function.',
  columns: {
    needId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<'open' | 'ended'>('code', { from: 'existence' }),
    instruction: column('text', { from: 'summary', description: 'What a teacher does about it.' }),
    description: column('text'),
    needCode: column('code'),
    source: column('code', { description: 'Which sector identified it.' }),
  },
  on: {
    NeedIdentified: ({ data }) => ({ ...data, status: 'open' }),
    NeedRevised: ({ data }) => ({ instruction: data.instruction, description: data.description }),
    NeedEnded: _ => ({ status: 'ended' }),
  },
})

export const accommodations = defineView('accommodations', {
  from: [supportNeedEvents],
  category: 'C5',
  description: 'A setting that answers a need.',
  columns: {
    accommodationId: column('id', { key: true, from: 'summary' }),
    learnerId: column('id', { subject: true, from: 'summary' }),
    needId: column('id', { from: 'summary' }),
    code: column('code'),
    settings: column('text', { from: 'summary' }),
    contexts: column('texts', { from: 'summary', description: 'exam, class or workplace' }),
    validUntil: column('day', { from: 'summary' }),
  },
  on: {
    AccommodationAgreed: {
      rows: ({ data }) => [data.accommodationId],
      fold: ({ data, streamId, subjectRef }) => ({
        ...data,
        learnerId: subjectRef!,
        needId: streamId.slice('supportNeed-'.length),
      }),
    },
  },
})

/** Health's own record (C6): every column takes the full level, so that nobody else learns that there is one. */
export const diagnoses = defineView('diagnoses', {
  from: [diagnosisEvents],
  category: 'C6',
  description: 'A diagnosis, as health recorded it.',
  columns: {
    diagnosisId: column('id', { key: true, from: 'full' }),
    learnerId: column('id', { subject: true, from: 'full' }),
    status: column<'recorded' | 'refuted'>('code'),
    code: column('code'),
    description: column('text'),
    on: column('day'),
  },
  on: {
    DiagnosisRecorded: ({ data }) => ({ ...data, status: 'recorded' }),
    DiagnosisCorrected: ({ data }) => ({ code: data.code, description: data.description, status: 'recorded' }),
    DiagnosisRefuted: _ => ({ status: 'refuted' }),
  },
})
