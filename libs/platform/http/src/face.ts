import { randomUUID } from 'node:crypto'
import { APP_FILTER, APP_GUARD, APP_PIPE, NestFactory } from '@nestjs/core'
import type { Provider, Type } from '@nestjs/common'
import type { MercuriusDriverConfig } from '@nestjs/mercurius'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AccessGuard } from './access/access.guard.js'
import { inputPipe } from './errors/input-pipe.js'
import { toAnswer } from './errors/problem.js'
import { LOG, ProblemFilter } from './errors/problem.filter.js'
import { graphqlOptions, type GraphqlOptions } from './graphql/graphql-options.js'
import { defaultLimits } from './graphql/limits.js'
import type { Authenticate, Face } from './identity/authenticate.js'
import type { Listener } from './listener.js'
import { observe } from './observe.js'
import type { Log } from './telemetry/logs.js'
import type { Metrics } from './telemetry/metrics.js'
import { nestLog } from './telemetry/nest-log.js'

export type FaceOptions = Omit<GraphqlOptions, 'path' | 'log'> & {
  readonly face: Face
  readonly listener: Listener
  readonly authenticate: Authenticate
  readonly log: Log
  readonly metrics: Metrics
}

/** What a Nest application needs to be a face of the hub. */
export type OpenedFace = {
  /** `/<face>/graphql` */
  readonly path: string
  /** To be spread into `GraphQLModule.forRoot({ driver: MercuriusDriver, …, ...graphql })`. */
  readonly graphql: MercuriusDriverConfig
  /** Guard, input checks and error answers for the whole application: to be put among the providers of its module. */
  readonly providers: readonly Provider[]
  /** Starts the application of the face; call its `close` after the listener's. */
  start(module: Type): Promise<NestFastifyApplication>
}

/** Opens `/<face>/…` on the listener. REST controllers of the application put their paths under `/<face>` too. */
export function openFace({ face, listener, authenticate, log: hubLog, metrics, ...graphql }: FaceOptions): OpenedFace {
  const path = `/${face.name}/graphql`
  const log = hubLog.with({ face: face.name })
  const adapter = new FastifyAdapter({
    serverFactory: listener.serverFactory(face.name),
    bodyLimit: graphql.limits?.bodyBytes ?? defaultLimits.bodyBytes,
    // Never one that was sent: it stands in logs and answers.
    genReqId: () => randomUUID(),
    // An address that no route could be found for: the framework would repeat it.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      const { status, problem } = toAnswer(error, request.id)
      void reply.code(status).type('application/json; charset=utf-8').send(JSON.stringify(problem))
    },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })
  observe(adapter.getInstance(), { face, graphqlPath: path, authenticate, log, metrics })
  return {
    path,
    graphql: graphqlOptions({ path, log, ...graphql }),
    providers: [
      { provide: LOG, useValue: log },
      { provide: APP_GUARD, useClass: AccessGuard },
      { provide: APP_FILTER, useClass: ProblemFilter },
      { provide: APP_PIPE, useFactory: inputPipe },
    ],
    async start(module) {
      const app = await NestFactory.create<NestFastifyApplication>(module, adapter, { logger: nestLog(log), abortOnError: false })
      await app.init()
      // Without it the first request would meet routes that are not finished.
      await adapter.getInstance().ready()
      return app
    },
  }
}
