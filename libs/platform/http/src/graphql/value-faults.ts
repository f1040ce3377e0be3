import {
  coerceInputValue,
  getNamedType,
  getNullableType,
  type GraphQLError,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isRequiredInputField,
  isValueNode,
  Kind,
  parse,
  typeFromAST,
  TypeInfo,
  type ValueNode,
  type VariableDefinitionNode,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { spokenKey } from '../errors/refusals.js'

/** A place in what was sent, and what is expected there. Never what stood there. */
export type ValueFault = { readonly field: string; readonly expected: string }
type Path = readonly (string | number)[]

/** The definition of the variable that an error is about, and about nothing else. */
export function variableOf({ nodes }: GraphQLError): VariableDefinitionNode | undefined {
  const [node, ...others] = nodes ?? []
  return node?.kind === Kind.VARIABLE_DEFINITION && others.length === 0 ? node : undefined
}

/** Where a variable does not fit its type: as graphql itself coerces it, with paths in place of words. */
export function variableFaults(
  schema: GraphQLSchema,
  { variable, type: written }: VariableDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): ValueFault[] {
  const type = typeFromAST(schema, written)
  if (!isInputType(type)) return []
  const name = variable.name.value
  const faults = new Map<string, string>()
  coerceInputValue(Object.hasOwn(variables, name) ? variables[name] : undefined, type, (path, value) => {
    for (const { at, expected } of faultsAt(typeAt(type, path), value))
      faults.set([name, ...path, ...at].map(key => spokenKey(String(key))).join('.'), expected)
  })
  return Array.from(faults, ([field, expected]) => ({ field, expected }))
}

/** What is expected in place of a value that stands in the document itself. */
export function expectedInPlaceOf(schema: GraphQLSchema, { nodes }: GraphQLError): string | undefined {
  const wrong = nodes?.[0]
  if (!wrong || !isValueNode(wrong) || !wrong.loc) return undefined
  const { source, start, end } = wrong.loc
  const info = new TypeInfo(schema)
  let expected: string | undefined
  const look = (node: ValueNode) => {
    const type = info.getInputType()
    if (type && node.loc?.start === start && node.loc.end === end) expected ??= expectedOf(type)
  }
  visit(parse(source), visitWithTypeInfo(info, { enter: node => (isValueNode(node) ? look(node) : undefined) }))
  return expected
}

function* faultsAt(type: GraphQLInputType, value: unknown): Generator<{ at: Path; expected: string }> {
  const of = getNullableType(type)
  let isTold = false
  if (isInputObjectType(of) && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const fields = of.getFields()
    const missing = Object.values(fields).filter(
      field => isRequiredInputField(field) && (value as Record<string, unknown>)[field.name] === undefined,
    )
    for (const field of missing) yield { at: [field.name], expected: expectedOf(field.type) }
    const unknown = Object.keys(value).filter(key => !Object.hasOwn(fields, key))
    for (const key of unknown) yield { at: [key], expected: `nothing: ${of.name} has no such field` }
    isTold = missing.length + unknown.length > 0
  }
  if (!isTold) yield { at: [], expected: expectedOf(type) }
}

const typeAt = (type: GraphQLInputType, path: Path): GraphQLInputType =>
  path.reduce<GraphQLInputType>((outer, key) => {
    // One item may stand in place of a list.
    const within = typeof key === 'number' ? outer : unlisted(outer)
    const of = getNullableType(within)
    if (isListType(of)) return of.ofType
    return isInputObjectType(of) ? of.getFields()[key]!.type : of
  }, type)

function unlisted(type: GraphQLInputType): GraphQLInputType {
  const of = getNullableType(type)
  return isListType(of) ? unlisted(of.ofType) : of
}

/** A type as the schema writes it, with the words of an enum: both are public. */
function expectedOf(type: GraphQLInputType): string {
  const of = getNamedType(type)
  const words = isEnumType(of) ? of.getValues().map(({ name }) => name) : []
  return words.length > 0 ? `${String(type)}: ${words.join(', ')}` : String(type)
}
