import { setTimeout as delay } from 'node:timers/promises'
import { v5 as uuidv5 } from 'uuid'
import { Refused, Stale } from './decider.js'
import type { Acting, Process } from './define-process.js'
import type { Position, StoredEvent } from './event.js'
import { type CommandContext, type EventStore, UnknownSchemaVersion } from './event-store.js'
import type { ParkedEvent, ProcessDesk } from './process-desk.js'

export interface ProcessRunnerOptions<Ports extends object> {
  readonly store: EventStore
  readonly desk: ProcessDesk
  readonly processes: readonly Process<Ports>[]
  /** What processes are given besides `Acting`, a plain object: what it reads has arrived at `position` before a process asks. */
  readonly portsAt: (position: Position) => Promise<Ports>
  readonly now: () => Date
  /** How long to wait before each further attempt; afterwards the event is parked. Refusals are parked at once. */
  readonly retryDelaysMs?: readonly number[]
  /** With more events parked than this a process stops: something is wrong with all of them. Default 100. */
  readonly maxParked?: number
  /** Told what went wrong, in names, codes and ids. */
  readonly report?: (trouble: Trouble) => void
}

export interface Trouble {
  readonly process: string
  readonly kind: 'parked' | 'stopped' | 'clock'
  readonly error: string
  readonly eventId?: string
}

export interface ProcessStatus {
  readonly process: string
  readonly position: Position
  readonly parked: number
  /** Why it stands still; a new start tries again. */
  readonly stopped: string | undefined
}

/** Runs processes: a checkpointed reader of the log and a clock. Several runners may run: what they do twice, deciders do once. */
export class ProcessRunner<Ports extends object> {
  private readonly stopped = new Map<string, string>()
  private readonly delays: readonly number[]

  constructor(private readonly options: ProcessRunnerOptions<Ports>) {
    const names = options.processes.map(process => process.name)
    if (new Set(names).size < names.length) throw new Error('Two processes have one name: their checkpoints would be one')
    this.delays = options.retryDelaysMs ?? [100, 400, 1_600]
  }

  /** Handles what is there and what comes, and runs the clocks, until the signal aborts. */
  async run(signal: AbortSignal, { clockCheckMs = 15_000 } = {}): Promise<void> {
    const clocks = (async () => {
      while (!signal.aborted) {
        await this.tick().catch(error => this.tell({ process: '*', kind: 'clock', error: nameOf(error) }))
        await delay(clockCheckMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    })()
    for (let waitMs = 100; !signal.aborted; waitMs = Math.min(waitMs * 2, 10_000)) {
      try {
        for await (const page of this.options.store.log.subscribe(await this.behindmost(), { signal })) {
          await this.takeIn(page)
          waitMs = 100
        }
      } catch (error) {
        // The log or the desk does not answer: nothing was lost, the checkpoint stands.
        this.tell({ process: '*', kind: 'stopped', error: nameOf(error) })
        await delay(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
    await clocks
  }

  /** Handles what is there, then returns. */
  async catchUp(): Promise<void> {
    for (let from = await this.behindmost(); ;) {
      const page = await this.options.store.log.readAll(from, 500)
      if (page.length === 0) return
      await this.takeIn(page)
      from = page.at(-1)!.globalPosition
    }
  }

  /** Runs every clock that is due. */
  async tick(): Promise<void> {
    for (const process of this.options.processes) {
      if (!process.clock) continue
      const now = this.options.now()
      const last = await this.options.desk.lastTick(process.name)
      if (last && Date.parse(last.at) + process.clock.everyMinutes * 60_000 > now.getTime()) continue
      await this.runClock(process, now)
    }
  }

  parked(process?: string): Promise<readonly ParkedEvent[]> {
    return this.options.desk.parked(process)
  }

  /** Handles a parked event again, and then those behind it. Gives the error where it still fails. */
  async retry(processName: string, eventId: string): Promise<string | undefined> {
    const { process, event } = await this.findParked(processName, eventId)
    const [stored] = await this.options.store.log.readStream(event.streamId, { from: event.streamVersion, limit: 1 })
    const error = await this.attempt(process, stored!)
    if (error !== undefined) return error
    await this.options.desk.settle(event, { outcome: 'handled', at: this.options.now().toISOString() })
    return this.next(event)
  }

  /** Passes over a parked event, for good; those behind it follow. Who and why are kept. */
  async skip(processName: string, eventId: string, by: string, reason: string): Promise<string | undefined> {
    const { event } = await this.findParked(processName, eventId)
    await this.options.desk.settle(event, { outcome: 'skipped', at: this.options.now().toISOString(), by, reason })
    return this.next(event)
  }

  async status(): Promise<readonly ProcessStatus[]> {
    const parked = await this.options.desk.parked()
    return Promise.all(
      this.options.processes.map(async ({ name }) => ({
        process: name,
        position: await this.options.desk.checkpoint(name),
        parked: parked.filter(event => event.process === name).length,
        stopped: this.stopped.get(name),
      })),
    )
  }

  private async behindmost(): Promise<Position> {
    const running = this.options.processes.filter(({ name }) => !this.stopped.has(name))
    const positions = await Promise.all(running.map(({ name }) => this.options.desk.checkpoint(name)))
    return positions.length > 0 ? positions.reduce((a, b) => (a < b ? a : b)) : await this.options.store.log.head()
  }

  private async takeIn(page: readonly StoredEvent[]): Promise<void> {
    if (page.length === 0) return
    for (const process of this.options.processes) if (!this.stopped.has(process.name)) await this.takeInFor(process, page)
  }

  private async takeInFor(process: Process<Ports>, page: readonly StoredEvent[]): Promise<void> {
    const { desk } = this.options
    const from = await desk.checkpoint(process.name)
    let arrived = from
    let parked: Set<string> | undefined
    try {
      for (const stored of page) {
        if (stored.globalPosition <= from) continue
        if (process.on.has(stored.type)) {
          parked ??= new Set((await desk.parked(process.name)).map(event => event.streamId))
          // Order within a stream: what comes after a parked event waits behind it.
          const error = parked.has(stored.streamId) ? 'BEHIND' : await this.attempt(process, stored)
          if (error !== undefined) {
            await this.park(process, stored, error)
            parked.add(stored.streamId)
          }
        }
        arrived = stored.globalPosition
      }
    } catch (error) {
      if (!(error instanceof UnknownSchemaVersion || error instanceof TooManyParked)) throw error
      this.stopped.set(process.name, error.code)
      this.tell({ process: process.name, kind: 'stopped', error: error.code })
    }
    if (arrived !== from) await desk.advance(process.name, from, arrived)
  }

  /** Undefined where it was handled; else the error's code or class. @throws UnknownSchemaVersion: never passed over. */
  private async attempt(process: Process<Ports>, stored: StoredEvent): Promise<string | undefined> {
    for (let i = 0; ; i++)
      try {
        const [event] = await this.options.store.decode([stored], process.definitions)
        const ports = await this.options.portsAt(stored.globalPosition)
        await process.on.get(stored.type)!(event, { ...ports, ...this.actingFor(process, this.options.now(), stored) })
        return undefined
      } catch (error) {
        if (error instanceof UnknownSchemaVersion) throw error
        // A rule does not change its mind by waiting.
        if ((error instanceof Refused && !(error instanceof Stale)) || i === this.delays.length) return nameOf(error)
        await delay(this.delays[i])
      }
  }

  private async park(process: Process<Ports>, stored: StoredEvent, error: string): Promise<void> {
    const { desk, now, maxParked = 100 } = this.options
    if ((await desk.parked(process.name)).length >= maxParked) throw new TooManyParked(process.name)
    const { eventId, type, globalPosition: position, streamId, streamVersion } = stored
    await desk.park({
      process: process.name,
      eventId,
      type,
      position,
      streamId,
      streamVersion,
      error,
      parkedAt: now().toISOString(),
    })
    this.tell({ process: process.name, kind: 'parked', error, eventId })
  }

  private async findParked(processName: string, eventId: string) {
    const event = (await this.options.desk.parked(processName)).find(parked => parked.eventId === eventId)
    const process = this.options.processes.find(({ name }) => name === processName)
    if (!event || !process)
      throw new Refused('PROCESS.NOT_PARKED', 'This event is not parked there.', 'List what is parked.', {
        process: processName,
        eventId,
      })
    return { process, event }
  }

  /** The first that waits behind a settled event. */
  private async next({ process, streamId }: ParkedEvent): Promise<string | undefined> {
    const behind = (await this.options.desk.parked(process)).find(event => event.streamId === streamId)
    return behind && this.retry(process, behind.eventId)
  }

  private async runClock(process: Process<Ports>, now: Date): Promise<void> {
    const { desk, store } = this.options
    const { due, act } = process.clock!
    let failures = 0
    const fail = (error: unknown) => {
      failures++
      this.tell({ process: process.name, kind: 'clock', error: nameOf(error) })
    }
    try {
      const ports = { ...(await this.options.portsAt(await store.log.head())), ...this.actingFor(process, now) }
      for (const item of await due(ports)) await act(item, ports).catch(fail)
    } catch (error) {
      fail(error)
    }
    await desk.tick(process.name, { at: now.toISOString(), failures })
  }

  private actingFor(process: Process<Ports>, now: Date, cause?: StoredEvent): Acting {
    const { store } = this.options
    const context = contextOf(process.name, now, cause)
    return {
      now,
      decide: (decider, id, decide, under) => store.handle(decider, id, { ...context, ...under }, decide),
      load: async (decider, id) => (await store.load(decider, id)).state,
      idFrom: (...parts) => uuidv5([process.name, cause?.eventId ?? '', ...parts].join('|'), uuidv5.URL),
    }
  }

  private tell(trouble: Trouble): void {
    this.options.report?.(trouble)
  }
}

class TooManyParked extends Error {
  readonly code = 'PROCESS.TOO_MANY_PARKED'
  constructor(process: string) {
    super(`Process ${process} has too many parked events. Find what they have in common, retry or skip them, and start it again.`)
  }
}

/** A process acts for whoever caused it, under the same basis; a clock for the hub, as a public task. */
function contextOf(process: string, now: Date, cause?: StoredEvent): CommandContext {
  const tick = `clock:${process}:${now.toISOString()}`
  return {
    actor: { userId: `process:${process}`, agencyId: cause?.controllerAgencyId ?? 'hub', role: 'system' },
    controllerAgencyId: cause?.controllerAgencyId ?? 'hub',
    purpose: cause?.purpose ?? 'administration',
    legalBasis: cause?.legalBasis ?? { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
    occurredAt: now.toISOString(),
    correlationId: cause?.correlationId ?? tick,
    causationId: cause?.eventId ?? tick,
    language: cause?.language ?? 'en',
  }
}

/** Never the words of an error that is not ours: they may quote what was recorded. */
function nameOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: string }
  return typeof code === 'string' && /^[A-Z0-9_.]{1,60}$/.test(code) ? code : (name ?? 'Error')
}
