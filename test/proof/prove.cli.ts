import Table from 'cli-table3'
import { readLineOrExit } from '@passerelle/hub'
import { startPostgres } from '@passerelle/testing'
import { databasesOf } from './databases.js'
import { mutants } from './mutants.js'
import { proofTools } from './proof.js'
import { proveRegion, usualSize } from './region.js'
import { askedAgain, leadingTo, shrink } from './shrink.js'
import { figuresOf, noTally } from './tally.js'
import { titles, toStory } from './telling.js'

const usage = `npm run prove -- [--minutes N] [--seed S] [--worlds N] [--plant NAME]

Proves that every face answers what the oracle allows and nothing else, on regions to which anything happens:
each field of each answer (differential), no denied value anywhere (canary), nothing hidden moves an answer (interference), what is taken away
is gone at once and enlarges nothing (revocation, monotony), and that the proof would notice (mutants).

  --minutes N   go on for so long; default 5
  --seed S      of the first region; the next have S+1, S+2 … ; default 1
  --worlds N    no more regions than this
  --plant NAME  spoil the hub, and see how that is found and told: ${Object.keys(mutants)
    .map(name => `"${name}"`)
    .join(', ')}
  --help        this text

Prints a table and one line of JSON. Something found: its story, cut down to what it takes, with the seed to see it again; exit code 1.`

const { values } = readLineOrExit(
  'prove',
  {
    options: {
      minutes: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
      worlds: { type: 'string', default: '1000000' },
      plant: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  },
  2,
)
const numberOf = (name: 'minutes' | 'seed' | 'worlds', least: number): number => {
  const number = Number(values[name])
  if (Number.isFinite(number) && number >= least) return number
  console.error(`--${name} is "${values[name]}", not a number from ${least}. See npm run prove -- --help.`)
  process.exit(2)
}
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const spoilt = values.plant === undefined ? undefined : mutants[values.plant]
if (values.plant !== undefined && !spoilt) {
  console.error(`--plant is "${values.plant}", which nobody knows how to spoil. See npm run prove -- --help.`)
  process.exit(2)
}
const size = { ...usualSize, mutants: !spoilt }
const [minutes, seed, worlds] = [numberOf('minutes', 0.1), numberOf('seed', 0), numberOf('worlds', 1)]

const begun = performance.now()
const end = begun + minutes * 60_000
const seconds = () => Math.round((performance.now() - begun) / 1_000)
const server = await startPostgres()
const databases = databasesOf(server.url)
const tally = noTally()
try {
  const tools = { ...(await proofTools()), ...(spoilt && { spoilt }) }
  let proved = 0
  for (; proved < worlds && (proved === 0 || performance.now() < end) && tally.findings.length === 0; proved++) {
    const database = await databases.fresh()
    const story = await proveRegion(tools, seed + proved, size, database.url, tally)
    await database.drop()
    const { decisions, documents, findings } = figuresOf(tally)
    console.error(`${seconds()} s: region ${seed + proved}, ${decisions} decisions, ${documents} documents, ${findings} findings`)
    const [finding] = tally.findings
    if (!finding) continue
    console.error(`${titles[finding.kind]}. Cutting the story down …`)
    const fails = askedAgain(tools, finding, { size, seed: seed + proved }, () => databases.fresh())
    const short = await shrink(leadingTo(story, finding), finding, fails, performance.now() + Math.max(3, minutes) * 60_000)
    console.log(toStory(short.finding, short.story, seed + proved, values.plant))
  }
  const told = { seed, regions: proved, seconds: seconds(), ...figuresOf(tally) }
  const table = new Table()
  for (const [name, value] of Object.entries(told))
    table.push({ [name]: typeof value === 'object' ? JSON.stringify(value) : String(value) })
  console.log(table.toString())
  console.log(JSON.stringify(told))
  process.exitCode = tally.findings.length > 0 ? 1 : 0
} finally {
  await server.stop()
}
