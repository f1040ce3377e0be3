import type { Position } from '@passerelle/event-log'
import type { Database, Sql } from '@passerelle/database'
import type { Hub } from './hub.js'
import { RollingHash } from './rolling-hash.js'
import type { Slot } from './tables.js'
import type { ViewPlan } from './view-plan.js'

/** One view for one part of the learners, and how far it has come. A view about no learner has a single lane, in part 0. */
export interface Lane {
  readonly plan: ViewPlan
  readonly partition: number
  readonly position: Position
  readonly status: 'running' | 'stopped'
  /** Where the audit range that is being counted begins, and what was taken in since. */
  readonly rangeAfter: Position
  readonly taken: RollingHash
  /** It stopped once at an event that it has not passed yet. */
  readonly parked: boolean
}

/** Where a lane stands after a page. */
export interface Move {
  readonly lane: Lane
  readonly to: Position
  readonly status: Lane['status']
  readonly taken: RollingHash
}

/** The checkpoints are not where this worker left them: read them again. */
export class CheckpointMoved extends Error {
  readonly code = 'PROJECTION.CHECKPOINT_MOVED'
}

/** Events of an audit range; the next one begins with the page after. */
export const rangeEvents = 5_000

export function partitionsOf(plan: ViewPlan, partitions: readonly number[]): readonly number[] {
  return plan.subject ? partitions : partitions.filter(p => p === 0)
}

/** Gives a view that is new here its checkpoints, before the first event. Asked twice, nothing new. */
export async function beginLanes(sql: Sql, hub: Hub, plans: readonly ViewPlan[], slot: Slot): Promise<void> {
  const all = Array.from({ length: hub.partitions }, (_, i) => i)
  const lanes = plans.flatMap(plan => partitionsOf(plan, all).map(partition => ({ plan, partition })))
  await sql.query(
    `insert into projections.checkpoints (slot, view, partition, version, position)
     select $1, view, partition, version, '' from unnest($2::text[], $3::int[], $4::int[]) as n(view, partition, version)
     on conflict do nothing`,
    [slot, lanes.map(l => l.plan.name), lanes.map(l => l.partition), lanes.map(l => l.plan.view.version)],
  )
}

/** In which version each view runs. */
export async function liveVersions(sql: Sql, slot: Slot): Promise<ReadonlyMap<string, number>> {
  const rows = await sql.query<{ view: string; version: number }>(
    'select distinct view, version from projections.checkpoints where slot = $1',
    [slot],
  )
  return new Map(rows.map(r => [r.view, r.version]))
}

/** The lanes of these views and parts. A view that runs here in another version is left out: it is another release's to move. */
export async function readLanes(
  sql: Sql,
  plans: readonly ViewPlan[],
  partitions: readonly number[],
  slot: Slot,
): Promise<Lane[]> {
  const rows = await sql.query(
    `select c.view, c.partition, c.version, c.position, c.status, c.range_after, c.range_events, c.range_hash, p.event_id is not null as parked
       from projections.checkpoints c left join hub.parked_events p on p.slot = c.slot and p.view = c.view and p.partition = c.partition
      where c.slot = $1 and c.partition = any($2::int[]) order by c.view, c.partition`,
    [slot, partitions],
  )
  return rows.flatMap(row => {
    const plan = plans.find(p => p.name === row['view'] && p.view.version === row['version'])
    if (!plan) return []
    const taken = RollingHash.parse(row['range_events'], row['range_hash'])
    const { partition, position, status, range_after: rangeAfter, parked } = row as any
    return [{ plan, partition, position, status, rangeAfter, taken, parked }]
  })
}

/**
 * Compare-and-set of all lanes, with the audit of what they took in. Returns them where they stand now. @throws CheckpointMoved
 */
export async function moveLanes(sql: Sql, slot: Slot, moves: readonly Move[]): Promise<Lane[]> {
  const closed = moves.filter(m => m.taken.events >= rangeEvents && m.to > m.lane.rangeAfter)
  await enterRanges(
    sql,
    slot,
    closed.map(({ lane, to, taken }) => ({ ...lane, after: lane.rangeAfter, until: to, taken })),
  )
  const lanes = moves.map((move): Lane => {
    const { lane, to, status, taken } = move
    const at = { ...lane, position: to, status, parked: status === 'stopped' }
    return closed.includes(move) ? { ...at, rangeAfter: to, taken: new RollingHash() } : { ...at, taken }
  })
  const moved = await sql.query(
    `update projections.checkpoints c set position = n.position, status = n.status, range_after = n.range_after,
            range_events = n.range_events, range_hash = n.range_hash, moved_at = now()
       from unnest($2::text[], $3::int[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bigint[], $10::text[])
            as n(view, partition, version, before, position, status, range_after, range_events, range_hash)
      where c.slot = $1 and c.view = n.view and c.partition = n.partition and c.version = n.version and c.position = n.before
        and c.status = 'running' returning c.view`,
    [
      slot,
      moves.map(m => m.lane.plan.name),
      moves.map(m => m.lane.partition),
      moves.map(m => m.lane.plan.view.version),
      moves.map(m => m.lane.position),
      lanes.map(l => l.position),
      lanes.map(l => l.status),
      lanes.map(l => l.rangeAfter),
      lanes.map(l => l.taken.events),
      lanes.map(l => l.taken.toString()),
    ],
  )
  if (moved.length !== moves.length)
    throw new CheckpointMoved('Somebody else moved a checkpoint of this worker. Nothing was written; it reads them again.')
  const passed = moves.filter(m => m.lane.parked && m.status === 'running').map(m => m.lane)
  if (passed.length > 0)
    await sql.query(
      `delete from hub.parked_events p using unnest($2::text[], $3::int[]) as n(view, partition)
        where p.slot = $1 and p.view = n.view and p.partition = n.partition`,
      [slot, passed.map(l => l.plan.name), passed.map(l => l.partition)],
    )
  return lanes
}

/** What a lane took in between two positions of the log: after the one, up to and with the other. */
export interface AuditRange {
  readonly plan: ViewPlan
  readonly partition: number
  readonly after: Position
  readonly until: Position
  readonly taken: RollingHash
}

/** Puts lanes that a bulk load made at the position it read to, with the audit of what it took in. */
export async function enterLanes(
  sql: Sql,
  slot: Slot,
  position: Position,
  open: readonly Omit<AuditRange, 'until'>[],
  closed: readonly AuditRange[],
): Promise<void> {
  await sql.query(
    `update projections.checkpoints c set position = $2, range_after = n.after, range_events = n.events, range_hash = n.hash, moved_at = now()
       from unnest($3::text[], $4::int[], $5::text[], $6::bigint[], $7::text[]) as n(view, partition, after, events, hash)
      where c.slot = $1 and c.view = n.view and c.partition = n.partition`,
    [
      slot,
      position,
      open.map(r => r.plan.name),
      open.map(r => r.partition),
      open.map(r => r.after),
      open.map(r => r.taken.events),
      open.map(r => r.taken.toString()),
    ],
  )
  await enterRanges(sql, slot, closed)
}

async function enterRanges(sql: Sql, slot: Slot, ranges: readonly AuditRange[]): Promise<void> {
  if (ranges.length === 0) return
  await sql.query(
    `insert into projections.audit_ranges (slot, view, partition, after, until, events, hash)
     select $1, * from unnest($2::text[], $3::int[], $4::text[], $5::text[], $6::bigint[], $7::text[])`,
    [
      slot,
      ranges.map(r => r.plan.name),
      ranges.map(r => r.partition),
      ranges.map(r => r.after),
      ranges.map(r => r.until),
      ranges.map(r => r.taken.events),
      ranges.map(r => r.taken.toString()),
    ],
  )
}

/** Ids of the events that an operator told a view to leave out. */
export async function readSkips(db: Database | Sql): Promise<ReadonlySet<string>> {
  const rows = await db.query<{ view: string; event_id: string }>('select view, event_id from hub.skipped_events')
  return new Set(rows.map(r => skipKey(r.view, r.event_id)))
}
export const skipKey = (view: string, eventId: string): string => `${view}|${eventId}`
