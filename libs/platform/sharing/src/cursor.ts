import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { BadQuery } from './conditions.js'

/**
 * Cursors hold the place in the order: values that the viewer saw. Sealed with AES-256-GCM under the reader's key, with the query and viewer bound in,
 * they can be neither read nor made up nor carried over to another query. They hold from one start of the processes to the next, as long
 * as these share the key.
 */
export class Cursors {
  private readonly key: KeyObject

  constructor(key: Buffer) {
    if (key.length !== 32) throw new Error('The key of cursors has 32 bytes')
    this.key = createSecretKey(key)
  }

  seal(values: readonly unknown[], scope: string): string {
    const nonce = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.key, nonce).setAAD(Buffer.from(scope))
    const box = Buffer.concat([cipher.update(JSON.stringify(values)), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), box]).toString('base64url')
  }

  /** @throws BadQuery for anything that was not sealed here for this scope. */
  open(cursor: string, scope: string): readonly unknown[] {
    try {
      const bytes = Buffer.from(cursor, 'base64url')
      if (cursor.length > 20_000) throw new Error('too long')
      const decipher = createDecipheriv('aes-256-gcm', this.key, bytes.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(scope))
        .setAuthTag(bytes.subarray(12, 28))
      return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString())
    } catch {
      throw new BadQuery('This cursor is not one of this query.', 'Begin again without it.')
    }
  }
}
