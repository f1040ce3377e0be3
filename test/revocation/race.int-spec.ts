import { setTimeout as delay } from 'node:timers/promises'
import { type AppProcess, startApp } from '../journeys/app-process.fixture.js'
import { StoryHub, until } from '../journeys/story-hub.fixture.js'
import { daysUntilEnd, makeRegion, type Opening, openings } from './openings.js'
import { Race } from './racing.js'

/** Reads that are under way at every moment. */
const connections = 16
const dayMs = 24 * 60 * 60_000

let story: StoryHub
let worker: AppProcess | undefined
let ahead = 0
beforeAll(async () => {
  story = await StoryHub.open({ now: () => new Date(Date.now() + ahead) })
}, 60_000)
afterAll(async () => {
  await worker?.end('SIGKILL')
  await story?.close()
})

const startWorker = async () => {
  const PASSERELLE_SECRETS_FILE = story.hub.config.secretsFile!
  worker = await startApp('worker', {
    ...process.env,
    NODE_OPTIONS: '',
    DATABASE_URL: story.hub.config.databaseUrl!,
    EVENTSTORE_URL: '',
    PASSERELLE_SECRETS_FILE,
    PORT: '0',
  })
}
/** The models say all that has happened, and no denial is left to say it for them. */
async function modelsSay(race: Race, ended: readonly Opening[]): Promise<void> {
  await story.arrived(await story.hub.log.head())
  race.modelsKnow(...ended)
  await until('denials are settled', async () => (await story.hub.db.query('select from sharing.denials')).length === 0, 60)
}

test('R-V.7 once the end of what somebody could read is acknowledged, no answer on any way of reading tells of it, with the models behind or their worker killed', async () => {
  const canaries = await makeRegion(story)
  await story.arrived(await story.hub.log.head())
  const race = await Race.prepare(story, openings, canaries)
  await story.stopWorker()

  const ends = async (opening: Opening) => {
    await opening.end!(story)
    race.acknowledge(opening)
  }
  const withoutWorker = openings.filter(({ kind }) =>
    ['consent', 'team', 'staff', 'agreement', 'enrolment', 'placement'].includes(kind),
  )
  const withWorkerKilled = openings.filter(({ kind }) => ['restriction', 'guardian'].includes(kind))
  // Nothing is forgotten before the models know of what is held back, so this one takes a worker.
  const withWorker = openings.filter(({ kind }) => kind === 'erasure')
  const byClock = openings.filter(({ end }) => !end)
  const readOn = (some: readonly Opening[], count: 'readsBefore' | 'readsUntold' | 'readsTold', times: number) =>
    until(`${count} are ${times}`, async () => race.least(count, some) >= times, 60)

  race.start(connections)
  try {
    await readOn(openings, 'readsBefore', 2)
    await Promise.all(withoutWorker.map(ends))
    await readOn(withoutWorker, 'readsUntold', 3)
    await startWorker()
    await modelsSay(race, withoutWorker)

    await Promise.all(withWorker.map(ends))
    const ending = withWorkerKilled.map(ends)
    await delay(200)
    await worker!.end('SIGKILL')
    await Promise.all(ending)
    ahead = daysUntilEnd * dayMs
    race.acknowledge(...byClock)
    await readOn([...withWorker, ...withWorkerKilled, ...byClock], 'readsUntold', 3)
    await startWorker()
    await modelsSay(race, [...withWorker, ...withWorkerKilled, ...byClock])
    await readOn(openings, 'readsTold', 2)
    await until('enough was read', async () => race.reads >= 10_000, 120)
  } finally {
    await race.finish()
  }
  console.log(race.summary())
  expect(race.leaks).toEqual([])
  expect(race.faults).toEqual([])
  // Nothing passes because there was nothing to see, or nobody looked.
  for (const count of ['seenBefore', 'readsUntold', 'readsTold'] as const) expect(race.never(count)).toEqual([])
  expect(race.reads).toBeGreaterThanOrEqual(10_000)
}, 300_000)
