import { createHash } from 'node:crypto'

/**
 * Name of the schema, and of the database role, of one agency. Different ids have different names: a plain id keeps its letters
 * with `-` as `_`; any other is shortened and told apart by its hash, after a double underscore that no plain id gives.
 */
export function agencySchema(agencyId: string): string {
  if (agencyId.length <= 48 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(agencyId)) return `agency_${agencyId.replaceAll('-', '_')}`
  const letters = agencyId
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 24)
  return `agency_${letters}__${createHash('sha256').update(agencyId, 'utf8').digest('hex').slice(0, 20)}`
}
