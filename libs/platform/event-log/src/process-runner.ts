import { setTimeout as delay } from 'node:timers/promises'
import { v4 as uuidv4, v5 as uuidv5 } from 'uuid'
import { Refused, Stale } from './decider.js'
import type { Acting, Process } from './define-process.js'
import type { Position, StoredEvent } from './event.js'
import { type CommandContext, type EventStore, UnknownSchemaVersion } from './event-store.js'
import type { ParkedEvent, ProcessDesk } from './process-desk.js'

export interface ProcessRunnerOptions<Ports extends object> {
  readonly store: EventStore
  readonly desk: ProcessDesk
  readonly processes: readonly Process<Ports>[]
  /**
   * What processes are given besides `Acting`, a plain object: what it reads has arrived at `position`, or later. Where it throws,
   * nothing is parked: the runner waits and asks again.
   */
  readonly portsAt: (position: Position) => Promise<Ports>
  readonly now: () => Date
  /** How long to wait before each further attempt; afterwards the event is parked. Refusals are parked at once. */
  readonly retryDelaysMs?: readonly number[]
  /** With more events parked than this a process stops: something is wrong with all of them. Default 100. */
  readonly maxParked?: number
  /** How long a runner that died holds its processes. Default 30 s; a living one asks again in time. */
  readonly leaseMs?: number
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
  /** Age of the oldest event that it has not come to yet; 0 where there is none, and for a process that only has a clock. */
  readonly lagMs: number
  /** Why it stands still; a new start tries again. */
  readonly stopped: string | undefined
}

/**
 * Runs processes: a checkpointed reader of the log and a clock. Of several runners one at a time has a process; should two have it
 * after all, because one was thought dead, deciders do once what they do twice.
 */
export class ProcessRunner<Ports extends object> {
  private readonly holder = uuidv4()
  private readonly stopped = new Map<string, string>()
  /** When each lease was last asked for, and where its holder has come to. */
  private readonly held = new Map<string, number>()
  private readonly arrived = new Map<string, Position>()
  private readonly delays: readonly number[]
  private readonly leaseMs: number
  private working: Promise<unknown> = Promise.resolve()

  constructor(private readonly options: ProcessRunnerOptions<Ports>) {
    const names = options.processes.map(process => process.name)
    if (new Set(names).size < names.length) throw new Error('Two processes have one name: their checkpoints would be one')
    this.delays = options.retryDelaysMs ?? [100, 400, 1_600]
    this.leaseMs = options.leaseMs ?? 30_000
  }

  /** Handles what is there and what comes, and runs the clocks, until the signal aborts. */
  async run(signal: AbortSignal, { clockCheckMs = 15_000 } = {}): Promise<void> {
    const pause = (ms: number) => delay(ms, undefined, { signal, ref: false }).catch(() => undefined)
    const clocks = (async () => {
      while (!signal.aborted) {
        // Also what a runner that died left behind: nothing else may wake this one.
        await this.tick(signal)
          .then(() => this.catchUp(signal))
          .catch(error => this.tell({ process: '*', kind: 'clock', error: nameOf(error) }))
        await pause(clockCheckMs)
      }
    })()
    for (let waitMs = 100; !signal.aborted; waitMs = Math.min(waitMs * 2, 10_000)) {
      try {
        const head = await this.options.store.log.head()
        await this.catchUp(signal)
        for await (const page of this.options.store.log.subscribe(head, { signal })) {
          if (page.length > 0) await this.catchUp(signal)
          waitMs = 100
        }
      } catch (error) {
        // The log or the desk does not answer: nothing was lost, the checkpoint stands.
        this.tell({ process: '*', kind: 'stopped', error: nameOf(error) })
        await pause(waitMs)
      }
    }
    await clocks
    for (const process of this.held.keys()) await this.options.desk.release(process, this.holder).catch(() => undefined)
  }

  /** Handles what is there, then returns: a page for each process in turn, until none moved. */
  catchUp(signal?: AbortSignal): Promise<void> {
    const work = this.working.then(async () => {
      for (let moved = true; moved && !signal?.aborted;) {
        moved = false
        // Processes that stand at the same place read it once.
        const pages = new Map<Position, Promise<readonly StoredEvent[]>>()
        const pageAfter = (position: Position) => {
          const page = pages.get(position) ?? this.options.store.log.readAll(position, 500)
          pages.set(position, page)
          return page
        }
        for (const process of this.options.processes)
          if (process.on.size > 0 && !this.stopped.has(process.name) && (await this.takeIn(process, pageAfter, signal)))
            moved = true
      }
    })
    this.working = work.catch(() => undefined)
    return work
  }

  /** Runs every clock that is due. */
  async tick(signal?: AbortSignal): Promise<void> {
    for (const process of this.options.processes) {
      if (!process.clock || signal?.aborted || !(await this.hold(process.name))) continue
      const now = this.options.now()
      const last = await this.options.desk.lastTick(process.name)
      if (last && Date.parse(last.at) + process.clock.everyMinutes * 60_000 > now.getTime()) continue
      await this.runClock(process, now, signal)
    }
  }

  parked(process?: string): Promise<readonly ParkedEvent[]> {
    return this.options.desk.parked(process)
  }

  /** Handles a parked event again, and then those behind it. Gives the error where it still fails. */
  async retry(processName: string, eventId: string): Promise<string | undefined> {
    const { process, event } = await this.findParked(processName, eventId)
    const [stored] = await this.options.store.log.readStream(event.streamId, { from: event.streamVersion, limit: 1 })
    const error = await this.attempt(process, stored!, await this.options.portsAt(event.position))
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
    const { desk, processes, store, now } = this.options
    const parked = await desk.parked()
    return Promise.all(
      processes.map(async ({ name, on }) => {
        const position = await desk.checkpoint(name)
        const [next] = on.size > 0 ? await store.log.readAll(position, 1) : []
        return {
          process: name,
          position,
          parked: parked.filter(event => event.process === name).length,
          lagMs: next ? Math.max(0, now().getTime() - Date.parse(next.recordedAt)) : 0,
          stopped: this.stopped.get(name),
        }
      }),
    )
  }

  /** Asks for the process where it was not asked for lately. False where another has it. */
  private async hold(process: string): Promise<boolean> {
    const asked = performance.now()
    if (asked - (this.held.get(process) ?? -Infinity) < this.leaseMs / 3) return true
    const has = await this.options.desk.claim(process, this.holder, this.leaseMs)
    if (has) this.held.set(process, asked)
    else this.letGo(process)
    return has
  }
  private letGo(process: string): void {
    this.held.delete(process)
    this.arrived.delete(process)
  }

  /** One page for one process. False where there was nothing, or another has it. */
  private async takeIn(
    process: Process<Ports>,
    pageAfter: (position: Position) => Promise<readonly StoredEvent[]>,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const { desk } = this.options
    const { name } = process
    if (!(await this.hold(name))) return false
    const from = this.arrived.get(name) ?? (await desk.checkpoint(name))
    let arrived = from
    let parked: ReadonlySet<string> | undefined
    let ports: Ports | undefined
    const parkedStreams = async () => new Set((await desk.parked(name)).map(event => event.streamId))
    try {
      const page = await pageAfter(from)
      for (const stored of page) {
        if (process.on.has(stored.type)) {
          if (signal?.aborted || !(await this.hold(name))) break
          parked ??= await parkedStreams()
          // An operator may have settled what it waits for meanwhile.
          if (parked.has(stored.streamId)) parked = await parkedStreams()
          ports ??= await this.options.portsAt(page.at(-1)!.globalPosition)
          // Order within a stream: what comes after a parked event waits behind it.
          const error = parked.has(stored.streamId) ? 'BEHIND' : await this.attempt(process, stored, ports)
          if (error !== undefined) {
            await this.park(process, stored, error)
            parked = new Set([...parked, stored.streamId])
          }
        }
        arrived = stored.globalPosition
      }
    } catch (error) {
      if (!(error instanceof UnknownSchemaVersion || error instanceof TooManyParked)) throw error
      this.stopped.set(name, error.code)
      this.tell({ process: name, kind: 'stopped', error: error.code })
    }
    if (arrived === from) return false
    const moved = await desk.advance(name, from, arrived)
    if (moved && this.held.has(name)) this.arrived.set(name, arrived)
    else this.letGo(name)
    return moved
  }

  /** Undefined where it was handled; else the error's code or class. @throws UnknownSchemaVersion: never passed over. */
  private async attempt(process: Process<Ports>, stored: StoredEvent, ports: Ports): Promise<string | undefined> {
    for (let i = 0; ; i++)
      try {
        const [event] = await this.options.store.decode([stored], process.definitions)
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

  private async runClock(process: Process<Ports>, now: Date, signal: AbortSignal | undefined): Promise<void> {
    const { desk, store } = this.options
    const { due, act } = process.clock!
    let failures = 0
    const fail = (error: unknown) => {
      failures++
      this.tell({ process: process.name, kind: 'clock', error: nameOf(error) })
    }
    try {
      const ports = { ...(await this.options.portsAt(await store.log.head())), ...this.actingFor(process, now) }
      for (const item of await due(ports)) {
        // The rest is due again for whoever has the clock next.
        if (signal?.aborted || !(await this.hold(process.name))) return
        await act(item, ports).catch(fail)
      }
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
