import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { LocalOptions } from './start-local.js'

export const startUsage = `npm start: a whole hub in one process, with invented people. Nothing to install but npm packages.

  npm start -- [options]

  --data <folder>           where everything is kept; default: PASSERELLE_DATA, else .passerelle
  --port <port>             where it answers; default: PORT, else 4000
  --identity-port <port>    where people sign in; default: 4003. It belongs to the folder, once there are people in it
  --learners <number>       how many learners an empty folder is given; default: 60, 0 leaves it empty
  --seed <number>           the same seed makes the same region; default: 1
  --help`

type StartLine = Pick<LocalOptions, 'dataFolder' | 'port' | 'identityPort'> & Required<Pick<LocalOptions, 'learners' | 'seed'>>

/** What was asked for. @throws Error naming the option and what it takes */
export function readStartLine(args: readonly string[], env: NodeJS.ProcessEnv): StartLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string', default: env['PASSERELLE_DATA'] || '.passerelle' },
      port: { type: 'string', default: env['PORT'] || '4000' },
      'identity-port': { type: 'string', default: '4003' },
      learners: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
    },
  })
  if (values.data.trim() === '') throw new Error('--data is empty. Name a folder, or leave it out.')
  return {
    dataFolder: resolve(values.data),
    port: portOf('port', values.port),
    identityPort: portOf('identity-port', values['identity-port']),
    learners: whole('learners', values.learners),
    seed: whole('seed', values.seed),
  }
}

function portOf(option: string, value: string): number {
  const port = whole(option, value)
  if (port > 65_535) throw new Error(`--${option} is "${value}", not a port. Give a number up to 65535.`)
  return port
}

function whole(option: string, value: string): number {
  if (!/^\d{1,7}$/.test(value)) throw new Error(`--${option} is "${value}", not a whole number.`)
  return Number(value)
}
