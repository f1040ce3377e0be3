import { KeyIndex } from '../reading/key-index.js'
import type { Resource } from './r4.js'

export interface Identifier {
  readonly use?: string
  readonly system?: string
  readonly value?: string
}
export interface Reference {
  readonly reference?: string
  readonly identifier?: Identifier
  readonly display?: string
}
const REFERRED_TO = new Set(['Patient', 'RelatedPerson', 'Organization', 'CarePlan', 'ServiceRequest'])

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

const RELATIVE = /^([A-Z][A-Za-z]+)\/([A-Za-z0-9\-.]{1,64})(?:\/_history\/[A-Za-z0-9\-.]{1,64})?$/

/**
 * Who is meant by a reference, over all files of a feed. A resource's own name is, in this order: what a PUT says, its id, its
 * first business identifier, the urn of its entry; `Type/…` in each case.
 */
export class References {
  /** Names of resources as they are. */
  private readonly names = new KeyIndex()
  /** Other ways to say them: full URLs by document, identifiers. */
  private readonly aliases = new Map<string, string>()

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
    // Of most resources there are many, and nothing that is read points to them.
    if (!REFERRED_TO.has(resource.resourceType)) return
    if (fullUrl) this.aliases.set(`${scope} ${fullUrl}`, name)
    for (const { system, value } of identifiersOf(resource)) {
      const key = `${resource.resourceType}?identifier=${system}|${value}`
      const known = this.aliases.get(key)
      // An identifier that two resources bear names neither.
      if (key !== name) this.aliases.set(key, known !== undefined && known !== name ? '' : name)
    }
  }

  /** The name of what is referred to; undefined where the feed does not have it. */
  resolve(scope: string, { reference, identifier }: Reference, type: string): string | undefined {
    if (reference) {
      const [, path] = /^https?:\/\/.+?\/([A-Z][A-Za-z]+\/[^/]+(?:\/_history\/[^/]+)?)$/.exec(reference) ?? []
      const relative = RELATIVE.exec(path ?? reference)
      const name = relative ? `${relative[1]}/${relative[2]}` : undefined
      const scoped = this.aliases.get(`${scope} ${reference}`)
      if (scoped) return ofType(scoped, type)
      if (name && this.names.state(name) !== 'absent') return ofType(name, type)
      const [, conditionType, condition] = /^([A-Z][A-Za-z]+)\?identifier=([^&]+)$/.exec(reference) ?? []
      if (condition) return this.byIdentifier(conditionType!, safeDecode(condition), type)
      return undefined
    }
    return identifier?.system && identifier.value
      ? this.byIdentifier(type, `${identifier.system}|${identifier.value}`, type)
      : undefined
  }

  /** How the partner's earlier feeds would have named it: to ask the hub. */
  static outsideName({ reference, identifier }: Reference, type: string): string | undefined {
    const relative = RELATIVE.exec(
      (reference ?? '').replace(/^https?:\/\/.+?\/(?=[A-Z][A-Za-z]+\/[^/]+(\/_history\/[^/]+)?$)/, ''),
    )
    if (relative) return relative[1] === type ? `${type}/${relative[2]}` : undefined
    const [, condition] = new RegExp(`^${type}\\?identifier=([^&]+)$`).exec(reference ?? '') ?? []
    if (condition) return `${type}?identifier=${safeDecode(condition)}`
    return !reference && identifier?.system && identifier.value
      ? `${type}?identifier=${identifier.system}|${identifier.value}`
      : undefined
  }

  private byIdentifier(conditionType: string, condition: string, type: string): string | undefined {
    const key = `${conditionType}?identifier=${condition}`
    const name = this.names.state(key) !== 'absent' ? key : this.aliases.get(key)
    return name ? ofType(name, type) : undefined
  }

  isAmbiguous(name: string): boolean {
    return this.names.isAmbiguous(name)
  }
  isFirst(name: string): boolean {
    return this.names.isFirst(name)
  }
  reject(name: string): void {
    this.names.reject(name)
  }
  isRejected(name: string): boolean {
    return this.names.state(name) === 'rejected'
  }
}

const ofType = (name: string, type: string): string | undefined =>
  name.startsWith(`${type}/`) || name.startsWith(`${type}?`) ? name : undefined

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
