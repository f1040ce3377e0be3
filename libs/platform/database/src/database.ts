export type Row = Record<string, any>

/**
 * Statements on one PostgreSQL session. Values go in and come back the same on every adapter: see `values.ts`.
 * @throws SqlError where the server refuses a statement; any other error means that the connection failed on the way.
 */
export interface Sql {
  /** One statement with `$1`… parameters. Named, it is prepared once for each connection. */
  query<R extends object = Row>(sql: string, params?: readonly unknown[], options?: { name?: string }): Promise<R[]>
  /** Several statements without parameters, for DDL. */
  exec(sql: string): Promise<void>
  /** Loads rows in bulk. `table` may be `schema.table`. Returns how many rows were loaded. */
  copyRows(table: string, columns: readonly string[], rows: Rows): Promise<number>
}

export type Rows = Iterable<readonly unknown[]> | AsyncIterable<readonly unknown[]>

export interface TransactionOptions {
  /** Nothing may be written, and all statements read what was so at one moment; the caller does not wait for the commit. */
  readonly readOnly?: boolean
  /** Of one that only reads: `work` says all its statements before it waits for any, so that beginning, statements and end can go out together. */
  readonly inOneGo?: boolean
  /** The role that the statements run under, until the end of the transaction. */
  readonly role?: string
  /** `SET LOCAL name = value` for each. */
  readonly settings?: Readonly<Record<string, string>>
}

/** One PostgreSQL database: a server behind `pg`, or PGlite in this process. */
export interface Database extends Sql {
  readonly kind: 'postgres' | 'pglite'
  /**
   * Runs `work` between BEGIN and COMMIT; where it throws, everything is undone. Inside, use `tx` only: PGlite has a single
   * connection, and a statement outside of `tx` would wait for itself.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>, options?: TransactionOptions): Promise<T>
  /** Tells whoever listens on the channel that there may be something new. A hint: it may be lost, so poll as well. */
  wake(channel: string): Promise<void>
  /**
   * Calls `hint` on each wake of the channel, and whenever one may have been missed. Never fails, and waits for no connection that cannot be had: `onDeaf`
   * is told, once, when nobody listens, and hints come again when somebody does. Returns how to stop.
   */
  onWake(channel: string, hint: () => void, onDeaf?: (error: Error) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** The server refused a statement. Carries no parameter and no detail line: those may hold personal data. */
export class SqlError extends Error {
  constructor(
    /** SQLSTATE, five characters. */
    readonly code: string,
    message: string,
    readonly constraint?: string,
    readonly table?: string,
    readonly column?: string,
  ) {
    // Class 22 quotes the value that it could not read.
    super(code.startsWith('22') ? message.replace(/"[^]*"/, '"…"') : message)
  }
}

export const isSqlError = (error: unknown, ...codes: string[]): error is SqlError =>
  error instanceof SqlError && (codes.length === 0 || codes.includes(error.code))

/** What the driver threw, as {@link SqlError} where the server said it. */
export function toSqlError(error: unknown): unknown {
  const { code, message, constraint, table, column, severity } = error as Record<string, string>
  if (!severity || typeof code !== 'string' || !/^[0-9A-Z]{5}$/.test(code)) return error
  return new SqlError(code, message ?? '', constraint, table, column)
}

export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`
export const quoteLiteral = (text: string): string =>
  text.includes('\\') ? ` E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'` : `'${text.replaceAll("'", "''")}'`
/** `schema.table` → `"schema"."table"` */
export const quoteTable = (table: string): string => table.split('.').map(quoteIdentifier).join('.')

/** The statements that open a transaction, to be sent in one round trip. */
export function beginStatement({ readOnly, role, settings = {} }: TransactionOptions = {}): string {
  const configured = Object.entries(settings).map(([name, value]) => `SET LOCAL ${quoteTable(name)} = ${quoteLiteral(value)}`)
  return [
    readOnly ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN',
    // Settings before the role: a role may not be allowed to set them.
    ...configured,
    ...(role ? [`SET LOCAL ROLE ${quoteIdentifier(role)}`] : []),
  ].join('; ')
}
