/**
 * npm run schemas               writes schemas/events, schemas/graphql, the tables of events in the READMEs and docs/visibility.md
 * npm run schemas -- --check    writes nothing; ends with 1 where something would change, or a shipped schema has
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { renderMatrix } from '@passerelle/sharing'
import { loadContexts, root } from './contexts.js'
import { driftOf, filesUnder, lastRelease, read, write } from './drift.js'
import { calledFor, folder } from './event-files.js'
import { calledForFaces, faceFolder } from './face-files.js'

const check = process.argv.includes('--check')
const visibility = { path: 'docs/visibility.md', text: renderMatrix(), kind: 'readme' as const }
const called = [...calledFor(await loadContexts()), ...(await calledForFaces()), visibility]
const { stale, broken } = driftOf(called, read(root), lastRelease(root), [...filesUnder(root, folder), ...filesUnder(root, faceFolder)])

if (!check && broken.length === 0)
  for (const path of stale) {
    const text = called.find(each => each.path === path)?.text
    if (text === undefined) rmSync(join(root, path))
    else write(root, path, text)
  }
for (const line of broken) console.error(line)
if (check) for (const path of stale) console.error(`${path} is not what the code says. Run: npm run schemas`)
const count = (kind: string) => called.filter(each => each.kind === kind).length
const did = check ? 'differ' : 'written'
console.log(
  `${count('schema')} schemas, ${count('sample')} samples, ${count('readme')} tables, ${count('face')} faces: ${stale.length} ${did}, ${broken.length} broken`,
)
process.exitCode = broken.length > 0 || (check && stale.length > 0) ? 1 : 0
