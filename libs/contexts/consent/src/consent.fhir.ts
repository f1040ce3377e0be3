import { addDays } from '@passerelle/event-log'
import type { Category, Purpose, Role } from '@passerelle/sharing'
import type { Consent } from './consent.decider.js'
import type { ConsentMoment } from './consents.view.js'

/** FHIR R4 Consent.status. */
export type FhirConsentStatus = 'draft' | 'proposed' | 'active' | 'rejected' | 'inactive' | 'entered-in-error'

/** What each state is called in FHIR. R4 knows no word of its own for running out: what holds no more is inactive. */
export const fhirConsentStatuses: Readonly<Record<Exclude<Consent['status'], 'none'>, FhirConsentStatus>> = {
  requested: 'proposed',
  given: 'active',
  refused: 'rejected',
  withdrawn: 'inactive',
  expired: 'inactive',
  invalidated: 'entered-in-error',
  frozen: 'inactive',
  cancelled: 'inactive',
}

/** A consent as its view shows it to somebody: what they may not see is null. */
export interface ShownConsent {
  readonly consentId: string
  readonly learnerId: string
  readonly status: Exclude<Consent['status'], 'none'>
  readonly requestedByAgencyId: string | null
  readonly recipientAgencyId: string | null
  /** Where the consent is to one role of the recipient alone. */
  readonly recipientRole?: Role | null
  readonly purpose: Purpose | null
  readonly asked: readonly Category[] | null
  readonly given: readonly Category[] | null
  readonly by: 'learner' | 'guardian' | null
  readonly guardianId: string | null
  readonly givenAt: string | null
  readonly validUntil: string | null
  readonly dataFrom: string | null
  readonly dataUntil: string | null
  readonly history: readonly ConsentMoment[] | null
}

const terminology = 'http://terminology.hl7.org/CodeSystem'
const coded = (system: string, code: string) => ({ coding: [{ system: `${terminology}/${system}`, code }] })

/**
 * The consent as a FHIR R4 Consent, for systems that speak no other language; undefined where the reader may not see all that it takes to say
 * it. Fail-closed: only what holds now permits, what it names and nothing else; everything else denies, also to whoever reads its provision
 * alone.
 */
export function toFhirConsent(consent: ShownConsent) {
  const { consentId, learnerId, status, requestedByAgencyId, recipientAgencyId, purpose, asked, given, history } = consent
  if (!requestedByAgencyId || !recipientAgencyId || !purpose || !asked || !given || !history?.length) return undefined
  const holds = status === 'given'
  const { givenAt, validUntil, dataFrom, dataUntil } = consent
  if (holds && (!givenAt || !validUntil || !consent.by || given.length === 0)) return undefined
  const answeredAt = history.findLast(({ state }) => state === 'refused')?.at ?? givenAt ?? history[0]!.at
  const performer =
    consent.by === 'guardian' && consent.guardianId
      ? [reference('RelatedPerson', 'guardian', consent.guardianId)]
      : consent.by === 'learner'
        ? [reference('Patient', 'learner', learnerId)]
        : undefined
  return {
    resourceType: 'Consent' as const,
    ...(fhirId.test(consentId) && { id: consentId }),
    identifier: [{ system: 'urn:passerelle:consent', value: consentId }],
    status: fhirConsentStatuses[status],
    scope: coded('consentscope', 'patient-privacy'),
    category: [coded('v3-ActCode', 'IDSCL')],
    patient: reference('Patient', 'learner', learnerId),
    dateTime: answeredAt,
    ...(performer && { performer }),
    organization: [reference('Organization', 'agency', requestedByAgencyId)],
    // Nothing is shared but what is permitted; where it was said no to, the same in the words for a no.
    policyRule: coded('v3-ActCode', status === 'refused' ? 'OPTOUT' : 'OPTIN'),
    provision: {
      type: holds ? ('permit' as const) : ('deny' as const),
      // The end of a FHIR period is inclusive.
      ...(holds && { period: { start: givenAt!, end: addDays(validUntil!, -1) } }),
      actor: [{ role: coded('v3-ParticipationType', 'IRCP'), reference: recipientOf(recipientAgencyId, consent.recipientRole) }],
      action: [coded('consentaction', 'access'), coded('consentaction', 'disclose')],
      purpose: [{ system: 'urn:passerelle:purpose', code: purpose }],
      class: (holds ? given : asked).map(code => ({ system: 'urn:passerelle:category', code })),
      ...((dataFrom || dataUntil) && {
        dataPeriod: { ...(dataFrom && { start: dataFrom }), ...(dataUntil && { end: dataUntil }) },
      }),
    },
  }
}
export type FhirConsentResource = NonNullable<ReturnType<typeof toFhirConsent>>

/** FHIR ids are narrower than ours: where one does not fit, the identifier alone names it. */
const fhirId = /^[A-Za-z0-9\-.]{1,64}$/
const reference = (type: string, kind: string, value: string) => ({
  type,
  ...(fhirId.test(value) && { reference: `${type}/${value}` }),
  identifier: { system: `urn:passerelle:${kind}`, value },
})

/** One role of an agency is no organisation: whoever does not know what to make of it must not read it as the whole agency. */
const recipientOf = (agencyId: string, role: Role | null | undefined) =>
  role
    ? { type: 'PractitionerRole', identifier: { system: 'urn:passerelle:role', value: `${agencyId}|${role}` } }
    : reference('Organization', 'agency', agencyId)
