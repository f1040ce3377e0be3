import { column, defineView } from '@passerelle/projections'
import type { Category } from '@passerelle/sharing'
import type { ExclusionRecord } from './learner.decider.js'
import { learnerEvents } from './learner.events.js'

/** What is kept from which guardian, and why: for the learner, and for whoever holds identity in full; never for a guardian. */
export const guardianExclusions = defineView('guardianExclusions', {
  from: [learnerEvents],
  category: 'C1',
  description: 'What a court, a protection order or a conflict of interest keeps from one guardian.',
  columns: {
    exclusionId: column('id', { key: true, from: 'full' }),
    learnerId: column('id', { subject: true, from: 'full' }),
    excludedGuardianId: column('id', { description: 'The guardian from whom it is kept.' }),
    categories: column<readonly Category[]>('texts'),
    ground: column<ExclusionRecord['ground']>('code', { description: 'courtOrder, protectionOrder or conflictOfInterest' }),
    from: column('day'),
    until: column('day', { description: 'First day on which it is kept no more; absent: until ended.' }),
  },
  on: {
    GuardianExcluded: {
      rows: ({ data }) => [data.exclusionId],
      fold: ({ data: { guardianId, ...data }, subjectRef }) => ({
        until: null,
        ...data,
        excludedGuardianId: guardianId,
        learnerId: subjectRef!,
      }),
    },
    GuardianExclusionEnded: { rows: ({ data }) => [data.exclusionId], fold: _ => null },
  },
})

/** Where a minor was found able to decide alone, by whom, and when it is looked at again. For the learner, and for the agency that found it. */
export const competences = defineView('competences', {
  from: [learnerEvents],
  category: 'C14',
  description: 'Matters on which a minor was found able to decide alone.',
  columns: {
    competenceId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    categories: column<readonly Category[]>('texts'),
    recordedBy: column('id', { description: 'The member of staff who found it.' }),
    from: column('day'),
    reviewBy: column('day', { description: 'First day on which it holds no more, unless it was looked at again.' }),
    endReason: column('code'),
  },
  on: {
    CompetenceRecorded: {
      rows: ({ data }) => [data.competenceId],
      fold: ({ data, subjectRef }) => ({ ...data, learnerId: subjectRef! }),
    },
    CompetenceEnded: { rows: ({ data }) => [data.competenceId], fold: ({ data }) => ({ endReason: data.reason }) },
  },
})
