import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, instant, text, language, list, bool, category, purpose, role, personal, oneOf, optional } = fields

const by = oneOf(['learner', 'guardian'])
const asked = {
  consentId: id,
  learnerId: id,
  guardianId: optional(id),
  requestedByAgencyId: id,
  recipientAgencyId: id,
  purpose,
  categories: list(category),
  noticeVersion: code,
  language,
  easyRead: bool,
  validUntil: day,
}

/** Why what a guardian said counts no more. */
export const freezeReasons = ['ageOfDecision', 'competence', 'authorityEnded'] as const

/** One question to one learner: may this recipient, for this purpose, have these categories? (R-C.1) */
export const consentEvents = defineEvents('consent', {
  /**
   * `language` and `easyRead` tell in what form the person could read the notice (R-C.3). `validUntil` is what is asked for. `guardianId`: who is
   * asked, where the learner is too young to be. `recipientRole`: who of the recipient may have it; absent: whoever's task it is there.
   */
  ConsentRequested: v1(asked).next({ ...asked, recipientRole: optional(role) }, old => old),
  /** `categories` are those said yes to, each by itself. Valid from `at` until `validUntil` (exclusive), at most 12 months (R-C.5). */
  ConsentGiven: v1({
    categories: list(category),
    by,
    guardianId: optional(id),
    method: oneOf(['inPerson', 'online', 'paper', 'imported']),
    at: instant,
    dataFrom: optional(day),
    dataUntil: optional(day),
    validUntil: day,
  }),
  ConsentRefused: v1({ categories: list(category), by, guardianId: optional(id), reason: optional(personal('C14', text)) }),
  ConsentPartlyWithdrawn: v1({ categories: list(category), by, guardianId: optional(id) }),
  ConsentWithdrawn: v1({ by, guardianId: optional(id), reason: optional(personal('C14', text)) }),
  /** What was given holds no more, or nobody answered until the day that was asked for. */
  ConsentExpired: v1({ on: day }),
  /** It ends on `validUntil`: the person may say yes anew, or let it end. */
  ConsentRenewalDue: v1({ validUntil: day }),
  /**
   * A guardian's yes, or a question to one, that counts no more: the learner came of age or was found competent, or the guardian has no say any more.
   * `anewId`: the consent under which the learner is asked the same.
   */
  ConsentFrozen: v1({ categories: list(category), reason: oneOf(freezeReasons), anewId: optional(id) }),
  /** It should never have counted: wrong person, pressure, a notice that was wrong. */
  ConsentInvalidated: v1({ reason: code }),
  /** ISO/IEC TS 27560 receipt handed to the person. */
  ReceiptIssued: v1({ receiptId: id, at: instant }),
  /** `agencyId` asked, and takes the question back before anybody answered. */
  ConsentRequestCancelled: v1({ agencyId: id }),
})
export type ConsentEvent = EventOf<typeof consentEvents>
