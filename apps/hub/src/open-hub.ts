import { hkdfSync } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, PgDatabase, PgliteDatabase } from '@passerelle/database'
import { type EventLog, EventStore } from '@passerelle/event-log'
import { PostgresLog } from '@passerelle/event-log/postgres'
import { FileKeyring, HubSecrets, type IdentifierHasher, type Keyring, PostgresKeyring, secretsFileOf } from '@passerelle/keyring'
import { agencySchema, grantReader, prepare, Projector, type ProjectorOptions } from '@passerelle/projections'
import { DenyList, DisclosureLog, Reader } from '@passerelle/sharing'
import { bringLogToLedger } from './bring-log-to-ledger.js'
import { ConfigurationFault, type HubConfig } from './config.js'
import { type Mounted, mounted as all } from './contexts.js'
import { publishStandardNotices } from './publish-standard-notices.js'

/** A hub's stores, opened: what api, worker, connector and the embedded mode are made of. */
export interface OpenHub extends Mounted {
  readonly config: HubConfig
  readonly db: Database
  /** What people's reads go through. */
  readonly readerDb: Database
  readonly log: EventLog
  readonly keyring: Keyring
  readonly identifiers: IdentifierHasher
  readonly store: EventStore
  readonly reader: Reader
  readonly denials: DenyList
  readonly disclosures: DisclosureLog
  readonly now: () => Date
  projector(more?: Pick<ProjectorOptions, 'holder' | 'onFault'>): Projector
  close(): Promise<void>
}

export interface OpenHubOptions {
  readonly now?: () => Date
  /** What the hub is made of, where it is not every context of the product. */
  readonly mounted?: Mounted
  /** Refuses an embedded store that is not there: what only looks makes nothing. */
  readonly existing?: boolean
}

/**
 * Opens the stores that the configuration names, making in them what is not there yet.
 * @throws ConfigurationFault, also where an existing hub is asked for and there is none; FolderInUse where another process has the embedded store open; WrongLog; LedgerBehind after a restore.
 */
export async function openHub(
  config: HubConfig,
  { now = () => new Date(), mounted = all, existing = false }: OpenHubOptions = {},
): Promise<OpenHub> {
  if (existing && !config.databaseUrl && !['keys', 'store'].some(part => existsSync(join(config.dataFolder, part))))
    throw new ConfigurationFault(
      `There is no hub in ${config.dataFolder}, and nothing was made. Name its folder in PASSERELLE_DATA, or make one with npm start.`,
    )
  const opened: { close(): Promise<void> }[] = []
  const kept = <T extends { close(): Promise<void> }>(part: T): T => {
    opened.unshift(part)
    return part
  }
  const close = async () => {
    for (const part of opened.splice(0)) await part.close()
  }
  try {
    const { databaseUrl, readerUrl, eventstoreUrl, ledgerFile } = config
    const db = kept(
      databaseUrl
        ? new PgDatabase({ url: databaseUrl })
        : await PgliteDatabase.open({ folder: join(config.dataFolder, 'store') }),
    )
    const readerDb = readerUrl ? kept(new PgDatabase({ url: readerUrl, applicationName: 'passerelle-reader' })) : db
    return await oneAtATime(db, async () => {
      const keysFolder = join(config.dataFolder, 'keys')
      // Embedded, the keyring makes its own secrets with its folder.
      const embedded = databaseUrl ? undefined : kept(await FileKeyring.open(keysFolder, { ledgerFile }))
      const secrets = await secretsOf(config, embedded && secretsFileOf(keysFolder))
      const keyring = embedded ?? kept(await PostgresKeyring.open(db, { keyEncryption: secrets.keyEncryption, ledgerFile }))
      const log = kept(eventstoreUrl ? await openEventStore(eventstoreUrl) : await PostgresLog.open(db))
      const denials = new DenyList(agencySchema)
      await denials.create(db)
      const store = new EventStore(log, keyring, { around: (...denying) => denials.around(db, ...denying) })
      await prepare({ db, store, hub: mounted.declaration })
      await publishStandardNotices(db, store, now())
      if (readerUrl) await grantReader(db, decodeURIComponent(new URL(readerUrl).username))
      await bringLogToLedger({ db, store, keyring, now })
      return {
        ...mounted,
        config,
        db,
        readerDb,
        log,
        keyring,
        identifiers: secrets.identifiers(),
        store,
        reader: new Reader({ schemaOf: agencySchema, cursorKey: cursorKeyOf(secrets), now: () => now().toISOString() }),
        denials,
        disclosures: await DisclosureLog.open(db, cursorKeyOf(secrets)),
        now,
        projector: more => new Projector({ ...more, db, store, hub: mounted.declaration, now }),
        close,
      }
    })
  } catch (error) {
    await close()
    throw error
  }
}

/** Of several processes that start together on a server, one makes what is not there yet. The embedded store belongs to one process anyway. */
async function oneAtATime<T>(db: Database, work: () => Promise<T>): Promise<T> {
  if (db.kind === 'pglite') return work()
  return db.transaction(async tx => {
    await tx.query('select pg_advisory_xact_lock($1)', [setupLock])
    return work()
  })
}
/** Any number that no other part of the hub locks with. */
const setupLock = 0x6f70656e

/** Its client is loaded only where there is one to connect to. */
async function openEventStore(url: string): Promise<EventLog> {
  const { EventStoreLog } = await import('@passerelle/event-log/eventstore')
  return EventStoreLog.open({ url })
}

async function secretsOf({ secretsFile }: HubConfig, embeddedFile: string | undefined): Promise<HubSecrets> {
  if (secretsFile) return HubSecrets.fromFile(secretsFile)
  if (embeddedFile) return HubSecrets.fromFile(embeddedFile)
  if (process.env['PASSERELLE_SECRETS']) return HubSecrets.fromEnvironment()
  throw new ConfigurationFault(
    'Neither PASSERELLE_SECRETS_FILE nor PASSERELLE_SECRETS is set. Make them with: npm run --silent secrets > hub-secrets.json',
  )
}

/** The same in every process that has the secrets, and of no use to find them. */
const cursorKeyOf = (secrets: HubSecrets): Buffer =>
  Buffer.from(
    hkdfSync('sha256', Buffer.from(secrets.identifiers().hashIdentifier('passerelle', 'cursor-key'), 'hex'), '', 'cursors', 32),
  )
