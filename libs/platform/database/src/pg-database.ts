import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import copyStreams from 'pg-copy-streams'
import {
  beginStatement,
  type Database,
  quoteIdentifier,
  quoteTable,
  type Row,
  type Rows,
  type Sql,
  SqlError,
  toSqlError,
  type TransactionOptions,
} from './database.js'
import { copyChunks, parsers, toText } from './values.js'
import { Wakes } from './wakes.js'

export interface PgOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  /** Most connections of the pool, default 10. */
  readonly connections?: number
  readonly applicationName?: string
}

const asText = (text: string) => text
const types = { getTypeParser: (oid: number) => parsers[oid] ?? asText } as pg.CustomTypesConfig

/** A PostgreSQL server, through a pool of node-postgres connections. */
export class PgDatabase implements Database {
  readonly kind = 'postgres'
  private readonly pool: pg.Pool
  /** Connections on which the statements of a read follow each other without waiting for answers; opened by the first read. */
  private readers: pg.Pool | undefined
  private readonly config: pg.ClientConfig
  private readonly connections: number
  private readonly wakes: Wakes
  private closed = false

  constructor({ url, connections = 10, applicationName = 'passerelle' }: PgOptions) {
    this.config = {
      connectionString: url,
      application_name: applicationName,
      options: '-c TimeZone=UTC -c DateStyle=ISO -c bytea_output=hex -c extra_float_digits=1',
      types,
      keepAlive: true,
    }
    this.connections = connections
    this.wakes = new Wakes(this.config)
    this.pool = this.openPool({})
  }

  async query<R extends object = Row>(sql: string, params?: readonly unknown[], options?: { name?: string }): Promise<R[]> {
    return run<R>(this.pool, sql, params, options)
  }

  async exec(sql: string): Promise<void> {
    await run(this.pool, sql)
  }

  async copyRows(table: string, columns: readonly string[], rows: Rows): Promise<number> {
    return this.transaction(tx => tx.copyRows(table, columns, rows))
  }

  async transaction<T>(work: (tx: Sql) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    if (options.readOnly) return this.read(work, options)
    const client = await this.pool.connect()
    const session = new Session(client)
    try {
      await session.exec(beginStatement(options))
      const result = await work(session)
      if ((await session.end('COMMIT')) === 'ROLLBACK')
        throw new SqlError('25P02', 'The transaction had failed and was rolled back.')
      client.release()
      return result
    } catch (error) {
      await session.end('ROLLBACK').then(
        () => client.release(),
        failed => client.release(failed),
      )
      throw error
    }
  }

  /**
   * The beginning and the first statements go out together, and nobody waits for the end. Where the beginning is refused, the server refuses all
   * that follows it too: no statement ever runs outside of the role.
   */
  private async read<T>(work: (tx: Sql) => Promise<T>, options: TransactionOptions): Promise<T> {
    const client = await (this.readers ??= this.openPool({
      pipeline: true,
      options: `${this.config.options} ${onePlan}`,
    })).connect()
    const session = new PipelinedSession(client)
    const begun = session.exec(beginStatement(options))
    const end = () => {
      if (session.isOver) return
      session.isOver = true
      void client.query('COMMIT').then(
        () => client.release(),
        error => client.release(error),
      )
    }
    try {
      const working = work(session)
      if (options.inOneGo) end()
      const [result] = await Promise.all([working, begun])
      return result
    } catch (error) {
      await begun
      throw error
    } finally {
      end()
    }
  }

  private openPool(more: pg.ClientConfig): pg.Pool {
    const pool = new pg.Pool({ ...this.config, ...more, max: this.connections })
    // An idle connection that fails is replaced by the pool; without a listener it would end the process.
    pool.on('error', () => undefined)
    return pool
  }

  async wake(channel: string): Promise<void> {
    await this.query('select pg_notify($1, $2)', [channel, ''])
  }

  onWake(...of: Parameters<Database['onWake']>): Promise<() => Promise<void>> {
    return this.wakes.on(...of)
  }

  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    await Promise.all([this.wakes.close(), this.pool.end(), this.readers?.end()])
  }
}

/** One plan for each statement that is read with: made anew for each call, planning would take longer than reading. */
const onePlan = '-c plan_cache_mode=force_generic_plan'

/** Statements on one connection that answers them in order; it takes no rows in. */
class PipelinedSession implements Sql {
  /** From then on the connection has no role any more. */
  isOver = false
  private isCorked = false
  constructor(private readonly client: pg.PoolClient) {}

  async query<R extends object = Row>(sql: string, params?: readonly unknown[], options?: { name?: string }): Promise<R[]> {
    if (this.isOver) throw new SqlError('25P01', 'The transaction of this statement is over.')
    this.cork()
    return run<R>(this.client, sql, params, options)
  }

  /** What is said in one turn goes out in one write. */
  private cork(): void {
    const { stream } = (this.client as unknown as { connection: { stream: Socket } }).connection
    if (this.isCorked) return
    this.isCorked = true
    stream.cork()
    process.nextTick(() => {
      this.isCorked = false
      stream.uncork()
    })
  }
  async exec(sql: string): Promise<void> {
    await this.query(sql)
  }
  async copyRows(): Promise<number> {
    throw new SqlError('25006', 'Rows are not loaded in a transaction that only reads.')
  }
}

/** Statements on one connection, one after the other. */
class Session implements Sql {
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly client: pg.PoolClient) {}

  query<R extends object = Row>(sql: string, params?: readonly unknown[], options?: { name?: string }): Promise<R[]> {
    return this.next(() => run<R>(this.client, sql, params, options))
  }

  async exec(sql: string): Promise<void> {
    await this.next(() => run(this.client, sql))
  }

  copyRows(table: string, columns: readonly string[], rows: Rows): Promise<number> {
    return this.next(async () => {
      const count = { rows: 0 }
      const into = this.client.query(
        copyStreams.from(`COPY ${quoteTable(table)} (${columns.map(quoteIdentifier).join(', ')}) FROM STDIN`),
      )
      await pipeline(Readable.from(copyChunks(rows, count), { objectMode: false }), into).catch(error => {
        throw toSqlError(error)
      })
      return count.rows
    })
  }

  async end(command: 'COMMIT' | 'ROLLBACK'): Promise<string> {
    return this.next(async () => (await this.client.query(command)).command)
  }

  private next<T>(statement: () => Promise<T>): Promise<T> {
    const done = this.last.then(statement, statement)
    this.last = done.catch(() => undefined)
    return done
  }
}

async function run<R extends object>(
  on: pg.Pool | pg.PoolClient,
  sql: string,
  params?: readonly unknown[],
  options?: { name?: string },
): Promise<R[]> {
  try {
    const values = params && params.length > 0 ? params.map(toText) : undefined
    const result = await on.query<any>(options?.name ? { name: options.name, text: sql, values } : { text: sql, values })
    // Several statements without parameters give a list of results.
    return (Array.isArray(result) ? result.at(-1)!.rows : result.rows) as R[]
  } catch (error) {
    throw toSqlError(error)
  }
}
