import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, list, purpose, category } = fields

/** An agreement between agencies under GDPR 26 or 28: in force once every party has signed, until its last day. */
export const sharingAgreementEvents = defineEvents('sharingAgreement', {
  SharingAgreementDrafted: v1({
    agreementId: id,
    agencyIds: list(id),
    purposes: list(purpose),
    categories: list(category),
    statute: code,
    validFrom: day,
    validUntil: day,
  }),
  SharingAgreementSigned: v1({ agencyId: id }),
  SharingAgreementEnteredIntoForce: v1({}),
  SharingAgreementEnded: v1({ reason: code }),
})
export type SharingAgreementEvent = EventOf<typeof sharingAgreementEvents>
