import { openHub, readConfig, readLine } from '@passerelle/hub'
import { exportLines, parseHead, verifyCopy } from './audit-copy.js'
import { linesOfCopy } from './audit-file.js'
import { verdictOn } from './audit-verdict.js'

const usage = `audit:verify: whether a copy of the disclosure log is whole: nothing altered, taken out, moved or cut off.

  npm run audit:verify -- <file> [--head <agency>:<sequence>:<hash>]…
  npm run audit:verify -- --live [--head …]…

  <file>   what audit:export wrote; "-" reads standard input. No database is asked, and no hub has to run.
  --live   the log as it stands in the database; the embedded store has to be stopped first
  --head   the head of an agency's chain as it was published earlier (disclosureLogHead), any number of times. Without one, only what contradicts
           itself is found, and only the links are said to hold: whoever rewrites a whole chain, or cuts off its end, can state its head anew.
  --help

Names the first bad entry of each agency, and ends with 1 where there is one, where a chain breaks off, and where there is no entry at all.`

try {
  process.exitCode = await run()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const { values, positionals } = readLine('audit:verify', {
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
  const { sound, lines } = verdictOn(await (file === undefined ? live() : verifyCopy(await linesOfCopy(file), heads)))
  for (const line of lines) console.log(line)
  return sound ? 0 : 1

  async function live() {
    const hub = await openHub(readConfig(process.env, 0), { existing: true })
    try {
      const verified = await verifyCopy(exportLines(hub.disclosures, await hub.disclosures.heads()), heads)
      return { ...verified, faults: [...verified.faults, ...(await hub.disclosures.misfiled())] }
    } finally {
      await hub.close()
    }
  }
}
