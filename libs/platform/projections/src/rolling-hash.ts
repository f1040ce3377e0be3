import { fnv1a } from './hub.js'

/** Counts events and chains a hash over their ids in order. One lost, doubled or swapped shows; it is no defence against forgery. */
export class RollingHash {
  constructor(
    public events = 0,
    private high = 0x9dc5811c,
    private low = 0x811c9dc5,
  ) {}

  static parse(events: number, text: string): RollingHash {
    return text === '' ? new RollingHash() : new RollingHash(events, parseInt(text.slice(0, 8), 16), parseInt(text.slice(8), 16))
  }

  add(id: EventHash): void {
    this.events++
    this.high = Math.imul(this.high ^ id.high, 0x01000193)
    this.low = Math.imul((this.low ^ id.low) + this.events, 0x01000193)
  }

  copy(): RollingHash {
    return new RollingHash(this.events, this.high, this.low)
  }

  toString(): string {
    return [this.high, this.low].map(n => (n >>> 0).toString(16).padStart(8, '0')).join('')
  }
}

export interface EventHash {
  readonly high: number
  readonly low: number
}
export const hashOfEvent = (eventId: string): EventHash => ({ high: fnv1a(eventId, 0x9747b28c), low: fnv1a(eventId, 0x811c9dc5) })
