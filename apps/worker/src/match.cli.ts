import { openHub, readConfig, readLineOrExit } from '@passerelle/hub'
import { matchAll } from './match-all.js'

const usage = `match: look for records that may be one person's, in the whole region, and open a case for each pair.

  npm run match

  --help

What is certain is confirmed, and nobody is merged: people with the right to see both records do that. A pair is proposed once. Prints how many, and of
nobody anything else. What was recorded last is read first, by the worker that runs or, where none does, here. Settings come from the environment (deploy/README.md); the embedded store has to be stopped first.`

const { values } = readLineOrExit('match', { options: { help: { type: 'boolean', short: 'h' } } })
if (values.help) console.log(usage)
else
  try {
    const hub = await openHub(readConfig(process.env, 0), { existing: true })
    try {
      const { records, candidates, proposed, confirmed } = await matchAll(hub)
      console.log(`${records} records, ${candidates} pairs compared: ${proposed} new cases, ${confirmed} of them certain.`)
    } finally {
      await hub.close()
    }
  } catch (error) {
    console.error((error as Error).message)
    process.exitCode = 1
  }
