import { column, defineView } from '@passerelle/projections'
import type { Category, Purpose } from '@passerelle/sharing'
import type { Retention, SubjectRequest, SubjectRequestKind, SubjectRequestOutcome } from './subject-request.decider.js'
import { subjectRequestEvents } from './subject-request.events.js'

/** What people ask for by right, for them and for whoever has to answer. Says of all that wait the same. */
export const subjectRequests = defineView('subjectRequests', {
  from: [subjectRequestEvents],
  category: 'C14',
  description: 'Something that a person asks for by right (GDPR 12 to 22), and where it stands.',
  columns: {
    requestId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    kind: column<SubjectRequestKind>('code', {
      from: 'existence',
      description: 'access, rectification, restriction, objection, erasure or portability',
    }),
    status: column<Exclude<SubjectRequest['status'], 'none'>>('code', {
      from: 'existence',
      description: 'received, answered or withdrawn',
    }),
    agencyId: column('id', { from: 'existence', owner: true, description: 'Who has to answer.' }),
    receivedOn: column('day', { from: 'existence' }),
    dueBy: column('day', { from: 'existence', description: 'Last day on which it is answered in time (GDPR 12(3)).' }),
    overdue: column('bool', { from: 'existence' }),
    extendedFor: column('code', { from: 'existence', description: 'Why the answer takes two months more.' }),
    by: column<'learner' | 'guardian'>('code'),
    guardianId: column('id'),
    recordedBy: column('id', { description: 'The officer who wrote it down for them.' }),
    categories: column<readonly Category[]>('texts', { description: 'What it is about; none: everything.' }),
    fromAgencyId: column('id', { description: 'Against whom an objection is; absent: everybody.' }),
    purpose: column<Purpose>('code', { description: 'Against what an objection is; absent: everything.' }),
    targetEventId: column('id'),
    text: column('text', { description: 'In their words.' }),
    outcome: column<SubjectRequestOutcome>('code', { from: 'existence', description: 'fulfilled, partly or refused' }),
    answeredOn: column('day', { from: 'existence' }),
    granted: column<readonly Category[]>('texts', { from: 'existence' }),
    retained: column<readonly Retention[]>('json', {
      from: 'existence',
      description: '[{ what, category?, statute, until? }]: what is kept, under what law, until when (GDPR 17(3)).',
    }),
    statute: column('code', { from: 'existence', description: 'Why not, or not all.' }),
    complaintTo: column('text', { from: 'existence', description: 'Where to complain; a court is open besides (GDPR 12(4)).' }),
    ledTo: column<readonly string[]>('texts', { description: 'Corrections, or the restriction, that it led to.' }),
    words: column('text', { description: 'The answer in words.' }),
  },
  on: {
    SubjectRequestReceived: ({ data }) => ({ ...data, status: 'received', overdue: false }),
    SubjectRequestExtended: ({ data }) => ({ dueBy: data.dueBy, extendedFor: data.reason }),
    SubjectRequestOverdue: _ => ({ overdue: true }),
    SubjectRequestAnswered: ({ data: { categories, answeredBy: _, ...data } }) => ({
      ...data,
      status: 'answered',
      granted: categories,
    }),
    SubjectRequestWithdrawn: _ => ({ status: 'withdrawn' }),
  },
})
