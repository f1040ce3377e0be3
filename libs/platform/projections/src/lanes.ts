import type { Position } from '@passerelle/event-log'
import type { Database, Sql } from '@passerelle/database'
import type { Hub } from './hub.js'
import { RollingHash } from './rolling-hash.js'
import { hubTable, type Slot } from './tables.js'
import { engineColumns, type ViewPlan } from './view-plan.js'

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
    `insert into projections.checkpoints (slot, view, partition, version, shape, position)
     select $1, view, partition, version, shape, '' from unnest($2::text[], $3::int[], $4::int[], $5::text[]) as n(view, partition, version, shape)
     on conflict do nothing`,
    [
      slot,
      lanes.map(l => l.plan.name),
      lanes.map(l => l.partition),
      lanes.map(l => l.plan.view.version),
      lanes.map(l => l.plan.shape),
    ],
  )
}

/** As which declaration a view runs. */
export interface Running {
  readonly view: string
  readonly version: number
  readonly shape: string
}
/** Whether the view runs as this release declares it: in its version, and of its columns, should somebody have changed those and not the version. */
export const runsAs = ({ name, view, shape }: ViewPlan, running: Running): boolean =>
  running.view === name && running.version === view.version && running.shape === shape

/** Views that run otherwise than this release declares them, or not at all. */
export async function runningOtherwise(sql: Sql, plans: readonly ViewPlan[], slot: Slot): Promise<string[]> {
  const running = await sql.query<Running & { slot: Slot }>(
    'select distinct view, version, shape from projections.checkpoints where slot = $1',
    [slot],
  )
  return plans.filter(plan => !running.some(each => runsAs(plan, each))).map(({ name }) => name)
}

/** Of hubs that were made before it was kept of which columns their views are: the tables tell. */
export async function recordShapes(sql: Sql, plans: readonly ViewPlan[]): Promise<void> {
  const unknown = await sql.query<{ view: string; columns: string[] }>(
    `select view, array(select attname::text from pg_attribute where attrelid = to_regclass(t.name) and attnum > 0 and not attisdropped order by attnum) as columns
       from unnest($1::text[], $2::text[]) as t(view, name)
      where view in (select view from projections.checkpoints where slot = 'live' and shape = '')`,
    [plans.map(({ name }) => name), plans.map(({ table }) => hubTable(table, 'live'))],
  )
  for (const { view, columns } of unknown) {
    const plan = plans.find(({ name }) => name === view)!
    const declared = [...plan.columns, ...engineColumns].map(({ sql: name }) => name.replaceAll('"', ''))
    const shape = declared.join() === columns.join() ? plan.shape : 'otherwise'
    await sql.query(`update projections.checkpoints set shape = $2 where slot = 'live' and view = $1 and shape = ''`, [
      view,
      shape,
    ])
  }
}

/** The lanes of these views and parts. A view that runs here as another release declares it is left out: it is another release's to move. */
export async function readLanes(
  sql: Sql,
  plans: readonly ViewPlan[],
  partitions: readonly number[],
  slot: Slot,
): Promise<Lane[]> {
  const rows = await sql.query(
    `select c.view, c.partition, c.version, c.shape, c.position, c.status, c.range_after, c.range_events, c.range_hash, p.event_id is not null as parked
       from projections.checkpoints c left join hub.parked_events p on p.slot = c.slot and p.view = c.view and p.partition = c.partition
      where c.slot = $1 and c.partition = any($2::int[]) order by c.view, c.partition`,
    [slot, partitions],
  )
  return rows.flatMap(row => {
    const plan = plans.find(each => runsAs(each, row as unknown as Running))
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
