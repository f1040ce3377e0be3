import { type DocumentNode, getNamedType, type GraphQLSchema, isLeafType, Kind, OperationTypeNode, typeFromAST } from 'graphql'
import { measureOnce } from './limits.js'

/** After how many times a document is compiled that may be. */
export const usuallyCompiledAfter = 50
/** What is compiled takes some kilobytes a field, for as long as Mercurius remembers the document. */
const mostFields = 100

/**
 * Whether a document that is asked again and again is compiled to a function of its own (graphql-jit), which takes a fraction of the time that GraphQL's
 * executor does. Only what reads, for what is written is seldom written twice. Only one operation, for Mercurius keeps the function by the text of the
 * document and would run it whichever operation was named. And only variables of plain values: the compiler writes out what an input object may
 * hold, and never ends with one that may hold itself, as conditions do.
 */
export function mayCompile(schema: GraphQLSchema, document: DocumentNode): boolean {
  const [operation, ...others] = document.definitions.filter(definition => definition.kind === Kind.OPERATION_DEFINITION)
  if (operation?.operation !== OperationTypeNode.QUERY || others.length > 0) return false
  const isPlain = (operation.variableDefinitions ?? []).every(({ type }) =>
    isLeafType(getNamedType(typeFromAST(schema, type as never))),
  )
  return isPlain && measureOnce(schema, document).fields <= mostFields
}
