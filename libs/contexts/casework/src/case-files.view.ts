import { column, defineView } from '@passerelle/projections'
import type { Purpose, Role } from '@passerelle/sharing'
import type { CaseFile } from './case-file.decider.js'
import { caseFileEvents } from './case-file.events.js'

/** A case and who leads it. */
export const caseFiles = defineView('caseFiles', {
  from: [caseFileEvents],
  category: 'C3',
  description: 'A case: several agencies working with one learner, led by one person.',
  columns: {
    caseId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<CaseFile['status']>('code', { from: 'existence', description: 'open or closed' }),
    leadUserId: column('id', { from: 'summary' }),
    leadAgencyId: column('id', { from: 'summary', owner: true }),
    purpose: column<Purpose>('code', { from: 'summary' }),
    openedOn: column('instant', { from: 'summary' }),
    leadMissingSince: column('day', { from: 'summary', description: 'Since when nobody leads it: an incident (R-8.6).' }),
    closedReason: column('code'),
  },
  on: {
    CaseOpened: ({ data, occurredAt }) => ({
      caseId: data.caseId,
      learnerId: data.learnerId,
      status: 'open',
      leadUserId: data.leadUserId,
      leadAgencyId: data.leadAgencyId,
      purpose: data.purpose,
      openedOn: occurredAt,
    }),
    LeadChanged: ({ data }) => ({ leadUserId: data.toUserId, leadMissingSince: null }),
    LeadMissing: ({ data }) => ({ leadUserId: null, leadMissingSince: data.since }),
    CaseTransferred: ({ data }) => ({ leadUserId: data.toUserId, leadAgencyId: data.toAgencyId, leadMissingSince: null }),
    CaseClosed: ({ data }) => ({ status: 'closed', closedReason: data.reason }),
  },
})

/** Who is in the team of a case, and until when. The members of a closed case are gone from here. */
export const teamMembers = defineView('teamMembers', {
  from: [caseFileEvents],
  category: 'C3',
  description: 'Somebody who works on a case.',
  columns: {
    caseId: column('id', { key: true }),
    userId: column('id', { key: true, from: 'summary' }),
    learnerId: column('id', { subject: true }),
    agencyId: column('id', { from: 'summary', owner: true }),
    role: column<Role>('code', { from: 'summary' }),
    purpose: column<Purpose>('code', { from: 'summary' }),
    until: column('day', { from: 'summary', description: 'First day on which they are in it no more.' }),
  },
  on: {
    CaseOpened: {
      rows: ({ data }) => [`${data.caseId}|${data.leadUserId}`],
      fold: ({ data }) => ({
        caseId: data.caseId,
        userId: data.leadUserId,
        learnerId: data.learnerId,
        agencyId: data.leadAgencyId,
        role: data.leadRole,
        purpose: data.purpose,
        until: data.until,
      }),
    },
    TeamMemberAdded: {
      rows: ({ data, streamId }) => [`${caseOf(streamId)}|${data.userId}`],
      fold: ({ data, streamId, subjectRef }) => ({ caseId: caseOf(streamId), learnerId: subjectRef!, ...data }),
    },
    TeamMembershipExtended: {
      rows: ({ data, streamId }) => [`${caseOf(streamId)}|${data.userId}`],
      fold: ({ data }) => ({ until: data.until }),
    },
    TeamMemberRemoved: { rows: ({ data, streamId }) => [`${caseOf(streamId)}|${data.userId}`], fold: _ => null },
  },
})

const caseOf = (streamId: string) => streamId.slice('caseFile-'.length)
