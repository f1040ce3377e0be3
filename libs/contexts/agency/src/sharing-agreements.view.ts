import { column, defineView } from '@passerelle/projections'
import type { Category, Purpose } from '@passerelle/sharing'
import { sharingAgreementEvents } from './sharing-agreement.events.js'

/** Who shares what with whom and why. For everyone: its essence is owed to the people it is about (GDPR 26(2)). */
export const sharingAgreements = defineView('sharingAgreements', {
  from: [sharingAgreementEvents],
  category: 'C14',
  audience: 'everyone',
  description: 'An agreement between agencies to share categories of data for purposes, under a law.',
  columns: {
    agreementId: column('id', { key: true }),
    status: column<'drafted' | 'inForce' | 'ended'>('code', {
      description: 'drafted, inForce or ended; over on validUntil whatever it says',
    }),
    agencyIds: column<readonly string[]>('texts'),
    signedBy: column<readonly string[]>('texts'),
    purposes: column<readonly Purpose[]>('texts'),
    categories: column<readonly Category[]>('texts'),
    statute: column('code'),
    validFrom: column('day'),
    validUntil: column('day', { description: 'First day on which it holds no more.' }),
    endReason: column('code'),
  },
  on: {
    SharingAgreementDrafted: ({ data }) => ({ ...data, status: 'drafted', signedBy: [] }),
    SharingAgreementSigned: ({ data }, row) => ({ signedBy: [...(row?.signedBy ?? []), data.agencyId] }),
    SharingAgreementEnteredIntoForce: _ => ({ status: 'inForce' }),
    SharingAgreementEnded: ({ data }) => ({ status: 'ended', endReason: data.reason }),
  },
})
