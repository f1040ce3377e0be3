import type { KeyObject } from 'node:crypto'
import type { LedgerEntry } from './keyring.js'
import { keyName, type KeyName, oldestFirst } from './ledger.js'
import { type FoundKeys, newDataKey, SealingKeyring } from './sealing-keyring.js'

/** The keyring of a test: gone with the process, and with it everything it sealed. */
export class MemoryKeyring extends SealingKeyring {
  private readonly keys = new Map<KeyName, KeyObject>()
  private readonly destroyed = new Map<KeyName, LedgerEntry>()

  constructor({ now = () => new Date() }: { now?: () => Date } = {}) {
    super(now)
  }

  protected async findKeys(names: ReadonlySet<KeyName>): Promise<FoundKeys> {
    const found: FoundKeys = new Map()
    for (const name of names) {
      const key = this.destroyed.has(name) ? 'destroyed' : this.keys.get(name)
      if (key) found.set(name, key)
    }
    return found
  }

  protected async makeKeys(names: readonly KeyName[]): Promise<void> {
    for (const name of names) if (!this.keys.has(name) && !this.destroyed.has(name)) this.keys.set(name, newDataKey())
  }

  protected async destroyKeys(entries: readonly LedgerEntry[]): Promise<LedgerEntry[]> {
    return entries.map(entry => {
      const name = keyName(entry.subject, entry.category)
      if (!this.destroyed.has(name)) this.destroyed.set(name, entry)
      this.keys.delete(name)
      return this.destroyed.get(name)!
    })
  }

  async ledger(): Promise<LedgerEntry[]> {
    return oldestFirst(this.destroyed.values())
  }

  async close(): Promise<void> {}
}
