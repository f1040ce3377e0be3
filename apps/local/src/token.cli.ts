import { resolve } from 'node:path'
import { readLine } from '@passerelle/hub'
import { fetchDevToken } from '@passerelle/http'

const usage = `token: prints an access token of a demo person of the hub that npm start runs.

  npm run --silent token -- <person> [--purpose <purpose>] [--data <folder>]

  <person>             as npm start lists them, for instance teacher-1
  --purpose <purpose>  what for; each role has purposes of its own, the first of which holds where none is named
  --data <folder>      the running hub's folder; default: PASSERELLE_DATA, else .passerelle
  --help`

try {
  const { values, positionals } = readLine('token', {
    allowPositionals: true,
    options: { purpose: { type: 'string' }, data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
  })
  const [person, extra] = positionals
  if (values.help || person === undefined || extra !== undefined) {
    console.log(usage)
    process.exitCode = values.help ? 0 : 1
  } else {
    const folder = resolve(values.data ?? process.env['PASSERELLE_DATA'] ?? '.passerelle')
    console.log(await fetchDevToken({ folder, person, ...(values.purpose && { purpose: values.purpose }) }))
  }
} catch (error) {
  const { which, message } = error as Error & { which?: { people?: readonly string[]; purposes?: readonly string[] } }
  const there = which?.people ?? which?.purposes
  console.error(there ? `${message} There are: ${there.join(', ')}.` : message)
  process.exitCode = 1
}
