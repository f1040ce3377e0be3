import type { Position, StoredEvent } from './event.js'
import type { SubscribeOptions } from './event-log.js'

/** Hints that there may be something new. One that comes between a look and the wait for it is not lost. */
export class Hints {
  private heard = 0
  private readonly waiting = new Set<() => void>()

  /** How many there were so far: take it before looking, and hand it to `next`. */
  get count(): number {
    return this.heard
  }

  hint(): void {
    this.heard++
    for (const wake of this.waiting) wake()
  }

  /** Resolves at the next hint after `seen`, after `ms`, or when the signal aborts. */
  next(seen: number, ms: number, signal?: AbortSignal): Promise<void> {
    if (this.heard !== seen || signal?.aborted) return Promise.resolve()
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer)
        this.waiting.delete(done)
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.waiting.add(done)
      signal?.addEventListener('abort', done)
    })
  }
}

/** Pages of a log from `after` on: reading is the truth, hints only shorten the wait. */
export async function* tail(
  readAll: (after: Position, limit: number) => Promise<StoredEvent[]>,
  hints: Hints,
  after: Position,
  { signal, pageSize = 500, pollMs = 1_000 }: SubscribeOptions = {},
): AsyncIterable<readonly StoredEvent[]> {
  let position = after
  let caughtUp = false
  while (!signal?.aborted) {
    const seen = hints.count
    const page = await readAll(position, pageSize)
    if (signal?.aborted) return
    if (page.length > 0) {
      caughtUp = false
      yield page
      position = page.at(-1)!.globalPosition
      continue
    }
    if (!caughtUp) {
      caughtUp = true
      yield page
    }
    await hints.next(seen, pollMs, signal)
  }
}
