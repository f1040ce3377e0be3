import { GraphQLError, type GraphQLFormattedError, isValueNode } from 'graphql'
import type { ExecutionResult } from 'graphql'
import { type Answer, toAnswer } from '../errors/problem.js'
import type { Log } from '../telemetry/logs.js'
import { type Asked, mostFaults, toDocumentProblem } from './document-faults.js'
import { variableOf } from './value-faults.js'

/** Told of each error that is answered, so that it can be counted. */
export type Noticed = (code: string, status: number) => void
/** What stands behind an answer: whether the document was run at all decides its HTTP status. */
export type Formatted = { statusCode: number; response: { data?: unknown; errors: GraphQLFormattedError[] } }

/**
 * Every error of a GraphQL answer as a {@link Problem} in `message` (what) and `extensions` (code, which, next). Only our own
 * refusals and the table in `problem.ts` have words; the text of anything else that a resolver threw is not passed on.
 */
export function formatErrors(
  result: Partial<ExecutionResult>,
  requestId: string | undefined,
  log: Log,
  asked: () => Asked,
  noticed: Noticed = () => {},
): Formatted {
  const executed = 'data' in result
  const answers = (result.errors ?? [])
    .flatMap(faultsOf)
    .filter(isFirstOfItsVariable)
    .slice(0, mostFaults)
    .map(error => ({ error, ...answerTo(error, executed, requestId, asked) }))
  for (const { error, status, problem } of answers) {
    noticed(problem.code, status)
    if (status === 500) log.error('graphql.failed', { requestId, code: problem.code }, rootOf(error))
  }
  const errors = answers.map(({ error, problem: { code, what, which, next } }): GraphQLFormattedError => ({
    message: what,
    ...(error.locations ? { locations: error.locations } : {}),
    ...(error.path ? { path: error.path } : {}),
    extensions: { code, ...(which ? { which } : {}), next },
  }))
  // A document that was run is 200, whatever became of its fields; one that was not is what its first fault says.
  return executed
    ? { statusCode: 200, response: { data: result.data ?? null, errors } }
    : { statusCode: answers[0]?.status ?? 500, response: { errors } }
}

/** Mercurius gathers the faults of a document under one error. */
function faultsOf(error: GraphQLError): GraphQLError[] {
  const { errors, code } = (error.originalError ?? {}) as { errors?: unknown; code?: unknown }
  if (code !== 'MER_ERR_GQL_VALIDATION' && code !== 'MER_ERR_METHOD_NOT_ALLOWED') return [error]
  const faults = Array.isArray(errors) ? errors.filter(each => each instanceof GraphQLError) : []
  return faults.length > 0 ? faults : [error]
}

/** graphql tells each fault of a variable by itself, under the variable's definition; here they are told together. */
function isFirstOfItsVariable(error: GraphQLError, index: number, all: readonly GraphQLError[]): boolean {
  const variable = variableOf(error)
  return !variable || all.findIndex(other => variableOf(other) === variable) === index
}

function answerTo(error: GraphQLError, executed: boolean, requestId: string | undefined, asked: () => Asked): Answer {
  const root = rootOf(error)
  // Before execution graphql's own errors speak of the document; during execution of a value that we made, or of one that stands in the document.
  const speaksOfDocument = (fault: GraphQLError) => !executed || (fault.nodes?.[0] && isValueNode(fault.nodes[0]))
  if (root instanceof GraphQLError && speaksOfDocument(root))
    return { status: 400, problem: toDocumentProblem(error, root, asked()) }
  return toAnswer(root, requestId)
}

/** What was thrown in the first place, under the layers that located it. */
function rootOf(error: GraphQLError): unknown {
  let root: unknown = error
  while (root instanceof GraphQLError && root.originalError) root = root.originalError
  return root
}
