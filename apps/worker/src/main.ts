import { openHub, readConfig, runProcess } from '@passerelle/hub'
import { startWorker } from './worker.js'

const usage = `worker: folds views, shares them out to agency models, runs processes and the clock. Several may run.
Settings come from the environment: DATABASE_URL, EVENTSTORE_URL, PASSERELLE_SECRETS_FILE, HOST, PORT (4001).
deploy/README.md explains each.`

await runProcess('worker', usage, async () => {
  const hub = await openHub(readConfig(process.env, 4001))
  const worker = await startWorker({ hub })
  return {
    ready: `worker answers at ${worker.url}`,
    async close() {
      await worker.close()
      await hub.close()
    },
  }
})
