import { Refused } from '@passerelle/event-log'
import { v7 as uuidv7 } from 'uuid'
import { formats } from '../formats.js'
import { type Folder, isHarmless, isOfPassedOver, type Read, type Rejected } from '../reading/index.js'
import { type FeedList, OffTheList, placeOfField, placeOfValues } from './feed-list.js'
import type { Remembered } from './feed-state.js'
import { FeedIds, uuidOf } from './ids.js'
import { IntoQuarantine } from './into-quarantine.js'
import { inLanes } from './lanes.js'
import { type LookUps, lookUps } from './look-ups.js'
import { Notes } from './notes.js'
import {
  type FeedContext,
  type Heard,
  type Mapping,
  type Meaning,
  type Note,
  noted,
  type PartnerFormat,
} from './partner-format.js'
import { Recorder } from './recorder.js'
import { RehearsedFeedState } from './rehearsed-feed-state.js'
import { type FeedReport, type Outcome, Tally } from './report.js'
import type { FeedOptions } from './run-feed.js'
import { Turn } from './turn.js'

const BATCH = 500
const LANES = 64
/** A complete set that lost this share is taken for a fault of the export. */
const DROP_GUARD = 0.2
/** In the place of a content's hash: the record is there, and nothing of it was taken yet. */
const NOTHING_YET = ''

interface Job {
  readonly lane: string
  readonly job: () => Promise<void>
}
/** A record whose meaning is to be asked for, and what is to be done then. */
interface Asked {
  readonly meaning: () => Promise<Meaning | Refused>
  readonly settle: (meaning: Meaning | Refused) => Promise<Job | undefined>
}
/** What a batch leaves behind once it is recorded. */
interface Learnt {
  readonly remember: Remembered[]
  readonly notes: Note[]
  /** Entries of the quarantine that came right. */
  readonly mended: string[]
}

/** What tells one run of a feed from all others. */
export interface ThisRun {
  readonly runId: string
  /** The agency and its system: what an external id is known under. */
  readonly source: string
  readonly now: string
}

/** One run: reads, compares with what the partner said last, gives the commands, and accounts for every row. */
export class Run {
  /** As they were asked for; of a dry run with a state that only rehearses. */
  private readonly options: FeedOptions
  private readonly runId = uuidv7()
  private readonly tally = new Tally()
  private readonly now: Date
  private readonly format: PartnerFormat
  private readonly source: string
  private readonly ids: FeedIds
  private readonly feed: FeedContext
  private readonly mapping: Mapping
  private readonly recorder: Recorder
  private readonly quarantine: IntoQuarantine
  private readonly thisRun: ThisRun
  /** None in a dry run, which leaves nothing behind. */
  private turn: Turn | undefined
  private readonly heard: Heard = { complete: new Set(), notes: [] }
  private readonly openEntries = new Map<string, string[]>()
  private readonly unreadable = new Set<string>()
  private readonly before: LookUps
  private readonly notes: Notes
  private batch: Read[] = []
  private bytes = 0
  private rows = 0

  constructor(
    asked: FeedOptions,
    private readonly folder: Folder,
    private readonly list: FeedList,
    agencyIs: Pick<FeedContext, 'sector' | 'region'>,
  ) {
    const options = asked.dryRun ? { ...asked, state: new RehearsedFeedState(asked.state, this.heard.complete) } : asked
    const { hasher, agencyId, system = options.format, agencies = {}, services = {} } = options
    this.options = options
    this.now = (options.now ?? (() => new Date()))()
    this.format = formats[options.format]
    this.source = `${agencyId}/${system}`
    this.ids = new FeedIds(hasher, agencyId, system)
    this.feed = {
      agencyId,
      ...agencyIs,
      system,
      ids: this.ids,
      hasher,
      now: this.now.toISOString(),
      today: this.now.toISOString().slice(0, 10),
      agencyOf: name => (Object.hasOwn(agencies, name) ? agencies[name] : undefined),
      serviceOf: name => (Object.hasOwn(services, name) ? services[name] : undefined),
      moved: options.moved ?? false,
      ...(options.staffIssuer && { staffIssuer: options.staffIssuer }),
      load: (decider, id) => this.recorder.load(decider, id),
      recall: (kind, idHash) => this.notes.recall(kind, idHash),
    }
    this.before = lookUps(options.state, this.source)
    this.notes = new Notes(options, this.before)
    this.mapping = this.format.mapping(this.feed)
    this.thisRun = { runId: this.runId, source: this.source, now: this.feed.now }
    this.recorder = new Recorder(options, list, this.tally, this.thisRun)
    this.quarantine = new IntoQuarantine(options, this.format, this.ids, this.tally, this.thisRun)
  }

  /** @throws Refused FEED.RUNNING where another run reads the same source, FEED.TURN_LOST where one took over */
  async run(): Promise<FeedReport> {
    if (this.options.dryRun) return this.readWhole()
    this.turn = await Turn.take(this.options.turns, this.thisRun)
    try {
      await this.markInterrupted()
      return await this.readWhole()
    } finally {
      await this.turn.end()
    }
  }

  /** Whoever has the turn is the only one that reads the source: a run of it that never ended was killed. */
  private async markInterrupted(): Promise<void> {
    const { agencyId, state } = this.options
    for (const run of await state.runs(agencyId))
      if (run.status === 'running' && run.system === this.feed.system) await state.saveRun({ ...run, status: 'interrupted' })
  }

  private async readWhole(): Promise<FeedReport> {
    const { options, feed, runId } = this
    const { state, agencyId, format, system = format, dryRun = false } = options
    const run = { runId, agencyId, format, system, startedAt: feed.now }
    await state.saveRun({ ...run, status: 'running' })
    try {
      for (const entry of await state.entries({ agencyId, system }))
        if (entry.idHash && (feed.moved || !this.format.isOfAnother?.(entry.code))) {
          const key = `${entry.entity} ${entry.idHash}`
          this.openEntries.set(key, [...(this.openEntries.get(key) ?? []), entry.entryId])
        }
      await this.readAll()
      await this.flush()
      await state.remember(this.source, runId, await this.notes.kept(this.heard.notes))
      await this.endWhatIsMissing()
    } catch (error) {
      await state.saveRun({ ...run, status: 'failed', endedAt: new Date().toISOString(), counts: this.tally.totals })
      throw error
    }
    const report = this.tally.report(runId, dryRun, this.list.categories)
    await state.saveRun({
      ...run,
      status: report.reconciles ? 'done' : 'failed',
      endedAt: new Date().toISOString(),
      counts: report.totals,
    })
    return report
  }

  private async readAll(): Promise<void> {
    const { folder, format, tally } = this
    const total = folder.files.reduce((sum, file) => sum + folder.size(file), 0)
    let progressAt = 0
    const progress = () => this.options.onProgress?.(Math.min(this.bytes, total), total, this.rows)
    const onBytes = (count: number) => {
      this.bytes += count
      if (this.bytes - progressAt < 262_144) return
      progressAt = this.bytes
      progress()
    }
    const known = async (entity: string, externalId: string) =>
      (await this.before.load({ entity, idHash: this.ids.hash(entity, externalId) }))?.ended === false ||
      ((await this.mapping.knows?.(entity, externalId)) ?? false)
    const readings = format.read(
      folder,
      { digest: this.ids.digest, known, onBytes, partial: this.options.partial ?? false },
      this.feed,
      this.heard,
    )
    for (const { name, is } of folder.passedOver ?? []) {
      tally.remark(`${name}: This is ${is}; only files themselves are read, so this was not.`)
      tally.passedOver(name)
    }
    for await (const reading of readings) {
      const { file } = reading.place
      if (reading.kind === 'remark') {
        tally.remark(`${file}: ${reading.text}`)
        if (isOfPassedOver(reading) && !isHarmless(file)) tally.passedOver(file)
        continue
      }
      this.rows++
      tally.count(file, reading.entity, 'read')
      if (reading.kind === 'record') await this.take(reading)
      else if (reading.kind === 'rejected') {
        if (reading.unread) tally.unread(file)
        await this.reject(reading)
      } else if (reading.kind === 'repeated') tally.count(file, reading.entity, 'unchanged')
      else {
        tally.count(file, reading.entity, 'notTaken')
        tally.leftOut(reading.entity, reading.why)
      }
    }
    this.bytes = total
    progress()
  }

  private async take(record: Read): Promise<void> {
    const [first] = this.batch
    const rank = this.format.rank ?? ((entity: string) => entity)
    if (first && rank(first.entity) !== rank(record.entity)) await this.flush()
    this.batch.push(record)
    if (this.batch.length >= BATCH) await this.flush()
  }

  /** Takes in the records read so far. What they say is remembered only once it is recorded. */
  private async flush(): Promise<void> {
    const { options, source } = this
    const batch = this.batch.map(record => ({ record, idHash: this.ids.hash(record.entity, record.externalId) }))
    this.batch = []
    const before = await Promise.all(batch.map(({ record: { entity }, idHash }) => this.before.load({ entity, idHash })))
    const learnt: Learnt = { remember: [], notes: [], mended: [] }
    const asked = batch.flatMap(({ record, idHash }, i) => this.takeIn(record, idHash, before[i], learnt) ?? [])
    // All at once: each look at the store waits for its turn among those of the hub.
    const meanings = new Map<Asked, Meaning | Refused>()
    await inLanes(
      asked.map((each, i) => ({ lane: String(i), job: async () => void meanings.set(each, await each.meaning()) })),
      LANES,
    )
    const jobs: Job[] = []
    for (const each of asked) {
      const job = await each.settle(meanings.get(each)!)
      if (job) jobs.push(job)
    }
    await inLanes(jobs, LANES)
    await this.turn?.keep()
    await options.state.remember(source, this.runId, [...learnt.remember, ...(await this.notes.kept(learnt.notes))])
    await options.state.resolve(learnt.mended, 'mended', this.feed.now)
    await this.quarantine.flush()
  }

  /** Accounts for one record at once, or gives what is to be asked before it is. `known`: what the partner said last of it. */
  private takeIn(record: Read, idHash: string, known: Remembered | undefined, learnt: Learnt): Asked | undefined {
    const { tally, mapping } = this
    const { entity, contentHash, place } = record
    const key = `${entity} ${idHash}`
    const came = known?.contentHash ? 'changed' : 'new'
    const now: Remembered = { entity, idHash, contentHash, ended: record.ended === true }
    const done = (outcome: Outcome, why?: string): undefined => {
      tally.count(place.file, entity, outcome)
      if (why !== undefined) tally.leftOut(entity, why)
      learnt.remember.push(now)
      learnt.mended.push(...(this.openEntries.get(key) ?? []))
    }
    // What was said last stays what was said last, and what stands in quarantine of it stays there.
    const wait = (why: string, outcome: Outcome = 'notTaken'): undefined => {
      tally.count(place.file, entity, outcome)
      tally.leftOut(entity, why)
      learnt.remember.push({ ...now, contentHash: known?.contentHash ?? NOTHING_YET })
    }
    const note = (notes: readonly Note[] = []) => {
      for (const each of notes) {
        this.notes.add(each)
        learnt.notes.push(each)
      }
    }
    note(mapping.note?.(record))
    const left = mapping.leaves?.(record)
    if (left !== undefined) return done('notTaken', left)
    const isSame = known?.contentHash === contentHash && known.ended === now.ended
    if (isSame && !mapping.hangs?.(record)) return done('unchanged')
    const settle = async (meaning: Meaning | Refused): Promise<Job | undefined> => {
      if (meaning instanceof Refused) return this.refuse(record, meaning)
      if (!('commands' in meaning)) {
        note(meaning.notes)
        if ('notYet' in meaning) return wait(meaning.notYet)
        return 'notTaken' in meaning ? done('notTaken', meaning.notTaken) : done(came)
      }
      const job = async () => {
        const { events, stopped } = await this.recorder.record(record, idHash, meaning)
        // What hangs on a row of which nothing was recorded has nothing to hang on.
        if (!stopped || events > 0) note(meaning.notes)
        if (stopped instanceof Refused) await this.refuse(record, stopped)
        else if (stopped) done('notTaken', 'The person was forgotten; what is sent about them again is not taken.')
        else if (meaning.notYet !== undefined) wait(meaning.notYet, events === 0 ? 'notTaken' : came)
        else if (events > 0) done(came)
        else if (meaning.orElse !== undefined) done('notTaken', meaning.orElse)
        else done('unchanged')
      }
      return { lane: meaning.commands[0]?.aggregateId ?? idHash, job }
    }
    return { meaning: () => this.meaningOf(record, idHash, known !== undefined), settle }
  }

  private async meaningOf(record: Read, idHash: string, wasSent: boolean): Promise<Meaning | Refused> {
    try {
      if (record.ended && this.mapping.endOf) return { ...(await this.mapping.endOf(record.entity, idHash)), ends: true }
      return await this.mapping.meaningOf(record, wasSent)
    } catch (error) {
      if (error instanceof Refused) return error
      throw error
    }
  }

  private async refuse(record: Read, refused: Refused): Promise<undefined> {
    this.unread(record.entity, record.externalId)
    const { entity, externalId, place, raw } = record
    const rejected: Rejected = {
      kind: 'rejected',
      entity,
      externalId,
      place:
        refused instanceof OffTheList
          ? placeOfValues(place, raw, refused.values)
          : placeOfField(place, raw, refused.which['field']),
      code: refused.code,
      reason: refused.message,
      ...(raw && { raw }),
    }
    await this.quarantine.keep(rejected)
    await this.closeWhatIsUnclear(rejected)
  }

  private async reject(rejected: Rejected): Promise<void> {
    this.unread(rejected.entity, rejected.externalId)
    await this.quarantine.keep(rejected)
    await this.closeWhatIsUnclear(rejected)
    if (this.quarantine.waiting >= BATCH) await this.quarantine.flush()
  }
  private async closeWhatIsUnclear(rejected: Rejected): Promise<void> {
    if (rejected.externalId === undefined || !this.mapping.closeOf) return
    const idHash = this.ids.hash(rejected.entity, rejected.externalId)
    const commands = await this.mapping.closeOf(rejected, idHash)
    if (commands.length > 0) await this.recorder.record({ contentHash: `closed ${this.runId}` }, idHash, { commands, ends: true })
  }
  private unread(entity: string, externalId: string | undefined): void {
    if (externalId === undefined) this.unreadable.add(entity)
  }

  /** A complete set says that something is no more by leaving it out; one that lost a fifth is rather broken. */
  private async endWhatIsMissing(): Promise<void> {
    const { options, source, runId, tally, mapping } = this
    if (options.partial || !mapping.endOf) return
    await this.quarantine.flush()
    await this.turn?.keep()
    for (const entity of this.heard.complete) {
      const what = entity.replace(noted(''), '')
      const { open, unseen } = await options.state.countUnseen(source, entity, runId)
      if (unseen === 0) continue
      if (this.unreadable.has(entity)) {
        tally.remark(
          `${unseen} record(s) of ${what} are missing, and rows whose id cannot be read are in quarantine: nothing was ended.`,
        )
        continue
      }
      if (unseen / open >= DROP_GUARD && !options.acceptDrop) {
        tally.remark(
          `${unseen} of ${open} records of ${what} are missing, a fifth or more: nothing was ended. Where it is true, run again and accept the drop.`,
        )
        continue
      }
      let after: string | undefined
      for (;;) {
        await this.turn?.keep()
        const missing = await options.state.unseen(source, entity, runId, BATCH, after)
        if (missing.length === 0) break
        after = missing.at(-1)!.idHash
        const now: Remembered[] = []
        const notes: Note[] = []
        const end = async (record: Remembered) => {
          const { over, notes: ofIt = [] } = await this.end(record)
          now.push(over ? { ...record, contentHash: 'ended', ended: true } : record)
          notes.push(...ofIt)
        }
        await inLanes(
          missing.map(record => ({ lane: uuidOf(record.idHash), job: () => end(record) })),
          LANES,
        )
        await options.state.remember(source, runId, [...now, ...(await this.notes.kept(notes))])
      }
    }
  }

  /** Whether it is over; else it is as it was. */
  private async end(record: Remembered): Promise<{ readonly over: boolean; readonly notes?: readonly Note[] }> {
    const meaning = await this.mapping.endOf!(record.entity, record.idHash)
    if (!('commands' in meaning)) return { over: !('notYet' in meaning) }
    // Each says something of its own: of one learner, by whose row all are said, several guardians may be no more.
    const { stopped } = await this.recorder.record({ contentHash: `ended ${uuidv7()}` }, record.idHash, {
      ...meaning,
      ends: true,
    })
    if (!stopped) this.tally.ended++
    else if (stopped instanceof Refused)
      this.tally.remark(`A record of ${record.entity.replace(noted(''), '')} is missing and could not be ended: ${stopped.code}.`)
    return { over: true, ...(!stopped && meaning.notes && { notes: meaning.notes }) }
  }
}
