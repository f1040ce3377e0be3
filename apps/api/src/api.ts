import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { accountHash, type OpenHub } from '@passerelle/hub'
import {
  createAuthenticate,
  createHealth,
  createLog,
  createMetrics,
  createTokenVerifier,
  Listener,
  type Log,
  type Metrics,
  startTracing,
} from '@passerelle/http'
import { roleTerms } from '@passerelle/sharing'
import { startFace } from './face-app.js'
import { faces } from './faces.js'
import { Memberships } from './person.js'
import { lookedLanguages } from './who-looked.words.js'
import { lagCheck, logCheck, readModelsCheck } from './readiness.js'

export interface ApiOptions {
  readonly hub: OpenHub
  /** OpenID Connect providers whose tokens are believed. */
  readonly issuers: readonly string[]
  readonly audience: string
  readonly log?: Log
  /** Where another part of this process counts too; its own otherwise. */
  readonly metrics?: Metrics
  /** Read models that are further behind than this make the process not ready. */
  readonly mostLagMs?: number
}
export interface Api {
  readonly url: string
  close(): Promise<void>
}

/** Starts every face behind one listener, with `/health` and `/metrics`. Close it before the hub. */
export async function startApi({
  hub,
  issuers,
  audience,
  log = createLog({ component: 'api' }),
  metrics = createMetrics(),
  mostLagMs = 60_000,
}: ApiOptions): Promise<Api> {
  const { host, port } = hub.config
  const tracing = await startTracing('api')
  const listener = new Listener({ host, port })
  const verify = createTokenVerifier({ issuers, audience })
  const memberships = new Memberships(hub.db, hub.now)
  const authenticate = createAuthenticate({
    verify,
    membershipsOf: identity => memberships.of(accountHash(hub.identifiers, identity)),
    purposesOf: role => roleTerms[role].purposes,
    languages: lookedLanguages,
  })
  const health = createHealth({ checks: { log: logCheck(hub), readModels: readModelsCheck(hub), lag: lagCheck(hub, mostLagMs) } })
  // Beside the face of the health services, whose name they begin with.
  for (const probe of ['health/live', 'health/ready']) listener.mount(probe, health.handler)
  listener.mount('metrics', metrics.handler)
  const apps: NestFastifyApplication[] = []
  for (const face of faces) apps.push(await startFace({ face, hub, listener, authenticate, log, metrics }))
  const { url } = await listener.listen()
  return {
    url,
    async close() {
      health.drain()
      await listener.close()
      for (const app of apps) await app.close()
      await tracing.stop()
    },
  }
}
