import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Chance that is the same for the same seed. */
export class Chance {
  private readonly generator

  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed | 0)
  }
  /** A chance of its own for a part of the story: what is drawn there moves nothing elsewhere. */
  static of(seed: number, part: string): Chance {
    let mixed = seed | 0
    for (const letter of part) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 0x01000193)
    return new Chance(mixed)
  }
  /** Both ends included. */
  int(from: number, to: number): number {
    return uniformInt(this.generator, from, to)
  }
  yes(percent: number): boolean {
    return this.int(1, 100) <= percent
  }
  pick<T>(from: readonly T[]): T {
    return from[this.int(0, from.length - 1)]!
  }
  /** Some of them, at least `least`. */
  some<T>(from: readonly T[], least = 1, most = from.length): T[] {
    const left = [...from]
    const count = this.int(least, Math.min(most, left.length))
    return Array.from({ length: count }, () => left.splice(this.int(0, left.length - 1), 1)[0]!)
  }
  uuid(): string {
    const hex = Array.from({ length: 4 }, () => (this.int(-0x80000000, 0x7fffffff) >>> 0).toString(16).padStart(8, '0')).join('')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${'89ab'[parseInt(hex[16]!, 16) & 3]}${hex.slice(17, 20)}-${hex.slice(20)}`
  }
}
