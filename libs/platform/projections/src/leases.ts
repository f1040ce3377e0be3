import type { Database, Sql } from '@passerelle/database'
import type { Slot } from './tables.js'

/** Another worker took over: what was worked out meanwhile is not written. */
export class LostLease extends Error {
  readonly code = 'PROJECTION.LOST_LEASE'
}

/** The parts of the learners that this worker may write, each with its fencing token. Times are the database's. */
export class Leases {
  private readonly tokens = new Map<number, number>()

  constructor(
    private readonly slot: Slot,
    /** Names the worker in `projections.leases`. */
    readonly holder: string,
    private readonly leaseMs: number,
  ) {}

  get partitions(): readonly number[] {
    return [...this.tokens.keys()].sort((a, b) => a - b)
  }

  /** Takes what nobody holds, at most `most` parts in all. Returns whether something was taken. */
  async acquire(db: Database, partitions: number, most: number): Promise<boolean> {
    const wanted = Array.from({ length: partitions }, (_, i) => i).filter(i => !this.tokens.has(i))
    let taken = false
    for (const partition of wanted) {
      if (this.tokens.size >= most) break
      const [lease] = await db.query<{ token: number }>(
        `insert into projections.leases as l (slot, partition, holder, token, until)
         values ($1, $2, $3, 1, clock_timestamp() + $4::bigint * interval '1 ms')
         on conflict (slot, partition) do update set holder = excluded.holder, token = l.token + 1, until = excluded.until
          where l.until < clock_timestamp()
         returning token`,
        [this.slot, partition, this.holder, this.leaseMs],
      )
      if (!lease) continue
      this.tokens.set(partition, lease.token)
      taken = true
    }
    return taken
  }

  /** Takes every part from whoever holds it: their work in hand is finished first, and nothing of it is written afterwards. */
  async seize(db: Database, partitions: number): Promise<void> {
    const taken = await db.query<{ partition: number; token: number }>(
      `insert into projections.leases as l (slot, partition, holder, token, until)
       select $1, p, $2, 1, clock_timestamp() + $3::bigint * interval '1 ms' from generate_series(0, $4::int - 1) p
       on conflict (slot, partition) do update set holder = excluded.holder, token = l.token + 1, until = excluded.until
       returning partition, token`,
      [this.slot, this.holder, this.leaseMs, partitions],
    )
    for (const { partition, token } of taken) this.tokens.set(partition, token)
  }

  /** Renews, and holds the leases until the transaction ends: nobody can take over in between. @throws LostLease */
  async fence(sql: Sql, partitions: readonly number[]): Promise<void> {
    const renewed = await sql.query<{ partition: number }>(
      `update projections.leases l set until = clock_timestamp() + $4::bigint * interval '1 ms'
         from unnest($2::int[], $3::bigint[]) as mine(partition, token)
        where l.slot = $1 and l.partition = mine.partition and l.token = mine.token returning l.partition`,
      [this.slot, partitions, partitions.map(p => this.tokens.get(p) ?? -1), this.leaseMs],
    )
    if (renewed.length === partitions.length) return
    const kept = new Set(renewed.map(r => r.partition))
    const lost = partitions.filter(p => !kept.has(p))
    for (const partition of lost) this.tokens.delete(partition)
    throw new LostLease(`Another worker took over part ${lost.join(', ')}. It goes on from the last checkpoint.`)
  }

  /** Renews all while there is nothing to write. Forgets those that were lost. */
  async renew(db: Database): Promise<void> {
    if (this.tokens.size > 0)
      await db
        .transaction(sql => this.fence(sql, this.partitions))
        .catch(error => {
          if (!(error instanceof LostLease)) throw error
        })
  }

  async release(db: Database): Promise<void> {
    await db.query(
      `update projections.leases l set until = clock_timestamp() - interval '1 ms' from unnest($2::int[], $3::bigint[]) as mine(partition, token)
        where l.slot = $1 and l.partition = mine.partition and l.token = mine.token`,
      [this.slot, this.partitions, this.partitions.map(p => this.tokens.get(p)!)],
    )
    this.tokens.clear()
  }
}
