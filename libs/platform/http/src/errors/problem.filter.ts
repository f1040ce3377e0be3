import { type ArgumentsHost, Catch, type ExceptionFilter, Inject } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Log } from '../telemetry/logs.js'
import { toAnswer } from './problem.js'

/** The injection token of the {@link Log} in the applications of the faces. */
export const LOG = Symbol('log')

/** Answers what REST handlers throw as a problem in JSON; leaves what resolvers throw to the GraphQL error formatter, unlogged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(@Inject(LOG) private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): unknown {
    // Returned, not thrown: Nest would log the text of what is thrown here; GraphQL takes a returned Error for a thrown one.
    if (host.getType<'http' | 'graphql'>() === 'graphql')
      return error instanceof Error ? error : new Error('Not an error was thrown')
    const { id: requestId } = host.switchToHttp().getRequest<FastifyRequest>()
    const { status, problem } = toAnswer(error, requestId)
    if (status === 500) this.log.error('http.failed', { requestId, code: problem.code }, error)
    const reply = host.switchToHttp().getResponse<FastifyReply>()
    if (!reply.sent) void reply.code(status).type('application/json; charset=utf-8').send(problem)
    return undefined
  }
}
