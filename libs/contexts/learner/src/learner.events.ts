import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, hmac, text, language, list, bool, category, personal, oneOf, optional, record, retention } = fields

const name = { givenName: personal('C1', text), familyName: personal('C1', text) }
/** A day, or a year or month where no more is known: a made-up 01-01 is no evidence (R-I.3). */
const birthDate = personal('C1', oneOfPattern('^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$'))
const contact = record({ email: optional(text), phone: optional(text), address: optional(text) })

/** Why something is kept from one guardian. */
export const exclusionGrounds = ['courtOrder', 'protectionOrder', 'conflictOfInterest'] as const

export const destructionReasons = ['erasureRequest', 'retentionEnded', 'unlawfulProcessing'] as const

export const learnerEvents = defineEvents('learner', {
  /** An agency made this person known to the hub: it has standing from here on. */
  PersonRegistered: v1({ learnerId: id, agencyId: id, ...name, birthDate: optional(birthDate) }),
  /** The agency's own number for the person, as an HMAC: identifiers never stand in the log. */
  IdentifierAttached: v1({ agencyId: id, system: code, valueHash: hmac }),
  /** Another agency works with the person too. */
  AgencyStandingRecorded: v1({ agencyId: id, from: day, until: optional(day) }),
  AgencyStandingEnded: v1({ agencyId: id, reason: code }),
  /** A correction names the event it corrects. */
  DemographicsCorrected: v1({
    correctsEventId: id,
    reason: code,
    givenName: optional(name.givenName),
    familyName: optional(name.familyName),
    birthDate: optional(birthDate),
  }),
  DemographicsRecorded: v1({
    sex: optional(personal('C1', oneOf(['female', 'male', 'other', 'unknown']))),
    municipality: optional(personal('C1', code)),
  }),
  ContactRecorded: v1({ contact: personal('C1', contact) }),
  /** First language and language of instruction may reveal origin (GDPR 9). */
  LanguagesRecorded: v1({ firstLanguage: personal('C11', language), languageOfInstruction: personal('C11', language) }),
  /** The learner can sign in: `accountHash` is the HMAC of issuer and subject. */
  LearnerAccountLinked: v1({ accountHash: hmac }),
  /** `authority`: what the guardian may do; `excluded`: categories a court or custody order keeps from them. */
  GuardianRecorded: v1({
    guardianId: id,
    relation: code,
    name: personal('C1', text),
    verified: bool,
    authority: list(oneOf(['informed', 'consents', 'signs'])),
    excluded: list(category),
    from: day,
    until: optional(day),
  }),
  GuardianAccountLinked: v1({ guardianId: id, accountHash: hmac }),
  GuardianEnded: v1({ guardianId: id, reason: code }),
  /** What an order or a conflict of interest keeps from one guardian, and in what they do not act for the learner; until the first day without it. */
  GuardianExcluded: v1({
    exclusionId: id,
    guardianId: id,
    categories: list(category),
    ground: oneOf(exclusionGrounds),
    from: day,
    until: optional(day),
  }),
  GuardianExclusionEnded: v1({ exclusionId: id, reason: code }),
  /** A minor was found able to decide these matters alone, by whom it is to judge, until the day it is looked at again. */
  CompetenceRecorded: v1({ competenceId: id, categories: list(category), recordedBy: id, from: day, reviewBy: day }),
  CompetenceEnded: v1({ competenceId: id, reason: code }),
  /** From here on the learner alone decides on these. Neither the day of birth nor the age is told. */
  AgeOfDecisionReached: v1({ categories: list(category) }),
  /** One category was forgotten: its key is destroyed. `retained` says which facts stay and under what law (GDPR 17(3)). */
  CategoryKeyDestroyed: v1({ category, reason: oneOf(destructionReasons), retained: list(code) }),
  /**
   * The person was forgotten as a whole: nobody signs in as them any more, nothing more is recorded of them, and the keys of these categories are
   * destroyed. What is not among them is in `retained`, with the law that keeps it (GDPR 17(3)).
   */
  LearnerForgotten: v1({
    categories: list(category),
    reason: oneOf(destructionReasons),
    retained: list(retention),
    guardianIds: list(id),
    requestId: optional(id),
  }),
})
export type LearnerEvent = EventOf<typeof learnerEvents>

function oneOfPattern(pattern: string) {
  return { ...fields.day, pattern }
}
