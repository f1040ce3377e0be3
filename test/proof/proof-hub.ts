import { createHash } from 'node:crypto'
import { type Database, PgDatabase, PgliteDatabase } from '@passerelle/database'
import type { Decider, DomainEvent, EventStore, MemoryLog, StoredEvent } from '@passerelle/event-log'
import { type HubConfig, hubDeclaration, mounted, type OpenHub } from '@passerelle/hub'
import { KeyDestroyed, MemoryKeyring } from '@passerelle/keyring'
import { agencySchema, prepare, Projector, type ProjectorOptions, rowsOfViewsAfter, type View } from '@passerelle/projections'
import { type Category, DenyList, DisclosureLog, parts as rightParts, Reader, type ReaderOptions } from '@passerelle/sharing'
import { Memberships } from '@passerelle/api'
import { rewriting } from '@passerelle/testing'
import type { Happening, Post, Story } from './happenings.js'
import type { Mutant } from './mutants.js'
import { type Retelling, RetoldLog, RetoldStore, type Told } from './retold-history.js'

/** A database that was prepared for one is good for the next. */
const logId = '00000000-0000-4000-8000-000000000000'
const cursorKey = Buffer.alloc(32, 7)
/** Each connection plans each statement anew. */
const mostReading = 1

/** The stores of a hub in memory, with the real projections, deny list and reader, on the clock of a story. */
export class ProofHub {
  readonly denials = new DenyList(agencySchema)
  readonly log: MemoryLog
  readonly store: EventStore
  reader!: Reader
  readerDb!: Database
  readonly keyring: MemoryKeyring
  private readonly told: Told
  /** The readers' connections. */
  private readers: Database
  /** What could not have happened, as a decider or a schema says: left out. */
  readonly impossible: Happening[] = []

  private constructor(
    readonly db: Database,
    private readonly databaseUrl: string | undefined,
    private clock: { now: string },
    readonly disclosures: DisclosureLog,
    private readonly spoilt: Mutant,
  ) {
    this.told = { spoilt: spoilt.opened }
    this.log = new RetoldLog(this.told, () => new Date(clock.now), logId)
    this.keyring = new MemoryKeyring({ now: this.now })
    this.store = new RetoldStore(this.told, this.log, this.keyring, {
      around: (denials, ...recording) => this.denials.around(db, denials, ...recording),
    })
    this.readers = this.openReaders()
    ;({ reader: this.reader, db: this.readerDb } = this.readingBy(spoilt))
  }
  private openReaders(): Database {
    return this.databaseUrl ? new PgDatabase({ url: this.databaseUrl, connections: mostReading }) : this.db
  }

  /**
   * Whoever asks next asks in statements that nobody asked before: those that were prepared until now are forgotten. A reader prepares so many and no more, and the
   * server keeps a plan for each.
   */
  async readAnew(): Promise<void> {
    const before = this.readers
    this.readers = this.openReaders()
    ;({ reader: this.reader, db: this.readerDb } = this.readingBy(this.spoilt))
    if (before !== this.db) await before.close()
  }

  /** A spoilt one shows how something wrong is found. */
  static async open(databaseUrl?: string, spoilt: Mutant = {}): Promise<ProofHub> {
    const db = databaseUrl ? new PgDatabase({ url: databaseUrl }) : await PgliteDatabase.open()
    const clock = { now: '2026-01-01T00:00:00.000Z' }
    const hub = new ProofHub(db, databaseUrl, clock, await DisclosureLog.open(db, cursorKey), spoilt)
    await hub.denials.create(db)
    await prepare({ db, store: hub.store, hub: hubDeclaration })
    return hub
  }

  /** A hub in which the story happened and the models say so, at its `now`. */
  static async of(story: Story, databaseUrl?: string, spoilt?: Mutant): Promise<ProofHub> {
    const hub = await ProofHub.open(databaseUrl, spoilt)
    for (const happening of story.happenings) await hub.happen(happening)
    hub.setClock(story.now)
    const stopped = await hub.catchUp()
    if (stopped.length > 0) throw new Error(`A view stands still before ${stopped.join(', ')}`)
    await hub.settle()
    return hub
  }

  readonly now = (): Date => new Date(this.clock.now)
  setClock(now: string): void {
    this.clock.now = now
  }

  /** Whatever reads of the log is told this, until something else is, or nothing: then what happened. */
  async retell(retelling?: Retelling): Promise<void> {
    const streams = (told?: Retelling) => [...(told?.besides?.personOf ?? [])]
    const [gone, come] = [streams(this.told.retelling), streams(retelling)]
    this.told.retelling = retelling
    if (gone.length > 0) await this.db.query('delete from hub.streams where stream_id = any($1)', [gone.map(([id]) => id)])
    for (const [streamId, personId] of come)
      await this.db.query(
        `insert into hub.streams select (jsonb_populate_record(s, jsonb_build_object('stream_id', $1::text))).*
        from hub.streams s where person_id = $2 limit 1`,
        [streamId, personId],
      )
  }
  /** For as long as the work takes, events are opened wrongly. */
  async spoiling<T>({ opened }: Mutant, work: () => Promise<T>): Promise<T> {
    const { spoilt } = this.told
    this.told.spoilt = opened
    try {
      return await work()
    } finally {
      this.told.spoilt = spoilt
    }
  }

  /** The way to the rows, with what is spoilt of it. */
  readingBy({ parts, rewrite, past }: Mutant): { readonly reader: Reader; readonly db: Database } {
    const asUsual = { schemaOf: agencySchema, cursorKey, now: () => this.clock.now, statementTimeoutMs: 30_000 }
    const options = { ...asUsual, parts: { ...rightParts, ...parts } }
    return {
      reader: past ? new SpoiltReader(options, past) : new Reader(options),
      db: rewrite ? rewriting(this.readers, rewrite) : this.readers,
    }
  }

  /** Without asking whether it may: whatever is in the log, no answer may tell too much. Undefined where it cannot even be written. */
  async happen(happening: Happening): Promise<string | undefined> {
    const { decider, id, event, at, by } = happening
    this.setClock(at)
    const forgotten = event.type === 'CategoryKeyDestroyed' && (event.data as { category: Category }).category
    if (forgotten) await this.store.keyring.destroy(id, forgotten, 'erasureRequest')
    const context = {
      actor: { userId: by.userId, agencyId: by.agencyId, role: by.role },
      controllerAgencyId: by.agencyId,
      purpose: 'educationSupport' as const,
      legalBasis: { kind: 'publicTask' as const },
      occurredAt: at,
      correlationId: 'c',
      causationId: 'c',
      language: 'en',
    }
    try {
      return (await this.store.handle(decider as Decider<unknown, DomainEvent>, id, context, () => [event])).position
    } catch (error) {
      // What was forgotten is not recorded again; and a fold may rightly refuse what no decider would ever have said.
      if (!(error instanceof KeyDestroyed || error instanceof TypeError)) throw error
      this.impossible.push(happening)
      return undefined
    }
  }

  /** As the apps know a hub. */
  get open(): OpenHub {
    const { db, readerDb, log, keyring, store, reader, denials, disclosures, now } = this
    const config = { dataFolder: '', host: '127.0.0.1', port: 0 } satisfies HubConfig
    const identifiers = {
      hashIdentifier: (system: string, value: string) => createHash('sha256').update(`${system} ${value}`).digest('hex'),
    }
    return {
      ...mounted,
      config,
      db,
      readerDb,
      log,
      keyring,
      identifiers,
      store,
      reader,
      denials,
      disclosures,
      now,
      projector: more => this.projector(more),
      close: () => this.close(),
    }
  }

  /** As the door asks: whether the post is held, by the models and the deny list. */
  async holdsPost({ userId, agencyId, role }: Post): Promise<boolean> {
    const [account] = await this.db.query<{ account_hash: string }>(
      `select account_hash from hub.accounts where kind = 'staff' and person_id = $1`,
      [userId],
    )
    const held = account ? await new Memberships(this.db, this.now).of(account.account_hash) : []
    return held.some(person => person.agencyId === agencyId && person.role === role)
  }

  projector(more: Partial<ProjectorOptions> = {}): Projector {
    return new Projector({ db: this.db, store: this.store, hub: hubDeclaration, now: this.now, ...more })
  }
  /** Reads all there is. @returns events before which a view stands still */
  async catchUp(): Promise<string[]> {
    const projector = this.projector()
    await projector.catchUp()
    await projector.close()
    return (await this.db.query<{ what: string }>(`select view || ' ' || type as what from hub.parked_events`)).map(
      ({ what }) => what,
    )
  }
  async settle(): Promise<void> {
    await this.denials.settle(this.db, await this.log.head())
  }

  events(): Promise<StoredEvent[]> {
    return this.log.readAll('', 1_000_000)
  }
  /** The rows of views as their folds make them, in memory: nothing of the projector has touched them. */
  rowsOf(views: readonly View[], events: readonly StoredEvent[]) {
    return rowsOfViewsAfter(this.store, hubDeclaration, views, events)
  }

  async close(): Promise<void> {
    if (this.readers !== this.db) await this.readers.close()
    await this.db.close()
  }
}

class SpoiltReader extends Reader {
  constructor(
    options: ReaderOptions,
    private readonly past: NonNullable<Mutant['past']>,
  ) {
    super(options)
  }
  override readAsOf(...[sql, rows, viewer, purpose, view, query]: Parameters<Reader['readAsOf']>) {
    const past = this.past(rows, view, query, viewer)
    return super.readAsOf(sql, past.rows, viewer, purpose, view, past.query)
  }
}
