import { Type, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { isCalendarDay } from '../reading/columns.js'
import { Fault } from '../reading/index.js'

/**
 * FHIR R4 (4.0.1): the elements that the hub reads, with their cardinality and required bindings. Elements that are not named
 * here are not read, and not checked. JSON form: https://hl7.org/fhir/R4/json.html
 */
const optional = Type.Optional
const text = Type.String({ minLength: 1 })
const uri = Type.String({ pattern: '^\\S+$' })
const date = Type.String({ pattern: '^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?$' })
const dateTime = Type.String({
  pattern:
    '^[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\\.[0-9]+)?(Z|[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)))?)?)?$',
})
const code = Type.String({ pattern: '^[^\\s]+(\\s[^\\s]+)*$' })
const oneOf = (...codes: string[]) => Type.Unsafe<string>({ type: 'string', enum: codes })
const object = (properties: Record<string, TSchema>) => Type.Object(properties)
const some = <T extends TSchema>(item: T) => optional(Type.Array(item, { minItems: 1 }))
const many = <T extends TSchema>(item: T) => Type.Array(item, { minItems: 1 })

const period = object({ start: optional(dateTime), end: optional(dateTime) })
const coding = object({ system: optional(uri), code: optional(code), display: optional(text) })
const concept = object({ coding: some(coding), text: optional(text) })
const identifier = object({
  use: optional(oneOf('usual', 'official', 'temp', 'secondary', 'old')),
  system: optional(uri),
  value: optional(text),
  period: optional(period),
})
const reference = object({
  reference: optional(text),
  type: optional(uri),
  identifier: optional(identifier),
  display: optional(text),
})
const humanName = object({
  use: optional(oneOf('usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden')),
  text: optional(text),
  family: optional(text),
  // null where only an extension stands in its place.
  given: some(Type.Union([text, Type.Null()])),
  period: optional(period),
})
const telecom = object({
  system: optional(oneOf('phone', 'fax', 'email', 'pager', 'url', 'sms', 'other')),
  value: optional(text),
  use: optional(oneOf('home', 'work', 'temp', 'old', 'mobile')),
})
const address = object({
  use: optional(oneOf('home', 'work', 'temp', 'old', 'billing')),
  text: optional(text),
  line: some(text),
  city: optional(text),
  postalCode: optional(text),
  country: optional(text),
})
const quantity = object({ value: optional(Type.Number()), unit: optional(text), code: optional(code) })
const gender = oneOf('male', 'female', 'other', 'unknown')

const provision: TSchema = object({
  type: optional(oneOf('permit', 'deny')),
  period: optional(period),
  actor: some(object({ role: concept, reference })),
  action: some(concept),
  securityLabel: some(coding),
  purpose: some(coding),
  class: some(coding),
  code: some(concept),
  dataPeriod: optional(period),
  data: some(object({ meaning: oneOf('instance', 'related', 'dependents', 'authoredby'), reference })),
  provision: some(Type.Unknown()),
})
const answers = Type.Unknown()
const item = object({ linkId: text, text: optional(text), answer: some(answers), item: some(Type.Unknown()) })

const resources = {
  Patient: object({
    identifier: some(identifier),
    active: optional(Type.Boolean()),
    name: some(humanName),
    telecom: some(telecom),
    gender: optional(gender),
    birthDate: optional(date),
    deceasedBoolean: optional(Type.Boolean()),
    deceasedDateTime: optional(dateTime),
    address: some(address),
    link: some(object({ other: reference, type: oneOf('replaced-by', 'replaces', 'refer', 'seealso') })),
  }),
  RelatedPerson: object({
    identifier: some(identifier),
    active: optional(Type.Boolean()),
    patient: reference,
    relationship: some(concept),
    name: some(humanName),
    period: optional(period),
  }),
  Consent: object({
    status: oneOf('draft', 'proposed', 'active', 'rejected', 'inactive', 'entered-in-error'),
    scope: concept,
    category: many(concept),
    patient: optional(reference),
    dateTime: optional(dateTime),
    performer: some(reference),
    organization: some(reference),
    policy: some(object({ authority: optional(uri), uri: optional(uri) })),
    policyRule: optional(concept),
    verification: some(object({ verified: Type.Boolean() })),
    provision: optional(provision),
  }),
  CarePlan: object({
    status: oneOf('draft', 'active', 'on-hold', 'revoked', 'completed', 'entered-in-error', 'unknown'),
    intent: oneOf('proposal', 'plan', 'order', 'option'),
    category: some(concept),
    title: optional(text),
    subject: reference,
    period: optional(period),
    goal: some(reference),
  }),
  Goal: object({
    lifecycleStatus: oneOf(
      'proposed',
      'planned',
      'accepted',
      'active',
      'on-hold',
      'completed',
      'cancelled',
      'entered-in-error',
      'rejected',
    ),
    achievementStatus: optional(concept),
    description: concept,
    subject: reference,
    startDate: optional(date),
    target: some(
      object({
        measure: optional(concept),
        detailQuantity: optional(quantity),
        detailInteger: optional(Type.Integer()),
        dueDate: optional(date),
      }),
    ),
    expressedBy: optional(reference),
  }),
  ServiceRequest: object({
    identifier: some(identifier),
    status: oneOf('draft', 'active', 'on-hold', 'revoked', 'completed', 'entered-in-error', 'unknown'),
    intent: oneOf(
      'proposal',
      'plan',
      'directive',
      'order',
      'original-order',
      'reflex-order',
      'filler-order',
      'instance-order',
      'option',
    ),
    priority: optional(oneOf('routine', 'urgent', 'asap', 'stat')),
    doNotPerform: optional(Type.Boolean()),
    code: optional(concept),
    subject: reference,
    authoredOn: optional(dateTime),
    requester: optional(reference),
    performer: some(reference),
    reasonCode: some(concept),
  }),
  Task: object({
    status: oneOf(
      'draft',
      'requested',
      'received',
      'accepted',
      'rejected',
      'ready',
      'cancelled',
      'in-progress',
      'on-hold',
      'failed',
      'completed',
      'entered-in-error',
    ),
    statusReason: optional(concept),
    intent: oneOf(
      'unknown',
      'proposal',
      'plan',
      'order',
      'original-order',
      'reflex-order',
      'filler-order',
      'instance-order',
      'option',
    ),
    code: optional(concept),
    focus: optional(reference),
    for: optional(reference),
    authoredOn: optional(dateTime),
    lastModified: optional(dateTime),
    executionPeriod: optional(period),
    requester: optional(reference),
    owner: optional(reference),
  }),
  QuestionnaireResponse: object({
    questionnaire: optional(uri),
    status: oneOf('in-progress', 'completed', 'amended', 'entered-in-error', 'stopped'),
    subject: optional(reference),
    authored: optional(dateTime),
    source: optional(reference),
    item: some(item),
  }),
  Observation: object({
    status: oneOf('registered', 'preliminary', 'final', 'amended', 'corrected', 'cancelled', 'entered-in-error', 'unknown'),
    category: some(concept),
    code: concept,
    subject: optional(reference),
    effectiveDateTime: optional(dateTime),
    effectivePeriod: optional(period),
    effectiveInstant: optional(dateTime),
    valueQuantity: optional(quantity),
    valueCodeableConcept: optional(concept),
    valueString: optional(Type.String()),
    valueBoolean: optional(Type.Boolean()),
    valueInteger: optional(Type.Integer()),
    valueDateTime: optional(dateTime),
    component: some(object({ code: concept })),
  }),
} satisfies Record<string, TSchema>

export type TakenType = keyof typeof resources
export const takenTypes = Object.keys(resources) as readonly TakenType[]
export const isTaken = (type: string): type is TakenType => Object.hasOwn(resources, type)

const compiled = new Map<string, ReturnType<typeof Compile>>()

/** What is wrong with a resource of a type that the hub takes: the first fault, and where; never a value. */
export function findFault(resource: Resource): { pointer: string; fault: Fault } | undefined {
  const modifier = findModifier(resource)
  if (modifier !== undefined)
    return {
      pointer: modifier,
      fault: new Fault(
        'FHIR.MODIFIER',
        'A modifier (modifierExtension or implicitRules) changes what the resource means, and the hub does not know it.',
      ),
    }
  if (resource.id !== undefined && (typeof resource.id !== 'string' || !/^[A-Za-z0-9\-.]{1,64}$/.test(resource.id)))
    return { pointer: '/id', fault: new Fault('VALUE.MALFORMED', 'The id is not of the form of a FHIR id.') }
  let check = compiled.get(resource.resourceType)
  if (!check) compiled.set(resource.resourceType, (check = Compile(resources[resource.resourceType as TakenType])))
  if (!check.Check(resource)) {
    const errors = check.Errors(resource)
    const error = errors.find(e => e.keyword !== 'anyOf') ?? errors[0]!
    const missing =
      error.keyword === 'required' ? (error.params as { requiredProperties?: string[] }).requiredProperties?.[0] : undefined
    const fault =
      error.keyword === 'required'
        ? new Fault('VALUE.MISSING', 'FHIR R4 requires this element.')
        : error.keyword === 'enum'
          ? new Fault(
              'VALUE.NOT_IN_LIST',
              `The code is none of: ${((error.params as { allowedValues?: string[] }).allowedValues ?? []).join(', ')}.`,
            )
          : new Fault('VALUE.MALFORMED', `FHIR R4: ${error.message}.`)
    return { pointer: `${error.instancePath}${missing ? `/${missing}` : ''}`, fault }
  }
  return findNoSuchDay(resource, '')
}

export interface Resource {
  readonly resourceType: string
  readonly id?: string
  readonly [element: string]: unknown
}

function findModifier(value: unknown, at = ''): string | undefined {
  if (value === null || typeof value !== 'object') return undefined
  for (const [key, each] of Object.entries(value)) {
    if (key === 'modifierExtension' || (key === 'implicitRules' && at === '')) return `${at}/${key}`
    const found = key === 'extension' || key === 'contained' ? undefined : findModifier(each, `${at}/${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

const DATE_ELEMENTS = /(^|[a-z])([dD]ate|[dD]ateTime|start|end|authored|authoredOn|created|lastModified|Instant)$/

function findNoSuchDay(value: unknown, at: string): { pointer: string; fault: Fault } | undefined {
  if (value === null || typeof value !== 'object') return undefined
  for (const [key, each] of Object.entries(value)) {
    if (key === 'contained' || key === 'extension') continue
    const pointer = `${at}/${key}`
    if (
      typeof each === 'string' &&
      DATE_ELEMENTS.test(key) &&
      /^\d{4}-\d{2}-\d{2}/.test(each) &&
      !isCalendarDay(each.slice(0, 10))
    )
      return { pointer, fault: new Fault('VALUE.NO_SUCH_DAY', 'There is no such day in the calendar.') }
    const found = findNoSuchDay(each, pointer)
    if (found) return found
  }
  return undefined
}
