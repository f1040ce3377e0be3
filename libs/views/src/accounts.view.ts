import { staffEvents } from '@passerelle/agency'
import { learnerEvents } from '@passerelle/learner'
import { column, defineView } from '@passerelle/projections'

/** Who signs in with which account: by the HMAC of issuer and subject. For the door alone; no agency has it. */
export const accounts = defineView('accounts', {
  from: [staffEvents, learnerEvents],
  category: 'C1',
  audience: 'nobody',
  description: 'Who signs in with which account.',
  columns: {
    kind: column<'staff' | 'learner' | 'guardian'>('code', { key: true }),
    /** Staff member, learner or guardian. */
    personId: column('id', { key: true }),
    /** The learner that a learner or guardian acts for; `-` for staff. */
    learnerId: column('id', { key: true }),
    accountHash: column('id'),
  },
  on: {
    StaffMemberRegistered: {
      rows: ({ data }) => [`staff|${data.userId}|-`],
      fold: ({ data }) => ({ kind: 'staff', personId: data.userId, learnerId: '-', accountHash: data.accountHash }),
    },
    StaffAccountChanged: {
      rows: ({ subjectRef }) => [`staff|${subjectRef}|-`],
      fold: ({ data }) => ({ accountHash: data.accountHash }),
    },
    LearnerAccountLinked: {
      rows: ({ subjectRef }) => [`learner|${subjectRef}|${subjectRef}`],
      fold: ({ data, subjectRef }) => ({
        kind: 'learner',
        personId: subjectRef!,
        learnerId: subjectRef!,
        accountHash: data.accountHash,
      }),
    },
    GuardianAccountLinked: {
      rows: ({ data, subjectRef }) => [`guardian|${data.guardianId}|${subjectRef}`],
      fold: ({ data, subjectRef }) => ({
        kind: 'guardian',
        personId: data.guardianId,
        learnerId: subjectRef!,
        accountHash: data.accountHash,
      }),
    },
    // Nobody signs in as somebody who was forgotten, nor for them, and no hash of their account is left.
    LearnerForgotten: {
      rows: ({ data, subjectRef }) => [
        `learner|${subjectRef}|${subjectRef}`,
        ...data.guardianIds.map(guardianId => `guardian|${guardianId}|${subjectRef}`),
      ],
      fold: _ => null,
    },
    GuardianEnded: { rows: ({ data, subjectRef }) => [`guardian|${data.guardianId}|${subjectRef}`], fold: _ => null },
  },
})
