import { Presets, SingleBar } from 'cli-progress'
import { isEmpty, openHub, readConfig, readLine } from '@passerelle/hub'
import { fillRegion, findRegion, type RegionMade } from './demo-region.js'

const usage = `region: makes a believable synthetic region: agencies, staff, learners and a year of history, the same for the same seed.

  npm run region -- --learners <number> [options]

  --learners <number>   how many
  --seed <number>       default: 1
  --end <day>           last day of the year that is told, YYYY-MM-DD; default: today
  --issuer <url>        where its people sign in; default: OIDC_ISSUER, else the sign-in of npm start
  --help

It needs an empty hub: the embedded store of PASSERELLE_DATA (default .passerelle; look at it with npm start afterwards), or the one that
DATABASE_URL and EVENTSTORE_URL name. A run that was cut short goes on where it stopped. Settings: deploy/README.md.`

try {
  process.exitCode = await run()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const { values } = readLine('region', {
    options: {
      learners: { type: 'string' },
      seed: { type: 'string', default: '1' },
      end: { type: 'string', default: new Date().toISOString().slice(0, 10) },
      issuer: { type: 'string', default: process.env['OIDC_ISSUER'] ?? 'http://127.0.0.1:4003' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help || values.learners === undefined) {
    console.log(usage)
    return values.help ? 0 : 1
  }
  const { issuer, end: endDay } = values
  const asked = { learners: whole('learners', values.learners), seed: whole('seed', values.seed), endDay, issuer }
  if (!/^\d{4}-\d\d-\d\d$/.test(endDay) || Number.isNaN(Date.parse(endDay))) throw new Error(`--end is "${endDay}", not a day.`)
  const hub = await openHub(readConfig(process.env, 0))
  try {
    const region = await regionFor(hub.config.dataFolder, asked, await isEmpty(hub))
    const bar = new SingleBar(
      { format: '{bar} {value}/{total} learners | {events} events | {eta_formatted} left', stream: process.stderr },
      Presets.shades_grey,
    )
    bar.start(region.learners, 0, { events: 0 })
    let recorded = 0
    try {
      await fillRegion(hub, region, ({ learnersTold, events }) => {
        recorded = events
        bar.update(learnersTold, { events })
      })
    } finally {
      bar.stop()
    }
    console.log(
      `A region of ${region.learners} learners, seed ${region.seed}: ${recorded} events. A worker, or npm start, shares them out.`,
    )
    return 0
  } finally {
    await hub.close()
  }
}

/** What is to be made: what was asked for, or the rest of what was begun. */
async function regionFor(dataFolder: string, asked: Omit<RegionMade, 'complete'>, isEmpty: boolean): Promise<RegionMade> {
  const begun = isEmpty ? undefined : await findRegion(dataFolder)
  if (begun && !begun.complete && begun.learners === asked.learners && begun.seed === asked.seed) return begun
  if (!isEmpty)
    throw new Error(
      'This hub is not empty. Name another folder in PASSERELLE_DATA, or another database; a region that was begun goes on with the same --learners and --seed.',
    )
  return { ...asked, complete: false }
}

function whole(option: string, value: string): number {
  if (!/^\d{1,7}$/.test(value)) throw new Error(`--${option} is "${value}", not a whole number.`)
  return Number(value)
}
