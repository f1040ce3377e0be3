import {
  BREAK,
  type DocumentNode,
  getNamedType,
  type GraphQLSchema,
  isLeafType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  typeFromAST,
  visit,
} from 'graphql'
import { measureOnce } from './limits.js'
import { oncePerDocument } from './once-per-document.js'

/** After how many times a document is compiled that may be. */
export const usuallyCompiledAfter = 50
/** A compiled document takes up to two megabytes, for as long as Mercurius remembers it. */
const mostFields = 100

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
  const operation = plainOperation(schema, document)
  if (!operation) return false
  // Mercurius would look at neither: not at the name, nor for variables where none were sent.
  const isNamed = asked.operationName === undefined || asked.operationName === operation.name?.value
  const hasVariables = typeof asked.variables === 'object' && asked.variables !== null
  return isNamed && (hasVariables || operation.variableDefinitions?.length === 0)
}

/** The only operation of a document of which the compiler understands everything; undefined for any other document. */
const plainOperation = oncePerDocument((schema, document): OperationDefinitionNode | undefined => {
  const [operation, ...others] = document.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
  if (operation?.kind !== Kind.OPERATION_DEFINITION || others.length > 0) return undefined
  if (operation.operation !== OperationTypeNode.QUERY || measureOnce(schema, document).fields > mostFields) return undefined
  let plain: OperationDefinitionNode | undefined = operation
  const isNot = (isWrong: boolean) => {
    if (!isWrong) return undefined
    plain = undefined
    return BREAK
  }
  visit(document, {
    Directive: () => isNot(true),
    VariableDefinition: ({ type, defaultValue }) =>
      isNot(defaultValue !== undefined || !isLeafType(getNamedType(typeFromAST(schema, type)))),
    // Within a value it stands in a list, or in a field of an object.
    Variable: (_node, _key, parent) =>
      isNot(!parent || !('kind' in parent) || (parent.kind !== Kind.ARGUMENT && parent.kind !== Kind.VARIABLE_DEFINITION)),
    Field: ({ alias }) => isNot(alias?.value === '__proto__'),
  })
  return plain
})
