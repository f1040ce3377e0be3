import { column, defineView } from '@passerelle/projections'
import { planEvents } from './plan.events.js'

const planOf = (streamId: string) => streamId.slice('plan-'.length)
const keyOf = ({ streamId, data }: { streamId: string; data: { objectiveId: string } }) => [
  `${planOf(streamId)}|${data.objectiveId}`,
]

/** What, by when, who helps, how the learner will know. */
export const objectives = defineView('objectives', {
  from: [planEvents],
  category: 'C3',
  description: 'An objective of a plan.',
  columns: {
    planId: column('id', { key: true, from: 'summary' }),
    objectiveId: column('id', { key: true, from: 'summary' }),
    learnerId: column('id', { subject: true, from: 'summary' }),
    text: column('text', { from: 'summary', description: 'What is to be reached, in the learner’s language.' }),
    status: column<'open' | 'achieved' | 'partly' | 'not' | 'dropped'>('code', { from: 'summary' }),
    dueDate: column('day', { from: 'summary' }),
    reviewBy: column('day'),
    measure: column('json', { description: 'code, unit, baseline, target, direction' }),
    skillRef: column('code'),
    needRef: column('id'),
    findingRef: column('id'),
    supports: column('texts'),
    learnerAuthored: column('bool', { description: 'Whether the learner wrote or chose it.' }),
    progress: column('num', { description: 'As rated at the last review.' }),
    learnerView: column('text'),
    staffView: column('text'),
    changeReason: column('text', { description: 'Why it was last revised or dropped.' }),
  },
  on: {
    ObjectiveAdded: {
      rows: keyOf,
      fold: ({ data: { reviewId: _, ...objective }, streamId, subjectRef }) => ({
        ...objective,
        planId: planOf(streamId),
        learnerId: subjectRef!,
        status: 'open',
      }),
    },
    ObjectiveRevised: {
      rows: keyOf,
      fold: ({ data: { reason, reviewId: _, ...objective } }) => ({
        skillRef: null,
        needRef: null,
        findingRef: null,
        measure: null,
        dueDate: null,
        reviewBy: null,
        ...objective,
        changeReason: reason,
      }),
    },
    ObjectiveDropped: { rows: keyOf, fold: ({ data }) => ({ status: 'dropped', changeReason: data.reason }) },
    ObjectiveOutcomeRecorded: { rows: keyOf, fold: ({ data }) => ({ status: data.outcome }) },
    ObjectiveProgressRated: {
      rows: keyOf,
      fold: ({ data }) => ({ progress: data.value, learnerView: data.learnerView ?? null, staffView: data.staffView ?? null }),
    },
  },
})

/** Meetings about progress: due, held or missed. */
export const reviews = defineView('reviews', {
  from: [planEvents],
  category: 'C3',
  description: 'A review of a plan.',
  columns: {
    planId: column('id', { key: true, from: 'summary' }),
    reviewId: column('id', { key: true, from: 'summary' }),
    learnerId: column('id', { subject: true, from: 'summary' }),
    status: column<'scheduled' | 'held' | 'missed'>('code', { from: 'summary' }),
    dueBy: column('day', { from: 'summary' }),
    overdue: column('bool', { from: 'summary' }),
    on: column('day', { from: 'summary', description: 'When it was held.' }),
    mode: column('code'),
    attendees: column('texts'),
    oneToOne: column('bool'),
    durationMin: column('int'),
    feedback: column('text'),
    missedReason: column('code'),
  },
  on: {
    ReviewScheduled: {
      rows: reviewKey,
      fold: ({ data, streamId, subjectRef }) => ({
        ...reviewId(streamId, subjectRef, data),
        status: 'scheduled',
        dueBy: data.dueBy,
        overdue: false,
      }),
    },
    ReviewHeld: {
      rows: reviewKey,
      fold: ({ data, streamId, subjectRef }) => ({ ...data, ...reviewId(streamId, subjectRef, data), status: 'held' }),
    },
    ReviewMissed: { rows: reviewKey, fold: ({ data }) => ({ status: 'missed', missedReason: data.reason }) },
    ReviewOverdue: { rows: reviewKey, fold: _ => ({ overdue: true }) },
    FeedbackGiven: { rows: reviewKey, fold: ({ data }) => ({ feedback: data.text }) },
  },
})

function reviewKey({ streamId, data }: { streamId: string; data: { reviewId: string } }) {
  return [`${planOf(streamId)}|${data.reviewId}`]
}
function reviewId(streamId: string, subjectRef: string | undefined, data: { reviewId: string }) {
  return { planId: planOf(streamId), reviewId: data.reviewId, learnerId: subjectRef! }
}
