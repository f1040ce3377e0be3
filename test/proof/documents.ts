import type { Chance } from '@passerelle/connector'
import {
  getNamedType,
  getNullableType,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'
import { canariesIn } from './payloads.js'

export interface WrittenDocument {
  readonly text: string
  readonly variables: Readonly<Record<string, unknown>>
}

/** Values that stand somewhere in the region, whoever may see them: a filter guesses with these. */
export interface Guesses {
  /** What stands in columns of a name. */
  readonly columns: ReadonlyMap<string, readonly unknown[]>
  readonly texts: readonly string[]
  readonly days: readonly string[]
  readonly instants: readonly string[]
  readonly learnerIds: readonly string[]
  /** Instants to look back to. */
  readonly past: readonly string[]
  /** Fields below which the asker sees something: asked for more often than others. */
  readonly likely: readonly string[]
  /** Of a hundred documents, how many look back. */
  readonly lookBack?: number
}

export function guessesFrom(
  rows: Iterable<Readonly<Record<string, unknown>>>,
  about: Pick<Guesses, 'learnerIds' | 'past' | 'likely'>,
): Guesses {
  const columns = new Map<string, Set<unknown>>()
  const texts = new Set<string>(['', 'nobody'])
  const days = new Set<string>(['2026-03-15'])
  const instants = new Set<string>(['2026-03-15T10:00:00.000Z'])
  const sorted = (text: string) => (/^\d{4}-\d\d-\d\d$/.test(text) ? days : /^\d{4}-\d\d-\d\dT/.test(text) ? instants : texts)
  for (const row of rows)
    for (const [name, held] of Object.entries(row))
      for (const value of [held].flat()) {
        if (value === null || typeof value === 'object') continue
        if (!columns.has(name)) columns.set(name, new Set())
        columns.get(name)!.add(value)
        if (typeof value === 'string') sorted(value).add(value)
      }
  return {
    columns: new Map([...columns].map(([name, values]) => [name, [...values]])),
    texts: [...texts],
    days: [...days],
    instants: [...instants],
    ...about,
    learnerIds: [...about.learnerIds, 'learner-unknown'],
  }
}

/**
 * Any document that a face might be asked: all that its schema offers, in any mixture; now and then a faulty one. Documents of one shape ask for
 * the same in other words: other values, aliases, fragments, lengths.
 */
export function documentOf(schema: GraphQLSchema, guesses: Guesses, shape: Chance, words: Chance): WrittenDocument {
  return new Writer(schema, guesses, shape, words).document()
}

class Writer {
  private readonly variables: Record<string, unknown> = {}
  private readonly declared: string[] = []
  private readonly fragments: string[] = []
  private names = 0
  /** At most one: of two faults, whichever is found first is told. */
  private isFaulty = false

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly guesses: Guesses,
    private readonly shape: Chance,
    private readonly words: Chance,
  ) {}

  document(): WrittenDocument {
    const { shape } = this
    const roots = Object.values(this.schema.getQueryType()!.getFields())
    const fields = Array.from({ length: shape.pick([1, 1, 1, 2]) }, () => this.field(this.likely(roots), 0, true))
    const head = this.declared.length > 0 ? `query Q(${this.declared.join(', ')})` : 'query Q'
    return { text: [`${head} { ${fields.join(' ')} }`, ...this.fragments].join('\n'), variables: this.variables }
  }

  private likely(fields: readonly GraphQLField<any, any>[]): GraphQLField<any, any> {
    const telling = fields.filter(({ name }) => this.guesses.likely.includes(name))
    return this.shape.pick(telling.length > 0 && this.shape.yes(70) ? telling : fields)
  }

  private field(field: GraphQLField<any, any>, depth: number, named = false): string {
    const { shape, words } = this
    const asked = field.args.filter(
      ({ name, type }) =>
        isNonNullType(type) ||
        (name === 'after' ? this.fault(5) : shape.yes(name === 'asOf' ? (this.guesses.lookBack ?? 5) : 35)),
    )
    const args = asked.map(arg => `${arg.name}: ${this.argument(arg.name, arg.type)}`)
    const name = `${named || words.yes(15) ? `n${this.names++}: ` : ''}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}`
    const type = getNamedType(field.type)
    return isLeafType(type) ? name : `${name} ${this.selection(type as GraphQLObjectType, depth + 1)}`
  }

  private selection(type: GraphQLObjectType, depth: number): string {
    const { shape, words } = this
    const fields = Object.values(type.getFields())
    const leaves = fields.filter(({ type: of, args }) => isLeafType(getNamedType(of)) && args.length === 0)
    const objects = fields.filter(({ type: of }) => !isLeafType(getNamedType(of)))
    // Rows are reached, and seldom more than one thing below them.
    const isConnection = fields.some(({ name }) => name === 'pageInfo')
    const most = isConnection ? 2 : depth <= 3 && shape.yes(25) ? 1 : depth === 1 && leaves.length === 0 ? 1 : 0
    const below = [
      ...(isConnection ? shape.some(objects, 1, 2) : objects.length > 0 && most > 0 ? [this.likely(objects)] : []),
      ...objects.filter(({ name }) => (name === 'redactions' && shape.yes(40)) || (name === 'pageInfo' && shape.yes(30))),
    ]
    // Whoever asks for rows counts them now and then.
    const some = leaves.length > 0 && (!isConnection || shape.yes(40)) ? shape.some(leaves, 1, 6) : []
    const chosen = [...new Set([...some, ...below])]
    if (chosen.length === 0) return '{ __typename }'
    const written = chosen.map(field => this.field(field, depth))
    if (words.yes(15)) written.push('__typename')
    if (words.yes(10) && leaves.length > 0)
      written.push(`n${this.names++}: ${chosen.find(field => leaves.includes(field))?.name ?? '__typename'}`)
    if (words.yes(10)) return `{ ... on ${type.name} { ${written.join(' ')} } }`
    if (words.yes(10)) {
      const name = `F${this.names++}`
      this.fragments.push(`fragment ${name} on ${type.name} { ${written.join(' ')} }`)
      return `{ ...${name} }`
    }
    return `{ ${written.join(' ')} }`
  }

  private argument(name: string, type: GraphQLInputType): string {
    const { words, guesses } = this
    const value =
      name === 'first'
        ? this.fault(3)
          ? words.pick([0, -1, 101])
          : words.pick([1, 2, 3, 20])
        : name === 'id' || name === 'learnerId'
          ? words.pick(guesses.learnerIds)
          : name === 'after'
            ? 'bm90aGluZw'
            : name === 'asOf' || name === 'at'
              ? words.pick(guesses.past)
              : name.endsWith('Id')
                ? words.pick(this.idsOf(name))
                : this.value(type, 0, name)
    if (words.yes(75)) return literal(value, type)
    const variable = `v${this.declared.length}`
    this.declared.push(`$${variable}: ${String(type)}`)
    this.variables[variable] = value
    return `$${variable}`
  }

  /** Answers repeat what was asked for by its id: nobody's words are among these, or they would look like told. */
  private idsOf(column: string): readonly unknown[] {
    const ids = (this.guesses.columns.get(column) ?? []).filter(id => canariesIn(String(id)).size === 0)
    return ids.length > 0 ? ids : ['nobody']
  }

  private fault(percent: number): boolean {
    if (this.isFaulty || !this.shape.yes(percent)) return false
    return (this.isFaulty = true)
  }

  private value(type: GraphQLInputType, depth: number, column: string): unknown {
    const of = getNullableType(type)
    if (!isNonNullType(type) && depth > 0 && this.fault(4)) return null
    if (isListType(of))
      return Array.from({ length: this.shape.int(1, 3) }, () => this.value(of.ofType, depth + 1, column)).filter(
        each => each !== null,
      )
    if (isEnumType(of)) return this.shape.pick(of.getValues()).name
    if (isInputObjectType(of)) return this.input(of, depth, column)
    const held = this.guesses.columns.get(column)
    if (held && this.words.yes(70)) return this.words.pick(held)
    return this.scalar(of.name)
  }

  /** The operators of a filter stand below its column. */
  private input(type: GraphQLInputObjectType, depth: number, column: string): Record<string, unknown> {
    const fields = Object.values(type.getFields())
    const required = fields.filter(field => isNonNullType(field.type))
    const open = fields.filter(field => !isNonNullType(field.type) && (depth < 3 || !['and', 'or', 'not'].includes(field.name)))
    const some = [...required, ...(open.length > 0 ? this.shape.some(open, 1, depth > 0 ? 1 : 2) : [])]
    return Object.fromEntries(
      some.map(field => [field.name, this.value(field.type, depth + 1, type.name.endsWith('Filter') ? column : field.name)]),
    )
  }

  private scalar(name: string): unknown {
    const { words, guesses } = this
    switch (name) {
      case 'Int':
      case 'SafeInt':
        return words.int(0, 9)
      case 'Float':
        return words.int(0, 8) / 2
      case 'Boolean':
        return words.yes(50)
      case 'Date':
        return words.pick(guesses.days)
      case 'DateTime':
        return words.pick(guesses.instants)
      default:
        return words.pick(guesses.texts)
    }
  }
}

function literal(value: unknown, type: GraphQLInputType): string {
  const of = getNullableType(type)
  if (value === null) return 'null'
  if (isListType(of)) return `[${(value as unknown[]).map(each => literal(each, of.ofType)).join(', ')}]`
  if (isEnumType(of as GraphQLEnumType)) return String(value)
  if (isInputObjectType(of))
    return `{ ${Object.entries(value as object)
      .map(([key, each]) => `${key}: ${literal(each, of.getFields()[key]!.type)}`)
      .join(', ')} }`
  return JSON.stringify(value)
}
