import type { Database, Sql } from '@passerelle/database'

/** A database whose statements come out otherwise than they were meant. It prepares none of them: a spoilt one is hardly asked twice. */
export function rewriting(of: Database, rewrite: (sql: string) => string): Database {
  const through = (sql: Sql): Sql => ({ ...sql, query: (text, params) => sql.query(rewrite(text), params) })
  return {
    ...through(of),
    kind: of.kind,
    transaction: (work, options) => of.transaction(tx => work(through(tx)), options),
  } as Database
}
