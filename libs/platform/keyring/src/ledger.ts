import { categories, type Category } from '@passerelle/sharing'
import type { DestructionReason, LedgerEntry } from './keyring.js'

/** `<subject>/<category>`, as in the envelope's `keyRefs`. Categories hold no slash, so the last one divides. */
export type KeyName = string

export const keyName = (subject: string, category: Category): KeyName => `${subject}/${category}`

export function partsOf(name: KeyName): { subject: string; category: Category } {
  const at = name.lastIndexOf('/')
  return { subject: name.slice(0, at), category: name.slice(at + 1) as Category }
}

const reasons: readonly DestructionReason[] = ['erasureRequest', 'retentionEnded', 'unlawfulProcessing']

/** A key or ledger entry that cannot be: its subject, category, reason or instant is malformed. */
export class InvalidKey extends Error {
  readonly code = 'KEYRING.INVALID_KEY'
}

/** The ledger at hand does not name keys that were destroyed here: it is older than the keys, and would let them be made again. */
export class LedgerBehind extends Error {
  readonly code = 'KEYRING.LEDGER_BEHIND'
}

export function checkKey(subject: unknown, category: unknown): void {
  // Control characters would blur what is bound to a sealed value.
  if (typeof subject !== 'string' || !/^[^\x00-\x1f\x7f]{1,200}$/.test(subject))
    throw new InvalidKey('A subject is a pseudonymous id of 1 to 200 characters. Pass the subjectRef of the event.')
  if (!categories.includes(category as Category))
    throw new InvalidKey(`There is no category ${String(category)}. Pass one of C1 to C18.`)
}

/** The entry with its instant in one form, so that entries sort as text. */
export function checkEntry({ subject, category, destroyedAt, reason }: LedgerEntry): LedgerEntry {
  checkKey(subject, category)
  const at = new Date(destroyedAt)
  if (Number.isNaN(at.valueOf())) throw new InvalidKey(`The ledger entry of ${keyName(subject, category)} has no instant.`)
  if (!reasons.includes(reason)) throw new InvalidKey(`The ledger entry of ${keyName(subject, category)} has no known reason.`)
  return { subject, category, destroyedAt: at.toISOString(), reason }
}

/** One entry where a category is given, else one for each category there is, those never used included. */
export function entriesFor(subject: string, category: Category | undefined, reason: DestructionReason, at: Date): LedgerEntry[] {
  const destroyedAt = at.toISOString()
  return (category ? [category] : categories).map(c => checkEntry({ subject, category: c, destroyedAt, reason }))
}

export const oldestFirst = (entries: Iterable<LedgerEntry>): LedgerEntry[] =>
  [...entries].sort((a, b) => (a.destroyedAt < b.destroyedAt ? -1 : a.destroyedAt > b.destroyedAt ? 1 : 0))
