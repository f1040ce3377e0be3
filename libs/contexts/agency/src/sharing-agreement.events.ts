import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, list, purpose, category, oneOf, optional } = fields

/** Joint controllers settle who answers for what (GDPR 26); a processor acts on a controller’s instructions alone (GDPR 28). */
export const agreementKinds = ['jointControllers', 'processor'] as const

const scope = {
  agreementId: id,
  agencyIds: list(id),
  purposes: list(purpose),
  categories: list(category),
  statute: code,
  validFrom: day,
  validUntil: day,
}

/** An agreement between agencies under GDPR 26 or 28: in force once every party has signed, until its last day. */
export const sharingAgreementEvents = defineEvents('sharingAgreement', {
  /** `processorAgencyIds`: which of the parties act for the others, where it is about processing on behalf. */
  SharingAgreementDrafted: v1(scope).next(
    { ...scope, kind: optional(oneOf(agreementKinds)), processorAgencyIds: optional(list(id)) },
    old => old,
  ),
  SharingAgreementSigned: v1({ agencyId: id }),
  SharingAgreementEnteredIntoForce: v1({}),
  SharingAgreementEnded: v1({ reason: code }),
})
export type SharingAgreementEvent = EventOf<typeof sharingAgreementEvents>
