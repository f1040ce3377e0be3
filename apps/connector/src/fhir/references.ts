import { KeyIndex } from '../reading/key-index.js'
import { isTaken, type Resource } from './r4.js'

export interface Identifier {
  readonly use?: string
  readonly system?: string
  readonly value?: string
}
export interface Reference {
  readonly reference?: string
  readonly type?: string
  readonly identifier?: Identifier
  readonly display?: string
}
/** Of other types there are many, and nothing that is read points to them. */
export const REFERRED_TO: ReadonlySet<string> = new Set([
  'Patient',
  'RelatedPerson',
  'Organization',
  'CarePlan',
  'Goal',
  'ServiceRequest',
])

/** Those in use that say what they are; whatever else stands there. */
export const identifiersOf = ({ identifier }: Resource): { readonly system: string; readonly value: string }[] =>
  ([identifier ?? []].flat() as (Identifier | null)[]).flatMap(each =>
    each !== null &&
    typeof each === 'object' &&
    typeof each.system === 'string' &&
    typeof each.value === 'string' &&
    each.use !== 'old'
      ? [{ system: each.system, value: each.value }]
      : [],
  )

/** Of a bundle entry: what stands around the resource. */
export interface Envelope {
  readonly fullUrl?: string
  readonly request?: { readonly method?: string; readonly url?: string }
}

/** From where something is referred to. */
export interface Whence {
  readonly scope: string
  readonly envelope: Envelope
}
/** What is not of this feed: by the name that an earlier feed had for it, and the server that it stands on where one is named. */
export interface Outside {
  readonly name: string
  readonly server?: string
}

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/
const RESTFUL = /^(https?:\/\/.+)\/([A-Z][A-Za-z]+\/[A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/

const SEVERAL = 'several'

/** The server that a RESTful URL names. */
export const serverOf = (url: string | undefined): string | undefined => RESTFUL.exec(url ?? '')?.[1]

/** `Type/id` and its server: a relative reference is of the server that its entry is of (R4 2.36.4.1), where that has one. */
function located(reference: string, { fullUrl }: Envelope): Outside | undefined {
  const [, server = serverOf(fullUrl), absolute] = RESTFUL.exec(reference) ?? []
  const [, type, id] = RELATIVE.exec(absolute ?? reference) ?? []
  return type === undefined ? undefined : { name: `${type}/${id}`, ...(server !== undefined && { server }) }
}

/**
 * Who is meant by a reference, over all files of a feed. A resource's own name is, in this order: what a PUT says, its id, its
 * first business identifier, the urn of its entry; `Type/…` in each case. The same id on two servers is two resources: what is
 * known to stand on one is not meant by a reference to another.
 */
export class References {
  /** Names of resources as they are. */
  private readonly names = new KeyIndex()
  /** Other ways to say them: full URLs by document, identifiers. */
  private readonly aliases = new Map<string, string>()
  /** Names of which a full URL tells the server, and each with its server before it. */
  private readonly places = new KeyIndex()
  /** Of which the feed has records on several servers. */
  private readonly onSeveral = new Set<string>()
  /** Servers that tell where the feed stands: those that full URLs name, those of the goals of its plans, those of the people meant. */
  private readonly named = new Set<string>()
  private readonly ofGoals = new Set<string>()
  private readonly ofPeople = new Set<string>()

  /** Of some rows of an earlier feed: whether a server was the home of all of them. */
  constructor(private readonly homeBefore?: (server: string) => boolean) {}

  static nameOf(resource: Resource, { fullUrl, request }: Envelope = {}): string | undefined {
    const type = resource.resourceType
    const put = request?.method === 'PUT' ? RELATIVE.exec(request.url ?? '') : undefined
    if (put) return put[1] === type ? `${type}/${put[2]}` : undefined
    if (typeof resource.id === 'string') return `${type}/${resource.id}`
    const [identifier] = identifiersOf(resource)
    if (identifier) return `${type}?identifier=${identifier.system}|${identifier.value}`
    return fullUrl ? `${type}/${fullUrl}` : undefined
  }

  add(scope: string, name: string, resource: Resource, { fullUrl }: Envelope, content: string): void {
    this.names.add(name, content)
    const server = serverOf(fullUrl)
    if (isTaken(resource.resourceType)) {
      if (server !== undefined) this.named.add(server)
      for (const each of serversIn(resource['goal'])) this.ofGoals.add(each)
      for (const each of serversIn([resource['subject'], resource['patient'], resource['for']])) this.ofPeople.add(each)
    }
    if (!REFERRED_TO.has(resource.resourceType)) return
    if (fullUrl) this.aliases.set(`${scope} ${fullUrl}`, name)
    if (server !== undefined) {
      const place = `${server}/${name}`
      if (this.places.state(name) !== 'absent' && this.places.state(place) === 'absent') this.onSeveral.add(name)
      this.places.add(name, '')
      this.places.add(place, content)
    }
    for (const { system, value } of identifiersOf(resource)) {
      const key = `${resource.resourceType}?identifier=${system}|${value}`
      const known = this.aliases.get(key)
      // An identifier that two resources bear names neither.
      if (key !== name) this.aliases.set(key, known !== undefined && known !== name ? '' : name)
    }
  }

  /** The name of what is referred to; undefined where the feed does not have it. */
  resolve({ scope, envelope }: Whence, of: Reference, type: string): string | undefined {
    const { reference } = of
    if (reference) {
      const scoped = this.aliases.get(`${scope} ${reference}`)
      if (scoped) return ofType(scoped, type)
      const at = located(reference, envelope)
      if (at && this.stands(at)) return ofType(at.name, type)
    }
    const key = byIdentifier(of, type)
    const name = key !== undefined && this.names.state(key) !== 'absent' ? key : this.aliases.get(key ?? '')
    return name ? ofType(name, type) : undefined
  }

  /** How the partner's earlier feeds would have named it: to ask the hub. */
  outside({ envelope }: Whence, of: Reference, type: string): Outside | undefined {
    const at = of.reference ? located(of.reference, envelope) : undefined
    // What stands in this feed on another server is not the one that an earlier feed brought, either.
    if (at) return at.name.startsWith(`${type}/`) && this.names.state(at.name) === 'absent' ? at : undefined
    const name = byIdentifier(of, type)
    return name === undefined ? undefined : { name }
  }

  /**
   * The server that resources without a full URL stand on: the one that full URLs name or, where there are none, that absolute
   * references do. `SEVERAL`, which is none, where nobody can tell; undefined where nothing names one.
   */
  get home(): string | undefined {
    // What a plan is to reach is kept with the plan; a person may be on file anywhere.
    const [server, another] = [this.named, this.ofGoals, this.ofPeople].find(({ size }) => size > 0) ?? []
    return another === undefined ? server : SEVERAL
  }

  isHome(server: string): boolean {
    if (this.homeBefore) return this.homeBefore(server)
    return this.home === undefined || this.home === server
  }

  private stands({ name, server }: Outside): boolean {
    if (this.names.state(name) === 'absent') return false
    if (server === undefined) return true
    return this.places.state(name) === 'absent' ? this.isHome(server) : this.places.state(`${server}/${name}`) !== 'absent'
  }

  /** Whether it names by an identifier that several bear. */
  isShared(of: Reference, type: string): boolean {
    return this.aliases.get(byIdentifier(of, type) ?? '') === ''
  }

  isOnSeveral(name: string): boolean {
    return this.onSeveral.has(name)
  }
  /** The name with its server before it, where the reference tells that; relative to where it stands. */
  static placeOf({ envelope }: Whence, { reference }: Reference): string | undefined {
    const at = reference === undefined ? undefined : located(reference, envelope)
    return at?.server === undefined ? undefined : `${at.server}/${at.name}`
  }
  /** By name or, of one that stands on several servers, by place. */
  isAmbiguous(name: string, place?: string): boolean {
    return place === undefined ? this.names.isAmbiguous(name) : this.places.isAmbiguous(place)
  }
  isFirst(name: string, place?: string): boolean {
    return place === undefined ? this.names.isFirst(name) : this.places.isFirst(place)
  }
  reject(name: string, place?: string): void {
    this.names.reject(name)
    if (place !== undefined && this.isOnSeveral(name)) this.places.reject(place)
  }
  isRejected(name: string, place?: string): boolean {
    return (place === undefined ? this.names.state(name) : this.places.state(place)) === 'rejected'
  }
}

/** How a resource of the type is named that is meant by an identifier, in a condition or as one; undefined where it is not. */
function byIdentifier({ reference, identifier }: Reference, type: string): string | undefined {
  const [, condition] = new RegExp(`^${type}\\?identifier=([^&]+)$`).exec(reference ?? '') ?? []
  if (condition) return `${type}?identifier=${safeDecode(condition)}`
  return !reference && identifier?.system && identifier.value
    ? `${type}?identifier=${identifier.system}|${identifier.value}`
    : undefined
}

/** Servers that absolute references name. */
const serversIn = (references: unknown): string[] =>
  [references].flat().flatMap(each => {
    const reference = (each as Reference | null | undefined)?.reference
    return (typeof reference === 'string' ? serverOf(reference) : undefined) ?? []
  })

/** Whether it may be of the type, as far as it says itself: a urn says nothing, nor does an identifier without the element `type`. */
export const mayBe = ({ reference, identifier, type: said }: Reference, type: string): boolean =>
  reference
    ? /^urn:/.test(reference) || new RegExp(`(^|/)${type}[/?]`).test(reference)
    : identifier?.system !== undefined && identifier.value !== undefined && (said ?? type) === type

const ofType = (name: string, type: string): string | undefined =>
  name.startsWith(`${type}/`) || name.startsWith(`${type}?`) ? name : undefined

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
