import { createHash } from 'node:crypto'
import type { MercuriusDriverConfig } from '@nestjs/mercurius'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type DocumentNode, type ExecutionResult, getOperationAST, type GraphQLSchema } from 'graphql'
import type { MercuriusContext } from 'mercurius'
import { RefusedAtTheDoor } from '../errors/refusals.js'
import type { RequestContext } from '../request-context.js'
import type { Log } from '../telemetry/logs.js'
import { mayCompile, usuallyCompiledAfter } from './compiling.js'
import { formatErrors } from './error-formatter.js'
import { checkVariables, defaultLimits, limitRules, type Limits, measureOnce } from './limits.js'

/** Documents by the SHA-256 (hex) of their text. */
export type TrustedDocuments = Readonly<Record<string, string>>

export type GraphqlOptions = {
  /** Where it answers, e.g. `/education/graphql`. */
  readonly path: string
  readonly log: Log
  readonly limits?: Partial<Limits>
  /** Who may ask for the schema itself; nobody unless said otherwise. */
  readonly mayIntrospect?: (context: RequestContext) => boolean
  /** Where given, these documents are answered and no other. */
  readonly trustedDocuments?: TrustedDocuments
  /** How often a document is asked before it is compiled. */
  readonly compiledAfter?: number
}

/** No GraphQL document begins like this. */
const beginsLikeJson = /^\s*(?:["[\d-]|\{\s*["}]|(?:null|true|false)\s*$)/

const refused = (reason: string, what: string, next: string) => new RefusedAtTheDoor(400, `GRAPHQL.${reason}`, what, next)

const mediaType = 'application/graphql-response+json'
const spoken = (request: FastifyRequest) => (request.headers.accept?.includes(mediaType) ? mediaType : 'application/json')

/**
 * Options for `GraphQLModule.forRoot`, to be spread beside the driver and the schema. Who asks is established before the body is
 * read; documents are bounded before they are validated; every error is put in our own words.
 */
export function graphqlOptions({
  path,
  log,
  limits: chosen,
  mayIntrospect = () => false,
  trustedDocuments,
  compiledAfter: minCount = usuallyCompiledAfter,
}: GraphqlOptions): MercuriusDriverConfig {
  const limits = { ...defaultLimits, ...chosen }

  const routeHooks = {
    async preParsing(request: FastifyRequest, reply: FastifyReply): Promise<undefined> {
      reply.type(`${spoken(request)}; charset=utf-8`)
      await request.authenticate()
    },
    async preValidation({ body }: FastifyRequest): Promise<undefined> {
      if (Array.isArray(body))
        throw new RefusedAtTheDoor(
          400,
          'REQUEST.MALFORMED',
          'Several requests in one are not served here.',
          'Send each document in a request of its own.',
        )
      // The specification lets it be null, Mercurius does not.
      if (typeof body === 'object' && body && 'extensions' in body && body.extensions === null) delete body.extensions
    },
    // Not through Fastify's serializer: it would make words of the list indexes in an error's path.
    serializerCompiler: () => (answer: unknown) => JSON.stringify(withErrorsFirst(answer as ExecutionResult)),
  }

  async function preParsing(_schema: GraphQLSchema, source: string): Promise<void> {
    // What does not parse as GraphQL, Mercurius tries as the JSON of a syntax tree, past the parser and its limits.
    if (beginsLikeJson.test(source)) throw refused('SYNTAX', 'The document is not GraphQL.', 'Send the document as text.')
  }

  async function preExecution(
    schema: GraphQLSchema,
    document: DocumentNode,
    context: MercuriusContext,
    variables: unknown,
  ): Promise<{ document: DocumentNode } | undefined> {
    const { request } = context.reply
    const asking = request.asking
    if (!asking)
      throw new RefusedAtTheDoor(401, 'AUTH.MISSING', 'Nobody is signed in.', 'Send authorization: Bearer <access token>.')
    const operationName = operationNameOf(request.body)
    const operation = getOperationAST(document, operationName)?.operation
    if (operation && !schema.getRootType(operation))
      throw refused('INVALID', `This face has no ${operation}.`, 'Look it up in the schema of this face.')
    request.operation = operation ?? 'none'
    const measured = measureOnce(schema, document)
    if (measured.introspects && !mayIntrospect(asking))
      throw new RefusedAtTheDoor(
        403,
        'GRAPHQL.INTROSPECTION_CLOSED',
        'The schema is told to developers only.',
        'Read schemas/graphql, or ask to be registered as a developer.',
      )
    checkVariables(measured, limits, (variables ?? {}) as Record<string, unknown>)
    // Mercurius compiles no document that was replaced here, be it by itself.
    return mayCompile(schema, document, { operationName, variables }) ? undefined : { document }
  }

  return {
    path,
    graphiql: false,
    // In the first pause that the process has, however busy it is.
    jit: { minCount, eluThreshold: 1, maxCompilePerTick: 1, maxQueueSize: 16 },
    cache: 256,
    csrfPrevention: true,
    allowBatchedQueries: false,
    subscription: false,
    graphql: { parseOptions: { maxTokens: limits.tokens } },
    validationRules: limitRules(limits),
    ...(trustedDocuments ? { persistedQueries: trustedDocuments, onlyPersisted: true } : {}),
    context: (request: FastifyRequest) => ({ ...request.asking, requestId: request.id }),
    additionalRouteOptions: routeHooks,
    hooks: { preParsing, preExecution },
    errorFormatter(execution, context) {
      const { request } = (context as unknown as MercuriusContext).reply
      const { statusCode, response } = formatErrors(
        execution,
        request.id,
        log,
        () => ({ schema: request.server.graphql.schema, variables: variablesOf(request.body) }),
        (code, status) => request.notice(code, status),
      )
      // By the older media type a fault of the document is an answer like any other; by the newer one a 400.
      const isDocumentFault = statusCode === 400 && String(response.errors[0]?.extensions?.['code']).startsWith('GRAPHQL.')
      return { statusCode: isDocumentFault && spoken(request) !== mediaType ? 200 : statusCode, response: response as never }
    },
  }
}

/** Gives each document its hash, as {@link GraphqlOptions.trustedDocuments} and their senders name it. */
export function trustDocuments(documents: readonly string[]): TrustedDocuments {
  // Without a prototype: `constructor` is no hash.
  return Object.assign(
    Object.create(null) as object,
    Object.fromEntries(documents.map(text => [createHash('sha256').update(text).digest('hex'), text])),
  )
}

/** As the specification (October 2021, section 7.1) would have it; whoever executes the document may have put them last. */
const withErrorsFirst = (answer: ExecutionResult): ExecutionResult =>
  answer.errors ? { errors: answer.errors, ...answer } : answer

const variablesOf = (body: unknown): Readonly<Record<string, unknown>> =>
  (body as { variables?: Record<string, unknown> } | null | undefined)?.variables ?? {}

const operationNameOf = (body: unknown): string | undefined => {
  const name = (body as { operationName?: unknown } | null | undefined)?.operationName
  return typeof name === 'string' ? name : undefined
}
