import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { Presets, SingleBar } from 'cli-progress'
import { runProcess } from '@passerelle/hub'
import { startLocal } from './start-local.js'
import { welcome } from './welcome.js'

const usage = `npm start: a whole hub in one process, with invented people. Nothing to install but npm packages.

  npm start -- [options]

  --data <folder>           where everything is kept; default: PASSERELLE_DATA, else .passerelle
  --port <port>             where it answers; default: PORT, else 4000
  --identity-port <port>    where people sign in; default: 4003. It belongs to the folder, once there are people in it
  --learners <number>       how many learners an empty folder is given; default: 60, 0 leaves it empty
  --seed <number>           the same seed makes the same region; default: 1
  --help`

await runProcess('Passerelle', usage, async () => {
  const { values } = parseArgs({
    options: {
      data: { type: 'string', default: process.env['PASSERELLE_DATA'] ?? '.passerelle' },
      port: { type: 'string', default: process.env['PORT'] ?? '4000' },
      'identity-port': { type: 'string', default: '4003' },
      learners: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
    },
  })
  const dataFolder = resolve(values.data)
  const bar = new SingleBar(
    {
      format: 'Making a small region {bar} {value}/{total} learners | {events} events',
      stream: process.stderr,
      clearOnComplete: true,
    },
    Presets.shades_grey,
  )
  let begun = false
  const local = await startLocal({
    dataFolder,
    port: whole('port', values.port),
    identityPort: whole('identity-port', values['identity-port']),
    learners: whole('learners', values.learners),
    seed: whole('seed', values.seed),
    onStep: what => console.error(`${what} …`),
    onProgress({ learnersTold, learners, events }) {
      if (!begun) bar.start(learners, 0, { events: 0 })
      begun = true
      bar.update(learnersTold, { events })
    },
  })
  bar.stop()
  return { ready: welcome(local, dataFolder), close: local.close }
})

function whole(option: string, value: string): number {
  if (!/^\d{1,7}$/.test(value)) throw new Error(`--${option} is "${value}", not a whole number.`)
  return Number(value)
}
