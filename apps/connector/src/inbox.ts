import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Refused } from '@passerelle/event-log'
import type { FeedHost } from './feed/feed-command.js'
import { type FeedReport, printReport } from './feed/report.js'
import { type FeedOptions, runFeed } from './feed/run-feed.js'
import { formats, type FormatName } from './formats.js'
import { isZip } from './reading/index.js'

/** What an operator may write into `<inbox>/<agency>/<format>/feed.json`: as the options of `npm run feed`. */
type Settings = Pick<FeedOptions, 'system' | 'agencies' | 'services' | 'staffIssuer' | 'acceptDrop' | 'moved' | 'language'>

export interface InboxOptions {
  /** Deliveries lie in `<folder>/<agency>/<format>/<delivery>/`, or are a ZIP archive `<delivery>.zip`. */
  readonly folder: string
  readonly host: FeedHost
  /** A delivery is whole once nothing in it has changed for so long. */
  readonly quietMs?: number
  readonly report?: (said: {
    readonly format: string
    readonly agencyId: string
    readonly code?: string
    readonly rows?: number
  }) => void
}

interface Delivery {
  readonly path: string
  readonly agencyId: string
  readonly format: string
  readonly changedAt: number
  /** Another where anything in it or its settings is another, also where it was written over with an older date. */
  readonly looks: string
}

/** How soon a delivery that could not be taken is tried again; then twice as long each time, for each time it may be read whole. */
const retryMs = 60_000
const longestRetryMs = 3_600_000

interface Failure {
  readonly at: number
  readonly waitMs: number
  readonly looks: string
}

/**
 * Takes deliveries out of a folder, the oldest first. What was taken is deleted, for it is personal data in the clear; its report stays beside it as
 * `<delivery>.report.txt`. What could not be taken stays, and is tried again: at once where it or its settings changed.
 */
export class Inbox {
  private readonly failed = new Map<string, Failure>()
  private waitingNow = 0
  private taken = 0

  constructor(private readonly options: InboxOptions) {}

  get state(): { waiting: number; failing: number; taken: number } {
    return { waiting: this.waitingNow, failing: this.failed.size, taken: this.taken }
  }

  /** Takes every delivery that is whole. @throws where the inbox itself cannot be read */
  async takeAll(signal?: AbortSignal): Promise<void> {
    const found = await this.deliveries()
    for (const path of this.failed.keys()) if (!found.some(each => each.path === path)) this.failed.delete(path)
    this.waitingNow = found.length
    const { quietMs = 5_000 } = this.options
    for (const delivery of found.sort((a, b) => a.changedAt - b.changedAt)) {
      if (signal?.aborted) return
      const { path, agencyId, format, changedAt } = delivery
      // Of what looks otherwise now it is not known that it fails.
      const before = this.failed.get(path)
      const failure = before?.looks === delivery.looks ? before : undefined
      if (Date.now() - changedAt < quietMs || (failure && performance.now() - failure.at < failure.waitMs)) continue
      try {
        // Others were taken since it was looked at.
        if ((await lookAt(path)).looks !== delivery.looks) continue
        await this.take(delivery)
        this.failed.delete(path)
        this.taken++
        this.waitingNow--
      } catch (error) {
        const waitMs = failure ? Math.min(failure.waitMs * 2, longestRetryMs) : retryMs
        this.failed.set(path, { at: performance.now(), waitMs, looks: delivery.looks })
        this.options.report?.({ agencyId, format, code: codeOf(error) })
      }
    }
  }

  private async take(delivery: Delivery): Promise<void> {
    const { path, agencyId, format } = delivery
    const said: string[] = []
    let rows: number
    try {
      const told = await this.read(delivery)
      said.push(printReport(told))
      await refuseToDelete(told, delivery)
      rows = told.totals.read
    } catch (error) {
      said.push(whyNot(error))
      throw error
    } finally {
      await writeFile(`${path}.report.txt`, `${said.join('\n')}\n`)
    }
    await rm(path, { recursive: true })
    this.options.report?.({ agencyId, format, rows })
  }

  private async read({ path, agencyId, format }: Delivery): Promise<FeedReport> {
    if (!Object.hasOwn(formats, format))
      throw new Refused('INBOX.FORMAT', 'No such format.', `Name the folder one of ${Object.keys(formats).join(', ')}.`, {
        format,
      })
    const { identifiers: hasher, ...into } = this.options.host
    const settings = await settingsBeside(path)
    return runFeed({ ...settings, ...into, hasher, agencyId, path, format: format as FormatName })
  }

  private async deliveries(): Promise<Delivery[]> {
    const { folder } = this.options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const found: Delivery[] = []
    for (const agencyId of await folders(folder))
      for (const format of await folders(join(folder, agencyId)))
        for (const delivery of await deliveriesIn(join(folder, agencyId, format))) {
          const path = join(folder, agencyId, format, delivery)
          // One that cannot be looked at, or moves meanwhile, says so when its turn comes, and holds up no other.
          const seen = await lookAt(path).catch(() => ({ changedAt: 0, looks: '' }))
          found.push({ path, agencyId, format, ...seen })
        }
    return found
  }
}

/** @throws Refused where anything of it is nowhere else */
async function refuseToDelete({ reconciles, unread, passedOver }: FeedReport, { path, looks }: Delivery): Promise<void> {
  if (!reconciles) throw new Refused('INBOX.TOTALS', 'The totals do not reconcile.', 'See the report beside the delivery.')
  if (unread.length > 0)
    throw new Refused('INBOX.UNREAD', 'A file was not read to its end.', 'See the report beside the delivery, and send it again.')
  if (passedOver.length > 0)
    throw new Refused(
      'INBOX.NOT_READ',
      `${passedOver.length} of the files and folders of the delivery were not read.`,
      'See the report beside the delivery. Send them as a delivery of their format, and take them out of this one.',
      { passedOver: passedOver.length },
    )
  if ((await lookAt(path)).looks !== looks)
    throw new Refused(
      'INBOX.CHANGED',
      'Something in the delivery changed while it was read.',
      'It is read again once nothing in it changes. Put a delivery there whole, or under a name that begins with a dot until it is.',
    )
}

/** For the report; what is no refusal may have the words of a driver, with what it was about. */
const whyNot = (error: unknown): string =>
  `THE DELIVERY STAYS: ${
    error instanceof Refused
      ? `${error.code}. ${error.message}`
      : `the feed broke off (${codeOf(error)}). What was recorded stays; the delivery is read again.`
  }`
const codeOf = (error: unknown): string => (error instanceof Refused ? error.code : (error as Error).constructor.name)

const folders = (path: string) => namesIn(path, entry => entry.isDirectory())
const deliveriesIn = (path: string) => namesIn(path, entry => entry.isDirectory() || (entry.isFile() && isZip(entry.name)))

async function namesIn(path: string, is: (entry: Dirent) => boolean): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true })
  return entries.filter(entry => is(entry) && !entry.name.startsWith('.')).map(({ name }) => name)
}

async function lookAt(path: string): Promise<Pick<Delivery, 'changedAt' | 'looks'>> {
  const paths = [path]
  if ((await lstat(path)).isDirectory())
    for (const entry of await readdir(path, { withFileTypes: true, recursive: true }))
      paths.push(join(entry.parentPath, entry.name))
  const looks = createHash('sha256')
  looks.update(`${(await lstat(settingsOf(path)).catch(() => undefined))?.mtimeMs}`)
  let changedAt = 0
  for (const each of paths.sort()) {
    const { size, mtimeMs, ctimeMs } = await lstat(each)
    changedAt = Math.max(changedAt, mtimeMs)
    looks.update(JSON.stringify([each, size, mtimeMs, ctimeMs]))
  }
  return { changedAt, looks: looks.digest('hex') }
}

const settingsOf = (delivery: string) => join(dirname(delivery), 'feed.json')

async function settingsBeside(delivery: string): Promise<Settings> {
  try {
    return JSON.parse(await readFile(settingsOf(delivery), 'utf8')) as Settings
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new Refused('INBOX.SETTINGS', 'feed.json cannot be read.', 'Write a JSON object with the options of npm run feed.')
  }
}
