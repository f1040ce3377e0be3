import type { Database } from '@passerelle/database'
import type { Position } from './event.js'
import type { ParkedEvent, ProcessDesk, Settlement, Tick } from './process-desk.js'

/** In PostgreSQL or PGlite, schema `processes`. Everything is kept by log: another log begins anew. */
export class DatabaseProcessDesk implements ProcessDesk {
  private constructor(
    private readonly database: Database,
    private readonly logId: string,
  ) {}

  /** Makes the tables where they are not there; of several processes, one does. */
  static async open(database: Database, logId: string): Promise<DatabaseProcessDesk> {
    await database.transaction(async tx => {
      await tx.query(`select pg_advisory_xact_lock(${setupLock})`)
      await tx.exec(schema)
    })
    return new DatabaseProcessDesk(database, logId)
  }

  async claim(process: string, holder: string, forMs: number): Promise<boolean> {
    // By the database's clock: those of the workers may differ.
    const claimed = await this.database.query(
      `insert into processes.leases as l (log_id, process, holder, until) values ($1, $2, $3, now() + $4::int * interval '1 millisecond')
         on conflict (log_id, process) do update set holder = excluded.holder, until = excluded.until
         where l.holder = excluded.holder or l.until <= now() returning 1`,
      [this.logId, process, holder, forMs],
    )
    return claimed.length > 0
  }

  async release(process: string, holder: string): Promise<void> {
    await this.database.query('delete from processes.leases where log_id = $1 and process = $2 and holder = $3', [
      this.logId,
      process,
      holder,
    ])
  }

  async checkpoint(process: string): Promise<Position> {
    const [row] = await this.database.query<{ position: Position }>(
      'select position from processes.checkpoints where log_id = $1 and process = $2',
      [this.logId, process],
    )
    return row?.position ?? ''
  }

  async advance(process: string, from: Position, to: Position): Promise<boolean> {
    const moved = await this.database.query(
      from === ''
        ? `insert into processes.checkpoints as c (log_id, process, position) values ($1, $2, $4)
             on conflict (log_id, process) do update set position = $4 where c.position = $3 returning 1`
        : 'update processes.checkpoints set position = $4 where log_id = $1 and process = $2 and position = $3 returning 1',
      [this.logId, process, from, to],
    )
    return moved.length > 0
  }

  async park(event: ParkedEvent): Promise<void> {
    await this.database.query(
      `insert into processes.parked (log_id, process, event_id, type, position, stream_id, stream_version, error, parked_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing`,
      [
        this.logId,
        event.process,
        event.eventId,
        event.type,
        event.position,
        event.streamId,
        event.streamVersion,
        event.error,
        event.parkedAt,
      ],
    )
  }

  async parked(process?: string): Promise<readonly ParkedEvent[]> {
    const rows = await this.database.query<ParkedRow>(
      `select * from processes.parked where log_id = $1 and outcome is null and process = coalesce($2, process) order by position`,
      [this.logId, process],
    )
    return rows.map(toParked)
  }

  async settle(event: ParkedEvent, settlement: Settlement): Promise<void> {
    const { by, reason } = settlement.outcome === 'skipped' ? settlement : { by: null, reason: null }
    await this.database.query(
      `update processes.parked set outcome = $4, settled_at = $5, settled_by = $6, reason = $7
         where log_id = $1 and process = $2 and event_id = $3 and outcome is null`,
      [this.logId, event.process, event.eventId, settlement.outcome, settlement.at, by, reason],
    )
  }

  async skipped(): Promise<readonly (ParkedEvent & Settlement)[]> {
    const rows = await this.database.query<ParkedRow & { settled_at: string; settled_by: string; reason: string }>(
      `select * from processes.parked where log_id = $1 and outcome = 'skipped' order by settled_at, position`,
      [this.logId],
    )
    return rows.map(row => ({
      ...toParked(row),
      outcome: 'skipped',
      at: row.settled_at,
      by: row.settled_by,
      reason: row.reason,
    }))
  }

  async lastTick(process: string): Promise<Tick | undefined> {
    const [tick] = await this.database.query<Tick>(
      'select at, failures from processes.ticks where log_id = $1 and process = $2',
      [this.logId, process],
    )
    return tick
  }

  async tick(process: string, { at, failures }: Tick): Promise<void> {
    await this.database.query(
      `insert into processes.ticks (log_id, process, at, failures) values ($1, $2, $3, $4)
         on conflict (log_id, process) do update set at = $3, failures = $4`,
      [this.logId, process, at, failures],
    )
  }
}

interface ParkedRow {
  process: string
  event_id: string
  type: string
  position: string
  stream_id: string
  stream_version: number
  error: string
  parked_at: string
}
const toParked = (row: ParkedRow): ParkedEvent => ({
  process: row.process,
  eventId: row.event_id,
  type: row.type,
  position: row.position,
  streamId: row.stream_id,
  streamVersion: row.stream_version,
  error: row.error,
  parkedAt: row.parked_at,
})

/** Any number that no other part of the hub locks with. */
const setupLock = 0x70726f63

const schema = `
create schema if not exists processes;
create table if not exists processes.checkpoints (
  log_id text not null, process text not null, position text collate "C" not null, primary key (log_id, process)
) with (fillfactor = 50);
create table if not exists processes.leases (
  log_id text not null, process text not null, holder text not null, until timestamptz not null, primary key (log_id, process)
);
-- Kept after it was settled: who skipped what and why is asked later.
create table if not exists processes.parked (
  log_id text not null, process text not null, event_id text not null, type text not null, position text collate "C" not null,
  stream_id text not null, stream_version bigint not null, error text not null, parked_at timestamptz not null,
  outcome text check (outcome in ('handled', 'skipped')), settled_at timestamptz, settled_by text, reason text,
  primary key (log_id, process, event_id)
);
create table if not exists processes.ticks (
  log_id text not null, process text not null, at timestamptz not null, failures bigint not null, primary key (log_id, process)
);
revoke all on schema processes from public;
`
