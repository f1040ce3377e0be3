import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { Category } from '@passerelle/sharing'
import { openBox, sealBox } from './box.js'
import {
  type DestructionReason,
  erased,
  KeyDestroyed,
  type Keyring,
  type LedgerEntry,
  type Sealed,
  type ToOpen,
  type ToSeal,
  UnknownKey,
} from './keyring.js'
import { checkEntry, checkKey, entriesFor, keyName, type KeyName } from './ledger.js'

/** What a store knows of some keys. A key that is not in it is unknown. */
export type FoundKeys = Map<KeyName, KeyObject | 'destroyed'>

export const newDataKey = (): KeyObject => createSecretKey(randomBytes(32))

/** Sealing and opening, the same over every store of keys. A store says how keys are found, made and destroyed. */
export abstract class SealingKeyring implements Keyring {
  protected constructor(private readonly now: () => Date) {}

  /** Keys as they stand when this is called or later; never a key whose destruction was acknowledged before. */
  protected abstract findKeys(names: ReadonlySet<KeyName>): Promise<FoundKeys>
  /** Makes those that are neither there nor destroyed. When it returns they are safe. Of two who make the same key, one succeeds. */
  protected abstract makeKeys(names: readonly KeyName[]): Promise<void>
  /** Enters what is not yet in the ledger and destroys those keys. Returns the standing entries of these keys, in the given order. */
  protected abstract destroyKeys(entries: readonly LedgerEntry[]): Promise<LedgerEntry[]>
  abstract ledger(): Promise<LedgerEntry[]>
  abstract close(): Promise<void>

  async seal(items: readonly ToSeal[]): Promise<Sealed[]> {
    if (items.length === 0) return []
    const names = items.map(item => keyName(item.subject, item.category))
    const keys = await this.keysToSeal(new Set(names), items)
    return items.map((item, i) => ({ $sealed: item.category, box: sealBox(keys.get(names[i]!) as KeyObject, item) }))
  }

  async open(items: readonly ToOpen[]): Promise<unknown[]> {
    if (items.length === 0) return []
    const names = items.map(item => keyName(item.subject, item.sealed.$sealed))
    const keys = await this.findKeys(new Set(names))
    return items.map((item, i) => {
      const key = keys.get(names[i]!)
      if (key === 'destroyed') return erased
      if (!key)
        throw new UnknownKey(
          `No key ${names[i]} for the sealed value at ${item.binding}, and no record that it was destroyed. Restore the keys that belong to this log.`,
        )
      return openBox(key, item)
    })
  }

  destroy(subject: string, category: Category | undefined, reason: DestructionReason): Promise<LedgerEntry[]> {
    return this.destroyAll(() => entriesFor(subject, category, reason, this.now()))
  }

  async applyLedger(entries: readonly LedgerEntry[]): Promise<void> {
    await this.destroyAll(() => entries.map(checkEntry))
  }

  private async destroyAll(entries: () => LedgerEntry[]): Promise<LedgerEntry[]> {
    const wanted = entries()
    return wanted.length === 0 ? [] : this.destroyKeys(wanted)
  }

  private async keysToSeal(names: ReadonlySet<KeyName>, items: readonly ToSeal[]): Promise<FoundKeys> {
    for (let attempt = 1; ; attempt++) {
      const found = await this.findKeys(names)
      for (const [name, key] of found)
        if (key === 'destroyed')
          throw new KeyDestroyed(
            `The key ${name} was destroyed, and is never made again. Nothing more can be recorded for it under this subject.`,
          )
      const missing = [...names].filter(name => !found.has(name))
      if (missing.length === 0) return found
      if (attempt === 5) throw new Error(`The key ${missing[0]} could not be made.`)
      if (attempt === 1) for (const { subject, category } of items) checkKey(subject, category)
      await this.makeKeys(missing)
    }
  }
}
