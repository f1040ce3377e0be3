/** JSON Schema as `fields.ts` of the event log makes it. */
export interface Schema {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly pattern?: string
  readonly minimum?: number
  readonly 'x-personal'?: string
}

/** For the patterns of `fields.ts` that a word with a number does not meet. */
const strings = ['2026-03-01', '2026-03-01T09:30:00.000Z', 'fr', 'https://example.org/thing/1', 'a'.repeat(64)]

/**
 * A plausible payload that the schema takes, the same each time: optional properties included, a single item in each list. Ids are
 * told by the name of their property, so that a sample reads like one.
 * @throws where the schema says something that `fields.ts` does not make
 */
export function sampleOf(schema: Schema, name = 'thing'): unknown {
  if (schema.const !== undefined) return schema.const
  if (schema.enum) return schema.enum[0]
  if (schema.anyOf) return sampleOf(schema.anyOf[0]!, name)
  const value = schema.type === undefined ? undefined : makers[schema.type]?.(schema, name)
  if (value !== undefined) return value
  throw new Error(`No sample for ${name}: ${JSON.stringify(schema)}. Teach test/schemas/sample.ts the pattern.`)
}

const makers: Readonly<Record<string, (schema: Schema, name: string) => unknown>> = {
  object: ({ properties = {} }) => Object.fromEntries(Object.entries(properties).map(([key, of]) => [key, sampleOf(of, key)])),
  array: ({ items }, name) => [sampleOf(items!, name.replace(/s$/, ''))],
  boolean: () => true,
  integer: ({ minimum = 0 }) => Math.max(minimum, 1),
  number: () => 1.5,
  string: ({ pattern }, name) =>
    pattern
      ? [`${name.replace(/Id$/, '')}-1`, ...strings].find(text => new RegExp(pattern, 'u').test(text))
      : `Some words: ${name}.`,
}
