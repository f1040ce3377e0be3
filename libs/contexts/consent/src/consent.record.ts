import { type Category, categoryTerms, type Purpose, purposeTerms, type Role, roleTerms } from '@passerelle/sharing'
import type { ConsentMoment } from './consents.view.js'

/** A consent as its view has it. */
export interface RecordedConsent {
  readonly consentId: string
  readonly learnerId: string
  readonly requestedByAgencyId: string
  readonly recipientAgencyId: string
  readonly recipientRole?: Role | null
  readonly purpose: Purpose
  readonly noticeVersion: string
  readonly language: string
  readonly easyRead: boolean
  /** What was asked first, then all that was said: everything else of the record follows from it. */
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
 * The record of one consent as far as its history goes. JSON that is JSON-LD too: its context names each field in the terms of the Data Privacy
 * Vocabulary.
 */
export function toConsentRecord(consent: RecordedConsent, facts: RecordFacts): ConsentRecord {
  const { controller, recipient, supervisoryAuthority } = facts
  const told = toldOf(consent.history)
  const { about, said } = told.at(-1)!
  const term = purposeTerms[consent.purpose]
  return {
    '@context': context,
    header: {
      schemaVersion: `${profile}record-eu-gdpr`,
      recordId: consent.consentId,
      receiptId: undefined,
      piiPrincipalId: consent.learnerId,
    },
    processing: {
      privacyNotice: facts.noticeUrl(consent.noticeVersion, consent.language, consent.easyRead),
      language: consent.language,
      purpose: `${consent.purpose}: ${term.says}`,
      purposeType: term.iri,
      lawfulBasis: isSpecial(about) ? 'GDPR 6(1)(a), 9(2)(a)' : 'GDPR 6(1)(a)',
      piiInformation: about,
      piiControllers: [controller.id],
      collectionMethod: said.method,
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
    piiInformation: about.map(category => {
      const { title, special } = categoryTerms[category]
      return {
        piiType: title,
        piiAttributeId: category,
        // Each is said yes to by itself (R-C.1): none is a condition of another.
        piiOptional: true,
        sensitivePiiCategory: special === 'may reveal',
        specialPiiCategory: special === 'yes',
        ...periodOf(said),
      }
    }),
    parties: [
      partyOf(controller, 'DataController'),
      // Where one role alone may have it, the record says which.
      { ...partyOf(recipient, 'Recipient'), ...(consent.recipientRole && { role: roleTerms[consent.recipientRole].title }) },
      ...(supervisoryAuthority ? [partyOf(supervisoryAuthority, 'DataProtectionAuthority')] : []),
    ],
    events: told.map(({ moment, types, said }) => ({
      eventTime: moment.at,
      // A question and a yes name their end; what ends a yes is the end of it.
      validityDuration: moment.validUntil ? `${moment.at}/${moment.validUntil}` : `${said.at}/${moment.at}`,
      entityId: moment.entityId ?? 'clock',
      eventType: dpv(isSpecial(types) ? 'ExplicitlyExpressedConsent' : 'ExpressedConsent'),
      eventState: dpv(states[moment.state]),
      piiTypes: types,
      ...periodOf(moment),
    })),
  }
}

/**
 * The receipt that a person keeps: the record as it was when it was handed over, under the receipt's id, whatever was said since; undefined where
 * they were handed none with this id.
 */
export function toConsentReceipt(consent: RecordedConsent, facts: RecordFacts, receiptId: string): ConsentRecord | undefined {
  const last = consent.history.findIndex(({ receiptIds }) => receiptIds?.includes(receiptId))
  if (last === -1) return undefined
  const { header, ...record } = toConsentRecord({ ...consent, history: consent.history.slice(0, last + 1) }, facts)
  return { ...record, header: { ...header, schemaVersion: `${profile}receipt-eu-gdpr`, receiptId } }
}

interface Told {
  readonly moment: ConsentMoment
  /** What this moment is about. */
  readonly types: readonly Category[]
  /** The yes that the consent rests on from here on, or rested on until now; where nobody said yes, the question. */
  readonly said: ConsentMoment
  /** What was said yes to and not taken back since; all of it where nothing is left. */
  readonly about: readonly Category[]
}

/** What each moment says, with what was said before it. */
function toldOf(history: readonly ConsentMoment[]): readonly Told[] {
  const told: Told[] = []
  for (const moment of history) {
    const before = told.at(-1)
    const types = moment.categories ?? before?.about ?? []
    if (!before || moment.state === 'given' || moment.state === 'renewed') {
      told.push({ moment, types, said: moment, about: types })
      continue
    }
    const { said } = before
    const left = before.about.filter(category => !types.includes(category))
    told.push({ moment, types, said, about: left.length > 0 ? left : (said.categories ?? []) })
  }
  return told
}

const isSpecial = (about: readonly Category[]) => about.some(category => categoryTerms[category].special !== 'no')

/** ISO 8601-2: an end that is open. */
const periodOf = ({ dataFrom, dataUntil }: ConsentMoment) =>
  dataFrom || dataUntil ? { piiPeriod: `${dataFrom ?? '..'}/${dataUntil ?? '..'}` } : {}

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
  // Taken back by somebody else than the person whom it is about.
  cancelled: 'ConsentRevoked',
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
