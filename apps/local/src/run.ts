import { Presets, SingleBar } from 'cli-progress'
import { runProcess } from '@passerelle/hub'
import { readStartLine, startUsage } from './start-line.js'
import { startLocal } from './start-local.js'
import { welcome } from './welcome.js'

await runProcess('Passerelle', startUsage, async () => {
  const asked = readStartLine(process.argv.slice(2), process.env)
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
    ...asked,
    onStep: what => console.error(`${what} …`),
    onProgress({ learnersTold, learners, events }) {
      if (!begun) bar.start(learners, 0, { events: 0 })
      begun = true
      bar.update(learnersTold, { events })
    },
  })
  bar.stop()
  return { ready: welcome(local, asked.dataFolder), close: local.close }
})
