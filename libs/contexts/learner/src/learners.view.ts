import { column, defineView } from '@passerelle/projections'
import type { Category } from '@passerelle/sharing'
import { learnerEvents } from './learner.events.js'

/** Who the learner is. The summary is the name; identity and contact in full take the full level. */
export const learners = defineView('learners', {
  from: [learnerEvents],
  category: 'C1',
  description: 'A young person whom agencies work with.',
  columns: {
    learnerId: column('id', { key: true, subject: true }),
    givenName: column('text', { from: 'summary' }),
    familyName: column('text', { from: 'summary' }),
    birthDate: column('text', { description: 'A day, or a month or year where no more is known.' }),
    sex: column('code'),
    municipality: column('code'),
    email: column('text'),
    phone: column('text'),
    address: column('text'),
    languageOfInstruction: column('code', { category: 'C11', from: 'summary' }),
    firstLanguage: column('code', { category: 'C11' }),
  },
  on: {
    PersonRegistered: ({ data: { agencyId: _, ...person } }) => person,
    DemographicsCorrected: ({ data: { correctsEventId: _c, reason: _r, ...corrected } }) => corrected,
    DemographicsRecorded: ({ data }) => data,
    ContactRecorded: ({ data: { contact } }) => {
      const { email = null, phone = null, address = null } = typeof contact === 'object' && 'toJSON' in contact ? {} : contact
      return { email, phone, address }
    },
    LanguagesRecorded: ({ data }) => data,
  },
})

/** Guardians: for the learner, and for whoever holds identity in full. */
export const guardians = defineView('guardians', {
  from: [learnerEvents],
  category: 'C1',
  description: 'Who holds authority for a learner.',
  columns: {
    learnerId: column('id', { key: true, subject: true, from: 'full' }),
    guardianId: column('id', { key: true, from: 'full' }),
    relation: column('code'),
    name: column('text'),
    verified: column('bool'),
    authority: column('texts', { description: 'informed, consents, signs' }),
    excluded: column<readonly Category[]>('texts', { description: 'Categories that are kept from them.' }),
    from: column('day'),
    until: column('day'),
  },
  on: {
    GuardianRecorded: {
      rows: ({ data, subjectRef }) => [`${subjectRef}|${data.guardianId}`],
      fold: ({ data, subjectRef }) => ({ until: null, ...data, learnerId: subjectRef! }),
    },
    GuardianEnded: { rows: ({ data, subjectRef }) => [`${subjectRef}|${data.guardianId}`], fold: _ => null },
  },
})

/** Which agencies work with the learner: for the learner. */
export const standings = defineView('standings', {
  from: [learnerEvents],
  category: 'C14',
  description: 'An agency that works with the learner.',
  columns: {
    learnerId: column('id', { key: true, subject: true, from: 'full' }),
    agencyId: column('id', { key: true, from: 'full', owner: true }),
    from: column('day'),
    until: column('day'),
  },
  on: {
    PersonRegistered: {
      rows: ({ data }) => [`${data.learnerId}|${data.agencyId}`],
      fold: ({ data, occurredAt }) => ({ learnerId: data.learnerId, agencyId: data.agencyId, from: occurredAt.slice(0, 10) }),
    },
    AgencyStandingRecorded: {
      rows: ({ data, subjectRef }) => [`${subjectRef}|${data.agencyId}`],
      fold: ({ data, subjectRef }) => ({ until: null, ...data, learnerId: subjectRef! }),
    },
    AgencyStandingEnded: { rows: ({ data, subjectRef }) => [`${subjectRef}|${data.agencyId}`], fold: _ => null },
  },
})
