import { purposes } from '@passerelle/sharing'
import { foldView, type Told } from '@passerelle/testing'
import type { ConsentEvent } from './consent.events.js'
import {
  type ConsentRecord,
  type RecordedConsent,
  type RecordFacts,
  recordFaults,
  recordFields,
  toConsentReceipt,
  toConsentRecord,
} from './consent.record.js'
import { consents } from './consents.view.js'

const party = (id: string) => ({ id, name: `The ${id}`, address: '1 rue du Pont, 69000', contact: 'the front desk' })
const facts: RecordFacts = {
  controller: party('school'),
  recipient: party('social'),
  supervisoryAuthority: party('cnil'),
  noticeUrl: (version, language, easyRead) => `https://hub.example/notices/${version}/${language}${easyRead ? '/easy' : ''}`,
  storageLocations: ['FR'],
  retentionPeriod: 'P12M',
  jurisdiction: 'FR',
  withdrawalMethod: 'https://hub.example/learner: withdrawConsent',
}
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
type Given = Extract<ConsentEvent, { type: 'ConsentGiven' }>['data']
const given = (at: string, more: Partial<Given> = {}) =>
  told({
    type: 'ConsentGiven',
    data: { categories: ['C3', 'C9'], by: 'learner', method: 'online', at, validUntil: '2026-12-01', ...more },
  })
const handed = (receiptId: string) => told({ type: 'ReceiptIssued', data: { receiptId, at: '2026-03-03T09:00:00.000Z' } })
const partly = told(
  { type: 'ConsentPartlyWithdrawn', data: { categories: ['C9'], by: 'guardian', guardianId: 'g-1' } },
  '2026-04-01T09:00:00.000Z',
)
const withdrawn = told({ type: 'ConsentWithdrawn', data: { by: 'learner' } }, '2026-05-01T09:00:00.000Z')
const row = (...events: Told[]) => foldView(consents, requested, ...events).get('c-1') as unknown as RecordedConsent
const full = toConsentRecord(row(given('2026-03-02T09:00:00.000Z'), partly, withdrawn), facts)

/** Of DPV 2, as far as records may need them: https://w3id.org/dpv */
const dpvTerms = new Set(
  `hasAddress hasAuthority hasConsentControl hasConsentStatus hasContact hasDataController hasDataSource hasDataSubject hasDuration hasEntity
   hasImpactAssessment hasJurisdiction hasLegalBasis hasLocation hasName hasNecessity hasNotice hasOrganisationalMeasure hasPersonalData
   hasProcessing hasPurpose hasRecipient hasRight hasRule hasSensitivityLevel hasService hasStorageCondition isImplementedByEntity
   ConsentExpired ConsentGiven ConsentInvalidated ConsentRefused ConsentRequested ConsentRevoked ConsentWithdrawn RenewedConsentGiven
   ExplicitlyExpressedConsent ExpressedConsent Consult Share Use Store DataController DataProtectionAuthority Recipient ThirdParty
   FulfilmentOfObligation LegalCompliance OrganisationComplianceManagement RecordManagement ServiceProvision`.split(/\s+/),
)

describe('the record of a consent (ISO/IEC TS 27560)', () => {
  test('a recipient named down to the role is told in the record', () => {
    const record = toConsentRecord({ ...row(given('2026-03-02T09:00:00.000Z')), recipientRole: 'socialWorker' }, facts)
    expect(record.parties[1]).toMatchObject({ id: 'social', role: 'Social worker' })
    expect(full.parties[1]).toMatchObject({ id: 'social', role: 'https://w3id.org/dpv#Recipient' })
  })
  test('a mandatory field that is missing or empty is named, in every section', () => {
    for (const [section, fields] of Object.entries(recordFields))
      for (const [field, mandatory] of Object.entries(fields)) {
        const without = (part: object) => ({ ...part, [field]: Array.isArray((part as any)[field]) ? [] : ' ' })
        const found = full[section as keyof typeof recordFields]
        const record = { ...full, [section]: Array.isArray(found) ? found.map(without) : without(found) } as ConsentRecord
        const named = recordFaults(record).some(fault => fault.replace(/\[\d+\]/, '') === `${section}.${field}`)
        expect([section, field, named]).toEqual([section, field, mandatory])
      }
  })
  test('a record without data, parties or events is none', () => {
    expect(recordFaults({ ...full, piiInformation: [], parties: [], events: [] })).toEqual([
      'piiInformation',
      'parties',
      'events',
    ])
  })
  test('at each state of a consent its record has every mandatory field', () => {
    const moments = [given('2026-03-02T09:00:00.000Z'), partly, withdrawn]
    for (let i = 0; i <= moments.length; i++)
      expect(recordFaults(toConsentRecord(row(...moments.slice(0, i)), facts))).toEqual([])
  })
  test('it has a place for every field of the standard, and says each in the terms of the Data Privacy Vocabulary', () => {
    expect(Object.keys(full.header)).toEqual(Object.keys(recordFields.header))
    expect(Object.keys(full.processing)).toEqual(Object.keys(recordFields.processing))
    for (const field of Object.keys(recordFields.processing)) expect(full['@context']).toHaveProperty(field)
    expect(full.header.schemaVersion).toBe('https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr')
  })
  test('as JSON-LD it needs nothing but itself: its context stands in it, and knows every one of its fields', () => {
    const known = Object.keys(full['@context'])
    const fields = new Set<string>()
    const look = (value: unknown): void => {
      if (Array.isArray(value)) value.forEach(look)
      else if (typeof value === 'object' && value !== null)
        for (const [name, below] of Object.entries(value)) {
          fields.add(name)
          look(below)
        }
    }
    const { '@context': _, ...rest } = full
    look(rest)
    expect([...fields].filter(name => !known.includes(name))).toEqual([])
    for (const [name, term] of Object.entries(full['@context'])) {
      const iri = typeof term === 'object' ? (term as { '@id': string })['@id'] : String(term)
      expect([name, iri]).toEqual([name, expect.stringMatching(/^(1\.1|@nest|@type|https?:\/\/\S+|(dct|dpv):[A-Za-z]+)$/)])
    }
  })
  test('every term that it takes from the Data Privacy Vocabulary is one', () => {
    const states = [given('2026-03-02T09:00:00.000Z'), partly, withdrawn]
    const plain = toConsentRecord(row(given('2026-03-02T09:00:00.000Z', { categories: ['C3'] })), facts)
    const ends: ConsentEvent[] = [
      { type: 'ConsentRefused', data: { categories: ['C3'], by: 'learner' } },
      { type: 'ConsentExpired', data: { on: '2026-12-01' } },
      { type: 'ConsentInvalidated', data: { reason: 'wrongPerson' } },
      { type: 'ConsentRequestCancelled', data: { agencyId: 'school' } },
    ]
    const records = [
      plain,
      toConsentRecord(row(...states, given('2026-06-01T09:00:00.000Z'), given('2026-07-01T09:00:00.000Z')), facts),
      ...ends.map(end => toConsentRecord(row(told(end)), facts)),
      ...purposes.map(purpose => toConsentRecord({ ...row(), purpose }, facts)),
    ]
    const text = JSON.stringify(records)
    const used = new Set([...text.matchAll(/(?:https:\/\/w3id\.org\/dpv#|dpv:)([A-Za-z]+)/g)].map(([, term]) => term!))
    expect(used.size).toBeGreaterThan(40)
    expect([...used].filter(term => !dpvTerms.has(term))).toEqual([])
  })
  test('R-C.3 it tells which notice was read, in which language, and whether it was the easy one', () => {
    expect(full.processing).toMatchObject({ privacyNotice: 'https://hub.example/notices/n1/fr/easy', language: 'fr' })
  })
  test('who did what and when stands in its events, a part that was withdrawn included', () => {
    expect(full.events.map(e => [String(e.eventState).split('#')[1], e.eventTime, e.entityId])).toEqual([
      ['ConsentRequested', '2026-03-01T09:00:00.000Z', 'school'],
      ['ConsentGiven', '2026-03-02T09:00:00.000Z', 'l-1'],
      ['ConsentWithdrawn', '2026-04-01T09:00:00.000Z', 'g-1'],
      ['ConsentWithdrawn', '2026-05-01T09:00:00.000Z', 'l-1'],
    ])
    expect(full.events[2]).toMatchObject({ piiTypes: ['C9'] })
    expect(full.events[1]!.validityDuration).toBe('2026-03-02T09:00:00.000Z/2026-12-01')
  })
  test('where it is about data of one period, each category says so, and only then', () => {
    const recorded = (more: Partial<Given>) => toConsentRecord(row(given('2026-03-02T09:00:00.000Z', more)), facts)
    const periods = (more: Partial<Given>) =>
      recorded(more).piiInformation.map(each => (each as { piiPeriod?: string }).piiPeriod)
    expect(periods({ dataFrom: '2026-03-01', dataUntil: '2026-06-30' })).toEqual(Array(2).fill('2026-03-01/2026-06-30'))
    expect(periods({ dataFrom: '2026-03-01' })).toEqual(Array(2).fill('2026-03-01/..'))
    expect(periods({})).toEqual([undefined, undefined])
    expect(recorded({ dataFrom: '2026-03-01' })['@context']).toMatchObject({ piiPeriod: 'dct:temporal' })
  })
  test('given again while it holds, it is renewed', () => {
    const again = toConsentRecord(row(given('2026-03-02T09:00:00.000Z'), given('2026-06-02T09:00:00.000Z')), facts)
    expect(String(again.events[2]!.eventState)).toContain('RenewedConsentGiven')
  })
  test('where a category may reveal what GDPR 9 protects, consent is explicit and says so', () => {
    expect(full.processing.lawfulBasis).toBe('GDPR 6(1)(a), 9(2)(a)')
    expect(String(full.events[1]!.eventType)).toContain('ExplicitlyExpressedConsent')
    const plain = toConsentRecord(row(given('2026-03-02T09:00:00.000Z', { categories: ['C3'] })), facts)
    expect(plain.processing.lawfulBasis).toBe('GDPR 6(1)(a)')
    expect(plain.events.map(({ eventType }) => String(eventType).split('#')[1])).toEqual([
      'ExplicitlyExpressedConsent',
      'ExpressedConsent',
    ])
  })
  test('R-C.1 it is about what was said yes to; what was asked besides stands in the question alone', () => {
    const record = toConsentRecord(row(given('2026-03-02T09:00:00.000Z', { categories: ['C3'] })), facts)
    expect(record.processing.piiInformation).toEqual(['C3'])
    expect(record.piiInformation.map(({ piiAttributeId }) => piiAttributeId)).toEqual(['C3'])
    expect(record.events).toMatchObject([{ piiTypes: ['C3', 'C9'] }, { piiTypes: ['C3'] }])
  })
  test('R-C.1 after a part was taken back it is about what stays, taken back in whole about all of it; never said yes to, about what was asked', () => {
    const about = (...events: Told[]) => toConsentRecord(row(...events), facts).processing.piiInformation
    const refused = told({ type: 'ConsentRefused', data: { categories: ['C3', 'C9'], by: 'learner' } })
    const frozen = told({ type: 'ConsentFrozen', data: { categories: ['C9'], reason: 'competence' } })
    const answered = given('2026-03-02T09:00:00.000Z')
    expect([about(), about(refused), about(answered, partly), about(answered, frozen)]).toEqual([
      ['C3', 'C9'],
      ['C3', 'C9'],
      ['C3'],
      ['C3'],
    ])
    expect(about(answered, withdrawn)).toEqual(['C3', 'C9'])
    expect(about(answered, partly, withdrawn)).toEqual(['C3', 'C9'])
    expect(full.events.map(each => (each as { piiTypes?: unknown }).piiTypes)).toEqual([
      ['C3', 'C9'],
      ['C3', 'C9'],
      ['C9'],
      ['C3'],
    ])
  })
  test('each yes has its own days and period, whatever was said after it', () => {
    const spring = given('2026-03-02T09:00:00.000Z', { dataFrom: '2026-03-01', dataUntil: '2026-06-30' })
    const again = given('2026-04-15T09:00:00.000Z', { validUntil: '2027-02-01', method: 'paper' })
    const { events, processing } = toConsentRecord(row(spring, again, withdrawn), facts)
    expect(events.map(each => [each.validityDuration, (each as { piiPeriod?: string }).piiPeriod])).toEqual([
      ['2026-03-01T09:00:00.000Z/2026-12-01', undefined],
      ['2026-03-02T09:00:00.000Z/2026-12-01', '2026-03-01/2026-06-30'],
      ['2026-04-15T09:00:00.000Z/2027-02-01', undefined],
      ['2026-04-15T09:00:00.000Z/2026-05-01T09:00:00.000Z', undefined],
    ])
    expect(processing.collectionMethod).toBe('paper')
  })
  test('a receipt is the record as it was when it was handed over, whatever becomes of the consent', () => {
    const answered = given('2026-03-02T09:00:00.000Z', { dataFrom: '2026-03-01' })
    const receipt = (...after: Told[]) => toConsentReceipt(row(answered, handed('r-1'), ...after), facts, 'r-1')!
    const { header, ...rest } = receipt()
    expect({ header: { ...header, receiptId: undefined }, ...rest }).toEqual({
      ...toConsentRecord(row(answered), facts),
      header: { ...full.header, schemaVersion: full.header.schemaVersion!.replace('record-', 'receipt-') },
    })
    expect(header.receiptId).toBe('r-1')
    const again = given('2026-06-01T09:00:00.000Z', { categories: ['C3'], validUntil: '2027-05-01', method: 'paper' })
    expect(receipt(partly, withdrawn, again, handed('r-2'))).toEqual(receipt())
    const second = toConsentReceipt(row(answered, handed('r-1'), partly, handed('r-2'), withdrawn), facts, 'r-2')!
    expect(second.events).toHaveLength(3)
    expect(second.processing.piiInformation).toEqual(['C3'])
  })
  test('nobody has a receipt that they were not handed', () => {
    expect(toConsentReceipt(row(given('2026-03-02T09:00:00.000Z'), handed('r-1')), facts, 'r-0')).toBeUndefined()
  })
})
