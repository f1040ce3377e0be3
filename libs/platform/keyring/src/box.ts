import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto'
import type { Category } from '@passerelle/sharing'
import { Erased, type ToOpen, type ToSeal } from './keyring.js'
import { nextNonce, nonceBytes } from './nonce.js'

/**
 * One sealed value: base64url of nonce (12 bytes) ‖ tag (16 bytes) ‖ ciphertext, AES-256-GCM (NIST SP 800-38D) with a random nonce
 * under a key that seals the values of one person in one category, far from the 2³² values that random nonces allow.
 *
 * The plaintext is the value's JSON text with blanks after it up to a multiple of {@link bucketBytes}: `true` and `"selfHarm"` look
 * alike from outside, and JSON readers pass over blanks, so nothing has to be taken off. What still shows is the length of longer
 * text in steps of 32 bytes.
 */
const tagBytes = 16
const bucketBytes = 32
const algorithm = 'aes-256-gcm'

/** A box that does not open: altered, or bound to another stream, event, field, subject or category. */
export class BoxBroken extends Error {
  readonly code = 'KEYRING.BOX_BROKEN'
}
/** Not a JSON value, so it would not come back as it was. */
export class NotSealable extends Error {
  readonly code = 'KEYRING.NOT_SEALABLE'
}

export function sealBox(key: KeyObject, item: ToSeal): string {
  const text = toJsonText(item)
  const length = Buffer.byteLength(text)
  const padded = Math.ceil(length / bucketBytes) * bucketBytes
  const plain = Buffer.allocUnsafe(padded).fill(0x20, length)
  plain.write(text, 0, 'utf8')
  const nonce = nextNonce()
  const cipher = createCipheriv(algorithm, key, nonce)
  cipher.setAAD(associated(item.subject, item.category, item.binding))
  const sealed = cipher.update(plain)
  cipher.final()
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')
}

/** @throws BoxBroken, which tells where the box stands and nothing of what is in it */
export function openBox(key: KeyObject, item: ToOpen): unknown {
  const { box, $sealed: category } = item.sealed
  const bytes = Buffer.from(box, 'base64url')
  // Node reads base64url leniently: without the comparison, several texts would stand for one box.
  if (bytes.length < nonceBytes + tagBytes + bucketBytes || bytes.toString('base64url') !== box) throw broken(item)
  const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, nonceBytes))
  decipher.setAAD(associated(item.subject, category, item.binding))
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
  const plain = decipher.update(bytes.subarray(nonceBytes + tagBytes))
  try {
    decipher.final()
  } catch {
    throw broken(item)
  }
  return JSON.parse(plain.toString('utf8'))
}

/** Unambiguous because no subject and no category holds a line break. */
const associated = (subject: string, category: Category, binding: string) => Buffer.from(`1\n${category}\n${subject}\n${binding}`)

const broken = ({ subject, sealed, binding }: ToOpen) =>
  new BoxBroken(
    `The sealed value at ${binding} does not open with the key ${subject}/${sealed.$sealed}: it was altered, or sealed for another place. Restore the event from a backup.`,
  )

function toJsonText({ subject, category, value, binding }: ToSeal): string {
  try {
    const text = value instanceof Erased ? undefined : JSON.stringify(value)
    if (text !== undefined) return text
  } catch {
    // The engine's message names properties of the value.
  }
  throw new NotSealable(
    `The value at ${binding} for the key ${subject}/${category} is no JSON value. Pass text, numbers, lists or records.`,
  )
}
