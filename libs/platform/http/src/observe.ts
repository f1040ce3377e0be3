import type { Span } from '@opentelemetry/api'
import type { FastifyInstance } from 'fastify'
import { RefusedAtTheDoor } from './errors/refusals.js'
import type { Authenticate, Face } from './identity/authenticate.js'
import type { RequestContext } from './request-context.js'
import type { Log } from './telemetry/logs.js'
import type { Metrics, Operation } from './telemetry/metrics.js'
import { beginRequestSpan } from './telemetry/traces.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** Under what the request is answered, once it was asked who is there. */
    asking: RequestContext | undefined
    /** Asks who is there; the second time it is known. */
    authenticate(): Promise<RequestContext>
    operation: Operation
    /** Counts an error that is answered. */
    notice(code: string, status: number): void
    seen: { since: number; span: Span | undefined; worst: { code: string; status: number } | undefined }
  }
}

type Observed = {
  readonly face: Face
  readonly graphqlPath: string
  readonly authenticate: Authenticate
  readonly log: Log
  readonly metrics: Metrics
}

/** What holds for every request to a face: who asks is asked once, nothing is cached, and its duration is told without telling of whom. */
export function observe(app: FastifyInstance, { face, graphqlPath, authenticate, log, metrics }: Observed): void {
  app.decorateRequest('asking', undefined)
  app.decorateRequest('operation', 'none')
  app.decorateRequest('seen', null as never)
  app.decorateRequest('authenticate', async function (this) {
    return (this.asking ??= await authenticate({ id: this.id, headers: this.headers }, face))
  })
  app.decorateRequest('notice', function (this, code: string, status: number) {
    metrics.refused(face.name, code)
    const { worst } = this.seen
    if (!worst || status > worst.status) this.seen.worst = { code, status }
  })

  app.addHook('onRequest', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'none'
    const { span, within } = beginRequestSpan(request.headers, `${request.method} ${route}`, {
      'http.route': route,
      'passerelle.face': face.name,
    })
    request.seen = { since: performance.now(), span, worst: undefined }
    reply.headers({
      'x-request-id': request.id,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    })
    // A query in an address would stand in the logs of every proxy on the way.
    if (route === graphqlPath && request.method !== 'POST') {
      reply.header('allow', 'POST')
      return done(new RefusedAtTheDoor(405, 'REQUEST.METHOD', 'GraphQL is not asked by this method.', 'Send POST.'))
    }
    within(done)
  })

  app.addHook('onSend', (_request, reply, payload, done) => {
    if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer')
    done(null, payload)
  })

  app.addHook('onResponse', (request, reply, done) => {
    const { since, span, worst } = request.seen
    const durationMs = Math.round((performance.now() - since) * 100) / 100
    const { statusCode: status } = reply
    metrics.httpAnswered(face.name, request.method, status, durationMs / 1_000)
    if (request.routeOptions.url === graphqlPath)
      metrics.operationAnswered(
        face.name,
        request.operation,
        !worst ? 'ok' : worst.status === 500 ? 'failed' : 'refused',
        durationMs / 1_000,
      )
    const { asking } = request
    log.info('request', {
      requestId: request.id,
      correlationId: asking?.correlationId,
      method: request.method,
      route: request.routeOptions.url,
      operation: request.operation,
      status,
      code: worst?.code,
      durationMs,
      agencyId: asking?.person.agencyId,
      role: asking?.person.role,
      purpose: asking?.purpose,
    })
    span?.setAttributes({ 'http.response.status_code': status, 'graphql.operation.type': request.operation }).end()
    done()
  })
}
