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
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, property]) => [key, sampleOf(property, key)]))
    case 'array':
      return [sampleOf(schema.items!, name.replace(/s$/, ''))]
    case 'boolean':
      return true
    case 'integer':
      return Math.max(schema.minimum ?? 0, 1)
    case 'number':
      return 1.5
    case 'string': {
      if (!schema.pattern) return `Some words: ${name}.`
      const { pattern } = schema
      const found = [`${name.replace(/Id$/, '')}-1`, ...strings].find(text => new RegExp(pattern, 'u').test(text))
      if (found !== undefined) return found
    }
  }
  throw new Error(`No sample for ${name}: ${JSON.stringify(schema)}. Teach test/schemas/sample.ts the pattern.`)
}
