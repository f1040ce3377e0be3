import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type Api, startApi } from '@passerelle/api'
import { feedCommand, feedHostOn, openFeedDoor } from '@passerelle/connector'
import { folderHolder, FolderInUse } from '@passerelle/database'
import { type HubConfig, openHub, type OpenHub, isEmpty } from '@passerelle/hub'
import { createLog, createMetrics, type Log, startDevIdentityProvider } from '@passerelle/http'
import { readStatus, rebuild, waitFor } from '@passerelle/projections'
import { startWorker } from '@passerelle/worker'
import { isFolderFault, makeFolder } from './data-folder.js'
import { fillRegion, findRegion, peopleOf, type RegionMade, type RegionProgress } from './demo-region.js'

export interface LocalOptions {
  /** Store, keys and sign-in: everything stands there. */
  readonly dataFolder: string
  /** Of the faces; 0 takes a free one. */
  readonly port: number
  /** Of the development identity provider. Tokens and accounts belong to one port, since the issuer names it; 0 takes a free one. */
  readonly identityPort: number
  /** How many learners an empty store is given; 0 makes no region. */
  readonly learners?: number
  readonly seed?: number
  readonly log?: Log
  readonly now?: () => Date
  /** Told what is about to be done, for people who wait. */
  readonly onStep?: (what: string) => void
  readonly onProgress?: (progress: RegionProgress) => void
}
export interface Local {
  readonly url: string
  readonly issuer: string
  readonly people: ReturnType<typeof peopleOf>
  close(): Promise<void>
}

/** A hub in this folder runs already, or its people sign in elsewhere. */
export class CannotStart extends Error {
  readonly code = 'LOCAL.CANNOT_START'
}

const host = '127.0.0.1'

/**
 * All of a hub in one process on an embedded store: faces, views, processes, intake and a sign-in with invented people. An empty folder is given a
 * small region. Resolves once everything recorded can be read.
 * @throws CannotStart
 */
export async function startLocal(options: LocalOptions): Promise<Local> {
  const { dataFolder, port, identityPort, log = createLog({ level: 'warn', component: 'local' }) } = options
  const { learners = 60, seed = 1, now = () => new Date(), onStep = () => {}, onProgress = () => {} } = options
  const opened: (() => Promise<void>)[] = []
  const close = async () => {
    for (const end of opened.splice(0).reverse()) await end()
  }
  try {
    // Before a region is made that nobody could open.
    if (port !== 0 && port === identityPort)
      throw new CannotStart(
        `Port ${port} cannot be that of the faces and of the sign-in. Choose another for one: --identity-port <port>`,
      )
    // Before its ports are taken for another program's.
    const holder = folderHolder(storeIn(dataFolder))
    if (holder !== undefined) throw runsAlready(dataFolder, holder)
    for (const each of [port, identityPort]) if (each !== 0) await onPort(each, () => listenOnce(each))
    onStep(`Opening the store in ${dataFolder}`)
    const hub = await openEmbedded({ dataFolder, host, port }, now)
    opened.push(() => hub.close())
    const known = await findRegion(dataFolder)
    const asked = { learners, seed, endDay: now().toISOString().slice(0, 10) }
    const people = learners === 0 && !known ? [] : peopleOf({ issuer: '', ...(known ?? asked) })
    const identity = await onPort(identityPort, () =>
      startDevIdentityProvider({ people, folder: dataFolder, port: identityPort }),
    )
    opened.push(() => identity.close())
    const { issuer, audience } = identity
    if (known && known.issuer !== issuer)
      throw new CannotStart(
        `The people of ${dataFolder} sign in at ${known.issuer}. Start with --identity-port ${new URL(known.issuer).port}, or choose another folder with --data.`,
      )
    const region: RegionMade = known ?? { ...asked, issuer, complete: learners === 0 || !(await isEmpty(hub)) }
    if (!region.complete) {
      onStep(`Making a region of ${region.learners} learners`)
      await fillRegion(hub, region, onProgress)
    }
    const models = { db: hub.db, store: hub.store, hub: hub.declaration, now }
    if ((await readStatus(models)).otherVersions.length > 0) {
      onStep('Rebuilding the read models for this release')
      await rebuild(models, 'all')
    }
    onStep('Sharing out what each agency may see')

    const metrics = createMetrics()
    const worker = await startWorker({ hub, port: 0, log, metrics })
    opened.push(() => worker.close())
    const intake = await openIntake(hub)
    opened.push(() => intake.close())
    await readable(hub)
    onStep('Opening the doors')
    const api: Api = await onPort(port, () => startApi({ hub, issuers: [issuer], audience, log, metrics }))
    opened.push(() => api.close())
    return { url: api.url, issuer, people, close }
  } catch (error) {
    await close()
    throw error
  }
}

async function openEmbedded(config: HubConfig, now: () => Date): Promise<OpenHub> {
  try {
    await makeFolder(storeIn(config.dataFolder))
    return await openHub(config, { now })
  } catch (error) {
    if (isFolderFault(error))
      throw new CannotStart(
        `Nothing can be written to ${config.dataFolder} (${error.code}). Give it to yourself, make room, or choose another folder with --data.`,
      )
    if (!(error instanceof FolderInUse)) throw error
    throw runsAlready(config.dataFolder, error.pid)
  }
}

const storeIn = (dataFolder: string) => join(dataFolder, 'store')
const runsAlready = (dataFolder: string, pid: number) =>
  new CannotStart(
    `A hub runs on ${dataFolder} already, in process ${pid}. Use that one, or start another beside it: npm start -- --data <folder> --port <port> --identity-port <port>`,
  )

/** `npm run feed` while the hub runs: the embedded store belongs to one process, which is this one. */
async function openIntake(hub: OpenHub): Promise<{ close(): Promise<void> }> {
  const host = await feedHostOn(hub)
  return openFeedDoor(hub.config.dataFolder, ([, ...args], terminal) => feedCommand(args, host, terminal))
}

async function readable({ db, log, declaration }: OpenHub): Promise<void> {
  const head = await log.head()
  const views = declaration.plans.map(plan => plan.view)
  if (head !== '' && !(await waitFor(db, head, { views, timeoutMs: 300_000 })))
    throw new CannotStart(
      'The read models do not come to the end of the log: npm run parked -- list shows which view stands still and why.',
    )
}

async function listenOnce(port: number): Promise<void> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}

async function onPort<T>(port: number, start: () => Promise<T>): Promise<T> {
  try {
    return await start()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    throw new CannotStart(
      `Port ${port} is taken by another program. Choose others: npm start -- --port <port> --identity-port <port>`,
    )
  }
}
