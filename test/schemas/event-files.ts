import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { EventDefinition } from '@passerelle/event-log'
import { type ContextEvents, root } from './contexts.js'
import { sampleOf, type Schema } from './sample.js'

/** Published name of a schema; it need not be reachable. */
const base = 'https://passerelle.example/schemas/events'
export const folder = 'schemas/events'

/** A file that the code calls for, under its path from the root. */
export interface Called {
  readonly path: string
  readonly text: string
  readonly kind: 'schema' | 'sample' | 'readme' | 'face'
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`

/** The JSON Schema of each version of each event type, a sample of each, and the table of each context's README. */
export function calledFor(contexts: readonly ContextEvents[]): Called[] {
  return contexts.flatMap(context => [
    ...context.events.flatMap(({ definitions }) => [...definitions.values()].flatMap(definition => filesOf(context.name, definition))),
    ...readmeOf(context),
  ])
}

function filesOf(context: string, { type, streamCategory, schemas }: EventDefinition): Called[] {
  return schemas.flatMap((schema, i) => {
    const name = `${type}.v${i + 1}.json`
    const shown = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `${base}/${context}/${name}`,
      title: type,
      description: `Payload of ${type}, version ${i + 1}, in streams ${streamCategory}-<id>. What carries x-personal is stored sealed, with the person’s key for that category.`,
      ...(clean(schema as Schema) as object),
    }
    return [
      { path: `${folder}/${context}/${name}`, text: json(shown), kind: 'schema' as const },
      { path: `${folder}/${context}/samples/${name}`, text: json(sampleOf(schema as Schema)), kind: 'sample' as const },
    ]
  })
}

/** Without the marks that only `defineEvents` reads. */
function clean(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(clean)
  if (node === null || typeof node !== 'object') return node
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key]) => key !== 'x-clear' && !key.startsWith('~'))
      .map(([key, value]) => [key, clean(value)]),
  )
}

const marked = /(<!-- events -->\n)([^]*?)(<!-- \/events -->)/

function readmeOf({ name, files, events }: ContextEvents): Called[] {
  const path = relative(root, join(root, 'libs/contexts', name, 'README.md'))
  const text = readFileSync(join(root, path), 'utf8')
  if (!marked.test(text)) throw new Error(`${path} has no <!-- events --> … <!-- /events -->: mark where its table of events stands.`)
  const comments = commentsOf(files.map(file => readFileSync(file, 'utf8')))
  const rows = events.flatMap(({ streamCategory, definitions }) =>
    [...definitions.values()].map(definition => {
      const { type, version } = definition
      const schema = definition.schemas[version - 1] as Schema
      const link = `[${type}](../../../${folder}/${name}/${type}.v${version}.json)`
      return [link, streamCategory, fieldsOf(schema), comments.get(type) ?? '']
    }),
  )
  const table = aligned([['event', 'stream', 'carries (sealed: category)', 'says'], ...rows])
  return [{ path, text: text.replace(marked, (_, open, _old, close) => `${open}\n${table}\n\n${close}`), kind: 'readme' }]
}

function fieldsOf(schema: Schema): string {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {})
    .map(([name, property]) => {
      const sealed = [...new Set(categoriesOf(property))]
      return `${name}${required.has(name) ? '' : '?'}${sealed.length > 0 ? ` (${sealed.join(', ')})` : ''}`
    })
    .join(', ')
}
const categoriesOf = (schema: Schema): string[] =>
  schema['x-personal']
    ? [schema['x-personal']]
    : [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : []), ...(schema.anyOf ?? [])].flatMap(categoriesOf)

/** The first sentence of the comment over each event type: what it says to whoever reads the code. */
function commentsOf(sources: readonly string[]): Map<string, string> {
  const comments = new Map<string, string>()
  for (const source of sources)
    for (const [, comment, type] of source.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\s*([A-Z]\w+): v1\(/g)) {
      const words = comment!.replace(/\s*\n\s*\*\s*/g, ' ').trim()
      comments.set(type!, /^.*?[.?!](?=\s|$)/.exec(words)?.[0] ?? words)
    }
  return comments
}

/** A Markdown table as Prettier writes it. */
function aligned(rows: readonly (readonly string[])[]): string {
  const cells = rows.map(row => row.map(cell => cell.replaceAll('|', '\\|')))
  const widths = cells[0]!.map((_, column) => Math.max(3, ...cells.map(row => row[column]!.length)))
  const line = (row: readonly string[]) => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  return [line(cells[0]!), line(widths.map(width => '-'.repeat(width))), ...cells.slice(1).map(line)].join('\n')
}
