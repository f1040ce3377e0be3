import type { Position, StoredEvent } from '@passerelle/event-log'
import { type Hub, partitionOf } from './hub.js'
import { type AuditRange, partitionsOf, readLanes } from './lanes.js'
import type { ProjectorOptions } from './projector.js'
import { hashOfEvent, RollingHash } from './rolling-hash.js'
import { Routes } from './routes.js'

/** A stretch of the log of which a view took in something else than what stands there. Rebuild the view. */
export interface AuditFinding {
  readonly view: string
  readonly partition: number
  /** After this position, */
  readonly after: Position
  /** up to and with this one. */
  readonly until: Position
  readonly inLog: number
  readonly taken: number
}
export interface AuditReport {
  readonly events: number
  readonly ranges: number
  readonly findings: readonly AuditFinding[]
}
export interface AuditOptions {
  readonly onProgress?: (progress: { readonly events: number }) => void
}

/**
 * Reads the whole log and holds it against what the views say they took in: counts, and a hash over the ids in order. Finds what lag cannot: an
 * event that was skipped, doubled, or came after the view had passed.
 */
export async function audit(
  { db, store, hub }: Pick<ProjectorOptions, 'db' | 'store' | 'hub'>,
  { onProgress }: AuditOptions = {},
): Promise<AuditReport> {
  const lanes = await readLanes(
    db,
    hub.plans,
    Array.from({ length: hub.partitions }, (_, i) => i),
    'live',
  )
  const closed = await db.query<{ view: string; partition: number; after: string; until: string; events: number; hash: string }>(
    `select view, partition, after, until, events, hash from projections.audit_ranges where slot = 'live' order by after`,
  )
  const checks = lanes.map(({ plan, partition, rangeAfter, position, taken }) => {
    const mine = closed.filter(r => r.view === plan.name && r.partition === partition)
    const ranges = mine.map(({ after, until, events, hash }) => ({
      plan,
      partition,
      after,
      until,
      taken: RollingHash.parse(events, hash),
    }))
    return new LaneCheck([...ranges, { plan, partition, after: rangeAfter, until: position, taken }])
  })
  const byPlace = new Map(lanes.map((lane, i) => [`${hub.plans.indexOf(lane.plan)}|${lane.partition}`, checks[i]!]))
  const routes = new Routes(hub, hub.plans)
  const end = lanes.reduce<Position>((last, lane) => (lane.position > last ? lane.position : last), '')
  let events = 0
  for (let after: Position = ''; after < end;) {
    const page = await store.log.readAll(after, 1_000)
    if (page.length === 0) break
    for (const event of page) for (const place of placesOf(event, routes, hub)) byPlace.get(place)?.take(event)
    after = page.at(-1)!.globalPosition
    events += page.length
    onProgress?.({ events })
  }
  return {
    events,
    ranges: checks.reduce((sum, c) => sum + c.ranges.length, 0),
    findings: checks.flatMap(check => check.findings()),
  }
}

/** Views and parts that take the event in. */
function placesOf(event: StoredEvent, routes: Routes, hub: Hub): string[] {
  const { effects, forgets } = routes.of(event)
  const plans = new Set(effects.map(({ plan }) => plan))
  if (forgets && event.subjectRef !== undefined)
    routes.plans.forEach((plan, i) => {
      if (plan.subject && !(plan === hub.facts && plan.view.on.has(event.type))) plans.add(i)
    })
  const all = Array.from({ length: hub.partitions }, (_, i) => i)
  return [...plans].flatMap(plan => {
    const parts =
      routes.plans[plan]!.subject && event.subjectRef !== undefined
        ? [partitionOf(event.subjectRef, hub.partitions)]
        : partitionsOf(routes.plans[plan]!, all)
    return parts.map(part => `${plan}|${part}`)
  })
}

/** What one lane says it took in, range by range, and what the log has there. */
class LaneCheck {
  private readonly inLog: RollingHash[]
  private at = 0

  constructor(readonly ranges: readonly AuditRange[]) {
    this.inLog = ranges.map(() => new RollingHash())
  }

  take(event: StoredEvent): void {
    while (this.at < this.ranges.length && event.globalPosition > this.ranges[this.at]!.until) this.at++
    const range = this.ranges[this.at]
    // Between two ranges lies what nobody says to have taken: it counts towards the later one.
    if (range) this.inLog[this.at]!.add(hashOfEvent(event.eventId))
  }

  findings(): AuditFinding[] {
    return this.ranges.flatMap(({ plan, partition, after, until, taken }, i) => {
      const inLog = this.inLog[i]!
      const before = this.ranges[i - 1]?.until ?? ''
      if (inLog.events === taken.events && inLog.toString() === taken.toString() && before === after) return []
      return [
        { view: plan.name, partition, after: before < after ? before : after, until, inLog: inLog.events, taken: taken.events },
      ]
    })
  }
}
