import { type ConsentContext, type FhirConsent, meaningOf } from './consent-meaning.js'

const PRIVACY = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] }
const RECIPIENT = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code: 'IRCP' }] }
const certain = {
  status: 'active',
  scope: PRIVACY,
  category: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'IDSCL' }] }],
  patient: { reference: 'Patient/1' },
  dateTime: '2026-10-01T10:00:00Z',
  performer: [{ reference: 'Patient/1' }],
  policyRule: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'OPTIN' }] },
  provision: {
    type: 'permit',
    period: { start: '2026-10-01', end: '2026-12-31' },
    actor: [{ role: RECIPIENT, reference: { reference: 'Organization/social' } }],
    purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'CAREMGT' }],
    class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'CarePlan' }],
  },
} satisfies FhirConsent
const context: ConsentContext = {
  now: '2026-11-24T12:00:00.000Z',
  feedingAgency: 'health',
  agencyOf: ({ reference }) => ({ 'Organization/social': 'social', 'Organization/health': 'health' })[reference ?? ''],
  isPatient: ({ reference }) => reference === 'Patient/1',
  guardianOf: ({ reference }) => (reference === 'RelatedPerson/9' ? 'RelatedPerson/9' : undefined),
}
const meaning = (change: Partial<FhirConsent> = {}, provision: object = {}) =>
  meaningOf({ ...certain, provision: { ...certain.provision, ...provision }, ...change } as FhirConsent, context)
const reasons = (found: ReturnType<typeof meaning>) => (found.kind === 'closed' ? found.reasons : found)

describe('what a FHIR Consent means', () => {
  test('a permission that is certain in each part opens exactly what it says', () => {
    expect(meaning()).toEqual({
      kind: 'permit',
      recipients: ['social'],
      categories: ['C3'],
      purposes: ['caseCoordination'],
      at: '2026-10-01T10:00:00.000Z',
      // The end of a FHIR period is inclusive.
      validUntil: '2027-01-01',
      by: 'learner',
    })
  })

  test('R-C.5 without an end, or with a far one, it holds twelve months', () => {
    expect(meaning({}, { period: undefined })).toMatchObject({ kind: 'permit', validUntil: '2027-10-01' })
    expect(meaning({}, { period: { end: '2040-01-01' } })).toMatchObject({ kind: 'permit', validUntil: '2027-10-01' })
  })

  test('an end with a time of day counts as the day before: narrower, never wider', () => {
    expect(meaning({}, { period: { end: '2026-12-31T23:59:59Z' } })).toMatchObject({ validUntil: '2026-12-31' })
  })

  test('a data period is the days wholly within it: narrower, never wider; a denial of one is a denial', () => {
    const period = (dataPeriod: object, more = {}) => meaning({}, { dataPeriod, ...more })
    expect(period({ start: '2026-03-01', end: '2026-06-30' })).toMatchObject({
      kind: 'permit',
      dataFrom: '2026-03-01',
      dataUntil: '2026-06-30',
    })
    expect(period({ start: '2026-03-01T00:00:00Z', end: '2026-06-30T23:59:59Z' })).toMatchObject({
      dataFrom: '2026-03-01',
      dataUntil: '2026-06-29',
    })
    expect(period({ start: '2026-03-01T08:00:00+02:00' })).toMatchObject({ kind: 'permit', dataFrom: '2026-03-02' })
    expect(reasons(period({ start: '2026-06-30', end: '2026-03-01' }))).toEqual(['dataPeriod holds no whole day'])
    expect(reasons(period({ start: '2026-03-01T08:00:00Z', end: '2026-03-01T17:00:00Z' }))).toEqual([
      'dataPeriod holds no whole day',
    ])
    expect(period({ start: '2026-03-01T08:00:00Z', end: '2026-03-01T17:00:00Z' }, { type: 'deny' })).toMatchObject({
      kind: 'deny',
    })
  })

  test.each<[string, Partial<FhirConsent>, object, string]>([
    ['it is a draft', { status: 'draft' }, {}, 'status is draft'],
    [
      'its scope is treatment',
      { scope: { coding: [{ system: PRIVACY.coding[0]!.system, code: 'treatment' }] } },
      {},
      'scope is not patient-privacy',
    ],
    ['its scope is a text', { scope: { text: 'patient-privacy' } }, {}, 'scope is not patient-privacy'],
    ['its patient is somebody else', { patient: { reference: 'Patient/2' } }, {}, 'the patient cannot be resolved'],
    ['a category is unknown', { category: [...certain.category, { text: 'other' }] }, {}, 'a category is unknown'],
    ['its rule is unknown', { policyRule: { coding: [{ code: 'cric' }] } }, {}, 'policyRule is unknown'],
    [
      'its policy is elsewhere',
      { policy: [{ uri: 'https://example.org/policy' }] },
      {},
      'policy points to rules that the hub does not know',
    ],
    ['a verification failed', { verification: [{ verified: false }] }, {}, 'a verification says that it was not verified'],
    [
      'a physician gave it',
      { performer: [{ reference: 'Practitioner/1' }] },
      {},
      'performer is neither the patient nor a known related person',
    ],
    [
      'two people gave it',
      { performer: [{ reference: 'Patient/1' }, { reference: 'RelatedPerson/9' }] },
      {},
      'performer is neither the patient nor a known related person',
    ],
    ['it has no date', { dateTime: undefined }, {}, 'dateTime is absent or not exact to the day'],
    ['its date is only a month', { dateTime: '2026-10' }, {}, 'dateTime is absent or not exact to the day'],
    ['it is dated in the future', { dateTime: '2027-01-01' }, {}, 'dateTime lies in the future'],
    ['there is no provision', { provision: undefined }, {}, 'there is no provision: a base policy alone opens nothing'],
    ['the type of the root provision is absent', {}, { type: undefined }, 'provision.type is absent: neither permit nor deny'],
    ['nested provisions make exceptions', {}, { provision: [{ type: 'deny' }] }, 'nested provisions make exceptions'],
    ['a label narrows it', {}, { securityLabel: [{ code: 'N' }] }, 'securityLabel narrows by labels that the hub does not know'],
    ['it names single records', {}, { data: [{ meaning: 'instance' }] }, 'data names single records'],
    ['no actor receives', {}, { actor: undefined }, 'no actor is named who would receive'],
    [
      'an actor is not registered',
      {},
      { actor: [...certain.provision.actor, { role: RECIPIENT, reference: { reference: 'Organization/x' } }] },
      'an actor who would receive cannot be resolved to a registered agency',
    ],
    [
      'an actor has another role',
      {},
      { actor: [...certain.provision.actor, { role: { text: 'friend' }, reference: { reference: 'Organization/social' } }] },
      'an actor has a role that the hub does not know',
    ],
    [
      'another custodian is named',
      {},
      {
        actor: [
          ...certain.provision.actor,
          {
            role: { coding: [{ system: RECIPIENT.coding[0]!.system, code: 'CST' }] },
            reference: { reference: 'Organization/social' },
          },
        ],
      },
      'the custodian is not the agency that sent it',
    ],
    ['no purpose is named', {}, { purpose: undefined }, 'no purpose is named'],
    ['a purpose is unknown', {}, { purpose: [...certain.provision.purpose, { code: 'HMARKT' }] }, 'a purpose is unknown'],
    ['no class is named', {}, { class: undefined }, 'no class of data is named'],
    [
      'a class maps to no category',
      {},
      { class: [...certain.provision.class, { code: 'MedicationRequest' }] },
      'a class of data maps to no category',
    ],
    ['class and code narrow each other', {}, { code: [{ text: 'x' }] }, 'class and code narrow each other'],
    [
      'only collecting is permitted',
      {},
      { action: [{ coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentaction', code: 'collect' }] }] },
      'action does not name access or disclose',
    ],
    ['its period is over', {}, { period: { end: '2026-11-23' } }, 'the period is over'],
    ['its period is only a year', {}, { period: { end: '2027' } }, 'period is not exact to the day'],
    ['its data period is only a year', {}, { dataPeriod: { start: '2020' } }, 'dataPeriod is not exact to the day'],
  ])('closes where %s', (_, change, provision, reason) => {
    expect(reasons(meaning(change, provision))).toEqual([reason])
  })

  test('a denial needs less: without a class or purpose it is about all of them', () => {
    const found = meaning({}, { type: 'deny', class: undefined, purpose: undefined })
    expect(found).toMatchObject({ kind: 'deny', recipients: ['social'] })
    expect(found.kind === 'deny' && [found.categories.length, found.purposes.length]).toEqual([18, 5])
  })

  test('a guardian gives as a guardian, never as the learner', () => {
    expect(meaning({ performer: [{ reference: 'RelatedPerson/9' }] })).toMatchObject({
      kind: 'permit',
      by: 'guardian',
      guardian: 'RelatedPerson/9',
    })
  })

  test('what is inactive was withdrawn, what was entered in error never counted', () => {
    expect(meaning({ status: 'inactive' })).toEqual({ kind: 'ended', why: 'withdrawn' })
    expect(meaning({ status: 'entered-in-error' })).toEqual({ kind: 'ended', why: 'enteredInError' })
  })
})
