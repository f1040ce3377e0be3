import { Presets, SingleBar } from 'cli-progress'
import { hubDeclaration, openHub, readConfig, readLine } from '@passerelle/hub'
import { dropOld, rebuild, type RebuildProgress } from '@passerelle/projections'

const usage = `rebuild: builds read models anew from the log beside the running ones, compares, and puts them in their place.

  npm run rebuild -- <view|all> [options]
  npm run rebuild -- list
  npm run rebuild -- drop-old

  <view>               one view by its name, as "list" gives it
  all                  every view, who may hold what, and every agency's model
  list                 the names of the views
  drop-old             drops the tables that earlier rebuilds have replaced
  --accept-difference  takes the rebuilt rows where they are not those that run; without it nothing is replaced then
  --help

Readers and workers go on meanwhile. Settings come from the environment, as for every process of the hub (deploy/README.md);
the embedded store has to be stopped first.`

const phases = ['reading', 'loading', 'catchingUp', 'comparing', 'swapping', 'done'] as const

try {
  process.exitCode = await run()
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}

async function run(): Promise<number> {
  const { values, positionals } = readLine('rebuild', {
    allowPositionals: true,
    options: { 'accept-difference': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  const [what, extra] = positionals
  if (values.help || what === undefined || extra !== undefined) {
    console.log(usage)
    return values.help ? 0 : 1
  }
  const names = hubDeclaration.plans.map(plan => plan.name).sort()
  if (what === 'list') {
    console.log(names.join('\n'))
    return 0
  }
  const plan = hubDeclaration.plans.find(({ name }) => name === what)
  if (!plan && what !== 'all' && what !== 'drop-old')
    throw new Error(`There is no view ${what}. There are: ${names.join(', ')}, or all.`)
  const hub = await openHub(readConfig(process.env, 0), { existing: true })
  try {
    const options = { db: hub.db, store: hub.store, hub: hub.declaration, now: hub.now, holder: `pid ${process.pid}` }
    if (what === 'drop-old') {
      await dropOld(options)
      console.log('Dropped what earlier rebuilds replaced.')
      return 0
    }
    const bar = new SingleBar(
      { format: '{bar} {phase} | {events} events | {duration_formatted}', stream: process.stderr, noTTYOutput: false },
      Presets.shades_grey,
    )
    const onProgress = ({ phase, events }: RebuildProgress) => bar.update(phases.indexOf(phase) + 1, { phase, events })
    bar.start(phases.length, 0, { phase: 'reading', events: 0 })
    try {
      const report = await rebuild(options, plan?.view ?? 'all', {
        onProgress,
        onDifference: values['accept-difference'] ? 'swap' : 'refuse',
      })
      bar.stop()
      const against = report.comparedWith === 'running' ? 'the running rows' : 'a plain fold of a sample'
      console.log(
        `Rebuilt ${what} from ${report.events} events in ${report.passes} pass(es), compared with ${against}: ` +
          `${report.differences.length === 0 ? 'no difference' : `${report.differences.length} table(s) differed and were replaced`}.`,
      )
    } finally {
      bar.stop()
    }
    return 0
  } finally {
    await hub.close()
  }
}
