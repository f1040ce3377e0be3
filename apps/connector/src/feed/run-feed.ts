import { agency, feedCategoriesOf } from '@passerelle/agency'
import {
  type CommandContext,
  type Decider,
  type DomainEvent,
  type EventStore,
  InvalidEvent,
  Refused,
  type Source,
  streamIdOf,
} from '@passerelle/event-log'
import { type IdentifierHasher, KeyDestroyed } from '@passerelle/keyring'
import { v7 as uuidv7 } from 'uuid'
import { formats, type FormatName } from '../formats.js'
import { type Folder, openFolder, type Place, type Read, type Rejected } from '../reading/index.js'
import { FeedList, OffTheList, placeOfValues } from './feed-list.js'
import type { FeedState, QuarantineEntry, Remembered } from './feed-state.js'
import { FeedIds, uuidOf } from './ids.js'
import { inLanes } from './lanes.js'
import type { Command, FeedContext, Heard, Mapping, Meaning, PartnerFormat } from './partner-format.js'
import { Rehearsal } from './rehearsal.js'
import { type FeedReport, type Outcome, Tally } from './report.js'

export interface FeedOptions {
  readonly store: EventStore
  readonly hasher: IdentifierHasher
  readonly state: FeedState
  readonly format: FormatName
  /** A folder, or one file. */
  readonly path: string | Folder
  readonly agencyId: string
  /** Tells apart two systems of one agency that name things alike. Default: the format. */
  readonly system?: string
  /** Decides everything and writes nothing. */
  readonly dryRun?: boolean
  /** Ends what a complete set no longer has even where 20 % or more are missing. */
  readonly acceptDrop?: boolean
  /** Organisations of the partner (`Organization/f001`, `system|value`, a sourcedId) → agencies of the hub. */
  readonly agencies?: Readonly<Record<string, string>>
  /** Services of the partner → services of the directory. */
  readonly services?: Readonly<Record<string, string>>
  readonly staffIssuer?: string
  readonly language?: string
  readonly now?: () => Date
  /** Some rows of a set, such as those that were in quarantine: nobody is missing. */
  readonly partial?: boolean
  /** Where a row stood first, where these files were made from the quarantine. */
  readonly placeOf?: (place: Place) => Place
  readonly onProgress?: (readBytes: number, totalBytes: number, rows: number) => void
}

const BATCH = 500
const LANES = 64
/** A complete set that lost this share is taken for a fault of the export. */
const DROP_GUARD = 0.2

/**
 * Takes in what a partner sent: reads, compares with what the partner said last, gives the commands, and accounts for every row.
 * Running it again takes up where it was stopped: what was recorded is not recorded twice.
 * @throws Refused where the agency is not open; what the log throws. Rows that are refused go to quarantine and stop nothing.
 */
export async function runFeed(options: FeedOptions): Promise<FeedReport> {
  const { store, agencyId } = options
  const { state: registered } = await store.load(agency, agencyId)
  if (registered.status !== 'open' || !registered.sector || !registered.region)
    throw new Refused(
      'FEED.AGENCY',
      `No open agency has the id "${agencyId}".`,
      'Ids of agencies stand in the authority’s face (agencies { nodes { agencyId name sector } }); the regional administrator registers one there.',
      { agencyId },
    )
  const format: PartnerFormat = formats[options.format]
  if (!format.sectors.includes(registered.sector))
    throw new Refused(
      'FEED.SECTOR',
      `${agencyId} is an agency of the sector ${registered.sector}, and ${format.name} is sent by: ${format.sectors.join(', ')}.`,
      'Name the agency that the files come from, or the format that they have.',
      { agencyId, format: format.name, sector: registered.sector },
    )
  const folder = typeof options.path === 'string' ? await openFolder(options.path) : options.path
  if (!folder.files.some(format.isPart)) throw nothingToRead(folder, format.name)
  const list = new FeedList(feedCategoriesOf(registered, options.system ?? options.format))
  return new Run(options, folder, list, { sector: registered.sector, region: registered.region }).run()
}

function nothingToRead({ files }: Folder, format: string): Refused {
  const packed = files.find(file => /\.(gz|tgz|zip|7z|bz2|xz|zst|tar|rar)$/i.test(file))
  return new Refused(
    'FEED.NOTHING_TO_READ',
    `Nothing here is a file of ${format}${packed ? `; ${packed} is packed, and packed files are not read` : ''}.`,
    packed
      ? 'Unpack it and give the folder.'
      : 'Give the folder that the files stand in, not one above it, and the format that they have.',
    { format },
  )
}

class Run {
  private readonly runId = uuidv7()
  private readonly tally = new Tally()
  private readonly now: Date
  private readonly format: PartnerFormat
  private readonly source: string
  private readonly ids: FeedIds
  private readonly feed: FeedContext
  private readonly mapping: Mapping
  private readonly rehearsal: Rehearsal | undefined
  private readonly heard: Heard = { complete: new Set() }
  private readonly openEntries = new Map<string, string>()
  private readonly unreadable = new Set<string>()
  /** Notes of the records in hand, and of a whole dry run, which writes none. */
  private readonly noted = new Map<string, string>()
  private batch: Read[] = []
  private toQuarantine: QuarantineEntry[] = []
  private bytes = 0
  private rows = 0

  constructor(
    private readonly options: FeedOptions,
    private readonly folder: Folder,
    private readonly list: FeedList,
    agencyIs: Pick<FeedContext, 'sector' | 'region'>,
  ) {
    const { hasher, agencyId, system = options.format, agencies = {}, services = {}, store } = options
    this.now = (options.now ?? (() => new Date()))()
    this.format = formats[options.format]
    this.source = `${agencyId}/${system}`
    this.ids = new FeedIds(hasher, agencyId, system)
    this.rehearsal = options.dryRun ? new Rehearsal(store) : undefined
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
      ...(options.staffIssuer && { staffIssuer: options.staffIssuer }),
      load: (decider, id) => this.load(decider, id),
      lastEventId: async (decider, id, types) => {
        const stored = await store.log.readStream(streamIdOf(decider, id))
        return stored.findLast(event => types.includes(event.type))?.eventId ?? 'rehearsed'
      },
      recall: async (kind, idHash) =>
        this.noted.get(`${kind} ${idHash}`) ?? (await options.state.find(this.source, `note ${kind}`, [idHash]))[0]?.contentHash,
    }
    this.mapping = this.format.mapping(this.feed)
  }

  async run(): Promise<FeedReport> {
    const { options, feed, runId } = this
    const { state, agencyId, format, system = format, dryRun = false } = options
    const run = { runId, agencyId, format, system, startedAt: feed.now }
    if (!dryRun) await state.saveRun({ ...run, status: 'running' })
    try {
      for (const entry of await state.entries({ agencyId, system }))
        if (entry.idHash) this.openEntries.set(`${entry.entity} ${entry.idHash}`, entry.entryId)
      await this.readAll()
      await this.flush()
      await this.endWhatIsMissing()
    } catch (error) {
      if (!dryRun) await state.saveRun({ ...run, status: 'failed', endedAt: new Date().toISOString(), counts: this.tally.totals })
      throw error
    }
    const report = this.tally.report(runId, dryRun, this.list.categories)
    if (!dryRun)
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
      (await this.options.state.find(this.source, entity, [this.ids.hash(entity, externalId)]))[0]?.ended === false ||
      ((await this.mapping.knows?.(entity, externalId)) ?? false)
    const readings = format.read(
      folder,
      { digest: this.ids.digest, known, onBytes, partial: this.options.partial ?? false },
      this.feed,
      this.heard,
    )
    for await (const reading of readings) {
      const { file } = reading.place
      if (reading.kind === 'remark') {
        tally.remark(`${file}: ${reading.text}`)
        continue
      }
      this.rows++
      tally.count(file, reading.entity, 'read')
      if (reading.kind === 'record') await this.take(reading)
      else if (reading.kind === 'rejected') await this.reject(reading)
      else if (reading.kind === 'repeated') tally.count(file, reading.entity, 'unchanged')
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
    const { batch, options, source, tally } = this
    this.batch = []
    const hashes = batch.map(record => this.ids.hash(record.entity, record.externalId))
    const before = new Map<string, Remembered>()
    for (const entity of new Set(batch.map(record => record.entity))) {
      const ofEntity = hashes.filter((_, i) => batch[i]!.entity === entity)
      for (const found of await options.state.find(source, entity, ofEntity))
        if (found) before.set(`${entity} ${found.idHash}`, found)
    }
    const remember: Remembered[] = []
    const mended: string[] = []
    const jobs: { lane: string; job: () => Promise<void> }[] = []
    for (const [i, record] of batch.entries()) {
      const { entity, contentHash, place } = record
      const idHash = hashes[i]!
      const known = before.get(`${entity} ${idHash}`)
      const now: Remembered = { entity, idHash, contentHash, ended: record.ended === true }
      const done = (outcome: Outcome) => {
        tally.count(place.file, entity, outcome)
        remember.push(now)
        const entryId = this.openEntries.get(`${entity} ${idHash}`)
        if (entryId) mended.push(entryId)
      }
      this.mapping.note?.(record)
      const left = this.mapping.leaves?.(record)
      if (left !== undefined) {
        tally.leftOut(entity, left)
        done('notTaken')
        continue
      }
      if (known?.contentHash === contentHash && known.ended === now.ended) {
        done('unchanged')
        continue
      }
      const meaning = await this.meaningOf(record, idHash)
      if (meaning instanceof Refused) {
        await this.refuse(record, meaning)
        continue
      }
      const note = () => {
        for (const { kind, idHash: of, says } of meaning.notes ?? []) {
          this.noted.set(`${kind} ${of}`, says)
          remember.push({ entity: `note ${kind}`, idHash: of, contentHash: says, ended: false })
        }
      }
      if ('notTaken' in meaning) {
        note()
        tally.leftOut(entity, meaning.notTaken)
        done('notTaken')
        continue
      }
      if ('partOf' in meaning) {
        note()
        done(known ? 'changed' : 'new')
        continue
      }
      jobs.push({
        lane: meaning.commands[0]?.aggregateId ?? idHash,
        job: async () => {
          const { events, stopped } = await this.record(record, idHash, meaning)
          // What hangs on a row of which nothing was recorded has nothing to hang on.
          if (!stopped || events > 0) note()
          if (stopped instanceof Refused) await this.refuse(record, stopped)
          else if (stopped) {
            tally.leftOut(entity, 'The person was forgotten; what is sent about them again is not taken.')
            done('notTaken')
          } else done(events === 0 ? 'unchanged' : known ? 'changed' : 'new')
        },
      })
    }
    await inLanes(jobs, LANES)
    if (options.dryRun) return
    this.noted.clear()
    await options.state.remember(source, this.runId, remember)
    await options.state.resolve(mended, 'mended', this.feed.now)
    await this.flushQuarantine()
  }

  private async meaningOf(record: Read, idHash: string): Promise<Meaning | Refused> {
    try {
      if (record.ended && this.mapping.endOf) return { ...(await this.mapping.endOf(record.entity, idHash)), ends: true }
      return await this.mapping.meaningOf(record)
    } catch (error) {
      if (error instanceof Refused) return error
      throw error
    }
  }

  /** How many events came of it, and what stopped the rest. */
  private async record(
    record: Pick<Read, 'contentHash'>,
    idHash: string,
    { commands, ends = false }: { readonly commands: readonly Command[]; readonly ends?: boolean },
  ): Promise<{ readonly events: number; readonly stopped?: Refused | 'forgotten' }> {
    let events = 0
    try {
      for (const each of commands) {
        const { decider, aggregateId, decide } = each as unknown as {
          decider: Decider<unknown, DomainEvent>
          aggregateId: string
          decide: (state: unknown) => readonly DomainEvent[]
        }
        const context = this.contextOf(each, { externalId: idHash, contentHash: record.contentHash })
        const guarded = this.list.guard(decider, decide, { ends })
        const { events: recorded } = this.rehearsal
          ? await this.rehearsal.handle(decider, aggregateId, guarded)
          : await this.options.store.handle(decider, aggregateId, context, guarded)
        events += recorded.length
        for (const { type } of recorded) this.tally.event(type)
      }
      return { events }
    } catch (error) {
      if (error instanceof KeyDestroyed || (error instanceof Refused && forgottenCodes.has(error.code)))
        return { events, stopped: 'forgotten' }
      if (error instanceof Refused) return { events, stopped: error }
      // The event store would not keep it: this row's fault or ours, and no reason to hold back the others.
      if (error instanceof InvalidEvent)
        return { events, stopped: new Refused('FEED.NOT_STORABLE', 'The event that it calls for cannot be kept.', error.message) }
      throw error
    }
  }

  private contextOf(each: Command, said: Pick<Source, 'externalId' | 'contentHash'>): CommandContext {
    const { agencyId, format, language = 'und' } = this.options
    return {
      actor: { userId: `feed-${format}`, agencyId, role: 'system' },
      controllerAgencyId: agencyId,
      purpose: 'administration',
      legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
      occurredAt: each.occurredAt ?? this.feed.now,
      correlationId: this.runId,
      causationId: this.runId,
      language: each.language ?? language,
      source: { system: this.source, ...said, feedRunId: this.runId },
    }
  }

  private async load<State, Event extends DomainEvent>(decider: Decider<State, Event>, aggregateId: string): Promise<State> {
    return this.rehearsal
      ? this.rehearsal.load(decider, aggregateId)
      : (await this.options.store.load(decider, aggregateId)).state
  }

  private async refuse(record: Read, refused: Refused): Promise<void> {
    this.unread(record.entity, record.externalId)
    const { entity, externalId, place, raw } = record
    const rejected: Rejected = {
      kind: 'rejected',
      entity,
      externalId,
      place: refused instanceof OffTheList ? placeOfValues(place, raw, refused.values) : place,
      code: refused.code,
      reason: refused.message,
      ...(raw && { raw }),
    }
    await this.keep(rejected)
    await this.closeWhatIsUnclear(rejected)
  }

  private async reject(rejected: Rejected): Promise<void> {
    this.unread(rejected.entity, rejected.externalId)
    await this.keep(rejected)
    await this.closeWhatIsUnclear(rejected)
    if (this.toQuarantine.length >= BATCH) await this.flushQuarantine()
  }
  private async closeWhatIsUnclear(rejected: Rejected): Promise<void> {
    if (rejected.externalId === undefined || !this.mapping.closeOf) return
    const idHash = this.ids.hash(rejected.entity, rejected.externalId)
    const commands = await this.mapping.closeOf(rejected, idHash)
    if (commands.length > 0) await this.record({ contentHash: `closed ${this.runId}` }, idHash, { commands, ends: true })
  }
  private unread(entity: string, externalId: string | undefined): void {
    if (externalId === undefined) this.unreadable.add(entity)
  }

  private async keep(rejected: Rejected): Promise<void> {
    const { tally, format, options, ids } = this
    const { entity, code, reason, externalId, raw } = rejected
    const place = options.placeOf?.(rejected.place) ?? rejected.place
    tally.count(rejected.place.file, entity, 'quarantined')
    tally.fault(
      place.file,
      code,
      reason,
      [place.row && `row ${place.row}`, place.column, place.pointer !== '/' && place.pointer].filter(Boolean).join(', '),
    )
    if (options.dryRun) return
    const about = format.subjectOf?.(rejected)
    const entryId = uuidv7()
    const subject = about ? ids.of(about.kind, about.id) : `feed-${options.agencyId}`
    let sealed
    try {
      if (raw)
        [sealed] = await options.store.keyring.seal([
          { subject, category: format.categoryOf(entity), value: raw, binding: `quarantine|${entryId}` },
        ])
    } catch (error) {
      // Of a forgotten person nothing is kept, not even what was wrong with it.
      if (!(error instanceof KeyDestroyed)) throw error
    }
    this.toQuarantine.push({
      entryId,
      agencyId: options.agencyId,
      format: options.format,
      system: options.system ?? options.format,
      runId: this.runId,
      entity,
      ...(externalId !== undefined && { idHash: ids.hash(entity, externalId) }),
      place,
      code,
      reason,
      subject,
      ...(sealed && { raw: sealed }),
      raisedAt: this.feed.now,
    })
  }

  private async flushQuarantine(): Promise<void> {
    const entries = this.toQuarantine
    this.toQuarantine = []
    await this.options.state.quarantine(entries)
    const seen = Map.groupBy(
      entries.filter(entry => entry.idHash),
      entry => entry.entity,
    )
    // In quarantine is not gone: a complete set that has the row, however wrong, still has the record.
    for (const [entity, ofEntity] of seen)
      await this.options.state.touch(
        this.source,
        this.runId,
        entity,
        ofEntity.map(entry => entry.idHash!),
      )
  }

  /** A complete set says that something is no more by leaving it out; one that lost a fifth is rather broken. */
  private async endWhatIsMissing(): Promise<void> {
    const { options, source, runId, tally, mapping } = this
    if (options.dryRun || options.partial || !mapping.endOf) return
    await this.flushQuarantine()
    for (const entity of this.heard.complete) {
      const { open, unseen } = await options.state.countUnseen(source, entity, runId)
      if (unseen === 0) continue
      if (this.unreadable.has(entity)) {
        tally.remark(
          `${unseen} record(s) of ${entity} are missing, and rows whose id cannot be read are in quarantine: nothing was ended.`,
        )
        continue
      }
      if (unseen / open >= DROP_GUARD && !options.acceptDrop) {
        tally.remark(
          `${unseen} of ${open} records of ${entity} are missing, a fifth or more: nothing was ended. Where it is true, run again and accept the drop.`,
        )
        continue
      }
      for (;;) {
        const missing = await options.state.unseen(source, entity, runId, BATCH)
        if (missing.length === 0) break
        const jobs = missing.map(record => ({ lane: uuidOf(record.idHash), job: () => this.end(record) }))
        await inLanes(jobs, LANES)
        await options.state.remember(
          source,
          runId,
          missing.map(record => ({ ...record, contentHash: 'ended', ended: true })),
        )
      }
    }
  }

  private async end(record: Remembered): Promise<void> {
    const meaning = await this.mapping.endOf!(record.entity, record.idHash)
    if (!('commands' in meaning)) return
    const { stopped } = await this.record({ contentHash: `ended ${this.runId}` }, record.idHash, { ...meaning, ends: true })
    if (!stopped) this.tally.ended++
    else if (stopped instanceof Refused)
      this.tally.remark(`A record of ${record.entity} is missing and could not be ended: ${stopped.code}.`)
  }
}

/** The person behind the row was forgotten, in part or as a whole. */
const forgottenCodes: ReadonlySet<string> = new Set(['KEYRING.ERASED', 'LEARNER.FORGOTTEN'])
