import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PGlite, type Transaction } from '@electric-sql/pglite'
import {
  beginStatement,
  type Database,
  quoteIdentifier,
  quoteTable,
  type Row,
  type Rows,
  type Sql,
  toSqlError,
  type TransactionOptions,
} from './database.js'
import { type FolderLock, lockFolder } from './folder-lock.js'
import { Upkeep } from './pglite-upkeep.js'
import { copyChunks, parsers, toText } from './values.js'

export interface PgliteOptions {
  /** Where the data stay; without it they are gone with the process. Made where it does not exist. */
  readonly folder?: string
}

/**
 * PostgreSQL in this process, on one connection. It does not flush to disk: what it acknowledged survives a killed process,
 * but not a power cut.
 */
export class PgliteDatabase implements Database {
  readonly kind = 'pglite'
  private readonly upkeep: Upkeep

  private constructor(
    private readonly pglite: PGlite,
    private readonly lock: FolderLock | undefined,
  ) {
    this.upkeep = new Upkeep(pglite)
  }

  /** @throws FolderInUse where another process has the folder open: two would destroy each other's data. */
  static async open({ folder }: PgliteOptions = {}): Promise<PgliteDatabase> {
    if (folder) mkdirSync(folder, { recursive: true, mode: 0o700 })
    const lock = folder ? lockFolder(folder) : undefined
    try {
      const pglite = await createWhole(folder && join(folder, 'postgres'))
      // Everything travels as text, both ways, as it does on the other adapter.
      pglite.serializers = {}
      pglite.parsers = { ...parsers }
      await pglite.exec(`SET TimeZone = 'UTC'; SET DateStyle = 'ISO'`)
      return new PgliteDatabase(pglite, lock)
    } catch (error) {
      lock?.release()
      throw error
    }
  }

  query<R extends object = Row>(sql: string, params: readonly unknown[] = []): Promise<R[]> {
    return run<R>(this.pglite, sql, params)
  }

  exec(sql: string): Promise<void> {
    return execute(this.pglite, sql)
  }

  copyRows(table: string, columns: readonly string[], rows: Rows): Promise<number> {
    return load(this.pglite, table, columns, rows)
  }

  async transaction<T>(work: (tx: Sql) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const setup = beginStatement(options).replace(/^BEGIN( [^;]+)?(; )?/, (_, modes) =>
      modes ? `SET TRANSACTION${modes}; ` : '',
    )
    try {
      return await this.pglite.transaction(async tx => {
        if (setup) await execute(tx, setup)
        return work({
          query: (sql, params = []) => run(tx, sql, params),
          exec: sql => execute(tx, sql),
          copyRows: (table, columns, rows) => load(tx, table, columns, rows),
        })
      })
    } catch (error) {
      throw toSqlError(error)
    }
  }

  async wake(channel: string): Promise<void> {
    await this.query('select pg_notify($1, $2)', [channel, ''])
  }

  async onWake(channel: string, hint: () => void, onDeaf?: (error: Error) => void): Promise<() => Promise<void>> {
    const stop = this.pglite.onNotification(woken => woken === channel && hint())
    await this.exec(`LISTEN ${quoteIdentifier(channel)}`).catch(error => onDeaf?.(error))
    return async () => stop()
  }

  async close(): Promise<void> {
    if (this.pglite.closed) return
    await this.upkeep.stop()
    await this.pglite.close()
    this.lock?.release()
  }
}

/** A tar file of an empty data directory. Where it is named, databases begin as it does: to set one up takes seconds, and a test run makes many. */
const templateFile = process.env['PASSERELLE_PGLITE_TEMPLATE']

/** Of a new folder that could not be filled nothing is left: half a database would not open again. */
async function createWhole(dataDir?: string): Promise<PGlite> {
  const isNew = dataDir !== undefined && !existsSync(dataDir)
  try {
    return await create(dataDir)
  } catch (error) {
    if (isNew) rmSync(dataDir, { recursive: true, force: true })
    throw toFileFault(error)
  }
}

/** The file faults of the system inside (WASI), which come as a bare number. */
const wasiFaults: Readonly<Record<number, string>> = { 2: 'EACCES', 19: 'EDQUOT', 51: 'ENOSPC', 63: 'EPERM', 69: 'EROFS' }

/** An error that says something, with the code that Node would give it. */
export function toFileFault(error: unknown): unknown {
  const { name, errno } = error as { name?: string; errno?: number }
  if (name !== 'ErrnoError' || errno === undefined) return error
  const code = wasiFaults[errno] ?? `errno ${errno}`
  return Object.assign(new Error(`The embedded store cannot be written (${code}). Make room, or choose another folder.`), {
    code,
  })
}

async function create(dataDir?: string): Promise<PGlite> {
  const named = dataDir && { dataDir }
  if (!templateFile || (dataDir && existsSync(dataDir))) return PGlite.create({ ...named })
  if (!existsSync(templateFile)) await writeTemplate(templateFile)
  return PGlite.create({ ...named, loadDataDir: new Blob([readFileSync(templateFile)]) })
}
async function writeTemplate(file: string): Promise<void> {
  const pglite = await PGlite.create()
  const dump = await pglite.dumpDataDir('none')
  await pglite.close()
  // Whoever else makes it at the same time makes the same, and nobody reads half of it.
  const own = `${file}.${process.pid}`
  writeFileSync(own, new Uint8Array(await dump.arrayBuffer()), { mode: 0o600 })
  renameSync(own, file)
}

type Session = Pick<Transaction, 'query' | 'exec'>

async function run<R extends object>(on: Session, sql: string, params: readonly unknown[]): Promise<R[]> {
  try {
    return (await on.query<R>(sql, params.map(toText))).rows
  } catch (error) {
    throw toSqlError(error)
  }
}

async function execute(on: Session, sql: string): Promise<void> {
  try {
    await on.exec(sql)
  } catch (error) {
    throw toSqlError(error)
  }
}

async function load(on: Session, table: string, columns: readonly string[], rows: Rows): Promise<number> {
  const count = { rows: 0 }
  const chunks: Buffer<ArrayBuffer>[] = []
  for await (const chunk of copyChunks(rows, count)) chunks.push(chunk)
  try {
    const blob = new Blob(chunks)
    await on.query(`COPY ${quoteTable(table)} (${columns.map(quoteIdentifier).join(', ')}) FROM '/dev/blob'`, [], { blob })
  } catch (error) {
    throw toSqlError(error)
  }
  return count.rows
}
