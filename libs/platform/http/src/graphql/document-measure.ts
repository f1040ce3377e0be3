import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  type ValueNode,
} from 'graphql'

/** How many are asked for: a number, what a variable says, or undefined where nothing was said that could be read as either. */
export type Times = number | { readonly variable: string; readonly fallback: number | undefined } | undefined
/** A field that takes `first`, with what it was given. */
export type Page = { readonly field: string; readonly size: Times }

/** How large a document is once its fragments are spread out: what it asks for, not how short it was written. */
export type DocumentMeasure = {
  readonly depth: number
  readonly aliases: number
  readonly directives: number
  /** How often a selection names again what it has named before: the specification has each compared with each. */
  readonly repeats: number
  /** Fields, each counted once whatever the length of its page. */
  readonly fields: number
  readonly pages: readonly Page[]
  /** Whether the schema itself is asked for. */
  readonly introspects: boolean
  /** Fields in the answer at most, those of a page counting as often as it is long. */
  cost(variables: Readonly<Record<string, unknown>>): number
}

/** A list that takes no `first` counts as so many. */
const assumedListLength = 5

/**
 * A selection set, measured. `fields` are its own, `all` those within them too; `names` stand in the answer; `within` are its fields and fragments, for
 * the cost, which depends on variables.
 */
type Part = {
  depth: number
  aliases: number
  directives: number
  repeats: number
  fields: number
  all: number
  names: Set<string>
  within: { times: Times; part: Part }[]
}
const nothing = (): Part => ({ depth: 0, aliases: 0, directives: 0, repeats: 0, fields: 0, all: 0, names: new Set(), within: [] })

/** Measures every fragment once, however often it is spread: the work grows with what was written, not with what it unfolds to. */
export function measure(schema: GraphQLSchema, document: DocumentNode): DocumentMeasure {
  const operations: OperationDefinitionNode[] = []
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const node of document.definitions) {
    if (node.kind === Kind.OPERATION_DEFINITION) operations.push(node)
    if (node.kind === Kind.FRAGMENT_DEFINITION) fragments.set(node.name.value, node)
  }
  const fallbacks = fallbacksOf(operations)
  const measured = new Map<string, Part>()
  const pages: Page[] = []
  let introspects = false

  const parts = operations.map(({ operation, selectionSet, directives = [], variableDefinitions = [] }) => {
    const part = selections(selectionSet, schema.getRootType(operation) ?? undefined)
    const own = directives.length + variableDefinitions.reduce((sum, each) => sum + (each.directives?.length ?? 0), 0)
    return { ...part, directives: part.directives + own }
  })
  return {
    depth: Math.max(0, ...parts.map(({ depth }) => depth)),
    aliases: parts.reduce((sum, { aliases }) => sum + aliases, 0),
    directives: parts.reduce((sum, { directives }) => sum + directives, 0),
    repeats: parts.reduce((sum, { repeats }) => sum + repeats, 0),
    fields: parts.reduce((sum, { all }) => sum + all, 0),
    pages,
    introspects,
    cost: variables => costOf(parts, variables),
  }

  function selections(set: SelectionSetNode | undefined, parent: GraphQLNamedType | undefined): Part {
    const sum = nothing()
    for (const node of set?.selections ?? []) {
      const { times, part, isField } =
        node.kind === Kind.FIELD ? field(node, parent) : { times: 1, part: spread(node, parent), isField: false }
      sum.depth = Math.max(sum.depth, part.depth + (isField ? 1 : 0))
      sum.aliases += part.aliases + (node.kind === Kind.FIELD && node.alias ? 1 : 0)
      sum.directives += part.directives + (node.directives?.length ?? 0)
      sum.fields += isField ? 1 : 0
      sum.all += part.all + (isField ? 1 : 0)
      sum.repeats += part.repeats
      for (const name of node.kind === Kind.FIELD ? [(node.alias ?? node.name).value] : part.names) {
        if (sum.names.has(name)) sum.repeats += 1
        sum.names.add(name)
      }
      if (part.fields > 0 || part.within.length > 0) sum.within.push({ times, part })
    }
    return sum
  }

  function field(node: FieldNode, parent: GraphQLNamedType | undefined): { times: Times; part: Part; isField: true } {
    const name = node.name.value
    if (name === SchemaMetaFieldDef.name || name === TypeMetaFieldDef.name) introspects = true
    const definition = definitionOf(name, parent)
    const part = selections(node.selectionSet, definition && getNamedType(definition.type))
    if (definition?.args.some(arg => arg.name === 'first')) {
      const size = sizeOf(node.arguments?.find(arg => arg.name.value === 'first')?.value, fallbacks)
      pages.push({ field: name, size })
      return { times: size, part, isField: true }
    }
    // `edges` and `nodes` of a connection are as long as the page that was asked for one level above.
    const isList = definition && isListType(getNullableType(definition.type)) && !parent?.name.endsWith('Connection')
    return { times: isList ? assumedListLength : 1, part, isField: true }
  }

  function spread(node: Exclude<SelectionSetNode['selections'][number], FieldNode>, parent: GraphQLNamedType | undefined): Part {
    if (node.kind === Kind.INLINE_FRAGMENT)
      return selections(node.selectionSet, node.typeCondition ? schema.getType(node.typeCondition.name.value) : parent)
    const name = node.name.value
    const known = measured.get(name)
    if (known) return known
    const part = nothing()
    // Known before it is measured, so that a fragment that spreads itself ends here; a rule of the specification refuses it.
    measured.set(name, part)
    const fragment = fragments.get(name)
    if (!fragment) return part
    const own = selections(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value))
    return Object.assign(part, own, { directives: own.directives + (fragment.directives?.length ?? 0) })
  }
}

function definitionOf(name: string, parent: GraphQLNamedType | undefined): GraphQLField<unknown, unknown> | undefined {
  if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
  if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  return isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined
}

/** The defaults of variables; where two operations give one variable different ones, the larger. */
function fallbacksOf(operations: readonly OperationDefinitionNode[]): ReadonlyMap<string, number> {
  const fallbacks = new Map<string, number>()
  for (const { variable, defaultValue } of operations.flatMap(({ variableDefinitions = [] }) => variableDefinitions))
    if (defaultValue?.kind === Kind.INT) {
      const name = variable.name.value
      fallbacks.set(name, Math.max(fallbacks.get(name) ?? 0, Number(defaultValue.value)))
    }
  return fallbacks
}

function sizeOf(value: ValueNode | undefined, fallbacks: ReadonlyMap<string, number>): Times {
  if (value?.kind === Kind.INT) return Number(value.value)
  if (value?.kind === Kind.VARIABLE) return { variable: value.name.value, fallback: fallbacks.get(value.name.value) }
  return undefined
}

/** What a size comes to under these variables; undefined where it comes to no whole number. */
export function resolve(times: Times, variables: Readonly<Record<string, unknown>>): number | undefined {
  if (typeof times !== 'object') return times
  const value = variables[times.variable] === undefined ? times.fallback : variables[times.variable]
  return typeof value === 'number' && Number.isInteger(value) ? value : undefined
}

function costOf(parts: readonly Part[], variables: Readonly<Record<string, unknown>>): number {
  const known = new Map<Part, number>()
  const cost = (part: Part): number => {
    const before = known.get(part)
    if (before !== undefined) return before
    known.set(part, 0)
    const sum = part.within.reduce(
      (total, { times, part: inner }) => total + (resolve(times, variables) ?? 1) * cost(inner),
      part.fields,
    )
    known.set(part, sum)
    return sum
  }
  return parts.reduce((total, part) => total + cost(part), 0)
}
