import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import type { KeyName } from './ledger.js'
import { nextNonce } from './nonce.js'

/**
 * Wraps data keys with a key-encryption key (KEK) that never stands beside them. This is the place for a KMS: `wrap` and `unwrap`
 * become its Encrypt and Decrypt calls with the key's name as encryption context, `keyId` its key version. Both take lists, so that an
 * implementation may send them side by side.
 */
export interface KeyEncryption {
  /** The KEK that wraps from now on. */
  readonly currentKeyId: string
  wrap(keys: readonly { name: KeyName; key: Buffer }[]): Promise<WrappedKey[]>
  /** @throws CannotUnwrap where the KEK is not there, or is not the one that wrapped this key under this name */
  unwrap(keys: readonly (WrappedKey & { name: KeyName })[]): Promise<Buffer[]>
}

export interface WrappedKey {
  /** Which KEK wrapped it: at most 100 letters, digits, `.`, `_`, `:`, `/`, `-`. */
  readonly keyId: string
  /** base64url. */
  readonly wrapped: string
}

/** A data key is there but cannot be opened. Never to be taken for an erased one. */
export class CannotUnwrap extends Error {
  readonly code = 'KEYRING.CANNOT_UNWRAP'
}

const algorithm = 'aes-256-gcm'

/** KEKs held by this process: AES-256-GCM, the data key's name as associated data, so that a wrapped key fits nowhere else. */
export class LocalKeyEncryption implements KeyEncryption {
  private readonly keks: ReadonlyMap<string, KeyObject>

  /** @param keks 32 bytes each, by id @param currentKeyId the one that wraps; the others only unwrap */
  constructor(
    keks: Readonly<Record<string, Buffer>>,
    readonly currentKeyId: string,
  ) {
    this.keks = new Map(Object.entries(keks).map(([id, bytes]) => [id, createSecretKey(bytes)]))
    if (!this.keks.has(currentKeyId)) throw new CannotUnwrap(`There is no key-encryption key ${currentKeyId} to wrap with.`)
  }

  async wrap(keys: readonly { name: KeyName; key: Buffer }[]): Promise<WrappedKey[]> {
    const keyId = this.currentKeyId
    const kek = this.keks.get(keyId)!
    return keys.map(({ name, key }) => {
      const nonce = nextNonce()
      const cipher = createCipheriv(algorithm, kek, nonce)
      cipher.setAAD(associated(name))
      const sealed = Buffer.concat([cipher.update(key), cipher.final()])
      return { keyId, wrapped: Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url') }
    })
  }

  async unwrap(keys: readonly (WrappedKey & { name: KeyName })[]): Promise<Buffer[]> {
    return keys.map(({ name, keyId, wrapped }) => {
      const kek = this.keks.get(keyId)
      if (!kek)
        throw new CannotUnwrap(
          `The data key ${name} is wrapped with ${keyId}, which is not here. Give the secrets that hold ${keyId}.`,
        )
      try {
        const bytes = Buffer.from(wrapped, 'base64url')
        const decipher = createDecipheriv(algorithm, kek, bytes.subarray(0, 12), { authTagLength: 16 })
        decipher.setAAD(associated(name)).setAuthTag(bytes.subarray(12, 28))
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()])
      } catch {
        throw new CannotUnwrap(
          `The data key ${name} does not open with ${keyId}: another key of that name wrapped it, or it is damaged. Restore the secrets or the keys.`,
        )
      }
    })
  }
}

const associated = (name: KeyName) => Buffer.from(`data key\n${name}`)
