import { Fault, type Folder, type Reading, type ReadingOptions, type Rejected } from '../reading/index.js'
import { type ConsentContext, type FhirConsent, meaningOf } from './consent-meaning.js'
import { hasRaceCode, throughTheDoor } from './door.js'
import { isByLine, type JsonPart, jsonParts } from './json-stream.js'
import { findFault, isTaken, type Resource, type TakenType } from './r4.js'
import { toValue } from './records.js'
import {
  type Envelope,
  type Identifier,
  identifiersOf,
  type Outside,
  type Reference,
  REFERRED_TO,
  References,
  serverOf,
  type Whence,
} from './references.js'

export interface FhirOptions extends ReadingOptions {
  readonly feedingAgency: string
  /** The registered agency that an Organization's reference or identifier means. `system|value` for identifiers. */
  readonly agencyOf?: (name: string) => string | undefined
  /** The directory's service that a HealthcareService's reference or identifier means. */
  readonly serviceOf?: (name: string) => string | undefined
  /** Whether an earlier feed had a record from the server of this digest; undefined where it did not say. */
  readonly stoodOn?: (entity: string, externalId: string, server: string) => Promise<boolean | undefined>
  /** Digest of the server that the last whole feed stood on. */
  readonly home?: () => Promise<string | undefined>
  /** The partner's server has another address than before: its ids mean what they meant. */
  readonly moved?: boolean
  /** Told the digest of the server that this feed stands on. */
  readonly onHome?: (server: string) => void
  readonly now: string
}

/** What stands in a file besides the resources themselves. */
interface Entry extends Envelope {
  readonly resource?: unknown
  readonly search?: { readonly mode?: string }
  readonly response?: unknown
}
interface Standing extends Whence {
  readonly file: string
  readonly pointer: string
  readonly line: number
  readonly cut?: true | undefined
}

/** What stands around a resource is not checked by its type: only what has the form that is needed counts. */
function sound({ fullUrl, request, search, response, resource }: Entry): Entry {
  const part = <T extends object>(value: T | undefined): T | undefined =>
    value !== null && typeof value === 'object' ? value : undefined
  const method = part(request)?.method
  const url = part(request)?.url
  return {
    resource,
    ...(typeof fullUrl === 'string' && { fullUrl }),
    ...(typeof method === 'string' && { request: { method, ...(typeof url === 'string' && { url }) } }),
    ...(part(search) && { search: part(search)! }),
    ...(part(response as object) && { response }),
  }
}

export const isFhirFile = (name: string): boolean => /\.(json|ndjson|jsonl)$/i.test(name)

const BUNDLE_TYPES = new Set(['transaction', 'batch', 'collection', 'searchset'])
/** What others refer to is recorded first: patients, then what is about them, then what belongs to that. */
const STAGES: readonly ((type: string) => boolean)[] = [
  type => type === 'Patient',
  type => type !== 'Patient' && type !== 'Goal' && type !== 'Task',
  type => type === 'Goal' || type === 'Task',
]
/** Code of a record whose id a record of another server had before. */
export const ANOTHER_SERVER = 'SERVER.ANOTHER'
const ofAnotherServer = new Fault(
  ANOTHER_SERVER,
  'Records of this id come from several servers, and nobody can tell whether they are the same. Name a system for each server (--system); where the server itself has moved, say so (--moved).',
)
const ASKED_AT_ONCE = 500
/** The server that a record stands on, of those that may be referred to. */
const standsOn = (type: string, { fullUrl }: Envelope): string | undefined =>
  REFERRED_TO.has(type) && isTaken(type) ? serverOf(fullUrl) : undefined

const PARTIES = new Set(['Organization', 'Practitioner', 'PractitionerRole', 'HealthcareService'])

/**
 * FHIR R4 as JSON, NDJSON or bundles (transaction, batch, collection, searchset) of any size. A bundle's entries are taken one by
 * one: a transaction here is a delivery, not an interaction, so one bad entry does not hold back the others. Every resource gives
 * one reading; what the hub has no use for is counted by type and not kept.
 */
export async function* readFhir(folder: Folder, options: FhirOptions): AsyncIterable<Reading> {
  const files = folder.files.filter(isFhirFile)
  for (const file of folder.files)
    if (!files.includes(file))
      yield { kind: 'remark', place: { file }, code: 'FILE.NOT_OF_THIS_FORMAT', text: 'Only FHIR as JSON or NDJSON is read.' }
  const home = options.partial ? await options.home?.() : undefined
  const references = new References(home === undefined ? undefined : server => options.digest(server) === home)
  const reader = new FhirReader(folder, options, references)
  for (const file of files) await reader.index(file)
  await reader.settle()
  if (!options.partial && references.home !== undefined) options.onHome?.(options.digest(references.home))
  for (const [stage, isOf] of STAGES.entries()) for (const file of files) yield* reader.readings(file, stage, isOf)
}

class FhirReader {
  /** Bundle types, and other documents that hold an `entry`, by document. */
  private readonly heads = new Map<string, Resource>()
  /** Organizations of the feed: name → identifiers. */
  private readonly organizations = new Map<string, readonly Identifier[]>()
  /** What care plans have as goals, and the plan of each goal once all files are known. */
  private readonly goals: { readonly plan: string; readonly from: Whence; readonly reference: Reference }[] = []
  private readonly planOfGoal = new Map<string, string>()
  /** Records that a full URL tells the server of, of which the hub is still to be asked where they stood before. */
  private standing: { readonly type: string; readonly name: string; readonly server: string }[] = []
  /** Those of which it is another one, `server/name`, and their names. */
  private readonly elsewhere = new Set<string>()
  private readonly namesElsewhere = new Set<string>()
  /** Patients who are not taken: what is about them is not, either. */
  private readonly leftOut = new Set<string>()
  /** What the resource in hand refers to outside of this feed: the hub is asked whether it knows it. */
  private outside: (Outside & { type: string; whyNotTaken?: string })[] = []

  constructor(
    private readonly folder: Folder,
    private readonly options: FhirOptions,
    private readonly references: References,
  ) {}

  async index(file: string): Promise<void> {
    for await (const part of jsonParts(this.folder, file, count => this.options.onBytes?.(count / 4))) {
      const scope = `${file}#${part.document}`
      const { value } = part
      if (value instanceof Fault || value === null || typeof value !== 'object') continue
      if (part.of === 'document' && 'entry' in value) {
        this.heads.set(scope, value as unknown as Resource)
        if (this.heads.get(scope)!.resourceType === 'Bundle') continue
      }
      const entry = part.of === 'entry' ? sound(value as Entry) : { resource: value }
      const resource = entry.resource as Resource | null | undefined
      if (typeof resource?.resourceType !== 'string' || resource.resourceType === 'Bundle') continue
      if (!isTaken(resource.resourceType) && !PARTIES.has(resource.resourceType)) continue
      const name = References.nameOf(resource, entry)
      if (!name) continue
      const { meta: _meta, ...content } = throughTheDoor(resource) as Resource
      this.references.add(scope, name, resource, entry, JSON.stringify(content))
      const server = standsOn(resource.resourceType, entry)
      if (server !== undefined) this.standing.push({ type: resource.resourceType, name, server })
      if (this.standing.length >= ASKED_AT_ONCE) await this.askWhereTheyStood()
      if (resource.resourceType === 'Organization') this.organizations.set(name, identifiersOf(resource))
      if (resource.resourceType === 'CarePlan')
        for (const goal of [resource.goal ?? []].flat() as (Reference | null)[])
          if (typeof goal?.reference === 'string')
            this.goals.push({ plan: name, from: { scope, envelope: entry }, reference: { reference: goal.reference } })
    }
  }

  /** What has the id of a record of another server is another record: nobody can tell whether it is meant to be the same. */
  private async askWhereTheyStood(): Promise<void> {
    const { stoodOn, digest, moved } = this.options
    const asked = this.standing
    this.standing = []
    if (!stoodOn || moved) return
    const stood = await Promise.all(asked.map(({ type, name, server }) => stoodOn(type, name, digest(server))))
    asked.forEach(({ name, server }, i) => {
      if (stood[i] !== false) return
      this.elsewhere.add(`${server}/${name}`)
      this.namesElsewhere.add(name)
    })
  }

  async settle(): Promise<void> {
    await this.askWhereTheyStood()
    for (const name of this.namesElsewhere) if (!this.references.isOnSeveral(name)) this.references.reject(name)
    for (const { plan, from, reference } of this.goals) {
      const goal = this.references.resolve(from, reference, 'Goal')
      if (goal !== undefined) this.planOfGoal.set(goal, plan)
    }
  }

  async *readings(file: string, stage: number, isOf: (type: string) => boolean): AsyncIterable<Reading> {
    for await (const part of jsonParts(this.folder, file, count => this.options.onBytes?.(count / 4))) {
      const scope = `${file}#${part.document}`
      const head = this.heads.get(scope)
      if (part.of === 'document') yield* this.document(file, scope, part, head, stage, isOf)
      else if (part.of === 'item')
        yield* this.one(
          part.value,
          { file, scope, pointer: part.pointer, line: part.line, envelope: {}, cut: part.cut },
          stage,
          isOf,
        )
      else if (!head || (head.resourceType === 'Bundle' && BUNDLE_TYPES.has(String(head.type))))
        yield* this.entry(file, scope, part, stage, isOf)
    }
  }

  private async *document(
    file: string,
    scope: string,
    part: JsonPart,
    head: Resource | undefined,
    stage: number,
    isOf: (type: string) => boolean,
  ): AsyncIterable<Reading> {
    const at: Standing = { file, scope, pointer: '', line: part.line, envelope: {}, cut: part.cut }
    if (head?.resourceType !== 'Bundle') {
      // A bundle without entries is nothing; one whose own brackets are broken is told here.
      if ((part.value as Resource | null)?.resourceType !== 'Bundle') yield* this.one(part.value, at, stage, isOf)
      return
    }
    if (stage === 1 && !BUNDLE_TYPES.has(String(head.type)))
      yield this.unreadBundle(
        at,
        '/type',
        new Fault('BUNDLE.TYPE', 'Only transaction, batch, collection and searchset bundles are read.'),
      )
  }

  private async *entry(
    file: string,
    scope: string,
    part: JsonPart,
    stage: number,
    isOf: (type: string) => boolean,
  ): AsyncIterable<Reading> {
    const entry = part.value instanceof Fault ? part.value : sound(part.value as Entry)
    const at = (pointer: string, envelope: Envelope = {}): Standing => ({
      file,
      scope,
      pointer,
      line: part.line,
      envelope,
      cut: part.cut,
    })
    if (entry instanceof Fault) {
      if (stage === 1) yield this.reject('unknown', at(part.pointer), '', entry)
      return
    }
    const method = entry.request?.method
    const pointer = `${part.pointer}/resource`
    if (method && method !== 'POST' && method !== 'PUT') {
      if (stage !== 1) return
      yield method === 'GET' || method === 'HEAD'
        ? {
            kind: 'notTaken',
            entity: 'request',
            place: { file, pointer: part.pointer },
            why: 'A question to a server is no record.',
          }
        : this.reject(
            'request',
            at(part.pointer),
            '/request/method',
            new Fault('REQUEST.METHOD', 'A deletion or patch needs a person to look at it.'),
          )
    } else if (entry.search?.mode === 'outcome' || (entry.response && !entry.resource)) {
      if (stage === 1)
        yield {
          kind: 'notTaken',
          entity: 'response',
          place: { file, pointer: part.pointer },
          why: 'An answer of a server is no record.',
        }
    } else yield* this.one(entry.resource, at(pointer, { fullUrl: entry.fullUrl, request: entry.request }), stage, isOf)
  }

  /** The reading of one resource, in the stage that it belongs to. */
  private async *one(value: unknown, at: Standing, stage: number, isOf: (type: string) => boolean): AsyncIterable<Reading> {
    const type = value instanceof Fault ? undefined : (value as Resource | null | undefined)?.resourceType
    if (typeof type !== 'string' || !/^[A-Z][A-Za-z]{1,59}$/.test(type)) {
      if (stage === 1)
        yield this.reject(
          'unknown',
          at,
          '',
          value instanceof Fault ? value : new Fault('FHIR.NO_TYPE', 'There is no resource with a resourceType here.'),
        )
      return
    }
    if (type === 'Bundle') {
      if (stage === 1)
        yield this.unreadBundle(
          at,
          '',
          new Fault('BUNDLE.NESTED', 'A bundle within a bundle is not read. Send its entries, or the bundle by itself.'),
        )
    } else if (isOf(type)) yield await this.resource(value as Resource, type, at)
  }

  private async resource(whole: Resource, type: string, at: Standing): Promise<Reading> {
    const notTaken = (why: string): Reading => {
      if (type === 'Patient') this.leftOut.add(References.nameOf(whole, at.envelope) ?? '')
      return { kind: 'notTaken', entity: type, place: place(at), why }
    }
    if (PARTIES.has(type)) return notTaken('Read to resolve references; the hub keeps its own register of agencies and staff.')
    if (!isTaken(type)) return notTaken('The hub has no purpose for this type (GDPR 5(1)(c)).')
    const name = References.nameOf(whole, at.envelope)
    const resource = throughTheDoor(whole) as Resource
    const server = standsOn(type, at.envelope)
    const stands = server === undefined ? undefined : `${server}/${name}`
    const reject = (pointer: string, fault: Fault) => {
      if (name) this.references.reject(name, stands)
      return this.reject(type, at, pointer, fault, name, resource)
    }
    if (name === undefined)
      return reject(
        '',
        new Fault('FHIR.NO_IDENTITY', 'It has neither an id, an identifier nor a full URL, or its PUT names another one.'),
      )
    const isOneOfSeveral = this.references.isOnSeveral(name)
    // Of several it is the one that came before, where one did.
    if ((stands !== undefined && this.elsewhere.has(stands)) || (isOneOfSeveral && !this.namesElsewhere.has(name)))
      return this.reject(type, at, '', ofAnotherServer, name, resource)
    const own = isOneOfSeveral ? stands : undefined
    if (this.references.isAmbiguous(name, own))
      return reject(
        '/id',
        new Fault('DUPLICATE.DIFFERS', 'Several resources have this id and differ: nobody can tell which one counts.'),
      )
    if (!this.references.isFirst(name, own)) return { kind: 'repeated', entity: type, externalId: name, place: place(at) }
    if (type === 'Observation' && hasRaceCode(whole.code)) return notTaken('Race and ethnicity are dropped at the door.')
    const fault = findFault(resource)
    if (fault) return reject(fault.pointer, fault.fault)
    if (isVeryRestricted(resource))
      return reject('/meta/security', new Fault('LABEL.VERY_RESTRICTED', 'It is labelled very restricted: a person must decide.'))
    if (type === 'Patient' && isAnimal(whole)) return notTaken('An animal is no learner.')

    const plan = this.planOfGoal.get(name)
    const isLater = type === 'Goal' && plan === undefined && ((await this.options.known?.('Goal', name)) ?? false)
    this.outside = []
    const seen = toValue(type as TakenType, resource, {
      now: this.options.now,
      patientOf: reference => this.findName(at, reference, 'Patient'),
      nameOf: (reference, of, whyNotTaken) => this.findName(at, reference, of, whyNotTaken),
      agencyOf: reference => this.agencyOf(at, reference),
      serviceOf: reference => this.serviceOf(reference),
      planOfGoal: () => (plan === undefined ? (isLater ? 'asBefore' : undefined) : { name: plan }),
      meaningOf: patient => meaningOf(resource as unknown as FhirConsent, this.consentContext(at, patient)),
    })
    if ('notTaken' in seen) return notTaken(seen.notTaken)
    if ('fault' in seen) return reject(seen.pointer, seen.fault)
    for (const outside of this.outside)
      if (!(await this.isKnown(outside))) {
        if (outside.whyNotTaken !== undefined) return notTaken(outside.whyNotTaken)
        return reject('', new Fault('REFERENCE.UNKNOWN', `No ${outside.type} of this feed or the hub is the one that it names.`))
      }
    if (seen.leavesOut) this.leftOut.add(name)
    return {
      kind: 'record',
      entity: type,
      externalId: name,
      value: seen.value,
      contentHash: this.options.digest(JSON.stringify(seen.value)),
      place: place(at),
      raw: rawOf(resource, at),
      ...(server !== undefined && { server: this.options.digest(server) }),
      ...(seen.ended && { ended: true as const }),
    }
  }

  private async isKnown({ type, name, server }: Outside & { type: string }): Promise<boolean> {
    if (!(await this.options.known?.(type, name))) return false
    if (server === undefined || (this.options.moved && this.references.isHome(server))) return true
    return (await this.options.stoodOn?.(type, name, this.options.digest(server))) ?? this.references.isHome(server)
  }

  private findName(
    from: Whence,
    reference: Reference,
    type: string,
    whyNotTaken?: string,
  ): { name: string } | 'quarantined' | 'notTaken' | 'several' | undefined {
    if (this.references.isShared(reference, type)) return 'several'
    const name = this.references.resolve(from, reference, type)
    if (name) {
      if (this.leftOut.has(name)) return 'notTaken'
      return this.isQuarantined(name, References.placeOf(from, reference)) ? 'quarantined' : { name }
    }
    const outside = this.references.outside(from, reference, type)
    if (outside === undefined) return undefined
    this.outside.push({ type, ...outside, ...(whyNotTaken !== undefined && { whyNotTaken }) })
    return outside
  }

  /** Of a name that stands on several servers only the one that came before is taken, and nothing that does not say which it means. */
  private isQuarantined(name: string, place: string | undefined): boolean {
    if (!this.references.isOnSeveral(name)) return this.references.isRejected(name)
    const isMeant = place !== undefined && !this.elsewhere.has(place) && this.namesElsewhere.has(name)
    return !isMeant || this.references.isRejected(name, place)
  }

  private agencyOf(from: Whence, reference: Reference): string | undefined {
    const { agencyOf } = this.options
    const inFeed = this.references.resolve(from, reference, 'Organization')
    const outside = this.references.outside(from, reference, 'Organization')
    const names = [
      inFeed,
      reference.reference,
      outside && (outside.server === undefined || this.references.isHome(outside.server)) ? outside.name : undefined,
      ...[...(this.organizations.get(inFeed ?? '') ?? []), reference.identifier ?? {}].map(i =>
        i.system && i.value ? `${i.system}|${i.value}` : undefined,
      ),
    ]
    for (const name of names) {
      const agency = name === undefined ? undefined : agencyOf?.(name)
      if (agency) return agency
    }
    return undefined
  }

  private serviceOf({ reference, identifier }: Reference): string | undefined {
    const { serviceOf } = this.options
    return (
      (reference ? serviceOf?.(reference) : undefined) ??
      (identifier?.system && identifier.value ? serviceOf?.(`${identifier.system}|${identifier.value}`) : undefined)
    )
  }

  private consentContext(from: Whence, patient: string): ConsentContext {
    const { feedingAgency, now } = this.options
    return {
      now,
      feedingAgency,
      agencyOf: reference => this.agencyOf(from, reference),
      isPatient: reference => nameIn(this.findName(from, reference, 'Patient')) === patient,
      guardianOf: reference => nameIn(this.findName(from, reference, 'RelatedPerson')),
    }
  }

  /** What a bundle holds that is not read stands in no total, and nowhere else. */
  private unreadBundle(at: Standing, pointer: string, fault: Fault): Reading {
    return { ...this.reject('Bundle', at, pointer, fault), unread: true }
  }

  private reject(
    entity: string,
    at: Standing,
    pointer: string,
    fault: Fault,
    externalId?: string,
    resource?: Resource,
  ): Rejected {
    return {
      kind: 'rejected',
      entity,
      ...(externalId !== undefined && { externalId }),
      place: place(at, pointer),
      code: fault.code,
      reason: fault.reason,
      ...(at.cut && { unread: true as const }),
      ...(resource && { raw: rawOf(resource, at) }),
    }
  }
}

const nameIn = (found: ReturnType<FhirReader['findName']>) => (typeof found === 'object' ? found.name : undefined)
const place = ({ file, line, pointer }: Standing, below = '') => ({
  file,
  ...((line > 1 || isByLine(file)) && { row: line }),
  pointer: `${pointer}${below}` || '/',
})

/** With its full URL: what it refers to is read from there. */
const rawOf = (resource: Resource, { envelope: { fullUrl } }: Standing) => ({
  resource,
  ...(fullUrl !== undefined && { fullUrl }),
})

const isVeryRestricted = ({ meta }: Resource): boolean =>
  [(meta as { security?: { code?: string }[] } | undefined)?.security ?? []].flat().some(label => label?.code === 'V')

const isAnimal = (patient: Resource): boolean =>
  [patient.extension ?? []]
    .flat()
    .some(e => (e as { url?: string } | null)?.url === 'http://hl7.org/fhir/StructureDefinition/patient-animal')
