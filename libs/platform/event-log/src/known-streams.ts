import type { Position } from './event.js'

/** What is known of a stream. A stream only ever grows, so this stays true, if not the whole truth. */
export interface KnownStream {
  /** Of its last known event; -1 where none is known. */
  revision: number
  /** Of that event; '' where none is known. */
  hash: string
  readonly ids: Map<string, KnownEvent>
}
export interface KnownEvent {
  readonly revision: number
  /** Not told for the earlier events of a batch. */
  readonly position?: Position
}
export interface SeenEvent extends KnownEvent {
  readonly eventId: string
  readonly hash: string
}

/** The streams that were read or written lately, so that most appends need no read before them. Bounded by the number of events. */
export class KnownStreams {
  private readonly streams = new Map<string, KnownStream>()
  private events = 0

  constructor(private readonly limit = 200_000) {}

  find(streamId: string): KnownStream | undefined {
    return this.streams.get(streamId)
  }

  /** Adds what was seen of a stream: events in order, the first of them at `from`. What would leave a gap is not added. */
  see(streamId: string, from: number, seen: readonly SeenEvent[]): KnownStream {
    const known = this.streams.get(streamId) ?? { revision: -1, hash: '', ids: new Map() }
    if (from > known.revision + 1) return known
    this.events -= known.ids.size
    for (const { eventId, revision, position, hash } of seen) {
      known.ids.set(eventId, { revision, position })
      if (revision > known.revision) Object.assign(known, { revision, hash })
    }
    this.events += known.ids.size
    // The latest stands last; the oldest make room.
    this.streams.delete(streamId)
    this.streams.set(streamId, known)
    for (const [oldest, { ids }] of this.streams) {
      if (this.events <= this.limit || oldest === streamId) break
      this.streams.delete(oldest)
      this.events -= ids.size
    }
    return known
  }
}
