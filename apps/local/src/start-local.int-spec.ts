import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PgliteDatabase } from '@passerelle/database'
import { fetchDevToken, silentLog } from '@passerelle/http'
import { type Local, type LocalOptions, startLocal } from './start-local.js'
import { welcome } from './welcome.js'

let folder: string
let running: Local | undefined
const start = async (more: Partial<LocalOptions> = {}) =>
  (running = await startLocal({ dataFolder: folder, port: 0, identityPort: 0, learners: 3, log: silentLog, ...more }))
const stop = async () => {
  await running?.close()
  running = undefined
}
const ask = async ({ url }: Local, face: string, person: string, query: string) => {
  const token = await fetchDevToken({ folder, person })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  return (
    await fetch(`${url}/${face}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) })
  ).json() as Promise<any>
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-local-'))
})
afterAll(async () => {
  await stop()
  await rm(folder, { recursive: true, force: true })
})

test('an empty folder becomes a region whose people read it at once, and goes on where it stopped', async () => {
  const told: number[] = []
  const local = await start({ onProgress: ({ learnersTold }) => told.push(learnersTold) })
  const { port: identityPort } = new URL(local.issuer)
  expect(told.at(-1)).toBe(3)
  expect(await (await fetch(`${local.url}/health/ready`)).json()).toMatchObject({ status: 'ready' })

  const own = await ask(local, 'learner', 'learner-1', '{ learners(first: 2) { totalCount nodes { givenName } } }')
  expect(own.data.learners.totalCount).toBe(1)
  const all = await ask(local, 'education', 'education-coordinator-2', '{ learners(first: 10) { nodes { learnerId } } }')
  expect(all.data.learners.nodes.length).toBeGreaterThan(0)

  const said = welcome(local, folder)
  for (const promised of [
    '/education/graphql',
    '/authority/graphql',
    'teacher-1',
    'guardian-1',
    'region-admin-1',
    'curl',
    'npm run feed',
    'power cut',
  ])
    expect(said).toContain(promised)
  const [, query] = /-d '(\{.*\})'/.exec(said)!
  expect(await ask(local, 'education', 'teacher-1', JSON.parse(query!).query)).not.toHaveProperty('errors')

  // One process, one page of figures: what the doors count, and how far the views and each agency's copy are behind.
  const figures = await (await fetch(`${local.url}/metrics`)).text()
  for (const figure of [
    'passerelle_http_request_duration',
    'passerelle_view_lag_events{view="plans"}',
    'passerelle_agency_age_seconds{',
  ])
    expect(figures).toContain(figure)

  // Another beside it on the same folder is refused in words that say what to do.
  await expect(startLocal({ dataFolder: folder, port: 0, identityPort: 0, log: silentLog })).rejects.toThrow(
    /runs on .* already, in process \d+\. Use that one, or start another/,
  )
  await stop()
  await expect(start({ identityPort: 0 })).rejects.toThrow(
    `sign in at ${local.issuer}. Start with --identity-port ${identityPort}`,
  )

  // As if the first start had been cut short: the rest is made, nothing twice.
  const path = join(folder, 'region.json')
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), complete: false }))
  const again = await start({ identityPort: Number(identityPort) })
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ learners: 3, complete: true })
  expect(await ask(again, 'education', 'education-coordinator-2', '{ learners(first: 10) { nodes { learnerId } } }')).toEqual(all)
}, 180_000)

test('read models of an earlier release are rebuilt at the start', async () => {
  const { issuer } = running!
  await stop()
  const db = await PgliteDatabase.open({ folder: join(folder, 'store') })
  await db.query(`update projections.checkpoints set version = version - 1 where view = 'plans'`)
  await db.close()
  const steps: string[] = []
  const local = await start({ identityPort: Number(new URL(issuer).port), onStep: step => steps.push(step) })
  expect(steps).toContain('Rebuilding the read models for this release')
  expect(await (await fetch(`${local.url}/health/ready`)).json()).toMatchObject({ status: 'ready' })
}, 120_000)

test('a port that is taken is said with the way out, before anything is made', async () => {
  const { url } = running!
  const other = await mkdtemp(join(tmpdir(), 'passerelle-local-'))
  await expect(
    startLocal({ dataFolder: other, port: Number(new URL(url).port), identityPort: 0, learners: 0, log: silentLog }),
  ).rejects.toThrow(`Port ${new URL(url).port} is taken by another program. Choose others`)
  expect(await readdir(other)).toEqual([])
  await rm(other, { recursive: true, force: true })
}, 60_000)

test('a folder that cannot be written is said with the way out', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'passerelle-local-')), 'a-file')
  await writeFile(file, '')
  await expect(
    startLocal({ dataFolder: join(file, 'data'), port: 0, identityPort: 0, learners: 0, log: silentLog }),
  ).rejects.toThrow(/Nothing can be written to .* choose another folder/)
  await rm(dirname(file), { recursive: true })
})
