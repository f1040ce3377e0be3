import { addDays } from '@passerelle/event-log'
import type { Category, Purpose } from '@passerelle/sharing'
import { isCalendarDay } from '../reading/columns.js'
import type { Reference } from './references.js'

interface Coding {
  readonly system?: string
  readonly code?: string
}
interface Concept {
  readonly coding?: readonly Coding[]
  readonly text?: string
}
interface Period {
  readonly start?: string
  readonly end?: string
}
interface Provision {
  readonly type?: 'permit' | 'deny'
  readonly period?: Period
  readonly actor?: readonly { readonly role: Concept; readonly reference: Reference }[]
  readonly action?: readonly Concept[]
  readonly securityLabel?: readonly Coding[]
  readonly purpose?: readonly Coding[]
  readonly class?: readonly Coding[]
  readonly code?: readonly Concept[]
  readonly dataPeriod?: Period
  readonly data?: readonly unknown[]
  readonly provision?: readonly unknown[]
}
/** A FHIR R4 Consent whose form has been checked. */
export interface FhirConsent {
  readonly status: string
  readonly scope: Concept
  readonly category: readonly Concept[]
  readonly patient?: Reference
  readonly dateTime?: string
  readonly performer?: readonly Reference[]
  readonly policy?: readonly unknown[]
  readonly policyRule?: Concept
  readonly verification?: readonly { readonly verified: boolean }[]
  readonly provision?: Provision
}

export interface ConsentContext {
  readonly now: string
  /** The agency that feeds: the custodian of the record. */
  readonly feedingAgency: string
  /** Registered agencies only. */
  readonly agencyOf: (reference: Reference) => string | undefined
  /** Whether the reference is to the patient of this consent. */
  readonly isPatient: (reference: Reference) => boolean
  /** The guardian's record, where the reference is to a related person of this patient. */
  readonly guardianOf: (reference: Reference) => string | undefined
}

/** What a consent says, where it can be said with certainty. `closed` opens nothing and tells why. */
export type ConsentMeaning =
  | ({ readonly kind: 'permit' } & Said)
  | ({ readonly kind: 'deny' } & Said)
  | { readonly kind: 'ended'; readonly why: 'withdrawn' | 'enteredInError' }
  | { readonly kind: 'closed'; readonly reasons: readonly string[] }
interface Said {
  readonly recipients: readonly string[]
  readonly categories: readonly Category[]
  readonly purposes: readonly Purpose[]
  readonly at: string
  /** First day on which it no longer holds. */
  readonly validUntil: string
  readonly dataFrom?: string
  readonly dataUntil?: string
  readonly by: 'learner' | 'guardian'
  readonly guardian?: string
}

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const ACT_REASON = 'http://terminology.hl7.org/CodeSystem/v3-ActReason'
const PARTICIPATION = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType'
const ACTION = 'http://terminology.hl7.org/CodeSystem/consentaction'
const SCOPE = 'http://terminology.hl7.org/CodeSystem/consentscope'
const RESOURCE = 'http://hl7.org/fhir/resource-types'
const LOINC = 'http://loinc.org'

/** Kinds of consent document that are about disclosing information. Others (privacy notices, emergency only) open nothing. */
const CONSENT_CATEGORIES = new Set([`${ACT_CODE}|IDSCL`, `${ACT_CODE}|INFA`, `${LOINC}|59284-0`])
const PURPOSES: Readonly<Record<string, Purpose>> = {
  [`${ACT_REASON}|TREAT`]: 'healthCare',
  [`${ACT_REASON}|CAREMGT`]: 'caseCoordination',
  [`${ACT_REASON}|COC`]: 'caseCoordination',
  'urn:passerelle:purpose|educationSupport': 'educationSupport',
  'urn:passerelle:purpose|socialSupport': 'socialSupport',
  'urn:passerelle:purpose|healthCare': 'healthCare',
  'urn:passerelle:purpose|employmentSupport': 'employmentSupport',
  'urn:passerelle:purpose|caseCoordination': 'caseCoordination',
}
/** What each kind of resource may tell. What is not here maps to no category, and closes. */
const CATEGORIES: Readonly<Record<string, readonly Category[]>> = {
  [`${RESOURCE}|Patient`]: ['C1'],
  [`${RESOURCE}|RelatedPerson`]: ['C1'],
  [`${RESOURCE}|CarePlan`]: ['C3'],
  [`${RESOURCE}|Goal`]: ['C3'],
  [`${RESOURCE}|QuestionnaireResponse`]: ['C7'],
  [`${RESOURCE}|Condition`]: ['C6'],
  [`${RESOURCE}|ServiceRequest`]: ['C12'],
  [`${RESOURCE}|Task`]: ['C12'],
}
const ALL_CATEGORIES: readonly Category[] = [
  'C1',
  'C2',
  'C3',
  'C4',
  'C5',
  'C6',
  'C7',
  'C8',
  'C9',
  'C10',
  'C11',
  'C12',
  'C13',
  'C14',
  'C15',
  'C16',
  'C17',
  'C18',
]
const ALL_PURPOSES: readonly Purpose[] = [
  'educationSupport',
  'socialSupport',
  'healthCare',
  'employmentSupport',
  'caseCoordination',
]

/**
 * Resolves a FHIR R4 Consent. A permission must be certain in each of its parts: who, to whom, what for, which data, how long.
 * A denial needs less: where it does not say for what or which data, it is about all of it. Nothing is ever opened by a base
 * policy (OPTIN) alone, and a part that narrows in a way the hub cannot express closes the whole.
 */
export function meaningOf(consent: FhirConsent, context: ConsentContext): ConsentMeaning {
  if (consent.status === 'entered-in-error') return { kind: 'ended', why: 'enteredInError' }
  if (consent.status === 'inactive') return { kind: 'ended', why: 'withdrawn' }
  const reasons: string[] = []
  const no = (reason: string) => void reasons.push(reason)

  if (consent.status !== 'active' && consent.status !== 'rejected') no(`status is ${consent.status}`)
  if (!keys(consent.scope).includes(`${SCOPE}|patient-privacy`)) no('scope is not patient-privacy')
  if (!consent.patient || !context.isPatient(consent.patient)) no('the patient cannot be resolved')
  if (!consent.category.some(c => keys(c).some(k => CONSENT_CATEGORIES.has(k))))
    no('category is not a consent to disclose information')
  if (consent.category.some(c => !keys(c).some(k => CONSENT_CATEGORIES.has(k)))) no('a category is unknown')
  if (consent.policy?.length) no('policy points to rules that the hub does not know')
  if (consent.policyRule && !keys(consent.policyRule).some(k => k === `${ACT_CODE}|OPTIN` || k === `${ACT_CODE}|OPTOUT`))
    no('policyRule is unknown')
  if (consent.verification?.some(v => !v.verified)) no('a verification says that it was not verified')
  const who = consentedBy(consent, context)
  if (!who) no('performer is neither the patient nor a known related person')

  const { provision } = consent
  const type = consent.status === 'rejected' ? 'deny' : provision?.type
  if (!provision) return { kind: 'closed', reasons: [...reasons, 'there is no provision: a base policy alone opens nothing'] }
  if (!type) no('provision.type is absent: neither permit nor deny')
  if (provision.provision?.length) no('nested provisions make exceptions')
  if (provision.securityLabel?.length) no('securityLabel narrows by labels that the hub does not know')
  if (provision.data?.length) no('data names single records')
  const recipients = recipientsOf(provision, context, no)
  const denies = type === 'deny'
  const purposes = mapped(provision?.purpose, PURPOSES, denies ? ALL_PURPOSES : undefined, 'purpose', no)
  const categories = categoriesOf(provision, denies, no)
  if (
    provision?.action?.length &&
    !denies &&
    !provision.action.some(a => keys(a).some(k => k === `${ACTION}|access` || k === `${ACTION}|disclose`))
  )
    no('action does not name access or disclose')
  const time = validity(consent, provision, denies, context.now, no)
  const data = daysWithin(provision, denies, no)
  if (reasons.length > 0 || !time || !who || !type) return { kind: 'closed', reasons }
  return {
    kind: type,
    recipients,
    categories,
    purposes,
    ...time,
    ...data,
    ...who,
  }
}

const keys = (concept: Concept | undefined) => (concept?.coding ?? []).map(({ system, code }) => `${system ?? ''}|${code ?? ''}`)

/** FHIR: who agrees. Where nobody is named it is the patient. */
function consentedBy(
  { performer }: FhirConsent,
  context: ConsentContext,
): { by: 'learner' } | { by: 'guardian'; guardian: string } | undefined {
  if (!performer?.length) return { by: 'learner' }
  if (performer.length > 1) return undefined
  if (context.isPatient(performer[0]!)) return { by: 'learner' }
  const guardian = context.guardianOf(performer[0]!)
  return guardian ? { by: 'guardian', guardian } : undefined
}

function recipientsOf(provision: Provision | undefined, context: ConsentContext, no: (reason: string) => void): string[] {
  const recipients = new Set<string>()
  for (const { role, reference } of provision?.actor ?? []) {
    const as = keys(role)
    const agency = context.agencyOf(reference)
    if (as.some(k => k === `${PARTICIPATION}|PRCP` || k === `${PARTICIPATION}|IRCP`)) {
      if (agency) recipients.add(agency)
      else no('an actor who would receive cannot be resolved to a registered agency')
    } else if (as.some(k => k === `${PARTICIPATION}|CST`)) {
      if (agency !== context.feedingAgency) no('the custodian is not the agency that sent it')
    } else no('an actor has a role that the hub does not know')
  }
  if (provision && recipients.size === 0) no('no actor is named who would receive')
  return [...recipients]
}

function mapped<T>(
  codings: readonly Coding[] | undefined,
  map: Readonly<Record<string, T>>,
  whenAbsent: readonly T[] | undefined,
  name: string,
  no: (reason: string) => void,
): T[] {
  if (!codings?.length) {
    if (!whenAbsent) no(`no ${name} is named`)
    return [...(whenAbsent ?? [])]
  }
  return [
    ...new Set(
      codings.flatMap(({ system, code }) => {
        const key = `${system ?? ''}|${code ?? ''}`
        if (Object.hasOwn(map, key)) return [map[key]!]
        no(`a ${name} is unknown`)
        return []
      }),
    ),
  ]
}

function categoriesOf(provision: Provision | undefined, denies: boolean, no: (reason: string) => void): Category[] {
  if (provision?.class?.length && provision.code?.length) no('class and code narrow each other')
  if (!provision?.class?.length && !provision?.code?.length) {
    if (!denies) no('no class of data is named')
    return denies ? [...ALL_CATEGORIES] : []
  }
  const codings = provision.class?.length ? provision.class : provision.code!.flatMap(c => c.coding ?? [{}])
  return [
    ...new Set(
      codings.flatMap(({ system, code }) => {
        const key = `${system ?? ''}|${code ?? ''}`
        if (system === 'urn:passerelle:category' && (ALL_CATEGORIES as readonly string[]).includes(code ?? ''))
          return [code as Category]
        if (Object.hasOwn(CATEGORIES, key)) return CATEGORIES[key]!
        no('a class of data maps to no category')
        return []
      }),
    ),
  ]
}

const exact = ({ start, end }: Period) =>
  [start, end].every(each => each === undefined || (/^\d{4}-\d{2}-\d{2}/.test(each) && isCalendarDay(each.slice(0, 10))))

/** From when until when. A permission holds at most 12 months (R-C.5): narrower than said is safe, wider never; a denial holds until its end. */
function validity(
  { dateTime }: FhirConsent,
  provision: Provision | undefined,
  denies: boolean,
  now: string,
  no: (reason: string) => void,
): { at: string; validUntil: string } | undefined {
  const period = provision?.period ?? {}
  if (!dateTime || !exact({ start: dateTime })) return void no('dateTime is absent or not exact to the day')
  if (!exact(period)) return void no('period is not exact to the day')
  const at = [dateTime, ...(period.start ? [period.start] : [])].map(instantOf).sort().at(-1)!
  if (instantOf(dateTime) > now) return void no('dateTime lies in the future')
  // FHIR: the end of a period is inclusive; ours is the first day on which it no longer holds.
  const validUntil = [yearAfter(denies && now > at ? now : at), ...(period.end ? [nextDay(period.end)] : [])].sort()[0]!
  if (validUntil <= now.slice(0, 10)) return void no('the period is over')
  if (validUntil <= at.slice(0, 10)) return void no('the period ends before it begins')
  return { at, validUntil }
}

/** The whole days of which data is meant: a part of a day counts on neither side, narrower and never wider. A denial is about all of it. */
function daysWithin(
  { dataPeriod }: Provision,
  denies: boolean,
  no: (reason: string) => void,
): Pick<Said, 'dataFrom' | 'dataUntil'> {
  if (!dataPeriod) return {}
  if (!exact(dataPeriod)) return (no('dataPeriod is not exact to the day'), {})
  const { start, end } = dataPeriod
  const dataFrom = start && dayFrom(start)
  const dataUntil = end && dayBefore(nextDay(end))
  if (!denies && dataFrom && dataUntil && dataUntil < dataFrom) no('dataPeriod holds no whole day')
  return { ...(dataFrom && { dataFrom }), ...(dataUntil && { dataUntil }) }
}

function yearAfter(instant: string): string {
  const year = new Date(instant)
  year.setUTCFullYear(year.getUTCFullYear() + 1)
  return year.toISOString().slice(0, 10)
}
const instantOf = (dateTime: string) => new Date(dateTime.length === 10 ? `${dateTime}T00:00:00Z` : dateTime).toISOString()
/** The first day that is wholly after it; a day is itself. */
function dayFrom(start: string): string {
  const instant = instantOf(start)
  return instant.slice(11) === '00:00:00.000Z' ? instant.slice(0, 10) : addDays(instant.slice(0, 10), 1)
}
const dayBefore = (day: string): string => addDays(day, -1)
/** An end with a time of day counts as the day before it: narrower, never wider. */
function nextDay(end: string): string {
  if (end.length > 10) return instantOf(end).slice(0, 10)
  return addDays(end, 1)
}
