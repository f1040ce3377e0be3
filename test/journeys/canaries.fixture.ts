import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Database } from '@passerelle/database'
import type { CommandContext, DomainEvent } from '@passerelle/event-log'
import type { OpenHub } from '@passerelle/hub'
import type { Category } from '@passerelle/sharing'
import { loadContexts } from '../schemas/contexts.js'
import { sampleOf } from '../schemas/sample.js'

/** Every token begins so: whoever finds it where it must not be has found plain text. */
export const canary = 'Canary-'

/** What ends something, forgets, or lets somebody else in: after it there would be less to find. */
const ending =
  /(Ended|Closed|Destroyed|Forgotten|Withdrawn|Invalidated|Expired|Refuted|Cancelled|Declined|Failed|Error|Rejected|Removed|Merged|Unmerged|Missed|Dropped|Completed|AccountLinked)$/

/**
 * Records about `learner-1` one event of each type that seals anything, with a token of its own in each sealed field, by the agency `school`. Found by the
 * definitions: a new event type is among them. Returns the categories that were sealed.
 */
export async function seedCanaries({ store }: Pick<OpenHub, 'store'>): Promise<Set<Category>> {
  const sealed = new Set<Category>()
  let count = 0
  for (const { deciders } of await loadContexts())
    for (const decider of deciders) {
      const definitions = [...decider.events.definitions.values()]
      if (definitions.every(({ categories }) => categories.length === 0)) continue
      const begun = sampleOf(definitions[0]!.schemas.at(-1)! as never) as Record<string, unknown>
      if (begun['learnerId'] !== 'learner-1') continue
      const id = Object.entries(begun).find(([key]) => key.endsWith('Id'))![1] as string
      const { version } = await store.load(decider, id)
      const events = definitions
        .filter(({ type }, i) => !ending.test(type) && !(version >= 0 && i === 0))
        .map((definition): DomainEvent => {
          let data = inSchool(sampleOf(definition.schemas.at(-1)! as never))
          for (const { category, path } of definition.personal.at(-1)!) {
            const spoken = withToken(data, path, () => `${canary}${category}-${count++}`)
            // A field of some form that no token has keeps its sample.
            if (definition.faults(spoken).length > 0) continue
            data = spoken
            sealed.add(category)
          }
          return { type: definition.type, data }
        })
      if (events.length > 0) await store.handle(decider as never, id, context, () => events as never)
    }
  return sealed
}

/** All rows of all tables as text, the planner's samples among them, in which the token stands: where, and how often. */
export async function tablesWith(db: Database, token: string): Promise<string[]> {
  const tables = await db.query<{ schema: string; name: string }>(
    `select table_schema as schema, table_name as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1, 2`,
  )
  const found: string[] = []
  for (const { schema, name } of [...tables, { schema: 'pg_catalog', name: 'pg_stats' }]) {
    const [row] = await db.query<{ count: number }>(
      `select count(*)::int as count from "${schema}"."${name}" t where t::text like '%' || $1 || '%'`,
      [token],
    )
    if (Number(row!.count) > 0) found.push(`${schema}.${name}: ${row!.count}`)
  }
  return found
}

/** Files below the folder that hold the token, in whatever form a file holds text. */
export async function filesWith(folder: string, token: string): Promise<string[]> {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name)
      if ((await readFile(path)).includes(token)) found.push(path.slice(folder.length + 1))
    }
  return found
}

/** Everything happens at the school and in days to come. */
const inSchool = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value)) return value.map(item => inSchool(item, key))
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, inSchool(of, name)]))
  if (/agencyIds?$/i.test(key)) return 'school'
  return /^(until|validUntil|dueBy|periodUntil)$/.test(key) && value === '2026-03-01' ? '2099-03-01' : value
}

function withToken(value: unknown, path: readonly string[], token: () => string): unknown {
  const [step, ...rest] = path
  if (step === undefined) return spoken(value, token)
  if (step === '*') return Array.isArray(value) ? value.map(item => withToken(item, rest, token)) : value
  if (value === null || typeof value !== 'object' || !(step in value)) return value
  return { ...value, [step]: withToken((value as Record<string, unknown>)[step], rest, token) }
}
function spoken(value: unknown, token: () => string): unknown {
  if (typeof value === 'string') return token()
  if (Array.isArray(value)) return value.map(item => spoken(item, token))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, spoken(of, token)]))
}

const context: CommandContext = {
  actor: { userId: 'coordinator', agencyId: 'school', role: 'educationCoordinator' },
  controllerAgencyId: 'school',
  purpose: 'educationSupport',
  legalBasis: { kind: 'publicTask' },
  occurredAt: '2026-01-15T09:00:00.000Z',
  correlationId: 'seed',
  causationId: 'seed',
  language: 'fr',
}
