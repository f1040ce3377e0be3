import type { Position } from './event.js'

/** An event that a process could not handle, put aside for an operator. Names no person: no payload, no words of the error. */
export interface ParkedEvent {
  readonly process: string
  readonly eventId: string
  readonly type: string
  readonly position: Position
  readonly streamId: string
  readonly streamVersion: number
  /** Code of the refusal, else the class of the error; `BEHIND` where it only waits for an earlier event of its stream. */
  readonly error: string
  readonly parkedAt: string
}

/** How a parked event left: handled after all, or passed over by somebody who said why. */
export type Settlement =
  | { readonly outcome: 'handled'; readonly at: string }
  | { readonly outcome: 'skipped'; readonly at: string; readonly by: string; readonly reason: string }

export interface Tick {
  readonly at: string
  /** Items on which the clock could not act; they are due again at the next tick. */
  readonly failures: number
}

/** What processes remember of their own work. Checkpoints belong to one log. */
export interface ProcessDesk {
  /** True where the holder has the process to itself now and for this long, as before or anew; false where another has it. */
  claim(process: string, holder: string, forMs: number): Promise<boolean>
  /** Lets others have it at once. */
  release(process: string, holder: string): Promise<void>
  /** '' where it never ran. */
  checkpoint(process: string): Promise<Position>
  /** Compare and set: false where another runner moved it meanwhile. */
  advance(process: string, from: Position, to: Position): Promise<boolean>
  /** Parked once, however often it is said. */
  park(event: ParkedEvent): Promise<void>
  /** In log order. */
  parked(process?: string): Promise<readonly ParkedEvent[]>
  settle(event: ParkedEvent, settlement: Settlement): Promise<void>
  /** Everything that was ever skipped, with who and why. */
  skipped(): Promise<readonly (ParkedEvent & Settlement)[]>
  lastTick(process: string): Promise<Tick | undefined>
  tick(process: string, tick: Tick): Promise<void>
}

export class MemoryProcessDesk implements ProcessDesk {
  private readonly leases = new Map<string, { readonly holder: string; readonly until: number }>()
  private readonly checkpoints = new Map<string, Position>()
  private readonly waiting = new Map<string, ParkedEvent>()
  private readonly settled: (ParkedEvent & Settlement)[] = []
  private readonly ticks = new Map<string, Tick>()

  async claim(process: string, holder: string, forMs: number): Promise<boolean> {
    const lease = this.leases.get(process)
    const now = performance.now()
    if (lease && lease.holder !== holder && lease.until > now) return false
    this.leases.set(process, { holder, until: now + forMs })
    return true
  }
  async release(process: string, holder: string): Promise<void> {
    if (this.leases.get(process)?.holder === holder) this.leases.delete(process)
  }
  async checkpoint(process: string): Promise<Position> {
    return this.checkpoints.get(process) ?? ''
  }
  async advance(process: string, from: Position, to: Position): Promise<boolean> {
    if ((this.checkpoints.get(process) ?? '') !== from) return false
    this.checkpoints.set(process, to)
    return true
  }
  async park(event: ParkedEvent): Promise<void> {
    const key = `${event.process}|${event.eventId}`
    if (!this.waiting.has(key)) this.waiting.set(key, event)
  }
  async parked(process?: string): Promise<readonly ParkedEvent[]> {
    return [...this.waiting.values()]
      .filter(event => process === undefined || event.process === process)
      .sort((a, b) => (a.position < b.position ? -1 : a.position > b.position ? 1 : 0))
  }
  async settle(event: ParkedEvent, settlement: Settlement): Promise<void> {
    if (this.waiting.delete(`${event.process}|${event.eventId}`)) this.settled.push({ ...event, ...settlement })
  }
  async skipped(): Promise<readonly (ParkedEvent & Settlement)[]> {
    return this.settled.filter(event => event.outcome === 'skipped')
  }
  async lastTick(process: string): Promise<Tick | undefined> {
    return this.ticks.get(process)
  }
  async tick(process: string, tick: Tick): Promise<void> {
    this.ticks.set(process, tick)
  }
}
