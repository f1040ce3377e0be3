import type { Database, Sql } from '@passerelle/database'

/** A database whose statements come out otherwise than they were meant. It prepares none of them: a spoilt one is hardly asked twice. */
export function rewriting(of: Database, rewrite: (sql: string) => string): Database {
  const through = (sql: Sql): Pick<Sql, 'query'> => ({ query: (text, params) => sql.query(rewrite(text), params) })
  const transaction: Database['transaction'] = (work, options) => of.transaction(tx => work({ ...tx, ...through(tx) }), options)
  return Object.assign(Object.create(of) as Database, through(of), { transaction })
}
