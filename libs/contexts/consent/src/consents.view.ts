import { column, defineView } from '@passerelle/projections'
import type { Category, Purpose } from '@passerelle/sharing'
import { consentEvents } from './consent.events.js'
import type { Consent } from './consent.decider.js'

/** Every consent that was asked, and where it stands. */
export const consents = defineView('consents', {
  from: [consentEvents],
  category: 'C14',
  description: 'A consent: what was asked, of whom, for whom and why, and where it stands.',
  columns: {
    consentId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<Consent['status']>('code', {
      from: 'existence',
      description: 'requested, given, refused, withdrawn, expired or invalidated',
    }),
    requestedByAgencyId: column('id'),
    recipientAgencyId: column('id', { from: 'summary' }),
    purpose: column<Purpose>('code', { from: 'summary' }),
    asked: column<readonly Category[]>('texts'),
    given: column<readonly Category[]>('texts', { description: 'Categories said yes to and not withdrawn since.' }),
    by: column<'learner' | 'guardian'>('code'),
    noticeVersion: column('code'),
    language: column('code'),
    easyRead: column('bool'),
    givenAt: column('instant'),
    validUntil: column('day', { from: 'summary', description: 'First day on which it holds no more.' }),
    reason: column('text', { description: 'Why it was refused or withdrawn, where the person said so.' }),
  },
  on: {
    ConsentRequested: ({ data }) => ({ ...data, status: 'requested', asked: data.categories, given: [] }),
    ConsentGiven: ({ data }) => ({
      status: 'given',
      given: data.categories,
      by: data.by,
      givenAt: data.at,
      validUntil: data.validUntil,
    }),
    ConsentRefused: ({ data }) => ({ status: 'refused', by: data.by, reason: data.reason ?? null }),
    ConsentPartlyWithdrawn: ({ data }, row) => ({ given: (row?.given ?? []).filter(c => !data.categories.includes(c)) }),
    ConsentWithdrawn: ({ data }) => ({ status: 'withdrawn', given: [], by: data.by, reason: data.reason ?? null }),
    ConsentExpired: _ => ({ status: 'expired', given: [] }),
    ConsentInvalidated: _ => ({ status: 'invalidated', given: [] }),
  },
})
