/**
 * Remembers millions of keys in a few bytes each: two 32-bit hashes of the key, one of the content and one byte of flags,
 * open addressing. Two different keys are taken for one with a chance of about n² / 2^65.
 */
export class KeyIndex {
  private capacity = 1024
  private words = new Uint32Array(this.capacity * 3)
  private flags = new Uint8Array(this.capacity)
  private used = 0

  get size(): number {
    return this.used
  }

  /** Adds a key; tells whether it was there already, with the same content or another. */
  add(key: string, content: string): 'new' | 'same' | 'different' {
    if (this.used * 2 >= this.capacity) this.grow()
    const at = this.find(key)
    const digest = hash(content, 0x9e3779b9)
    if (this.flags[at]! & PRESENT) {
      if (this.words[at * 3 + 2] === digest) return 'same'
      this.flags[at]! |= AMBIGUOUS
      return 'different'
    }
    this.words[at * 3] = hash(key, SEED_1)
    this.words[at * 3 + 1] = hash(key, SEED_2)
    this.words[at * 3 + 2] = digest
    this.flags[at] = PRESENT
    this.used++
    return 'new'
  }

  /** The key stands with two different contents. */
  isAmbiguous(key: string): boolean {
    return (this.flags[this.find(key)]! & AMBIGUOUS) !== 0
  }
  /** Of its contents only one turned out to be sound. */
  settle(key: string): void {
    this.flags[this.find(key)]! &= ~AMBIGUOUS
  }
  /** True the first time it is asked for a key, false afterwards. */
  isFirst(key: string): boolean {
    const at = this.find(key)
    const first = (this.flags[at]! & SEEN) === 0
    this.flags[at]! |= SEEN
    return first
  }
  reject(key: string): void {
    const at = this.find(key)
    if (this.flags[at]! & PRESENT) this.flags[at]! |= REJECTED
  }
  state(key: string): 'absent' | 'good' | 'rejected' {
    const flags = this.flags[this.find(key)]!
    return !(flags & PRESENT) ? 'absent' : flags & (REJECTED | AMBIGUOUS) ? 'rejected' : 'good'
  }

  private find(key: string): number {
    const first = hash(key, SEED_1)
    const second = hash(key, SEED_2)
    let at = first & (this.capacity - 1)
    while (this.flags[at]! & PRESENT && (this.words[at * 3] !== first || this.words[at * 3 + 1] !== second))
      at = (at + 1) & (this.capacity - 1)
    return at
  }

  private grow(): void {
    const { words, flags, capacity } = this
    this.capacity = capacity * 2
    this.words = new Uint32Array(this.capacity * 3)
    this.flags = new Uint8Array(this.capacity)
    for (let from = 0; from < capacity; from++) {
      if (!(flags[from]! & PRESENT)) continue
      let at = words[from * 3]! & (this.capacity - 1)
      while (this.flags[at]! & PRESENT) at = (at + 1) & (this.capacity - 1)
      this.words.set(words.subarray(from * 3, from * 3 + 3), at * 3)
      this.flags[at] = flags[from]!
    }
  }
}

const PRESENT = 1
const AMBIGUOUS = 2
const REJECTED = 4
const SEEN = 8
// Of this process only, so that nobody can prepare keys that collide.
const [SEED_1, SEED_2] = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number]

/** murmur3-like mixing of UTF-16 code units to 32 bits. */
function hash(text: string, seed: number): number {
  let h = seed ^ text.length
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x5bd1e995)
    h ^= h >>> 15
  }
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
