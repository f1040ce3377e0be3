import pg from 'pg'
import { quoteIdentifier } from './database.js'

interface Listener {
  readonly hint: () => void
  readonly onDeaf: ((error: NotListening) => void) | undefined
}

/** There is no connection to hear wakes on. Whoever waits for them looks now and then, and is woken again once there is one. */
export class NotListening extends Error {
  readonly code = 'DATABASE.NOT_LISTENING'
  constructor(cause: unknown) {
    super('Nobody listens for wakes: there is no connection to the database for it. It is tried again.', { cause })
  }
}

const longestWaitMs = 5_000

/** The one connection on which a process hears the wakes of all channels. It comes back by itself, and nobody waits for it longer than one attempt. */
export class Wakes {
  private readonly listeners = new Map<string, Set<Listener>>()
  private client: pg.Client | undefined
  private attempt: Promise<void> | undefined
  private deaf: NotListening | undefined
  private retry: NodeJS.Timeout | undefined
  private closed = false

  constructor(private readonly config: pg.ClientConfig) {}

  /** Never fails: `onDeaf` is told, once each time that nobody listens. */
  async on(channel: string, hint: () => void, onDeaf?: (error: NotListening) => void): Promise<() => Promise<void>> {
    const listener = { hint, onDeaf }
    const listeners = this.listeners.get(channel) ?? new Set()
    this.listeners.set(channel, listeners.add(listener))
    if (this.deaf) onDeaf?.(this.deaf)
    else if (this.client && listeners.size === 1) await this.listen(this.client, channel)
    else await (this.attempt ??= this.connect(50))
    return async () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.closed) return
      this.listeners.delete(channel)
      await this.client?.query(`UNLISTEN ${quoteIdentifier(channel)}`).catch(() => undefined)
    }
  }

  async close(): Promise<void> {
    this.closed = true
    clearTimeout(this.retry)
    await this.attempt
    await this.client?.end().catch(() => undefined)
  }

  private async listen(client: pg.Client, channel: string): Promise<void> {
    await client.query(`LISTEN ${quoteIdentifier(channel)}`).catch(error => this.lost(client, error))
  }

  private async connect(waitMs: number): Promise<void> {
    const client = new pg.Client(this.config)
    client.on('notification', ({ channel }) => this.listeners.get(channel)?.forEach(({ hint }) => hint()))
    client.on('error', error => this.lost(client, error))
    try {
      await client.connect()
      // Others may come while it listens to these.
      const heard = new Set<string>()
      for (let next; (next = [...this.listeners.keys()].find(channel => !heard.has(channel))) !== undefined; heard.add(next))
        await client.query(`LISTEN ${quoteIdentifier(next)}`)
      this.client = client
      this.deaf = undefined
      // Something may have been missed while nobody listened.
      for (const { hint } of this.everybody()) hint()
    } catch (error) {
      client.removeAllListeners('error').on('error', () => undefined)
      await client.end().catch(() => undefined)
      this.failed(error, waitMs)
    }
  }

  private lost(client: pg.Client, error: unknown): void {
    if (this.client !== client) return
    this.client = undefined
    void client.end().catch(() => undefined)
    this.failed(error, 50)
  }

  private failed(error: unknown, waitMs: number): void {
    if (this.closed) return
    if (!this.deaf) {
      this.deaf = new NotListening(error)
      for (const { onDeaf } of this.everybody()) onDeaf?.(this.deaf)
    }
    this.retry = setTimeout(() => void (this.attempt = this.connect(Math.min(waitMs * 2, longestWaitMs))), waitMs).unref()
  }

  private everybody(): Listener[] {
    return [...this.listeners.values()].flatMap(each => [...each])
  }
}
