import { createSecretKey } from 'node:crypto'
import type { Database, Sql } from '@passerelle/database'
import { KeyCache } from './key-cache.js'
import type { KeyEncryption } from './key-encryption.js'
import type { LedgerEntry } from './keyring.js'
import { keyName, type KeyName, LedgerBehind, oldestFirst, partsOf } from './ledger.js'
import { LedgerFile } from './ledger-file.js'
import { makeKeyringSchema } from './postgres-schema.js'
import { type FoundKeys, newDataKey, SealingKeyring } from './sealing-keyring.js'

export interface PostgresKeyringOptions {
  /** What wraps the data keys, from outside the database. */
  readonly keyEncryption: KeyEncryption
  /** Where a second ledger stands, outside the database and its backups; every process of the hub must be given the same. */
  readonly ledgerFile?: string
  /** Entries known from elsewhere, after a restore: applied before anything is served. */
  readonly ledger?: readonly LedgerEntry[]
  /** Most opened keys held in memory, default 50,000. */
  readonly cachedKeys?: number
  readonly now?: () => Date
}

/** Opened keys, each of them seen alive under this epoch. */
interface Opened {
  readonly epoch: string
  readonly keys: KeyCache
}

/**
 * The keyring in PostgreSQL, schema `keyring`: wrapped data keys, the ledger, and one row with an epoch that every destruction renews.
 *
 * Guarantee: once `destroy` has returned in any process, no `open` or `seal` that begins afterwards, in any process, uses the key. Each
 * batch asks the primary server once for the epoch, together with the keys it does not hold; where the epoch is not that of the opened
 * keys in memory, they are let go and the batch asks again. So never give it a replica, and never call it inside a transaction of
 * the same PGlite, which has one connection.
 */
export class PostgresKeyring extends SealingKeyring {
  private opened: Opened

  private constructor(
    private readonly database: Database,
    private readonly keyEncryption: KeyEncryption,
    private readonly cachedKeys: number,
    private readonly ledgerFile: LedgerFile | undefined,
    now: () => Date,
  ) {
    super(now)
    this.opened = { epoch: '', keys: new KeyCache(cachedKeys) }
  }

  /**
   * Makes the schema where it is not there, and brings the keys to the ledger before it returns. Closing it leaves the database open.
   * @throws LedgerBehind where the ledger kept apart is not given or belongs to other keys; CannotUnwrap where the KEK does not fit
   */
  static async open(database: Database, options: PostgresKeyringOptions): Promise<PostgresKeyring> {
    await makeKeyringSchema(database)
    const [state] = await database.query<{ apart: boolean }>('select ledger_apart as apart from keyring.state')
    const { keyEncryption, cachedKeys = 50_000, now = () => new Date() } = options
    if (state!.apart && !options.ledgerFile)
      throw new LedgerBehind('This keyring keeps a second ledger outside the database. Name its file in ledgerFile.')
    const ledgerFile = options.ledgerFile ? await openApart(database, options.ledgerFile) : undefined
    try {
      const keyring = new PostgresKeyring(database, keyEncryption, cachedKeys, ledgerFile, now)
      if (ledgerFile) await keyring.bringTogether(ledgerFile)
      await keyring.applyLedger(options.ledger ?? [])
      await keyring.assertUnwraps()
      return keyring
    } catch (error) {
      await ledgerFile?.close()
      throw error
    }
  }

  protected async findKeys(names: ReadonlySet<KeyName>): Promise<FoundKeys> {
    for (;;) {
      const { opened } = this
      const found: FoundKeys = new Map()
      const cold: KeyName[] = []
      for (const name of names) {
        const key = opened.keys.get(name)
        if (key) found.set(name, key)
        else cold.push(name)
      }
      const { epoch, rows } = await this.look(cold)
      if (epoch !== opened.epoch && this.opened === opened) this.opened = { epoch, keys: new KeyCache(this.cachedKeys) }
      // What was held is as good as what was just read, where both are of one epoch.
      if (epoch === opened.epoch || found.size === 0) {
        await this.take(rows, found, this.opened.epoch === epoch ? this.opened.keys : undefined)
        return found
      }
    }
  }

  protected async makeKeys(names: readonly KeyName[]): Promise<void> {
    const made = names.map(name => ({ name, key: newDataKey().export() }))
    const wrapped = await this.keyEncryption.wrap(made)
    // In order, so that two who make the same keys do not wait for each other.
    await this.database.query(
      `insert into keyring.data_key (subject, category, kek, wrapped)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as made(subject, category, kek, wrapped)
       order by subject collate "C", category collate "C" on conflict do nothing`,
      [...columnsOf(names), wrapped.map(w => w.keyId), wrapped.map(w => w.wrapped)],
      { name: 'keyring.make' },
    )
  }

  protected async destroyKeys(entries: readonly LedgerEntry[]): Promise<LedgerEntry[]> {
    const names = entries.map(entry => keyName(entry.subject, entry.category))
    const columns = columnsOf(names)
    return this.database.transaction(async tx => {
      // First: it waits for keys in the making, and lets nobody else destroy or make until this is done.
      await tx.query('update keyring.state set epoch = gen_random_uuid()')
      await tx.query(
        `insert into keyring.destroyed (subject, category, destroyed_at, reason)
         select * from unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[]) on conflict do nothing`,
        [...columns, entries.map(e => e.destroyedAt), entries.map(e => e.reason)],
      )
      await tx.query(
        `delete from keyring.data_key k using unnest($1::text[], $2::text[]) as d(subject, category)
         where k.subject = d.subject and k.category = d.category`,
        columns,
      )
      const standing = new Map((await readLedger(tx, columns)).map(entry => [keyName(entry.subject, entry.category), entry]))
      const result = names.map(name => standing.get(name)!)
      // Before the commit: a ledger that names too much destroys what was to be destroyed; one that names too little lets it come back.
      await this.ledgerFile?.add(result)
      return result
    })
  }

  async ledger(): Promise<LedgerEntry[]> {
    return oldestFirst(await readLedger(this.database))
  }

  /** Wraps every data key anew with the current key-encryption key; afterwards older ones are not needed. Returns how many changed. */
  async rewrap(): Promise<number> {
    const { currentKeyId } = this.keyEncryption
    for (let changed = 0; ;) {
      const rows = await this.database.query<WrappedRow>(
        'select subject, category, kek, wrapped from keyring.data_key where kek <> $1 limit 1000',
        [currentKeyId],
      )
      if (rows.length === 0) return changed
      const names = rows.map(nameOf)
      const keys = await this.keyEncryption.unwrap(rows.map(toWrapped))
      const wrapped = await this.keyEncryption.wrap(names.map((name, i) => ({ name, key: keys[i]! })))
      await this.database.query(
        `update keyring.data_key k set kek = w.kek, wrapped = w.wrapped
         from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as w(subject, category, kek, wrapped)
         where k.subject = w.subject and k.category = w.category`,
        [...columnsOf(names), wrapped.map(w => w.keyId), wrapped.map(w => w.wrapped)],
      )
      changed += rows.length
    }
  }

  async close(): Promise<void> {
    await this.ledgerFile?.close()
  }

  /** The epoch, and the keys and ledger entries of these names, of one moment. */
  private async look(names: readonly KeyName[]): Promise<{ epoch: string; rows: FoundRow[] }> {
    if (names.length === 0) {
      const [state] = await this.database.query<{ epoch: string }>('select epoch from keyring.state', [], {
        name: 'keyring.epoch',
      })
      return { epoch: state!.epoch, rows: [] }
    }
    const rows = await this.database.query<FoundRow & { epoch: string }>(
      `select s.epoch, w.subject, w.category, k.kek, k.wrapped, d.subject is not null as destroyed
       from keyring.state s
       cross join unnest($1::text[], $2::text[]) as w(subject, category)
       left join keyring.data_key k on k.subject = w.subject and k.category = w.category
       left join keyring.destroyed d on d.subject = w.subject and d.category = w.category`,
      columnsOf(names),
      { name: 'keyring.find' },
    )
    return { epoch: rows[0]!.epoch, rows }
  }

  private async take(rows: readonly FoundRow[], found: FoundKeys, cache: KeyCache | undefined): Promise<void> {
    for (const row of rows) if (row.destroyed) found.set(nameOf(row), 'destroyed')
    const live = rows.filter(row => !row.destroyed && row.wrapped !== null)
    if (live.length === 0) return
    const unwrapped = await this.keyEncryption.unwrap(live.map(toWrapped))
    live.forEach((row, i) => {
      const key = createSecretKey(unwrapped[i]!)
      found.set(nameOf(row), key)
      cache?.set(nameOf(row), key)
    })
  }

  private async bringTogether(apart: LedgerFile): Promise<void> {
    const here = await readLedger(this.database)
    const named = new Set(here.map(entry => keyName(entry.subject, entry.category)))
    const onlyApart = [...apart.entries()].filter(entry => !named.has(keyName(entry.subject, entry.category)))
    const onlyHere = here.filter(entry => !apart.has(keyName(entry.subject, entry.category)))
    await this.applyLedger([...onlyApart, ...onlyHere])
  }

  /** Wrong secrets should show now, and not when the first learner is read. */
  private async assertUnwraps(): Promise<void> {
    const rows = await this.database.query<WrappedRow>('select subject, category, kek, wrapped from keyring.data_key limit 1')
    await this.keyEncryption.unwrap(rows.map(toWrapped))
  }
}

/** Under the lock of a destruction, so that of several processes one makes the file. */
function openApart(database: Database, path: string): Promise<LedgerFile> {
  return database.transaction(async tx => {
    const [state] = await tx.query<{ id: string }>('update keyring.state set ledger_apart = true returning keyring_id as id')
    return LedgerFile.for(path, state!.id)
  })
}

interface WrappedRow {
  readonly subject: string
  readonly category: LedgerEntry['category']
  readonly kek: string
  readonly wrapped: string
}
interface FoundRow extends WrappedRow {
  readonly destroyed: boolean
}

const nameOf = ({ subject, category }: { subject: string; category: LedgerEntry['category'] }): KeyName =>
  keyName(subject, category)
const toWrapped = (row: WrappedRow) => ({ name: nameOf(row), keyId: row.kek, wrapped: row.wrapped })

/** Subjects and categories as two columns. */
function columnsOf(names: readonly KeyName[]): [string[], string[]] {
  const parts = names.map(partsOf)
  return [parts.map(p => p.subject), parts.map(p => p.category)]
}

/** The entries of these keys, or of all. */
async function readLedger(on: Sql, columns?: [string[], string[]]): Promise<LedgerEntry[]> {
  const rows = await on.query<LedgerEntry>(
    `select subject, category, destroyed_at as "destroyedAt", reason from keyring.destroyed ${
      columns ? 'join unnest($1::text[], $2::text[]) as w(subject, category) using (subject, category)' : ''
    }`,
    columns,
  )
  return rows.map(row => ({ ...row, destroyedAt: new Date(row.destroyedAt).toISOString() }))
}
