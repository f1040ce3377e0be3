import { column, defineView } from '@passerelle/projections'
import type { Category, Purpose } from '@passerelle/sharing'
import type { AgreementKind } from './sharing-agreement.decider.js'
import { sharingAgreementEvents } from './sharing-agreement.events.js'

/** Who shares what with whom and why. For everyone: its essence is owed to the people it is about (GDPR 26(2)). */
export const sharingAgreements = defineView('sharingAgreements', {
  from: [sharingAgreementEvents],
  category: 'C14',
  audience: 'everyone',
  version: 2,
  description: 'An agreement between agencies to share categories of data for purposes, under a law.',
  columns: {
    agreementId: column('id', { key: true }),
    status: column<'drafted' | 'inForce' | 'ended'>('code', {
      description: 'drafted, inForce or ended; over on validUntil whatever it says',
    }),
    kind: column<AgreementKind>('code', {
      description: 'jointControllers (GDPR 26) or processor (GDPR 28); null: not recorded.',
    }),
    agencyIds: column<readonly string[]>('texts'),
    processorAgencyIds: column<readonly string[]>('texts', { description: 'Parties that act for the others.' }),
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
