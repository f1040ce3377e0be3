import {
  type DocumentNode,
  getNamedType,
  type GraphQLSchema,
  isLeafType,
  Kind,
  OperationTypeNode,
  typeFromAST,
  visit,
} from 'graphql'
import { measureOnce } from './limits.js'

/** After how many times a document is compiled that may be. */
export const usuallyCompiledAfter = 50
/** A compiled document takes up to two megabytes, for as long as Mercurius remembers it. */
const mostFields = 100

const known = new WeakMap<DocumentNode, { readonly schema: GraphQLSchema; readonly isPlain: boolean }>()

/**
 * Whether a document that is asked again and again is compiled to a function of its own (graphql-jit), which takes a fraction of the time that GraphQL's
 * executor does. Only what the compiler answers to the byte as the specification would have it: one operation that reads, fields and fragments without
 * conditions, arguments that are variables of plain values or hold none. ADR 46 says what goes wrong with the rest.
 */
export function mayCompile(
  schema: GraphQLSchema,
  document: DocumentNode,
  asked: { readonly operationName?: string | undefined; readonly variables: unknown },
): boolean {
  let found = known.get(document)
  if (found?.schema !== schema) known.set(document, (found = { schema, isPlain: isPlain(schema, document) }))
  if (!found.isPlain) return false
  // Mercurius would look at neither: not at the name, nor for variables where none were sent.
  const [operation] = operationsOf(document)
  const isNamed = asked.operationName === undefined || asked.operationName === operation!.name?.value
  return (
    isNamed && (operation!.variableDefinitions?.length === 0 || (typeof asked.variables === 'object' && asked.variables !== null))
  )
}

const operationsOf = ({ definitions }: DocumentNode) =>
  definitions.filter(definition => definition.kind === Kind.OPERATION_DEFINITION)

function isPlain(schema: GraphQLSchema, document: DocumentNode): boolean {
  const [operation, ...others] = operationsOf(document)
  if (operation?.operation !== OperationTypeNode.QUERY || others.length > 0) return false
  if (measureOnce(schema, document).fields > mostFields) return false
  let isPlain = true
  const not = () => void (isPlain = false)
  const ifVariable = { Variable: not }
  visit(document, {
    Directive: not,
    VariableDefinition({ type, defaultValue }) {
      if (defaultValue || !isLeafType(getNamedType(typeFromAST(schema, type)))) not()
    },
    ObjectValue: value => void visit(value, ifVariable),
    ListValue: value => void visit(value, ifVariable),
    Field({ alias }) {
      if (alias?.value === '__proto__') not()
    },
  })
  return isPlain
}
