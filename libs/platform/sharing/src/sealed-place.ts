import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { BadQuery } from './conditions.js'

/**
 * A place in a list as one learner may know it: the same each time, and nothing to count by. One block of AES-256 under a key of the learner's own,
 * half of it zeros: a place that was made up does not open, and two learners see the same entry under different names.
 */
export class SealedPlaces {
  constructor(private readonly key: Buffer) {
    if (key.length !== 32) throw new Error('The key of places has 32 bytes')
  }

  seal(place: number, learnerId: string): string {
    const block = Buffer.alloc(16)
    block.writeBigUInt64BE(BigInt(place), 8)
    const cipher = createCipheriv('aes-256-ecb', this.keyOf(learnerId), null).setAutoPadding(false)
    return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url')
  }

  /** @throws BadQuery for what was not sealed here for this learner */
  open(sealed: string, learnerId: string): number {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length === 16) {
      const decipher = createDecipheriv('aes-256-ecb', this.keyOf(learnerId), null).setAutoPadding(false)
      const block = Buffer.concat([decipher.update(bytes), decipher.final()])
      const place = Number(block.readBigUInt64BE(8))
      if (block.readBigUInt64BE(0) === 0n && Number.isSafeInteger(place)) return place
    }
    throw new BadQuery('There is no such entry to go on from.', 'Begin again without it.')
  }

  private keyOf(learnerId: string): Buffer {
    return createHmac('sha256', this.key).update(`disclosures of ${learnerId}`).digest()
  }
}
