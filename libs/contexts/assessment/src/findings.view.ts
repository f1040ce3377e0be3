import { column, defineView } from '@passerelle/projections'
import { assessmentEvents } from './assessment.events.js'
import { placeOf } from './assessments.view.js'

/** What the learner is good at: found, shown, or learnt where nobody gave a certificate. */
export const strengths = defineView('strengths', {
  from: [assessmentEvents],
  category: 'C4',
  description: 'Something that the learner is good at.',
  columns: {
    findingId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    assessmentId: column('id', { from: 'summary' }),
    description: column('text', { from: 'summary' }),
    escoSkillUri: column('text', { from: 'summary' }),
    hidden: column('bool', { from: 'summary', description: 'Learnt outside school and on no certificate.' }),
  },
  on: {
    StrengthRecorded: {
      rows: ({ data }) => [data.findingId],
      fold: event => ({ ...placeOf(event), ...event.data, hidden: false }),
    },
    HiddenSkillCaptured: {
      rows: ({ data }) => [data.findingId],
      fold: event => {
        const { context: description, ...data } = event.data
        return { ...placeOf(event), ...data, description, hidden: true }
      },
    },
  },
})

/** What the learner needs in order to learn, in words of function: never a diagnosis. */
export const assessedNeeds = defineView('assessedNeeds', {
  from: [assessmentEvents],
  category: 'C5',
  description: 'What the learner needs in order to learn, as an assessment found it.',
  columns: {
    findingId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    assessmentId: column('id', { from: 'summary' }),
    description: column('text'),
    needCode: column('code'),
  },
  on: {
    NeedRecorded: { rows: ({ data }) => [data.findingId], fold: event => ({ ...placeOf(event), ...event.data }) },
  },
})

/** Claims of prior learning and how they were answered. */
export const priorLearningClaims = defineView('priorLearningClaims', {
  from: [assessmentEvents],
  category: 'C4',
  description: 'Learning from before, claimed for recognition.',
  columns: {
    claimId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    assessmentId: column('id', { from: 'summary' }),
    status: column<'claimed' | 'recognised' | 'notRecognised'>('code', { from: 'existence' }),
    description: column('text'),
    recognisedAs: column('code', { from: 'summary' }),
    reason: column('text', { description: 'Why it was not recognised.' }),
    appealUntil: column('day'),
  },
  on: {
    PriorLearningClaimed: {
      rows: ({ data }) => [data.claimId],
      fold: event => ({ ...placeOf(event), ...event.data, status: 'claimed' }),
    },
    PriorLearningRecognised: {
      rows: ({ data }) => [data.claimId],
      fold: ({ data }) => ({ status: 'recognised', recognisedAs: data.recognisedAs, reason: null, appealUntil: null }),
    },
    PriorLearningNotRecognised: {
      rows: ({ data }) => [data.claimId],
      fold: ({ data }) => ({ status: 'notRecognised', reason: data.reason, appealUntil: data.appealUntil }),
    },
  },
})
