import type { Position, Recorded, StoredEvent } from '@passerelle/event-log'
import { Region } from './region.js'
import { type Effect, type Held, type Opened, Rows } from './fold.js'
import { fnv1a, type Hub } from './hub.js'
import { type AuditRange, partitionsOf, rangeEvents, skipKey } from './lanes.js'
import { namesOf } from './parking.js'
import { hashOfEvent, RollingHash } from './rolling-hash.js'
import type { Routes } from './routes.js'
import type { ViewPlan } from './view-plan.js'

/** A rebuild came to an event that a view cannot take. What runs goes on as it was. */
export class RebuildStopped extends Error {
  readonly code = 'PROJECTION.REBUILD_STOPPED'
  constructor(
    readonly view: string,
    readonly eventId: string,
    readonly errorClass: string,
    readonly errorCode: string,
  ) {
    super(
      `View ${view} cannot take event ${eventId} (${errorClass} ${errorCode}). Mend the view, or skip the event with a reason, and rebuild again.`,
    )
  }
}

/** Learners of a share of the hash space, `[from, to)` of 2³². */
interface Share {
  readonly from: number
  readonly to: number
}
const allLearners = 2 ** 32
const hashOf = (learner: string) => fnv1a(learner, 0x811c9dc5)

/**
 * All views folded in memory, for a rebuild. Where memory fills up, it keeps half of the learners it had and leaves the others to another
 * pass over the log.
 */
export class BulkFold {
  readonly rows: readonly Rows[]
  /** Complete audit ranges; those in {@link openRanges} go on with the checkpoints. */
  readonly ranges: AuditRange[] = []
  private readonly open: { after: Position; taken: RollingHash }[][]
  /** Decoded events of a few learners, for a check by other means. */
  readonly sample = new Map<string, Recorded[]>()
  private share: Share
  /** The event each view took in last, so that it counts once where the view both folds and forgets by it. */
  private readonly counted: (StoredEvent | undefined)[] = []

  constructor(
    private readonly hub: Hub,
    private readonly routes: Routes,
    private readonly skips: ReadonlySet<string>,
    private readonly from: number,
    private readonly maxRows: number,
  ) {
    this.share = { from, to: allLearners }
    this.rows = routes.plans.map(plan => new Rows(plan, { track: false }, learner => this.holds(learner)))
    const partitions = Array.from({ length: hub.partitions }, (_, i) => i)
    this.open = routes.plans.map(plan => partitionsOf(plan, partitions).map(() => ({ after: '', taken: new RollingHash() })))
  }

  /** Where the next pass begins; undefined where this one was the last. */
  get next(): number | undefined {
    return this.share.to === allLearners ? undefined : this.share.to
  }

  take(page: readonly Opened[]): void {
    for (const opened of page) this.takeOne(opened)
    this.closeRanges(page.at(-1)!.stored.globalPosition)
    let count = 0
    for (const rows of this.rows) count += rows.held.size
    if (count > this.maxRows) this.halve()
  }

  region(version: number): Region {
    return new Region(
      version,
      new Map(this.hub.region.map(plan => [plan.view, new Map([...this.rowsOf(plan).held].map(([k, h]) => [k, h.row]))])),
    )
  }

  rowsOf(plan: ViewPlan): Rows {
    return this.rows[this.routes.plans.indexOf(plan)]!
  }

  get openRanges(): readonly Omit<AuditRange, 'until'>[] {
    return this.open.flatMap((lanes, i) => lanes.map((lane, partition) => ({ plan: this.routes.plans[i]!, partition, ...lane })))
  }

  private takeOne(opened: Opened): void {
    const { stored } = opened
    const learner = stored.subjectRef
    const hash = learner === undefined ? -1 : hashOf(learner)
    const mine = learner === undefined || (hash >= this.share.from && hash < this.share.to)
    const id = this.from === 0 ? hashOfEvent(stored.eventId) : undefined
    this.routes.each(opened, (plan, effect) => {
      const { subject } = this.routes.plans[plan]!
      if (subject ? mine : this.from === 0) this.apply(plan, effect, opened)
      if (!id || this.counted[plan] === stored) return
      this.counted[plan] = stored
      const lanes = this.open[plan]!
      if (!subject || learner !== undefined) lanes[subject ? hash % this.hub.partitions : 0]!.taken.add(id)
      else for (const lane of lanes) lane.taken.add(id)
    })
    if (learner !== undefined && mine && hash % 64 === 0 && opened.event) this.keepSample(learner, opened.event)
  }

  private apply(plan: number, effect: Effect, opened: Opened): void {
    const { name } = this.routes.plans[plan]!
    if (this.skips.size > 0 && this.skips.has(skipKey(name, opened.stored.eventId))) return
    try {
      this.rows[plan]!.apply(effect, opened)
    } catch (error) {
      const { errorClass, errorCode } = namesOf(error)
      throw new RebuildStopped(name, opened.stored.eventId, errorClass, errorCode)
    }
  }

  private keepSample(learner: string, event: Recorded): void {
    const events = this.sample.get(learner)
    if (events) events.push(event)
    else if (this.sample.size < 20) this.sample.set(learner, [event])
  }

  private closeRanges(until: Position): void {
    if (this.from !== 0) return
    this.open.forEach((lanes, i) =>
      lanes.forEach((lane, partition) => {
        if (lane.taken.events < rangeEvents) return
        this.ranges.push({ plan: this.routes.plans[i]!, partition, after: lane.after, until, taken: lane.taken })
        lane.after = until
        lane.taken = new RollingHash()
      }),
    )
  }

  private halve(): void {
    const { from, to } = this.share
    if (to - from < 2) return
    this.share = { from, to: from + Math.floor((to - from) / 2) }
    for (const { plan, held } of this.rows)
      if (plan.subject) for (const [key, row] of held) if (!this.holds(learnerOf(plan, row))) held.delete(key)
    for (const learner of this.sample.keys()) if (!this.holds(learner)) this.sample.delete(learner)
  }

  private holds(learner: string): boolean {
    const hash = hashOf(learner)
    return hash >= this.share.from && hash < this.share.to
  }
}

const learnerOf = (plan: ViewPlan, held: Held) => held.row[plan.subject!.property] as string
