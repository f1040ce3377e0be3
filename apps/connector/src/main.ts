import { openHub, readConfig, runProcess } from '@passerelle/hub'
import { startConnector } from './connector.js'

const usage = `connector: takes what partner systems send out of an inbox: <inbox>/<agency>/<format>/<delivery>/.
A delivery is taken once nothing in it has changed for five seconds, and then deleted; its report stays beside it. Settings of an agency's feed
(system, agencies, services, staffIssuer) stand in <inbox>/<agency>/<format>/feed.json.
Settings come from the environment: PASSERELLE_INBOX, DATABASE_URL, EVENTSTORE_URL, PASSERELLE_SECRETS_FILE, HOST, PORT (4002).
deploy/README.md explains each.`

await runProcess('connector', usage, async () => {
  const inbox = process.env['PASSERELLE_INBOX']
  if (!inbox) throw new Error('PASSERELLE_INBOX is not set. Name the folder that deliveries are put into.')
  const hub = await openHub(readConfig(process.env, 4002))
  const connector = await startConnector({ hub, inbox })
  return {
    ready: `connector answers at ${connector.url} and takes deliveries from ${inbox}`,
    async close() {
      await connector.close()
      await hub.close()
    },
  }
})
