import { Type, type Static, type TSchema } from 'typebox'
import type { Erased } from '@passerelle/keyring'
import { categories, legalBases, purposes, roles, sectors, type Category } from '@passerelle/sharing'
import { codePattern, idPattern, uriPattern } from './patterns.js'

/**
 * The field types of event payloads: JSON Schema values with inferred types. Clear fields hold ids, codes, days and numbers
 * only; names and free text are `personal(category, …)`, and `defineEvents` refuses a payload that breaks this.
 */
const clear = <T extends TSchema>(schema: T): T => Object.assign(schema, { 'x-clear': true })

/** Pseudonymous id: uuid or another code of at most 100 characters. Never a name, number or address of a person. */
export const id = clear(Type.String({ pattern: idPattern.source }))
/** A code of a code system. */
export const code = clear(Type.String({ pattern: codePattern.source }))
export const uri = clear(Type.String({ pattern: uriPattern.source }))
/** A calendar day, `2026-03-01`. */
export const day = clear(Type.String({ pattern: '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$' }))
/** An instant in UTC, `2026-03-01T09:30:00.000Z`. */
export const instant = clear(Type.String({ pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?Z$' }))
/** Hex HMAC-SHA-256 of an identifier, made with the hub's secret. */
export const hmac = clear(Type.String({ pattern: '^[0-9a-f]{64}$' }))
/** BCP-47. */
export const language = clear(Type.String({ pattern: '^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$' }))
export const int = Type.Integer({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER })
export const count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
export const num = Type.Number()
export const bool = Type.Boolean()

/** Free text of at most 500 characters: longer is where diagnoses leak. Only inside `personal` or `published`. */
export const text = Type.String({ minLength: 1, maxLength: 500 })
/** Long text: notes (C13) and nothing else. */
export const note = Type.String({ minLength: 1, maxLength: 10_000 })

export const oneOf = <const V extends readonly string[]>(values: V) =>
  clear(Type.Unsafe<V[number]>({ type: 'string', enum: [...values] }))
export const list = <T extends TSchema>(item: T, maxItems = 200) => Type.Array(item, { maxItems })
export const record = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false })
export const optional = Type.Optional

export const category = oneOf(categories)
export const role = oneOf(roles)
export const purpose = oneOf(purposes)
export const sector = oneOf(sectors)
export const legalBasis = oneOf(legalBases)

/** Something that is kept although it was asked to go, or everything else goes: what, under what law (GDPR 17(3)), until when where that is known. */
export const retention = record({ what: code, category: optional(category), statute: code, until: optional(day) })

/** A value about a person, sealed with that person's key for the category; reads as {@link Erased} once that key is destroyed. */
export const personal = <T extends TSchema>(of: Category, schema: T) =>
  Type.Unsafe<Static<T> | Erased>({ ...(schema as object), 'x-personal': of })
/** Text about no person: the name of an agency or a service, the wording of a notice. Stored in the clear. */
export const published = <T extends TSchema>(schema: T): T => clear({ ...(schema as object) } as T)
