import { openHub, readConfig, runProcess } from '@passerelle/hub'
import { startApi } from './api.js'

const usage = `api: the GraphQL faces of a Passerelle hub.
Settings come from the environment: DATABASE_URL, EVENTSTORE_URL, PASSERELLE_SECRETS_FILE, OIDC_ISSUER, OIDC_AUDIENCE, HOST, PORT (4000).
deploy/README.md explains each.`

await runProcess('api', usage, async () => {
  const issuer = process.env['OIDC_ISSUER']
  if (!issuer) throw new Error('OIDC_ISSUER is not set. Name the OpenID Connect provider whose tokens the hub believes.')
  const hub = await openHub(readConfig(process.env, 4000))
  const api = await startApi({ hub, issuers: [issuer], audience: process.env['OIDC_AUDIENCE'] ?? 'urn:passerelle:hub' })
  return {
    ready: `api answers at ${api.url}`,
    async close() {
      await api.close()
      await hub.close()
    },
  }
})
