import type { Category } from '@passerelle/sharing'

/**
 * One AES-256-GCM data key per learner × category, wrapped by a key-encryption key that stands outside the database.
 * Destroying a data key is how the hub forgets (GDPR Art 17); the ledger of destroyed keys outlives every backup.
 */
export interface Keyring {
  /** Seals values with the subject's key for their category, made on first use. Throws {@link KeyDestroyed} if that key was destroyed. */
  seal(items: readonly ToSeal[]): Promise<Sealed[]>
  /** Opens sealed values. A key in the ledger gives {@link erased}; a key that nobody knows throws {@link UnknownKey}. */
  open(items: readonly ToOpen[]): Promise<unknown[]>
  /** Destroys one key, or all of the subject's where no category is given. Asked twice: the first entry stands. Returns the ledger entries. */
  destroy(subject: string, category: Category | undefined, reason: DestructionReason): Promise<LedgerEntry[]>
  /** All destroyed keys, oldest first. */
  ledger(): Promise<LedgerEntry[]>
  /** After a restore: applies a ledger kept elsewhere, destroying every key it names, before anything is served. */
  applyLedger(entries: readonly LedgerEntry[]): Promise<void>
  close(): Promise<void>
}

export interface ToSeal {
  readonly subject: string
  readonly category: Category
  /** Any JSON value. */
  readonly value: unknown
  /** Bound as associated data: stream, event id and field path. The same binding must be given to open. */
  readonly binding: string
}
export interface ToOpen {
  readonly subject: string
  readonly sealed: Sealed
  readonly binding: string
}
/** What is stored in place of a personal value: its category, and base64url of nonce ‖ tag ‖ ciphertext. */
export interface Sealed {
  readonly $sealed: Category
  readonly box: string
}
export type DestructionReason = 'erasureRequest' | 'retentionEnded' | 'unlawfulProcessing'
export interface LedgerEntry {
  readonly subject: string
  readonly category: Category
  readonly destroyedAt: string
  readonly reason: DestructionReason
}

/** A personal value whose key was destroyed. It is a value of its own so that nobody takes it for "not recorded". */
export class Erased {
  private readonly erased = true
  toJSON(): null {
    return null
  }
  toString(): string {
    return this.erased ? '[erased]' : ''
  }
}
export const erased = new Erased()

export class UnknownKey extends Error {
  readonly code = 'KEYRING.UNKNOWN_KEY'
}
export class KeyDestroyed extends Error {
  readonly code = 'KEYRING.KEY_DESTROYED'
}

export function isSealed(value: unknown): value is Sealed {
  return typeof value === 'object' && value !== null && '$sealed' in value && typeof (value as Sealed).box === 'string'
}
