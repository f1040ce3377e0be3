import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { openHub, readConfig, readLine } from '@passerelle/hub'
import { exportLines } from './audit-copy.js'
import { newCopy } from './audit-file.js'

const usage = `audit:export: a copy of the disclosure log, to be kept and verified elsewhere.

  npm run --silent audit:export -- [options] > disclosures.jsonl

  --agency <id>   the entries of one agency; without it those of all
  --output <file> where to write instead of standard output; a file that is there is not overwritten
  --help

One JSON object a line: who saw which kinds of data of whom, when, why and on which basis, never the data. It names learners by their ids: keep it as
you keep personal data. Its first line states the head of each chain, so that a copy that broke off is found out; publish them, as they say nothing
about anybody. Settings come from the environment (deploy/README.md); the embedded store has to be stopped first.`

try {
  process.exitCode = await run()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const { values } = readLine('audit:export', {
    options: { agency: { type: 'string' }, output: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const hub = await openHub(readConfig(process.env, 0), { existing: true })
  try {
    const heads = await hub.disclosures.heads(values.agency)
    if (values.agency && heads.length === 0)
      throw new Error('Nothing was ever disclosed to an agency of this id. Check the id; "npm run audit:export" copies all.')
    // The standard output stays open: whatever else the process says still goes there.
    const into = values.output ? await newCopy(values.output) : process.stdout
    await pipeline(Readable.from(exportLines(hub.disclosures, heads)), into, { end: into !== process.stdout })
    const entries = heads.reduce((sum, { sequence }) => sum + sequence, 0)
    console.error(`Copied ${entries} entries of ${heads.length} agencies.`)
    return 0
  } finally {
    await hub.close()
  }
}
