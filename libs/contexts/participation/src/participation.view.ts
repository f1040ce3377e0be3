import { column, defineView } from '@passerelle/projections'
import { classEvents } from './class.events.js'
import { enrolmentEvents } from './enrolment.events.js'

/** Classes of an agency, for its own staff. */
export const classes = defineView('classes', {
  from: [classEvents],
  category: 'C2',
  audience: 'ownAgency',
  description: 'A class or group in which an agency teaches.',
  columns: {
    classId: column('id', { key: true }),
    agencyId: column('id'),
    title: column('text'),
    courseCode: column('code'),
    subjectCode: column('code'),
    teachers: column<readonly string[]>('texts', { description: 'Who teaches it.' }),
    status: column<'open' | 'closed'>('code'),
  },
  on: {
    ClassOpened: ({ data }) => ({ ...data, status: 'open', teachers: [] }),
    ClassRetitled: ({ data }) => ({ title: data.title }),
    TeacherAssigned: ({ data }, row) => ({ teachers: [...(row?.teachers ?? []).filter(id => id !== data.userId), data.userId] }),
    TeacherUnassigned: ({ data }, row) => ({ teachers: (row?.teachers ?? []).filter(id => id !== data.userId) }),
    ClassClosed: _ => ({ status: 'closed', teachers: [] }),
  },
})

export const enrolments = defineView('enrolments', {
  from: [enrolmentEvents],
  category: 'C2',
  description: 'A learner at a school, or in a class of it.',
  columns: {
    enrolmentId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<'enrolled' | 'ended'>('code', { from: 'existence' }),
    agencyId: column('id', { from: 'summary' }),
    classId: column('id'),
    grade: column('code'),
    from: column('day', { from: 'summary' }),
    until: column('day', { from: 'summary', description: 'First day on which it holds no more.' }),
    endReason: column('code'),
  },
  on: {
    LearnerEnrolled: ({ data }) => ({ ...data, status: 'enrolled' }),
    EnrolmentChanged: ({ data }) => ({ from: data.from, until: data.until ?? null, grade: data.grade ?? null }),
    EnrolmentEnded: ({ data }) => ({ status: 'ended', until: data.on, endReason: data.reason }),
  },
})

/** Results take the full level: the summary of attendance and results is that somebody is enrolled. */
export const results = defineView('results', {
  from: [enrolmentEvents],
  category: 'C2',
  description: 'A result of an assessment at school.',
  columns: {
    resultId: column('id', { key: true, from: 'full' }),
    learnerId: column('id', { subject: true, from: 'full' }),
    enrolmentId: column('id'),
    title: column('text'),
    status: column('code', { description: 'exempt, fullyGraded, notSubmitted, partiallyGraded or submitted' }),
    score: column('num'),
    textScore: column('text'),
    on: column('day'),
    correctedFor: column('code', { description: 'Why it was corrected, if it was (R-0.2).' }),
  },
  on: {
    ResultRecorded: {
      rows: ({ data }) => [data.resultId],
      fold: ({ data, streamId, subjectRef }) => ({
        ...data,
        learnerId: subjectRef!,
        enrolmentId: streamId.slice('enrolment-'.length),
      }),
    },
    ResultCorrected: {
      rows: ({ data }) => [data.resultId],
      fold: ({ data: { correctsEventId: _, reason, ...result } }) => ({
        score: null,
        textScore: null,
        on: null,
        ...result,
        correctedFor: reason,
      }),
    },
  },
})
