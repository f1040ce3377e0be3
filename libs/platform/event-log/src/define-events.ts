import { Type, type Static, type TObject, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import type { Category } from '@passerelle/sharing'
import type { SchemaFault } from './event-log.js'

type Properties = Record<string, TSchema>
type Data<P extends Properties> = Static<TObject<P>>

/** One event type: its current payload, and how each older version becomes the next. */
export interface EventShape<D = unknown> {
  readonly version: number
  readonly schemas: readonly TObject[]
  readonly upcasts: readonly ((old: never) => unknown)[]
  /** Adds a version. Never change a shipped one. The upcast is pure and total. */
  next<P extends Properties>(properties: P, upcast: (old: D) => Data<P>): EventShape<Data<P>>
}

function shape<D>(schemas: readonly TObject[], upcasts: EventShape['upcasts']): EventShape<D> {
  return {
    version: schemas.length,
    schemas,
    upcasts,
    next: (properties, upcast) =>
      shape(
        [...schemas, Type.Object(properties, { additionalProperties: false })],
        [...upcasts, upcast as (old: never) => unknown],
      ),
  }
}

/** The first version of an event's payload. */
export function v1<P extends Properties>(properties: P): EventShape<Data<P>> {
  return shape([Type.Object(properties, { additionalProperties: false })], [])
}

/** Where a personal field stands in a payload: property names, `*` for "each item of the list". */
export interface PersonalPath {
  readonly category: Category
  readonly path: readonly string[]
}

export interface EventDefinition {
  readonly type: string
  readonly streamCategory: string
  readonly version: number
  /** JSON Schema by version, from 1 at index 0. */
  readonly schemas: readonly TObject[]
  readonly upcasts: EventShape['upcasts']
  /** Personal fields by version, from 1 at index 0. */
  readonly personal: readonly (readonly PersonalPath[])[]
  /** Categories of the current version's personal fields. */
  readonly categories: readonly Category[]
  /** Every fault of a payload of the current version. */
  faults(data: unknown): SchemaFault[]
}

/** The event types of one stream category. Its type parameter carries the payload of each. */
export interface EventDefinitions<S extends Record<string, EventShape<any>> = Record<string, EventShape<any>>> {
  readonly streamCategory: string
  readonly definitions: ReadonlyMap<string, EventDefinition>
  readonly shapes: S
}

/** The union of events that `defineEvents` describes: `{ type, data }`. */
export type EventOf<D extends EventDefinitions> = {
  [K in keyof D['shapes'] & string]: { readonly type: K; readonly data: D['shapes'][K] extends EventShape<infer P> ? P : never }
}[keyof D['shapes'] & string]

export interface DomainEvent {
  readonly type: string
  readonly data: unknown
}

/**
 * Declares what can have happened to one kind of stream = the storage format. `streamCategory` is camelCase, without a dash.
 * @throws where free text is neither `personal` nor `published`, or long text stands outside C13.
 */
export function defineEvents<S extends Record<string, EventShape<any>>>(streamCategory: string, shapes: S): EventDefinitions<S> {
  if (!/^[a-z][A-Za-z0-9]*$/.test(streamCategory))
    throw new Error(`Stream category "${streamCategory}" must be camelCase without a dash`)
  const definitions = new Map<string, EventDefinition>()
  for (const [type, { version, schemas, upcasts }] of Object.entries(shapes)) {
    const personal = schemas.map(schema => personalPaths(schema, `${streamCategory}.${type}`))
    const check = lazily(() => Compile(schemas[version - 1]!))
    definitions.set(type, {
      type,
      streamCategory,
      version,
      schemas,
      upcasts,
      personal,
      categories: [...new Set(personal[version - 1]!.map(p => p.category))],
      faults: data => (check().Check(data) ? [] : check().Errors(data).flatMap(toFaults)),
    })
  }
  return { streamCategory, definitions, shapes }
}

function toFaults({ keyword, instancePath, message, params }: TLocalizedValidationError): SchemaFault[] {
  const path = instancePath.split('/').slice(1)
  // What is missing is told of the object that should have it.
  const missing = keyword === 'required' ? params.requiredProperties : undefined
  const fields = missing?.map(property => [...path, property]) ?? [path]
  return fields.map(each => ({ field: each.join('.'), rule: keyword, message: missing ? 'is missing' : message }))
}

type Node = TSchema & {
  'x-personal'?: Category
  'x-clear'?: boolean
  type?: string
  properties?: Record<string, Node>
  items?: Node
  anyOf?: Node[]
  maxLength?: number
  const?: unknown
}

function personalPaths(schema: Node, name: string, path: string[] = []): PersonalPath[] {
  const at = `${name}/${path.join('/')}`
  const of = schema['x-personal']
  if (of) {
    if (longestText(schema) > 500 && of !== 'C13') throw new Error(`${at}: text over 500 characters belongs to C13 (R-0.5)`)
    return [{ category: of, path }]
  }
  if (schema.type === 'string' && !schema['x-clear'] && schema.const === undefined)
    throw new Error(`${at}: free text must be personal(category, …) or published(…) (R-0.3)`)
  const below = Object.entries(schema.properties ?? {}).flatMap(([key, child]) => personalPaths(child, name, [...path, key]))
  const items = schema.items ? personalPaths(schema.items, name, [...path, '*']) : []
  const variants = (schema.anyOf ?? []).flatMap(child => personalPaths(child, name, path))
  const found = new Map<string, PersonalPath>()
  for (const place of [...below, ...items, ...variants]) {
    const known = found.get(place.path.join('/'))
    if (known && known.category !== place.category)
      throw new Error(`${name}/${place.path.join('/')}: one place has two categories`)
    found.set(place.path.join('/'), place)
  }
  return [...found.values()]
}

function longestText(schema: Node): number {
  const children = [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : []), ...(schema.anyOf ?? [])]
  const own = schema.type === 'string' && !schema['x-clear'] ? (schema.maxLength ?? Infinity) : 0
  return Math.max(own, ...children.map(longestText))
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined
  return () => (made ??= make())
}
