import { Fault } from '../reading/index.js'
import { isCalendarDay } from '../reading/columns.js'
import type { ConsentMeaning } from './consent-meaning.js'
import type { Resource, TakenType } from './r4.js'
import { codePattern } from '@passerelle/event-log'
import { type Identifier, mayBe, type Reference } from './references.js'

/** The one thing that a reader needs to know about what a resource points to. */
export interface Surroundings {
  /** ISO instant. */
  readonly now: string
  readonly patientOf: (reference: Reference) => Found
  /** Where neither feed nor hub has what is named, the resource is quarantined, or not taken if it is said why. */
  readonly nameOf: (reference: Reference, type: string, whyNotTaken?: string) => Found
  readonly agencyOf: (reference: Reference) => string | undefined
  readonly serviceOf: (reference: Reference) => string | undefined
  /** The plan that has it as a goal: as an earlier feed said where this one does not. */
  readonly planOfGoal: () => { readonly name: string } | 'asBefore' | undefined
  readonly meaningOf: (patient: string) => ConsentMeaning
}
type Found = { readonly name: string } | 'quarantined' | 'notTaken' | 'several' | undefined

const SEVERAL = new Fault(
  'REFERENCE.AMBIGUOUS',
  'Several resources bear the identifier that it names: nobody can tell which is meant.',
)

/** What the hub takes of each type, and nothing else of it. */
export interface PatientValue {
  readonly givenName: string
  readonly familyName: string
  readonly birthDate?: string
  readonly sex?: 'female' | 'male' | 'other' | 'unknown'
  readonly identifiers: readonly { readonly system: string; readonly value: string }[]
  readonly email?: string
  readonly phone?: string
  readonly address?: string
}
export interface RelatedPersonValue {
  readonly patient: string
  readonly name: string
  readonly relation: string
  readonly from?: string
  readonly until?: string
}
export interface ConsentValue {
  readonly patient: string
  readonly meaning: Exclude<ConsentMeaning, { kind: 'closed' }>
}
export interface CarePlanValue {
  readonly patient: string
  readonly status: string
  readonly intent: string
  /** Said by the partner in its category; absent where it did not say that it is about learning or work. */
  readonly planKind?: 'learning' | 'career'
  readonly from?: string
  readonly until?: string
}
export interface GoalValue {
  readonly patient: string
  /** Absent where an earlier feed said so. */
  readonly plan?: string
  readonly status: string
  readonly text: string
  readonly by?: string
  readonly measure?: { readonly code: string; readonly unit: string; readonly target: number }
}
export interface ServiceRequestValue {
  readonly patient: string
  readonly status: string
  readonly urgency: 'routine' | 'urgent' | 'asap' | 'stat'
  readonly reasonCode: string
  readonly reason?: string
  readonly agency?: string
  readonly service?: string
  readonly on?: string
}
export interface TaskValue {
  readonly request: string
  readonly status: string
  readonly reason?: string
  readonly owner?: string
  readonly on?: string
}
export interface AnswersValue {
  readonly patient: string
  readonly status: string
  readonly on?: string
  /** Everything that tells what was asked and what was said: sealed as screening data, whatever the instrument. */
  readonly answers: readonly string[]
}

type Seen =
  | {
      readonly value: object
      readonly ended?: true
      /** Of a patient: what is about them is not taken. */
      readonly leavesOut?: true
    }
  | { readonly notTaken: string }
  | { readonly fault: Fault; readonly pointer: string }

/** The hub's value of a resource whose form has been checked. */
export function toValue(type: TakenType, resource: Resource, around: Surroundings): Seen {
  return of[type](resource as never, around)
}

const of: Record<TakenType, (resource: never, around: Surroundings) => Seen> = {
  Patient: patient,
  RelatedPerson: relatedPerson,
  Consent: consent,
  CarePlan: carePlan,
  Goal: goal,
  ServiceRequest: serviceRequest,
  Task: task,
  QuestionnaireResponse: questionnaireResponse,
  Observation: observation,
}

interface Named {
  readonly name?: readonly HumanName[]
}
interface HumanName {
  readonly use?: string
  readonly text?: string
  readonly family?: string
  readonly given?: readonly (string | null)[]
  readonly period?: { readonly end?: string }
}
interface Coded {
  readonly coding?: readonly { readonly system?: string; readonly code?: string; readonly display?: string }[]
  readonly text?: string
}

/** The end of a period counts whole: a day until its last second, a year until its last day (R4 Period.end). */
const isOver = (period: { readonly end?: string } | undefined, now: string): boolean =>
  period?.end !== undefined &&
  (period.end.includes('T') ? Date.parse(period.end) < Date.parse(now) : period.end < now.slice(0, period.end.length))

/** The name in use: official before usual, never an old, maiden or anonymous one. */
function nameOf({ name }: Named, now: string): { given: string; family: string } | undefined {
  const order = ['official', 'usual', undefined, 'temp', 'nickname']
  const inUse = [...(name ?? [])]
    .filter(n => order.includes(n.use) && !isOver(n.period, now))
    .sort((a, b) => order.indexOf(a.use) - order.indexOf(b.use))
  for (const each of inUse) {
    const given = (each.given ?? []).filter(Boolean).join(' ').trim()
    const family = (each.family ?? (given ? '' : each.text) ?? '').trim()
    // Not everybody has two names; the dash says that there is none, not that it is missing.
    if (given || family) return { given: given || '—', family: family || '—' }
  }
  return undefined
}
const short = (text: string | undefined, max = 500) =>
  text === undefined || text.trim() === '' ? undefined : [...text.trim()].slice(0, max).join('')
const dayOf = (dateTime: string | undefined) =>
  dateTime && isCalendarDay(dateTime.slice(0, 10)) ? dateTime.slice(0, 10) : undefined
const wordsOf = (concept: Coded | undefined) =>
  short(concept?.text ?? concept?.coding?.find(c => c.display)?.display ?? concept?.coding?.find(c => c.code)?.code)
const codeOf = (concept: Coded | undefined) => concept?.coding?.find(c => c.code && codePattern.test(c.code))?.code
const tooLong = (pointer: string) => ({ fault: new Fault('VALUE.TOO_LONG', 'The text has more than 500 characters.'), pointer })

function patient(resource: Named & Resource, { now }: Surroundings): Seen {
  const { active, deceasedBoolean, deceasedDateTime, birthDate, gender } = resource as {
    active?: boolean
    deceasedBoolean?: boolean
    deceasedDateTime?: string
    birthDate?: string
    gender?: PatientValue['sex']
  }
  if ((resource.link as { type: string }[] | undefined)?.some(l => l.type === 'replaced-by'))
    return { notTaken: 'Another record replaces it.' }
  // Who is known here is so no more; what is still sent about them serves nothing.
  if (deceasedBoolean || deceasedDateTime) return { value: {}, ended: true, leavesOut: true }
  if (active === false) return { value: {}, ended: true }
  const name = nameOf(resource, now)
  if (!name) return { fault: new Fault('VALUE.MISSING', 'The hub registers a person by a name in use.'), pointer: '/name' }
  if (name.given.length > 500 || name.family.length > 500) return tooLong('/name')
  const telecom = ((resource.telecom ?? []) as { system?: string; value?: string; use?: string }[]).filter(t => t.use !== 'old')
  const home = (
    (resource.address ?? []) as {
      use?: string
      text?: string
      line?: string[]
      postalCode?: string
      city?: string
      country?: string
    }[]
  ).find(a => a.use !== 'old' && a.use !== 'billing')
  const address =
    home &&
    short(
      home.text ??
        [...(home.line ?? []), [home.postalCode, home.city].filter(Boolean).join(' '), home.country].filter(Boolean).join(', '),
    )
  const value: PatientValue = {
    givenName: name.given,
    familyName: name.family,
    ...(birthDate && { birthDate }),
    ...(gender && { sex: gender }),
    identifiers: ((resource.identifier ?? []) as Identifier[]).flatMap(({ use, system, value }) =>
      system && value && use !== 'old' && use !== 'temp' ? [{ system, value }] : [],
    ),
    ...pick('email', short(telecom.find(t => t.system === 'email')?.value)),
    ...pick('phone', short(telecom.find(t => t.system === 'phone')?.value)),
    ...pick('address', address),
  }
  return { value }
}

const pick = <K extends string, V>(key: K, value: V | undefined) =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]: V })

/** The patient that it is about, or why there is none. */
function about(
  reference: Reference | undefined,
  element: string,
  around: Surroundings,
): string | { fault: Fault; pointer: string } | { notTaken: string } {
  const pointer = `/${element}`
  if (!reference) return { fault: new Fault('VALUE.MISSING', 'It says about nobody.'), pointer }
  if (/(^|\/)(Group|Device|Location|Practitioner|Organization)\/[^/]+$/.test(reference.reference ?? ''))
    return { notTaken: 'It is not about a person whom the hub accompanies.' }
  const found = around.patientOf(reference)
  if (found === 'notTaken') return { notTaken: 'It is about somebody who is not taken.' }
  if (found === 'quarantined')
    return { fault: new Fault('REFERENCE.QUARANTINED', 'The patient that it names is in quarantine.'), pointer }
  if (found === 'several') return { fault: SEVERAL, pointer }
  return (
    found?.name ?? {
      fault: new Fault('REFERENCE.UNKNOWN', 'No patient of this feed or the hub is the one that it names.'),
      pointer,
    }
  )
}

function relatedPerson(resource: Named & Resource, around: Surroundings): Seen {
  const patient = about(resource.patient as Reference, 'patient', around)
  if (typeof patient !== 'string') return patient
  if (resource.active === false) return { value: { patient }, ended: true }
  const name = nameOf(resource, around.now)
  if (!name) return { fault: new Fault('VALUE.MISSING', 'A contact is recorded by name.'), pointer: '/name' }
  const full = [name.given, name.family].filter(part => part !== '—').join(' ')
  if (full.length > 500) return tooLong('/name')
  const { period } = resource as { period?: { start?: string; end?: string } }
  const relation = ((resource.relationship ?? []) as Coded[])
    .flatMap(r => r.coding ?? [])
    .find(c => c.code && /^[A-Z]{1,12}$/.test(c.code))?.code
  const value: RelatedPersonValue = {
    patient,
    name: full,
    relation: relation ?? 'other',
    ...pick('from', dayOf(period?.start)),
    ...pick('until', dayOf(period?.end)),
  }
  return { value }
}

function consent(resource: Resource, around: Surroundings): Seen {
  const patient = about(resource.patient as Reference | undefined, 'patient', around)
  if (typeof patient !== 'string') return patient
  const meaning = around.meaningOf(patient)
  if (meaning.kind === 'closed')
    return {
      fault: new Fault('CONSENT.CLOSED', `What it means is not certain, so it opens nothing: ${meaning.reasons.join('; ')}.`),
      pointer: '',
    }
  return { value: { patient, meaning } satisfies ConsentValue }
}

function carePlan(resource: Resource, around: Surroundings): Seen {
  const patient = about(resource.subject as Reference, 'subject', around)
  if (typeof patient !== 'string') return patient
  const { status, intent, period, category } = resource as unknown as {
    status: string
    intent: string
    period?: { start?: string; end?: string }
    category?: Coded[]
  }
  if (intent !== 'plan' && intent !== 'proposal') return { notTaken: 'An order or an option is no plan.' }
  const planKind = (category ?? []).flatMap(c => c.coding ?? []).find(c => c.system === 'urn:passerelle:plan-kind')?.code
  const value: CarePlanValue = {
    patient,
    status,
    intent,
    ...((planKind === 'learning' || planKind === 'career') && { planKind }),
    ...pick('from', dayOf(period?.start)),
    ...pick('until', dayOf(period?.end)),
  }
  return status === 'entered-in-error' || status === 'revoked' ? { value, ended: true } : { value }
}

function goal(resource: Resource, around: Surroundings): Seen {
  const patient = about(resource.subject as Reference, 'subject', around)
  if (typeof patient !== 'string') return patient
  const plan = around.planOfGoal()
  if (!plan) return { notTaken: 'No care plan of this feed has it as a goal.' }
  const text = wordsOf(resource.description as Coded)
  if (!text) return { fault: new Fault('VALUE.MISSING', 'A goal says what is to be reached.'), pointer: '/description' }
  const { lifecycleStatus, target } = resource as unknown as {
    lifecycleStatus: string
    target?: {
      measure?: Coded
      detailQuantity?: { value?: number; unit?: string; code?: string }
      detailInteger?: number
      dueDate?: string
    }[]
  }
  const [first] = target ?? []
  const code = codeOf(first?.measure)
  const number = first?.detailQuantity?.value ?? first?.detailInteger
  const unit = [first?.detailQuantity?.code, first?.detailQuantity?.unit].find(u => u && codePattern.test(u)) ?? '1'
  const value: GoalValue = {
    patient,
    ...(plan !== 'asBefore' && { plan: plan.name }),
    status: lifecycleStatus,
    text,
    ...pick('by', dayOf(first?.dueDate)),
    ...(code && number !== undefined && { measure: { code, unit, target: number } }),
  }
  return ['entered-in-error', 'rejected', 'cancelled'].includes(lifecycleStatus) ? { value, ended: true } : { value }
}

function serviceRequest(resource: Resource, around: Surroundings): Seen {
  const patient = about(resource.subject as Reference, 'subject', around)
  if (typeof patient !== 'string') return patient
  const { status, intent, priority, doNotPerform, code, reasonCode, performer, authoredOn } = resource as unknown as {
    status: string
    intent: string
    priority?: ServiceRequestValue['urgency']
    doNotPerform?: boolean
    code?: Coded
    reasonCode?: Coded[]
    performer?: Reference[]
    authoredOn?: string
  }
  if (doNotPerform) return { notTaken: 'A request not to do something is no referral.' }
  if (intent === 'reflex-order' || intent === 'filler-order' || intent === 'instance-order')
    return { notTaken: 'It was made of another order; that one is the referral.' }
  if (intent !== 'order' && intent !== 'original-order')
    return { notTaken: 'A proposal, a plan or an option is no referral yet.' }
  const isOver = status === 'completed' || status === 'entered-in-error' || status === 'revoked'
  const agencies = [...new Set((performer ?? []).flatMap(p => around.agencyOf(p) ?? []))]
  const services = [...new Set((performer ?? []).flatMap(p => around.serviceOf(p) ?? []))]
  if (agencies.length + services.length === 0 && !isOver)
    return {
      fault: new Fault('REFERRAL.NO_RECIPIENT', 'No performer is a registered agency or a service of the directory.'),
      pointer: '/performer',
    }
  if (agencies.length > 1 || services.length > 1)
    return { fault: new Fault('REFERRAL.TWO_RECIPIENTS', 'A referral goes to one service.'), pointer: '/performer' }
  const value: ServiceRequestValue = {
    patient,
    status,
    urgency: priority ?? 'routine',
    reasonCode: codeOf(reasonCode?.[0]) ?? codeOf(code) ?? 'unspecified',
    ...pick('reason', wordsOf(reasonCode?.[0])),
    ...pick('agency', agencies[0]),
    ...pick('service', services[0]),
    ...pick('on', dayOf(authoredOn)),
  }
  return status === 'entered-in-error' || status === 'revoked' ? { value, ended: true } : { value }
}

function task(resource: Resource, around: Surroundings): Seen {
  const { focus, status, statusReason, owner, lastModified, authoredOn } = resource as unknown as {
    focus?: Reference
    status: string
    statusReason?: Coded
    owner?: Reference
    lastModified?: string
    authoredOn?: string
  }
  if (!focus || !mayBe(focus, 'ServiceRequest')) return { notTaken: 'It fulfils no service request.' }
  // Every type has identifiers, and most are nothing to the hub.
  const isTyped = focus.reference !== undefined || focus.type !== undefined
  const found = around.nameOf(
    focus,
    'ServiceRequest',
    isTyped ? undefined : 'Nothing in this feed says that it fulfils a service request.',
  )
  if (found === 'notTaken') return { notTaken: 'It is about somebody who is not taken.' }
  if (found === 'quarantined')
    return {
      fault: new Fault('REFERENCE.QUARANTINED', 'The service request that it fulfils is in quarantine.'),
      pointer: '/focus',
    }
  if (found === 'several') return { fault: SEVERAL, pointer: '/focus' }
  if (!found)
    return {
      fault: new Fault('REFERENCE.UNKNOWN', 'No service request of this feed or the hub is the one that it fulfils.'),
      pointer: '/focus',
    }
  const agency = owner && around.agencyOf(owner)
  const value: TaskValue = {
    request: found.name,
    status,
    ...pick('reason', wordsOf(statusReason)),
    ...pick('owner', agency),
    ...pick('on', dayOf(lastModified ?? authoredOn)),
  }
  return { value }
}

interface Item {
  readonly linkId?: string
  readonly answer?: readonly (Record<string, unknown> & { readonly item?: readonly Item[] })[]
  readonly item?: readonly Item[]
}

function questionnaireResponse(resource: Resource, around: Surroundings): Seen {
  const patient = about(resource.subject as Reference | undefined, 'subject', around)
  if (typeof patient !== 'string') return patient
  const { status, questionnaire, authored, item } = resource as unknown as {
    status: string
    questionnaire?: string
    authored?: string
    item?: Item[]
  }
  if (status === 'in-progress' || status === 'stopped') return { notTaken: 'It is not finished.' }
  const answers = answersIn(item ?? [])
  if (answers.some(each => each.length > 500)) return tooLong('/item')
  if (answers.length > 200) return { fault: new Fault('VALUE.TOO_MANY', 'It has more than 200 answers.'), pointer: '/item' }
  const value: AnswersValue = {
    patient,
    status,
    ...pick('on', dayOf(authored)),
    answers: [...(questionnaire ? [short(`questionnaire ${questionnaire}`)!] : []), ...answers],
  }
  return status === 'entered-in-error' ? { value, ended: true } : { value }
}

function answersIn(items: readonly Item[]): string[] {
  return items.flatMap(({ linkId, answer, item }) => [
    ...(answer ?? []).flatMap(each => {
      const said = answerText(each)
      return [...(said === undefined ? [] : [`${linkId} = ${said}`]), ...answersIn(each.item ?? [])]
    }),
    ...answersIn(item ?? []),
  ])
}

function answerText(answer: Record<string, unknown>): string | undefined {
  const [key, value] = Object.entries(answer).find(([name]) => /^value[A-Z]/.test(name) && name !== 'valueAttachment') ?? []
  if (key === undefined || value === undefined || value === null) return undefined
  if (typeof value !== 'object') return String(value)
  if (key === 'valueCoding') return wordsOf({ coding: [value] } as Coded)
  if (key === 'valueQuantity')
    return [(value as { value?: number }).value, (value as { unit?: string }).unit].filter(v => v !== undefined).join(' ')
  return (value as Reference).display === undefined ? undefined : 'a reference'
}

const SURVEYS = new Set(['survey', 'social-history', 'sdoh', 'functional-mental-status', 'disability-status'])

function observation(resource: Resource, around: Surroundings): Seen {
  const categories = ((resource.category ?? []) as Coded[]).flatMap(c => c.coding ?? []).map(c => c.code ?? '')
  if (!categories.some(code => SURVEYS.has(code)))
    return { notTaken: 'A measurement of the body or a laboratory serves no purpose of the hub; surveys do.' }
  const patient = about(resource.subject as Reference | undefined, 'subject', around)
  if (typeof patient !== 'string') return patient
  const { status, effectiveDateTime, effectiveInstant, effectivePeriod } = resource as {
    status?: string
    effectiveDateTime?: string
    effectiveInstant?: string
    effectivePeriod?: { start?: string }
  }
  if (status === 'registered' || status === 'preliminary' || status === 'cancelled' || status === 'unknown')
    return { notTaken: 'It is not final.' }
  const asked = (concept: Coded | undefined) => [codeOf(concept), wordsOf(concept)].filter(Boolean).join(' ')
  const said = (of: Resource | Record<string, unknown>) => {
    const { valueCodeableConcept } = of as { valueCodeableConcept?: Coded }
    return valueCodeableConcept ? wordsOf(valueCodeableConcept) : answerText(of as Record<string, unknown>)
  }
  const parts = [resource, ...((resource.component ?? []) as Record<string, unknown>[])]
  const answers = parts.flatMap(part => {
    const value = said(part)
    return value === undefined || value === '' ? [] : [`${asked((part as { code?: Coded }).code)} = ${value}`]
  })
  if (answers.some(each => each.length > 500)) return tooLong('')
  if (answers.length === 0) return { notTaken: 'It has no value.' }
  const value: AnswersValue = {
    patient,
    status: status!,
    ...pick('on', dayOf(effectiveDateTime ?? effectiveInstant ?? effectivePeriod?.start)),
    answers,
  }
  return status === 'entered-in-error' ? { value, ended: true } : { value }
}
