import { createSecretKey, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type FolderLock, lockFolder } from '@passerelle/database'
import { HubSecrets, SecretsUnusable } from './hub-secrets.js'
import { KeyCache } from './key-cache.js'
import type { KeyEncryption, WrappedKey } from './key-encryption.js'
import type { LedgerEntry } from './keyring.js'
import { keyName, type KeyName, LedgerBehind, oldestFirst, partsOf } from './ledger.js'
import { LedgerFile } from './ledger-file.js'
import { DamagedFile, type FileRecord, isBlotted, RecordFile } from './record-file.js'
import { type FoundKeys, newDataKey, SealingKeyring } from './sealing-keyring.js'

export interface FileKeyringOptions {
  /** Where the ledger stands; `<folder>/ledger.log` unless said. Better on other media: see {@link LedgerFile}. */
  readonly ledgerFile?: string
  /** Entries known from elsewhere, after a restore: applied before anything is served. */
  readonly ledger?: readonly LedgerEntry[]
  /** What wraps the data keys; the secrets of `<folder>/secrets.json` unless said, made with the folder. */
  readonly keyEncryption?: KeyEncryption
  readonly now?: () => Date
}

/** Where {@link FileKeyring} keeps the hub's secrets unless it is given others. */
export const secretsFileOf = (folder: string): string => join(folder, 'secrets.json')

/**
 * The keyring of the embedded hub: a folder with `secrets.json` (mode 0600), `keys.log` (wrapped data keys) and, unless placed elsewhere,
 * `ledger.log`. One process at a time. A key is flushed to disk before anything is sealed with it.
 *
 * Destroying appends to the ledger first, then writes over the wrapped key where it stands. A crash between the two is made good when
 * the folder is opened; a blotted key that the ledger does not name betrays an old ledger, and the folder is not opened.
 *
 * A last line of `keys.log` that was cut is what a crash in the middle of a write leaves: nothing was sealed with its key, so the folder is
 * opened, with a warning. A copy that was cut off looks the same, and keys that stood on whole lines behind the cut cannot be told from keys
 * that never were: the file itself has no count of them.
 */
export class FileKeyring extends SealingKeyring {
  private readonly cache = new KeyCache()
  /** Where each key stands in `keys.log`. */
  private places = new Map<KeyName, number>()
  private readonly wanted = new Set<KeyName>()
  /** The next write of keys, until it begins. */
  private making: Promise<void> | undefined
  private turn: Promise<unknown> = Promise.resolve()
  private closed = false

  private constructor(
    private readonly lock: FolderLock,
    private readonly keysFile: string,
    private keys: RecordFile,
    private readonly ledgerOf: LedgerFile,
    private readonly keyEncryption: KeyEncryption,
    now: () => Date,
  ) {
    super(now)
  }

  /**
   * Opens the folder, or makes it. The keys are brought to the ledger before this returns.
   * @throws FolderInUse where another process has it; SecretsUnusable, DamagedFile, LedgerBehind, CannotUnwrap where its parts do not
   * belong together
   */
  static async open(folder: string, options: FileKeyringOptions = {}): Promise<FileKeyring> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const lock = lockFolder(folder)
    const opened: { close(): Promise<void> }[] = []
    try {
      const keysFile = join(folder, 'keys.log')
      const isNew = !existsSync(keysFile)
      const keyEncryption = options.keyEncryption ?? (await secretsOf(folder, isNew)).keyEncryption
      const ledgerFile = options.ledgerFile ?? join(folder, 'ledger.log')
      if (isNew) await makeFiles(keysFile, ledgerFile)
      const keys = await RecordFile.open(keysFile)
      opened.push(keys)
      const { id, places, blotted } = await readKeys(keys)
      if (keys.cutAt !== undefined)
        process.emitWarning(
          `The last line of ${keysFile} is cut, at byte ${keys.cutAt}, and is passed over. After a crash nothing was sealed with it; where this is a copy, restore a whole one.`,
          { code: 'KEYRING.CUT_LINE' },
        )
      if (!existsSync(ledgerFile) && !options.ledger?.length)
        throw new LedgerBehind(
          `There is no ledger at ${ledgerFile}: destroyed keys could be made again. Restore it, or give its entries.`,
        )
      const ledger = await LedgerFile.for(ledgerFile, id)
      opened.push(ledger)
      const keyring = new FileKeyring(lock, keysFile, keys, ledger, keyEncryption, options.now ?? (() => new Date()))
      keyring.places = places
      await keyring.applyLedger(options.ledger ?? [])
      await keyring.bringToLedger(blotted, ledgerFile)
      return keyring
    } catch (error) {
      for (const file of opened) await file.close()
      lock.release()
      throw error
    }
  }

  protected async findKeys(names: ReadonlySet<KeyName>): Promise<FoundKeys> {
    this.assertOpen()
    const found: FoundKeys = new Map()
    const cold: (WrappedKey & { name: KeyName })[] = []
    for (const name of names) {
      const key = this.ledgerOf.has(name) ? 'destroyed' : this.cache.get(name)
      if (key) found.set(name, key)
      else if (this.places.has(name)) cold.push({ name, ...this.wrappedKeyOf(name) })
    }
    if (cold.length === 0) return found
    const unwrapped = await this.keyEncryption.unwrap(cold)
    cold.forEach(({ name }, i) => {
      const key = createSecretKey(unwrapped[i]!)
      // It may have been destroyed while the KMS was asked.
      const destroyed = this.ledgerOf.has(name)
      if (!destroyed) this.cache.set(name, key)
      found.set(name, destroyed ? 'destroyed' : key)
    })
    return found
  }

  protected makeKeys(names: readonly KeyName[]): Promise<void> {
    names.forEach(name => this.wanted.add(name))
    // Callers that come while one write is under way share the next, and none of them waits for a later one.
    return (this.making ??= this.exclusively(() => this.makeWanted()))
  }

  private async makeWanted(): Promise<void> {
    this.making = undefined
    const made = [...this.wanted]
      .filter(name => !this.ledgerOf.has(name) && !this.places.has(name))
      .map(name => ({ name, key: newDataKey() }))
    this.wanted.clear()
    if (made.length === 0) return
    const wrapped = await this.keyEncryption.wrap(made.map(({ name, key }) => ({ name, key: key.export() })))
    const places = await this.keys.append(made.map(({ name }, i) => toRecord(name, wrapped[i]!)))
    made.forEach(({ name, key }, i) => {
      this.places.set(name, places[i]!)
      this.cache.set(name, key)
    })
  }

  protected async destroyKeys(entries: readonly LedgerEntry[]): Promise<LedgerEntry[]> {
    return this.exclusively(async () => {
      await this.ledgerOf.add(entries)
      const names = entries.map(entry => keyName(entry.subject, entry.category))
      await this.blot(names)
      return names.map(name => this.ledgerOf.get(name)!)
    })
  }

  async ledger(): Promise<LedgerEntry[]> {
    this.assertOpen()
    return oldestFirst(this.ledgerOf.entries())
  }

  /** Wraps every data key anew with the current key-encryption key; afterwards older ones are not needed. Returns how many changed. */
  async rewrap(): Promise<number> {
    return this.exclusively(async () => {
      let changed = 0
      const { keyEncryption, keysFile } = this
      const old = await RecordFile.open(keysFile)
      async function* anew(): AsyncGenerator<FileRecord[]> {
        for await (const batch of old.read()) {
          const stale = batch.filter(
            ({ content, secret }) => secret && !isBlotted(secret) && content.kek !== keyEncryption.currentKeyId,
          )
          const keys = await keyEncryption.unwrap(stale.map(record => ({ name: nameOf(record), ...toWrapped(record) })))
          const wrapped = await keyEncryption.wrap(stale.map((record, i) => ({ name: nameOf(record), key: keys[i]! })))
          const renewed = new Map(stale.map((record, i) => [record.at, toRecord(nameOf(record), wrapped[i]!)]))
          changed += stale.length
          yield batch.map(record => renewed.get(record.at) ?? record)
        }
      }
      try {
        await RecordFile.write(keysFile, anew())
      } finally {
        await old.close()
      }
      const before = this.keys
      const keys = await RecordFile.open(keysFile)
      const { places } = await readKeys(keys)
      this.keys = keys
      this.places = places
      await before.close()
      return changed
    })
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await this.turn
    await this.keys.close()
    await this.ledgerOf.close()
    this.lock.release()
  }

  private async bringToLedger(blotted: readonly KeyName[], ledgerFile: string): Promise<void> {
    const unnamed = blotted.filter(name => !this.ledgerOf.has(name))
    if (unnamed.length > 0)
      throw new LedgerBehind(
        `${unnamed.length} keys were destroyed that ${ledgerFile} does not name, ${unnamed[0]} among them. Restore the newest ledger, or give its entries.`,
      )
    await this.blot([...this.places.keys()].filter(name => this.ledgerOf.has(name)))
    // Wrong secrets should show now, and not when the first learner is read.
    const [first] = this.places.keys()
    if (first) await this.keyEncryption.unwrap([{ name: first, ...this.wrappedKeyOf(first) }])
  }

  private async blot(names: readonly KeyName[]): Promise<void> {
    const places = names.flatMap(name => this.places.get(name) ?? [])
    for (const name of names) {
      this.places.delete(name)
      this.cache.delete(name)
    }
    await this.keys.blot(places)
  }

  private wrappedKeyOf(name: KeyName): WrappedKey {
    return toWrapped(this.keys.readAt(this.places.get(name)!))
  }

  /** One change at a time. */
  private exclusively<T>(change: () => Promise<T>): Promise<T> {
    this.assertOpen()
    const done = this.turn.then(change, change)
    this.turn = done.catch(() => undefined)
    return done
  }

  private assertOpen(): void {
    if (this.closed) throw new Error('The keyring is closed.')
  }
}

async function secretsOf(folder: string, isNew: boolean): Promise<HubSecrets> {
  const path = secretsFileOf(folder)
  if (existsSync(path)) return HubSecrets.fromFile(path)
  if (!isNew) throw new SecretsUnusable(`There are keys in ${folder}, but not the secrets that open them. Restore ${path}.`)
  const secrets = HubSecrets.generate()
  await secrets.toFile(path)
  return secrets
}

/** The ledger first: a folder that has keys always had a ledger. */
async function makeFiles(keysFile: string, ledgerFile: string): Promise<void> {
  const ledger = existsSync(ledgerFile) ? await LedgerFile.open(ledgerFile) : await LedgerFile.create(ledgerFile, randomUUID())
  const { size, keyringId } = ledger
  await ledger.close()
  if (size > 0)
    throw new DamagedFile(
      `The ledger ${ledgerFile} names destroyed keys, but ${keysFile} is not there. Restore it from a backup.`,
    )
  await RecordFile.write(keysFile, [[{ content: { keyring: keyringId, holds: 'keys' } }]])
}

async function readKeys(file: RecordFile): Promise<{ id: string; places: Map<KeyName, number>; blotted: KeyName[] }> {
  let id = ''
  const places = new Map<KeyName, number>()
  const blotted: KeyName[] = []
  for await (const batch of file.read())
    for (const record of batch) {
      if (record.at === 0) id = record.content.keyring
      else if (isBlotted(record.secret)) blotted.push(nameOf(record))
      else places.set(nameOf(record), record.at)
    }
  return { id, places, blotted }
}

const nameOf = ({ content }: FileRecord): KeyName => keyName(content.subject, content.category)
const toWrapped = ({ content, secret }: FileRecord): WrappedKey => ({ keyId: content.kek, wrapped: secret! })
const toRecord = (name: KeyName, { keyId, wrapped }: WrappedKey): FileRecord => ({
  content: { ...partsOf(name), kek: keyId },
  secret: wrapped,
})
