import type { KeyObject } from 'node:crypto'
import type { KeyName } from './ledger.js'

/**
 * The data keys used last, opened. Two generations stand in for a list by age: what is used moves to the young one, and when that is
 * full the old one is let go. Holds at most `limit` keys, at least the last `limit / 2` used.
 */
export class KeyCache {
  private young = new Map<KeyName, KeyObject>()
  private old = new Map<KeyName, KeyObject>()

  constructor(private readonly limit = 50_000) {}

  get(name: KeyName): KeyObject | undefined {
    const key = this.young.get(name)
    if (key) return key
    const aged = this.old.get(name)
    if (aged) this.set(name, aged)
    return aged
  }

  set(name: KeyName, key: KeyObject): void {
    if (this.young.size >= this.limit / 2) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(name, key)
  }

  delete(name: KeyName): void {
    this.young.delete(name)
    this.old.delete(name)
  }
}
