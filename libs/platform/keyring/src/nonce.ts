import { randomFillSync } from 'node:crypto'

/** As AES-GCM wants it: 96 bits. */
export const nonceBytes = 12

/** Random bytes for many nonces at a time: asking the system for twelve takes as long as sealing a value. */
const pool = Buffer.alloc(nonceBytes * 1024)
let used = pool.length

/** A fresh random nonce, good until some calls later: use it at once. */
export function nextNonce(): Buffer {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  return pool.subarray(used, (used += nonceBytes))
}
