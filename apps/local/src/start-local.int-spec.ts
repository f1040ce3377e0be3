import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { PgliteDatabase, toFileFault } from '@passerelle/database'
import { fetchDevToken, silentLog } from '@passerelle/http'
import { isFolderFault } from './data-folder.js'
import { readStartLine } from './start-line.js'
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
  // On its ports too: what has them is no other program.
  const ports = { port: Number(new URL(local.url).port), identityPort: Number(identityPort) }
  await expect(startLocal({ dataFolder: folder, ...ports, log: silentLog })).rejects.toThrow(/runs on .* already, in process/)
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
  const { url, issuer } = running!
  const other = await mkdtemp(join(tmpdir(), 'passerelle-local-'))
  await expect(
    startLocal({ dataFolder: other, port: Number(new URL(url).port), identityPort: 0, learners: 0, log: silentLog }),
  ).rejects.toThrow(`Port ${new URL(url).port} is taken by another program. Choose others`)
  await expect(
    startLocal({ dataFolder: other, port: 0, identityPort: Number(new URL(issuer).port), learners: 0, log: silentLog }),
  ).rejects.toThrow(`Port ${new URL(issuer).port} is taken by another program. Choose others`)
  await expect(startLocal({ dataFolder: other, port: 4999, identityPort: 4999, log: silentLog })).rejects.toThrow(
    /Port 4999 cannot be that of the faces and of the sign-in/,
  )
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
  // A system that makes no folder where it was asked to.
  await expect(
    startLocal({ dataFolder: '/proc/passerelle/data', port: 0, identityPort: 0, learners: 0, log: silentLog }),
  ).rejects.toThrow(/Nothing can be written to .* choose another folder/)
})

test('a disk that is full inside the embedded store is told as what it is', () => {
  expect(toFileFault({ name: 'ErrnoError', errno: 51 })).toMatchObject({
    code: 'ENOSPC',
    message: expect.stringMatching(/Make room/),
  })
  expect(isFolderFault(toFileFault({ name: 'ErrnoError', errno: 69 }))).toBe(true)
  expect(toFileFault({ name: 'ErrnoError', errno: 8 })).toMatchObject({ message: expect.stringContaining('errno 8') })
  const other = new Error('something else')
  expect(toFileFault(other)).toBe(other)
  expect(isFolderFault(other)).toBe(false)
})

test('a line that cannot be followed names the option and what it takes', () => {
  expect(readStartLine(['--port', '65535'], { PASSERELLE_DATA: '' })).toEqual({
    dataFolder: resolve('.passerelle'),
    port: 65_535,
    identityPort: 4003,
    learners: 60,
    seed: 1,
  })
  expect(() => readStartLine(['--port', '99999'], {})).toThrow('--port is "99999", not a port. Give a number up to 65535.')
  expect(() => readStartLine([], { PORT: '65536' })).toThrow('--port is "65536", not a port.')
  expect(() => readStartLine(['--identity-port', '70000'], {})).toThrow('--identity-port is "70000", not a port.')
  expect(() => readStartLine(['--learners', 'x'], {})).toThrow('--learners is "x", not a whole number.')
  for (const data of ['', ' ']) expect(() => readStartLine(['--data', data], {})).toThrow('--data is empty. Name a folder')
})
