import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { openHub, readConfig } from '@passerelle/hub'
import { exportLines, parseHead, verifyCopy } from './audit-copy.js'

const usage = `audit:verify: whether a copy of the disclosure log is whole: nothing altered, taken out, moved or cut off.

  npm run audit:verify -- <file> [--head <agency>:<sequence>:<hash>]…
  npm run audit:verify -- --live [--head …]…

  <file>   what audit:export wrote; "-" reads standard input. No database is asked, and no hub has to run.
  --live   the log as it stands in the database; the embedded store has to be stopped first
  --head   the head of an agency's chain as it was published earlier, any number of times. Without one, only what contradicts itself is found:
           whoever rewrites a whole chain, or cuts off its end, can write its head too.
  --help

Names the first bad entry of each agency, and ends with 1 where there is one.`

try {
  process.exitCode = await run()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      head: { type: 'string', multiple: true, default: [] },
      live: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [file, extra] = positionals
  if (values.help || extra !== undefined || (file === undefined) !== (values.live === true)) {
    console.log(usage)
    return values.help ? 0 : 1
  }
  const heads = values.head.map(parseHead)
  const { verifier, misfiled } = await (file === undefined ? live() : copied(file))
  const faults = [...verifier.faults(), ...misfiled]
  for (const { agencyId, sequence, why } of faults) console.log(`${agencyId}: entry ${sequence}: ${why}.`)
  const whole = verifier.heads().filter(({ agencyId }) => !faults.some(fault => fault.agencyId === agencyId))
  for (const { agencyId, sequence, hash } of whole) console.log(`${agencyId}: whole up to entry ${sequence}, head ${hash}`)
  console.log(faults.length === 0 ? `The disclosure log is whole.` : `${faults.length} chain(s) are broken.`)
  return faults.length === 0 ? 0 : 1

  async function copied(name: string) {
    return { verifier: await verifyCopy(linesOf(name), heads), misfiled: [] }
  }
  async function live() {
    const hub = await openHub(readConfig(process.env, 0))
    try {
      const verifier = await verifyCopy(exportLines(hub.disclosures, await hub.disclosures.heads()), heads)
      return { verifier, misfiled: await hub.disclosures.misfiled() }
    } finally {
      await hub.close()
    }
  }
}

function linesOf(file: string): AsyncIterable<string> {
  const input = file === '-' ? process.stdin : createReadStream(file)
  const lines = createInterface({ input, crlfDelay: Infinity })
  // The interface would wait for ever for a file that cannot be opened.
  input.on('error', (error: Error) => lines.emit('error', error))
  return lines
}
