import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, text, list, category, legalBasis, personal, oneOf, optional } = fields

/** The closed loop (FHIR ServiceRequest and Task, Gravity SDOH): only the requester closes, after it has seen the outcome. */
export const referralEvents = defineEvents('referral', {
  /** `sharedCategories`: what goes along beyond the reason's template, each picked by hand. */
  ReferralDrafted: v1({
    referralId: id,
    learnerId: id,
    requesterAgencyId: id,
    requestedBy: id,
    serviceId: id,
    targetAgencyId: id,
    reasonCode: personal('C12', code),
    message: optional(personal('C12', text)),
    urgency: oneOf(['routine', 'urgent', 'asap', 'stat']),
    sharedCategories: list(category),
  }),
  /** Nothing leaves before a basis is found. */
  ReferralConsentChecked: v1({ basis: legalBasis, consentId: optional(id), agreementId: optional(id), statute: optional(code) }),
  ReferralSent: v1({ taskId: id, acceptBy: day }),
  ReferralAccepted: v1({ by: id, firstContactBy: day }),
  ReferralDeclined: v1({ reasonCode: code, reason: optional(personal('C12', text)) }),
  FirstContactMade: v1({ on: day }),
  ServiceStarted: v1({ on: day, outcomeBy: day }),
  ReferralPutOnHold: v1({ reasonCode: code }),
  ReferralResumed: v1({}),
  OutcomeReported: v1({ resultCode: personal('C12', code), outputs: personal('C12', list(text, 20)), on: day }),
  /** By the requester alone. */
  ReferralClosed: v1({ loop: oneOf(['closed', 'lost', 'withdrawn']), by: id }),
  /** To another service after a decline; the first target keeps nothing. */
  ReferralReRouted: v1({ serviceId: id, targetAgencyId: id }),
  ReferralCancelled: v1({ reasonCode: code }),
  LearnerDeclinedReferral: v1({ reason: optional(personal('C12', text)) }),
  ReferralFailed: v1({ reasonCode: code }),
  ReferralEnteredInError: v1({ reasonCode: code }),
  ReferralOverdue: v1({ stage: oneOf(['accept', 'firstContact', 'outcome']), dueBy: day }),
})
export type ReferralEvent = EventOf<typeof referralEvents>
