import type { Database, Sql } from '@passerelle/database'
import type { StoredEvent } from '@passerelle/event-log'
import type { Lane } from './lanes.js'
import type { Slot } from './tables.js'

/** Wakes workers to what an operator decided. */
export const ordersChannel = 'projections_orders'

/** Why a view stopped, and at which event. Carries no personal data: of the error only its class and code. */
export interface ParkedEvent {
  readonly view: string
  readonly partition: number
  readonly eventId: string
  readonly position: string
  readonly type: string
  readonly schemaVersion: number
  readonly errorClass: string
  readonly errorCode: string
  readonly parkedAt: string
  readonly attempts: number
}

export async function park(sql: Sql, slot: Slot, lane: Lane, event: StoredEvent, error: unknown): Promise<void> {
  const { errorClass, errorCode } = namesOf(error)
  await sql.query(
    `insert into hub.parked_events as p (slot, view, partition, event_id, event_position, type, schema_version, error_class, error_code)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     on conflict (slot, view, partition) do update set event_id = excluded.event_id, event_position = excluded.event_position, type = excluded.type,
       schema_version = excluded.schema_version, error_class = excluded.error_class, error_code = excluded.error_code, parked_at = now(),
       attempts = case when p.event_id = excluded.event_id then p.attempts + 1 else 1 end`,
    [
      slot,
      lane.plan.name,
      lane.partition,
      event.eventId,
      event.globalPosition,
      event.type,
      event.schemaVersion,
      errorClass,
      errorCode,
    ],
  )
}

export function namesOf(error: unknown): { errorClass: string; errorCode: string } {
  const { constructor, code } = (error ?? {}) as { constructor?: { name?: string }; code?: unknown }
  return { errorClass: constructor?.name ?? 'Error', errorCode: code === undefined ? '' : String(code).slice(0, 100) }
}

export async function parkedEvents(db: Sql): Promise<ParkedEvent[]> {
  return db.query<ParkedEvent>(
    `select view, partition, event_id as "eventId", event_position as position, type, schema_version as "schemaVersion", error_class as "errorClass",
            error_code as "errorCode", parked_at as "parkedAt", attempts from hub.parked_events where slot = 'live' order by view, partition`,
  )
}

export class NotParked extends Error {
  readonly code = 'PROJECTION.NOT_PARKED'
}

/** Lets a stopped view try the same event again, after the cause was mended. @throws NotParked where it does not stand still. */
export async function retry(db: Database, view: string): Promise<void> {
  const resumed = await db.query(
    `update projections.checkpoints set status = 'running' where slot = 'live' and view = $1 and status = 'stopped' returning partition`,
    [view],
  )
  if (resumed.length === 0) throw new NotParked(`View ${view} has not stopped. See hub.parked_events for those that have.`)
  await db.wake(ordersChannel)
}

export interface SkipDecision {
  /** Why the view may do without the event; names no person. */
  readonly reason: string
  /** Who decided: an operator's user id. */
  readonly by: string
}

/** Lets a stopped view go on without the event it stopped at; rebuilds leave it out as well. @throws NotParked where it stopped at no such event. */
export async function skip(db: Database, view: string, eventId: string, { reason, by }: SkipDecision): Promise<void> {
  if (!reason.trim() || !by.trim()) throw new Error('A skipped event needs a reason and the name of who decided.')
  await db.transaction(async sql => {
    const skipped = await sql.query(
      `insert into hub.skipped_events (view, event_id, event_position, type, error_class, error_code, reason, skipped_by)
       select distinct on (view, event_id) view, event_id, event_position, type, error_class, error_code, $3, $4 from hub.parked_events
        where slot = 'live' and view = $1 and event_id = $2 on conflict do nothing returning view`,
      [view, eventId, reason, by],
    )
    if (skipped.length === 0)
      throw new NotParked(`View ${view} has not stopped at event ${eventId}. See hub.parked_events for what it stopped at.`)
    await sql.query(
      `update projections.checkpoints c set status = 'running' from hub.parked_events p
        where c.slot = 'live' and p.slot = c.slot and c.view = $1 and p.view = c.view and p.partition = c.partition and p.event_id = $2`,
      [view, eventId],
    )
  })
  await db.wake(ordersChannel)
}
