import type { OpenHub } from '@passerelle/hub'
import type { Caller } from '@passerelle/http'
import {
  asToldToLearner,
  categories,
  type Category,
  dawn,
  type Entitlement,
  entitlementsOf,
  indexed,
  isLive,
  learnerAgencyId,
  type Level,
  rankOf,
  rowsOf,
} from '@passerelle/sharing'
import { FactsOnRecord, toOracleFacts } from '../facts-on-record.js'
import { isKept } from '../who-looked.js'

/** An agency that may hold something of the learner now. */
export interface Holder {
  readonly agencyId: string
  readonly name: string | undefined
  readonly sector: string | undefined
  readonly since: string | undefined
  readonly holds: Readonly<Partial<Record<Category, string>>>
}

/**
 * GDPR 15(1)(c): the recipients, with the most that anybody there may hold, by the facts as the learner may be told them. A guardian is told of the
 * agencies that stand in what they read.
 */
export async function holdersOf(
  { db, store, declaration, denials, now }: OpenHub,
  { role }: Pick<Caller, 'role'>,
  learnerId: string,
  isNamed: (agencyId: string) => boolean,
): Promise<Holder[]> {
  const known = await new FactsOnRecord(db, store, declaration, denials).of(learnerId)
  if (!known) return []
  const at = now().toISOString()
  const { learner, region } = toOracleFacts(known)
  const told = asToldToLearner(learner, isKept(learner, at))
  const live = entitlementsOf(told, indexed(region), at).entitlements.filter(({ validFrom }) => validFrom <= at)
  const byAgency = Map.groupBy(
    live.filter(({ agencyId }) => agencyId !== learnerAgencyId && (role === 'learner' || isNamed(agencyId))),
    ({ agencyId }) => agencyId,
  )
  const rows = await db.query<{ agency_id: string; name: string; sector: string }>(
    'select agency_id, name, sector from hub.agencies where agency_id = any($1::text[])',
    [[...byAgency.keys()]],
  )
  const names = new Map(rows.map(row => [row.agency_id, row]))
  const since = (agencyId: string) =>
    told.standings
      .filter(standing => standing.agencyId === agencyId && standing.from > dawn && isLive(standing, at))
      .map(({ from }) => from.slice(0, 10))
      .sort()[0]
  return [...byAgency].sort().map(([agencyId, of]) => ({
    agencyId,
    name: names.get(agencyId)?.name,
    sector: names.get(agencyId)?.sector,
    since: role === 'learner' ? since(agencyId) : undefined,
    holds: mostOf(of),
  }))
}

const amounts: Readonly<Record<Exclude<Level, 'none'>, string>> = {
  existence: 'that it exists',
  summary: 'a summary',
  full: 'in full',
}

/** The most that any of them allows, of its own rows or of others, and what is more in single periods. */
function mostOf(entitlements: readonly Entitlement[]): Holder['holds'] {
  const higher = (a: Level, b: Level): Level => (rankOf[b] > rankOf[a] ? b : a)
  const periods = entitlements.flatMap(({ periods }) => periods ?? [])
  return Object.fromEntries(
    categories.flatMap(category => {
      const always = entitlements.map(({ ownLevels }) => ownLevels[category] ?? 'none').reduce(higher, 'none')
      const more = periods.flatMap(({ ownLevels, ...period }) => {
        const level = ownLevels[category] ?? 'none'
        return level !== 'none' && rankOf[level] > rankOf[always] ? [`${amounts[level]} of ${rowsOf(period)}`] : []
      })
      const parts = [...(always === 'none' ? [] : [amounts[always]]), ...new Set(more)]
      return parts.length > 0 ? [[category, parts.join('; ')]] : []
    }),
  )
}
