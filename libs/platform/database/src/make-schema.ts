import { createHash } from 'node:crypto'
import { quoteIdentifier, type Sql } from './database.js'

/**
 * Runs what makes or renews a schema, unless that was run here before: then it would change nothing, and yet take locks that whoever reads and writes there
 * has to wait for, or that they and it wait for each other for. Within a transaction of the caller's, or one of its own.
 */
export async function makeSchema(sql: Sql, schema: string, statements: string): Promise<void> {
  const digest = createHash('sha256').update(statements).digest('hex').slice(0, 16)
  const [made] = await sql.query<{ digest: string | null }>(
    `select obj_description(oid, 'pg_namespace') as digest from pg_namespace where nspname = $1`,
    [schema],
  )
  if (made?.digest !== digest) await sql.exec(`${statements}\n;comment on schema ${quoteIdentifier(schema)} is '${digest}'`)
}
