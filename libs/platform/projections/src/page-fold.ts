import type { Sql } from '@passerelle/database'
import type { Position, StoredEvent } from '@passerelle/event-log'
import { type Effect, type Opened, Rows } from './fold.js'
import { partitionOf } from './hub.js'
import { type Lane, type Move, skipKey } from './lanes.js'
import { hashOfEvent, type RollingHash } from './rolling-hash.js'
import type { Routes } from './routes.js'
import type { ViewTable } from './view-table.js'

/** A view that stopped within a page. */
export interface Stop {
  readonly lane: Lane
  readonly event: StoredEvent
  readonly error: unknown
}

interface Step {
  readonly index: number
  readonly effect: Effect
}

/** A page of events, as it concerns some views and parts of the learners: which rows it touches, what they become, who stops at what. */
export class PageFold {
  private readonly steps: Step[][]

  constructor(
    private readonly routes: Routes,
    private readonly events: readonly Opened[],
    /** Where all of its lanes stand. */
    private readonly after: Position,
    private readonly to: Position,
    private readonly partitions: number,
    private readonly skips: ReadonlySet<string>,
  ) {
    this.steps = routes.plans.map(() => [])
    events.forEach((opened, index) => {
      routes.each(opened, (plan, effect) => this.steps[plan]!.push({ index, effect }))
    })
  }

  /** Reads the rows of one view that the page touches, and folds them. The lanes are those of that view. */
  async fold(
    sql: Sql,
    table: ViewTable,
    lanes: readonly Lane[],
  ): Promise<{ rows: Rows; before: ReadonlyMap<string, unknown>; moves: Move[]; stops: Stop[] }> {
    const { plan } = table
    const byPartition = new Map(lanes.map(lane => [lane.partition, lane]))
    const taken = new Map<Lane, RollingHash>(lanes.map(lane => [lane, lane.taken.copy()]))
    const stops = new Map<Lane, Stop & { readonly at: Position }>()
    const runs = (partition: number) => {
      const lane = byPartition.get(partition)
      return lane && !stops.has(lane) ? lane : undefined
    }
    const rows = new Rows(plan, { track: true }, learner => runs(partitionOf(learner, this.partitions)) !== undefined)
    const lanesOf = ({ subjectRef }: StoredEvent): readonly Lane[] => {
      if (!plan.subject || subjectRef === undefined) return lanes.filter(lane => !stops.has(lane))
      const lane = runs(partitionOf(subjectRef, this.partitions))
      return lane ? [lane] : []
    }
    const steps = this.steps[this.routes.plans.indexOf(plan)]!.filter(
      ({ index }) => lanesOf(this.events[index]!.stored).length > 0,
    )
    await this.load(sql, table, rows, steps)
    const before = new Map(rows.held)
    let counted = -1
    for (const { index, effect } of steps) {
      const opened = this.events[index]!
      const concerned = lanesOf(opened.stored)
      if (concerned.length === 0) continue
      try {
        if (!this.skips.has(skipKey(plan.name, opened.stored.eventId))) rows.apply(effect, opened)
        // Once, also where a view both folds and forgets by it.
        const hash = index === counted ? undefined : hashOfEvent(opened.stored.eventId)
        if (hash) for (const lane of concerned) taken.get(lane)!.add(hash)
        counted = index
      } catch (error) {
        const at = index === 0 ? this.after : this.events[index - 1]!.stored.globalPosition
        for (const lane of concerned) stops.set(lane, { lane, event: opened.stored, error, at })
      }
    }
    const moves = lanes.map((lane): Move => {
      const stop = stops.get(lane)
      return { lane, to: stop?.at ?? this.to, status: stop ? 'stopped' : 'running', taken: taken.get(lane)! }
    })
    return { rows, before, moves, stops: [...stops.values()] }
  }

  /** The part of the page before an event. */
  before(eventId: string): { readonly events: readonly Opened[]; readonly to: Position } {
    const index = this.events.findIndex(({ stored }) => stored.eventId === eventId)
    return { events: this.events.slice(0, index), to: index === 0 ? this.after : this.events[index - 1]!.stored.globalPosition }
  }

  private async load(sql: Sql, table: ViewTable, rows: Rows, steps: readonly Step[]): Promise<void> {
    const keys = new Set<string>()
    const forgotten = new Set<string>()
    for (const { index, effect } of steps) {
      const opened = this.events[index]!
      if (effect.kind === 'forget') forgotten.add(opened.stored.subjectRef!)
      else for (const key of keysOrNone(effect, opened)) keys.add(key)
    }
    if (keys.size > 0 || forgotten.size > 0) await table.load(sql, rows, keys, [...forgotten])
  }
}

/** An event that cannot tell its keys stops the view when it is folded, not here. */
function keysOrNone(effect: Effect, opened: Opened): readonly string[] {
  try {
    return Rows.keysOf(effect, opened)
  } catch {
    return []
  }
}
