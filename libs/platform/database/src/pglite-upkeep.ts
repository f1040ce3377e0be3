import type { PGlite } from '@electric-sql/pglite'

/**
 * The tables that PostgreSQL's autovacuum would see to by its default thresholds ("Routine Vacuuming"), the smallest first: PGlite has no process for it.
 * Without, a table that has grown is planned for as if it had not, and what was written over is never given back.
 */
const due = `
select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables
where n_dead_tup > 50 + 0.2 * n_live_tup or n_mod_since_analyze > 50 + 0.1 * n_live_tup or n_ins_since_vacuum > 1000 + 0.2 * n_live_tup
order by n_live_tup, relname`

/** Keeps the tables of an embedded store in order, between other work. */
export class Upkeep {
  private readonly timer: NodeJS.Timeout
  private running: Promise<void> | undefined
  private stopped = false

  constructor(
    private readonly pglite: Pick<PGlite, 'query' | 'exec'>,
    everyMs = 10_000,
  ) {
    this.timer = setInterval(() => void this.run(), everyMs).unref()
  }

  /** One round; resolves when it is over. What fails is left for the next. */
  run(): Promise<void> {
    return (this.running ??= this.round()
      .catch(() => undefined)
      .finally(() => (this.running = undefined)))
  }

  async stop(): Promise<void> {
    this.stopped = true
    clearInterval(this.timer)
    await this.running
  }

  private async round(): Promise<void> {
    const { rows } = await this.pglite.query<{ name: string }>(due)
    for (const { name } of rows) {
      if (this.stopped) return
      // One statement each: whoever waits for the connection comes in between.
      await this.pglite.exec(`vacuum (analyze) ${name}`).catch(() => undefined)
    }
  }
}
