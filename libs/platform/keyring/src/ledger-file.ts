import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { LedgerEntry } from './keyring.js'
import { checkEntry, keyName, type KeyName, LedgerBehind } from './ledger.js'
import { type FileRecord, RecordFile } from './record-file.js'

/**
 * The ledger of destroyed keys in a file of its own, which belongs on other media and in other backups than the keys: then old keys
 * that come back from a backup meet a ledger that still names them. Its first line names the keyring it belongs to.
 */
export class LedgerFile {
  private readonly standing = new Map<KeyName, LedgerEntry>()
  private id = ''

  private constructor(private readonly file: RecordFile) {}

  static async create(path: string, keyringId: string): Promise<LedgerFile> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    await RecordFile.write(path, [[{ content: { keyring: keyringId, holds: 'ledger' } }]])
    return LedgerFile.open(path)
  }

  /** @throws DamagedFile */
  static async open(path: string): Promise<LedgerFile> {
    const ledger = new LedgerFile(await RecordFile.open(path))
    await ledger.refresh()
    return ledger
  }

  /** Opened where it exists, else made. @throws LedgerBehind where it belongs to another keyring */
  static async for(path: string, keyringId: string): Promise<LedgerFile> {
    if (!existsSync(path)) return LedgerFile.create(path, keyringId)
    const ledger = await LedgerFile.open(path)
    if (ledger.keyringId === keyringId) return ledger
    await ledger.close()
    throw new LedgerBehind(
      `The ledger ${path} belongs to keyring ${ledger.keyringId}, the keys to ${keyringId}. Give the ledger of these keys.`,
    )
  }

  get keyringId(): string {
    return this.id
  }

  get(name: KeyName): LedgerEntry | undefined {
    return this.standing.get(name)
  }

  has(name: KeyName): boolean {
    return this.standing.has(name)
  }

  entries(): Iterable<LedgerEntry> {
    return this.standing.values()
  }

  get size(): number {
    return this.standing.size
  }

  /** Reads what other processes appended. */
  async refresh(): Promise<void> {
    for await (const batch of this.file.read()) for (const { at, content } of batch) this.take(at, content)
  }

  /** Appends what it does not name yet; the first entry of a key stands. One process at a time: the caller sees to that. */
  async add(entries: readonly LedgerEntry[]): Promise<void> {
    await this.refresh()
    const fresh = entries.filter(entry => !this.has(nameOf(entry)))
    if (fresh.length === 0) return
    await this.file.append(fresh.map((entry): FileRecord => ({ content: entry })))
    for (const entry of fresh) this.standing.set(nameOf(entry), entry)
  }

  async close(): Promise<void> {
    await this.file.close()
  }

  private take(at: number, content: any): void {
    if (at === 0) {
      this.id = content.keyring
      return
    }
    const entry = checkEntry(content)
    if (!this.has(nameOf(entry))) this.standing.set(nameOf(entry), entry)
  }
}

const nameOf = ({ subject, category }: LedgerEntry): KeyName => keyName(subject, category)
