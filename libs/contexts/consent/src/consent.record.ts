import { type Category, categoryTerms, type Purpose, purposeTerms, type Role, roleTerms } from '@passerelle/sharing'
import type { GiveConsent } from './consent.decider.js'
import type { ConsentMoment } from './consents.view.js'

/** A consent as its view has it. */
export interface RecordedConsent {
  readonly consentId: string
  readonly learnerId: string
  readonly requestedByAgencyId: string
  readonly recipientAgencyId: string
  readonly recipientRole?: Role | null
  readonly purpose: Purpose
  readonly asked: readonly Category[]
  readonly noticeVersion: string
  readonly language: string
  readonly easyRead: boolean
  readonly method?: GiveConsent['method'] | null
  readonly validUntil: string
  /** Only rows about these days, wholly. */
  readonly dataFrom?: string | null
  readonly dataUntil?: string | null
  readonly history: readonly ConsentMoment[]
}

/** An organisation, as it is named to the person. */
export interface RecordParty {
  readonly id: string
  readonly name: string
  readonly address: string
  /** Whom to write to or call, in words. */
  readonly contact: string
  readonly email?: string
  readonly url?: string
  readonly phone?: string
}

/** What a record says besides the consent itself; the hub's configuration and directory know it. */
export interface RecordFacts {
  /** Who asked, and so answers for it. */
  readonly controller: RecordParty
  readonly recipient: RecordParty
  readonly supervisoryAuthority?: RecordParty
  /** Where the wording of a notice stands. */
  noticeUrl(version: string, language: string, easyRead: boolean): string
  /** ISO 3166 codes, or places. */
  readonly storageLocations: readonly string[]
  readonly processingLocations?: readonly string[]
  readonly geographicRestrictions?: string
  /** How long what is shared is kept, in words or as ISO 8601 duration. */
  readonly retentionPeriod: string
  /** ISO 3166 code whose law applies. */
  readonly jurisdiction: string
  /** Where and how to withdraw. */
  readonly withdrawalMethod: string
  readonly service?: string
  readonly codesOfConduct?: readonly string[]
  readonly impactAssessment?: string
}

/**
 * Every field of ISO/IEC TS 27560:2023 and whether a record must have it, in the profile `record-eu-gdpr` of the W3C Data Privacy Vocabulary,
 * which makes some of its optional fields mandatory.
 */
export const recordFields = {
  header: { schemaVersion: true, recordId: true, receiptId: false, piiPrincipalId: true },
  processing: {
    privacyNotice: true,
    language: true,
    purpose: true,
    purposeType: false,
    lawfulBasis: true,
    piiInformation: true,
    piiControllers: true,
    collectionMethod: false,
    processingMethod: false,
    storageLocations: true,
    retentionPeriod: true,
    processingLocation: false,
    geographicRestrictions: false,
    service: false,
    jurisdiction: true,
    recipientThirdParties: true,
    withdrawalMethod: true,
    privacyRights: false,
    codesOfConduct: false,
    impactAssessment: false,
    authorityParty: false,
  },
  piiInformation: {
    piiType: true,
    piiAttributeId: false,
    piiOptional: false,
    sensitivePiiCategory: false,
    specialPiiCategory: false,
  },
  parties: {
    id: true,
    address: true,
    name: true,
    contact: true,
    type: true,
    role: false,
    email: false,
    url: false,
    phone: false,
  },
  events: { eventTime: true, validityDuration: true, entityId: true, eventType: true, eventState: true },
} as const satisfies Record<string, Record<string, boolean>>

type Section<S extends keyof typeof recordFields, V> = { readonly [F in keyof (typeof recordFields)[S]]: V | undefined }
export interface ConsentRecord {
  readonly '@context': Readonly<Record<string, unknown>>
  readonly header: Section<'header', string>
  readonly processing: Readonly<Record<keyof (typeof recordFields)['processing'], unknown>>
  readonly piiInformation: readonly Section<'piiInformation', string | boolean>[]
  readonly parties: readonly Section<'parties', string>[]
  readonly events: readonly Section<'events', string>[]
}

const profile = 'https://w3id.org/dpv/schema/dpv-27560#'
const dpv = (term: string) => `https://w3id.org/dpv#${term}`
const rights = ['13', '15', '16', '17', '18', '20', '21', '77'].map(article => `GDPR ${article}`)

/**
 * The record of one consent; with a `receiptId`, the receipt that a person keeps: the same record under the receipt's id. JSON that is
 * JSON-LD too: its context names each field in the terms of the Data Privacy Vocabulary.
 */
export function toConsentRecord(consent: RecordedConsent, facts: RecordFacts, receiptId?: string): ConsentRecord {
  const { controller, recipient, supervisoryAuthority } = facts
  const special = consent.asked.some(category => categoryTerms[category].special !== 'no')
  const term = purposeTerms[consent.purpose]
  const { dataFrom, dataUntil } = consent
  // ISO 8601-2: an end that is open.
  const period = dataFrom || dataUntil ? `${dataFrom ?? '..'}/${dataUntil ?? '..'}` : undefined
  const givenAt = consent.history.findLast(({ state }) => state === 'given' || state === 'renewed')?.at ?? consent.history[0]!.at
  return {
    '@context': context,
    header: {
      schemaVersion: `${profile}${receiptId ? 'receipt' : 'record'}-eu-gdpr`,
      recordId: consent.consentId,
      receiptId,
      piiPrincipalId: consent.learnerId,
    },
    processing: {
      privacyNotice: facts.noticeUrl(consent.noticeVersion, consent.language, consent.easyRead),
      language: consent.language,
      purpose: `${consent.purpose}: ${term.says}`,
      purposeType: term.iri,
      lawfulBasis: special ? 'GDPR 6(1)(a), 9(2)(a)' : 'GDPR 6(1)(a)',
      piiInformation: consent.asked,
      piiControllers: [controller.id],
      collectionMethod: consent.method ?? undefined,
      processingMethod: [dpv('Share'), dpv('Consult')],
      storageLocations: facts.storageLocations,
      retentionPeriod: facts.retentionPeriod,
      processingLocation: facts.processingLocations,
      geographicRestrictions: facts.geographicRestrictions,
      service: facts.service,
      jurisdiction: facts.jurisdiction,
      recipientThirdParties: [recipient.id],
      withdrawalMethod: facts.withdrawalMethod,
      privacyRights: rights,
      codesOfConduct: facts.codesOfConduct,
      impactAssessment: facts.impactAssessment,
      authorityParty: supervisoryAuthority?.id,
    },
    piiInformation: consent.asked.map(category => {
      const { title, special } = categoryTerms[category]
      return {
        piiType: title,
        piiAttributeId: category,
        // Each is said yes to by itself (R-C.1): none is a condition of another.
        piiOptional: true,
        sensitivePiiCategory: special === 'may reveal',
        specialPiiCategory: special === 'yes',
        ...(period && { piiPeriod: period }),
      }
    }),
    parties: [
      partyOf(controller, 'DataController'),
      // Where one role alone may have it, the record says which.
      { ...partyOf(recipient, 'Recipient'), ...(consent.recipientRole && { role: roleTerms[consent.recipientRole].title }) },
      ...(supervisoryAuthority ? [partyOf(supervisoryAuthority, 'DataProtectionAuthority')] : []),
    ],
    events: consent.history.map(({ state, at, entityId, categories }) => ({
      eventTime: at,
      validityDuration: `${givenAt}/${consent.validUntil}`,
      entityId: entityId ?? 'clock',
      eventType: dpv(special ? 'ExplicitlyExpressedConsent' : 'ExpressedConsent'),
      eventState: dpv(states[state]),
      ...(state === 'partlyWithdrawn' && { piiTypes: categories }),
    })),
  }
}

/** What a record must have and has not: `processing.jurisdiction`, `parties[1].address`. */
export function recordFaults(record: ConsentRecord): string[] {
  return Object.entries(recordFields).flatMap(([section, fields]) => {
    const found = record[section as keyof typeof recordFields]
    const parts: readonly [string, object][] = Array.isArray(found)
      ? found.map((part, i) => [`${section}[${i}]`, part])
      : [[section, found]]
    const mandatory = Object.entries(fields).flatMap(([field, must]) => (must ? [field] : []))
    return [
      ...(parts.length === 0 ? [section] : []),
      ...parts.flatMap(([at, part]) => mandatory.filter(field => isEmpty(Object(part)[field])).map(field => `${at}.${field}`)),
    ]
  })
}
const isEmpty = (value: unknown) =>
  value === undefined || value === null || (Array.isArray(value) ? value.length === 0 : String(value).trim() === '')

const states = {
  requested: 'ConsentRequested',
  given: 'ConsentGiven',
  renewed: 'RenewedConsentGiven',
  refused: 'ConsentRefused',
  partlyWithdrawn: 'ConsentWithdrawn',
  withdrawn: 'ConsentWithdrawn',
  expired: 'ConsentExpired',
  invalidated: 'ConsentInvalidated',
  frozen: 'ConsentInvalidated',
} as const satisfies Record<ConsentMoment['state'], string>

const partyOf = ({ id, address, name, contact, email, url, phone }: RecordParty, type: string) => ({
  id,
  address,
  name,
  contact,
  type: dpv(type),
  role: dpv(type),
  email,
  url,
  phone,
})

const link = (term: string) => ({ '@id': term, '@type': '@id' })

/**
 * Names of fields → terms, each of them, so that none is lost to a reader of JSON-LD. `header` and `processing` only group what is said of the
 * record itself. The guide: https://w3id.org/dpv/guides/consent-27560
 */
const context = {
  '@version': 1.1,
  dct: 'http://purl.org/dc/terms/',
  dpv: 'https://w3id.org/dpv#',
  header: '@nest',
  processing: '@nest',
  schemaVersion: link('dct:conformsTo'),
  recordId: 'dct:identifier',
  receiptId: 'dct:identifier',
  piiPrincipalId: 'dpv:hasDataSubject',
  privacyNotice: link('dpv:hasNotice'),
  language: 'dct:language',
  purpose: 'dct:description',
  purposeType: link('dpv:hasPurpose'),
  lawfulBasis: 'dpv:hasLegalBasis',
  piiInformation: 'dpv:hasPersonalData',
  piiControllers: 'dpv:hasDataController',
  collectionMethod: 'dpv:hasDataSource',
  processingMethod: link('dpv:hasProcessing'),
  storageLocations: 'dpv:hasStorageCondition',
  retentionPeriod: 'dpv:hasDuration',
  processingLocation: 'dpv:hasLocation',
  geographicRestrictions: 'dpv:hasRule',
  service: 'dpv:hasService',
  jurisdiction: 'dpv:hasJurisdiction',
  recipientThirdParties: 'dpv:hasRecipient',
  withdrawalMethod: 'dpv:hasConsentControl',
  privacyRights: 'dpv:hasRight',
  codesOfConduct: 'dpv:hasOrganisationalMeasure',
  impactAssessment: 'dpv:hasImpactAssessment',
  authorityParty: 'dpv:hasAuthority',
  piiType: 'dct:title',
  piiAttributeId: 'dct:identifier',
  piiOptional: 'dpv:hasNecessity',
  sensitivePiiCategory: 'dpv:hasSensitivityLevel',
  specialPiiCategory: 'dct:type',
  piiPeriod: 'dct:temporal',
  parties: 'dpv:hasEntity',
  id: 'dct:identifier',
  type: '@type',
  role: 'dct:type',
  address: 'dpv:hasAddress',
  name: 'dpv:hasName',
  contact: 'dpv:hasContact',
  email: 'dpv:hasContact',
  url: 'dpv:hasContact',
  phone: 'dpv:hasContact',
  events: 'dct:provenance',
  eventTime: 'dct:date',
  validityDuration: 'dct:valid',
  entityId: 'dpv:isImplementedByEntity',
  eventType: '@type',
  eventState: link('dpv:hasConsentStatus'),
  piiTypes: 'dpv:hasPersonalData',
} as const
