import { foldView, type Told } from '@passerelle/testing'
import type { ConsentEvent } from './consent.events.js'
import { fhirConsentStatuses, type ShownConsent, toFhirConsent } from './consent.fhir.js'
import { consents } from './consents.view.js'

const told = (event: ConsentEvent, occurredAt = '2026-03-01T09:00:00.000Z'): Told => ({
  streamId: 'consent-c-1',
  subjectRef: 'l-1',
  controllerAgencyId: 'school',
  occurredAt,
  ...event,
})
const requested = told({
  type: 'ConsentRequested',
  data: {
    consentId: 'c-1',
    learnerId: 'l-1',
    requestedByAgencyId: 'school',
    recipientAgencyId: 'social',
    purpose: 'socialSupport',
    categories: ['C3', 'C9'],
    noticeVersion: 'n1',
    language: 'fr',
    easyRead: true,
    validUntil: '2026-12-01',
  },
})
const given = told({
  type: 'ConsentGiven',
  data: {
    categories: ['C3', 'C9'],
    by: 'learner',
    method: 'online',
    at: '2026-03-02T09:00:00.000Z',
    dataFrom: '2025-09-01',
    validUntil: '2026-12-01',
  },
})
const partly = told({ type: 'ConsentPartlyWithdrawn', data: { categories: ['C9'], by: 'learner' } })
const ends: ConsentEvent[] = [
  { type: 'ConsentWithdrawn', data: { by: 'learner' } },
  { type: 'ConsentExpired', data: { on: '2026-12-01' } },
  { type: 'ConsentInvalidated', data: { reason: 'wrongPerson' } },
  { type: 'ConsentFrozen', data: { categories: ['C3', 'C9'], reason: 'ageOfDecision' } },
]
const shown = (...events: Told[]) => foldView(consents, requested, ...events).get('c-1') as unknown as ShownConsent
const fhir = (...events: Told[]) => toFhirConsent(shown(...events))!

describe('a consent in FHIR R4', () => {
  test('says who permits whom to see what, why and until when, and that nothing else is shared', () => {
    expect(fhir(given)).toEqual({
      resourceType: 'Consent',
      id: 'c-1',
      identifier: [{ system: 'urn:passerelle:consent', value: 'c-1' }],
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
      category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IDSCL' }] }],
      patient: { type: 'Patient', reference: 'Patient/l-1', identifier: { system: 'urn:passerelle:learner', value: 'l-1' } },
      dateTime: '2026-03-02T09:00:00.000Z',
      performer: [{ type: 'Patient', reference: 'Patient/l-1', identifier: { system: 'urn:passerelle:learner', value: 'l-1' } }],
      organization: [
        {
          type: 'Organization',
          reference: 'Organization/school',
          identifier: { system: 'urn:passerelle:agency', value: 'school' },
        },
      ],
      policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
      provision: {
        type: 'permit',
        period: { start: '2026-03-02T09:00:00.000Z', end: '2026-11-30' },
        actor: [
          {
            role: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] },
            reference: {
              type: 'Organization',
              reference: 'Organization/social',
              identifier: { system: 'urn:passerelle:agency', value: 'social' },
            },
          },
        ],
        action: ['access', 'disclose'].map(code => ({
          coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code }],
        })),
        purpose: [{ system: 'urn:passerelle:purpose', code: 'socialSupport' }],
        class: ['C3', 'C9'].map(code => ({ system: 'urn:passerelle:category', code })),
        dataPeriod: { start: '2025-09-01' },
      },
    })
  })
  test('every state has its status, and none but a yes that holds permits anything', () => {
    const refused = told({ type: 'ConsentRefused', data: { categories: ['C3', 'C9'], by: 'learner' } })
    const cancelled = told({ type: 'ConsentRequestCancelled', data: { agencyId: 'school' } })
    const all = [shown(), shown(given), shown(refused), ...ends.map(end => shown(given, told(end))), shown(cancelled)]
    expect(all.map(({ status }) => status)).toEqual(Object.keys(fhirConsentStatuses))
    expect(all.map(each => [toFhirConsent(each)!.status, toFhirConsent(each)!.provision.type])).toEqual([
      ['proposed', 'deny'],
      ['active', 'permit'],
      ['rejected', 'deny'],
      ['inactive', 'deny'],
      ['inactive', 'deny'],
      ['entered-in-error', 'deny'],
      ['inactive', 'deny'],
      ['inactive', 'deny'],
    ])
    expect(toFhirConsent(shown(refused))).toMatchObject({
      dateTime: '2026-03-01T09:00:00.000Z',
      policyRule: { coding: [{ code: 'OPTOUT' }] },
    })
  })
  test('what was taken back in part permits the rest', () => {
    expect(fhir(given, partly).provision.class).toEqual([{ system: 'urn:passerelle:category', code: 'C3' }])
  })
  test('to one role of an agency is not to the agency', () => {
    const { actor } = toFhirConsent({ ...shown(given), recipientRole: 'socialWorker' })!.provision
    expect(actor[0]!.reference).toEqual({
      type: 'PractitionerRole',
      identifier: { system: 'urn:passerelle:role', value: 'social|socialWorker' },
    })
  })
  test('a guardian’s answer is the guardian’s, and an id that FHIR does not know as one is an identifier alone', () => {
    const { performer, patient, id } = toFhirConsent({
      ...shown(given),
      consentId: 'c:1',
      learnerId: 'l_1',
      by: 'guardian',
      guardianId: 'g-1',
    })!
    expect(performer).toMatchObject([{ type: 'RelatedPerson', reference: 'RelatedPerson/g-1' }])
    expect([patient, id]).toEqual([
      { type: 'Patient', identifier: { system: 'urn:passerelle:learner', value: 'l_1' } },
      undefined,
    ])
  })
  test('where anything it takes is hidden from the reader, there is no document', () => {
    const needed = [
      'requestedByAgencyId',
      'recipientAgencyId',
      'purpose',
      'asked',
      'given',
      'history',
      'givenAt',
      'by',
      'validUntil',
    ]
    for (const column of needed) expect([column, toFhirConsent({ ...shown(given), [column]: null })]).toEqual([column, undefined])
  })
})
