import { setTimeout as delay } from 'node:timers/promises'
import type { EventLog, Position, StoredEvent } from '@passerelle/event-log'

/** Pages of the log, the next one read while one is worked on; and word of when there may be more. */
export class PageSource {
  private ahead: { readonly after: Position; readonly page: Promise<readonly StoredEvent[]> } | undefined
  private live:
    { readonly stop: AbortController; readonly pages: AsyncIterator<readonly StoredEvent[]>; at: Position } | undefined
  private pending: Promise<IteratorResult<readonly StoredEvent[]>> | undefined

  constructor(
    private readonly log: EventLog,
    private readonly pageSize: number,
  ) {}

  async read(after: Position): Promise<readonly StoredEvent[]> {
    const known = this.ahead?.after === after ? this.ahead.page : undefined
    this.ahead = undefined
    const page = await (known ?? this.log.readAll(after, this.pageSize))
    if (page.length >= this.pageSize) {
      const next = page.at(-1)!.globalPosition
      this.ahead = { after: next, page: this.log.readAll(next, this.pageSize) }
      // Whoever asks for it is told; until then nobody is.
      this.ahead.page.catch(() => undefined)
    }
    return page
  }

  /** Returns when the log may have grown past `after`, or after `waitMs`. */
  async wait(after: Position, waitMs: number, signal?: AbortSignal): Promise<void> {
    if (this.live && this.live.at !== after) await this.close()
    if (!this.live) {
      const stop = new AbortController()
      const pages = this.log.subscribe(after, { signal: stop.signal, pageSize: this.pageSize })[Symbol.asyncIterator]()
      this.live = { stop, pages, at: after }
    }
    const timer = new AbortController()
    const timeout = delay(waitMs, 'timeout' as const, {
      signal: signal ? AbortSignal.any([signal, timer.signal]) : timer.signal,
    }).catch(() => 'timeout' as const)
    try {
      for (;;) {
        this.pending ??= this.live.pages.next()
        const result = await Promise.race([this.pending, timeout])
        if (result === 'timeout') return
        this.pending = undefined
        if (result.done) return void (this.live = undefined)
        if (result.value.length === 0) continue
        this.live.at = result.value.at(-1)!.globalPosition
        this.ahead = { after, page: Promise.resolve(result.value) }
        return
      }
    } catch (error) {
      await this.close()
      throw error
    } finally {
      timer.abort()
    }
  }

  async close(): Promise<void> {
    const { live, pending } = this
    this.live = undefined
    this.pending = undefined
    if (!live) return
    live.stop.abort()
    await pending?.catch(() => undefined)
    await live.pages.return?.()
  }
}
