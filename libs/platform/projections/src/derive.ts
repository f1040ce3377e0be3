import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import {
  type Assignment,
  categories,
  type Entitlement,
  periodKey,
  type PeriodRanks,
  toPeriodRanks,
  toRanks,
} from '@passerelle/sharing'
import type { EntitlementPolicy, RegionRows } from './entitlement-policy.js'
import type { Held } from './fold.js'

/** Levels 0–3 by category, as `levels smallint[18]`. */
export type LevelNumbers = readonly number[]
/** The most that an agency may hold of a learner: over its roles and purposes, now and later. */
export interface Holding {
  readonly levels: LevelNumbers
  readonly ownLevels: LevelNumbers
  /** Besides, of rows of one period, in the order of the periods; absent where that is nothing. */
  readonly periods?: readonly PeriodRanks[]
}

export type StoredEntitlement = Omit<Entitlement, keyof Holding> & Holding & { readonly position: string }

/** A policy's answer for one learner, ready to be stored. */
export interface Answer {
  readonly learnerId: string
  readonly entitlements: readonly StoredEntitlement[]
  readonly assignments: readonly Assignment[]
  readonly holdings: ReadonlyMap<string, Holding>
  readonly dependsOn: readonly string[]
  /** By agency: same rows, same text. */
  readonly fingerprints: Readonly<Record<string, string>>
  /** When the first of its rows ends: then the learner is derived again. */
  readonly endsAt: string
  /** Class and code of what the policy threw: the answer is then that nobody may hold anything. */
  readonly fault: string | undefined
}

/** Asks the policy about one learner. A learner without facts, and one at whom the policy fails, is closed to everybody. */
export function answer(
  policy: EntitlementPolicy,
  learnerId: string,
  facts: Held | undefined,
  region: RegionRows,
  agencies: ReadonlySet<string>,
  now: Date,
): Answer {
  let derived: ReturnType<EntitlementPolicy['derive']> = { entitlements: [], assignments: [], dependsOn: [] }
  let fault: string | undefined
  try {
    if (facts) derived = policy.derive(facts.row, region, now)
  } catch (error) {
    fault = `${(error as Error)?.constructor?.name ?? 'Error'} ${(error as { code?: string })?.code ?? ''}`.trim()
  }
  const lasts = ({ learnerId: about, agencyId, validUntil }: Entitlement | Assignment) =>
    about === learnerId && agencies.has(agencyId) && !isPast(validUntil, now)
  const entitlements = derived.entitlements.filter(lasts).map((e): StoredEntitlement => {
    const { periods, ...held } = e
    const ranks = { levels: toRanks(e.levels), ownLevels: toRanks(e.ownLevels) }
    return {
      ...held,
      ...withOwn(ranks),
      ...(periods?.length && { periods: periods.map(toPeriodRanks).map(withOwn) }),
      position: facts!.position,
    }
  })
  const assignments = derived.assignments.filter(lasts)
  const dependsOn = [...new Set(derived.dependsOn)]
  return {
    learnerId,
    entitlements,
    assignments,
    holdings: holdingsOf(entitlements),
    dependsOn,
    fingerprints: fingerprintsOf(entitlements, assignments),
    endsAt: earliest([...entitlements, ...assignments].map(row => row.validUntil)),
    fault,
  }
}

function holdingsOf(entitlements: readonly StoredEntitlement[]): Map<string, Holding> {
  const holdings = new Map<string, Holding>()
  for (const { agencyId, levels, ownLevels, periods } of entitlements) {
    const held = holdings.get(agencyId)
    const more = { levels, ownLevels, ...(periods && { periods: byPeriod(periods) }) }
    holdings.set(agencyId, held ? both(held, more) : more)
  }
  for (const [agencyId, { ownLevels, periods }] of holdings)
    if (!periods && ownLevels.every(level => level === 0)) holdings.delete(agencyId)
  return holdings
}

const both = (a: Holding, b: Holding): Holding => ({
  ...most(a, b),
  ...((a.periods || b.periods) && { periods: byPeriod([...(a.periods ?? []), ...(b.periods ?? [])]) }),
})

/** One for each period, in order. */
function byPeriod(all: readonly PeriodRanks[]): PeriodRanks[] {
  const periods = new Map<string, PeriodRanks>()
  for (const one of all) {
    const known = periods.get(periodKey(one))
    periods.set(periodKey(one), known ? { ...known, ...most(known, one) } : one)
  }
  return [...periods.keys()].sort().map(key => periods.get(key)!)
}

type Ranks = Pick<PeriodRanks, 'levels' | 'ownLevels'>
const most = (a: Ranks, b: Ranks): Ranks => ({
  levels: a.levels.map((level, i) => Math.max(level, b.levels[i]!)),
  ownLevels: a.ownLevels.map((level, i) => Math.max(level, b.ownLevels[i]!)),
})

/** An agency's own rows are never less open to it than others. */
const withOwn = <R extends Ranks>(ranks: R): R => ({
  ...ranks,
  ownLevels: ranks.ownLevels.map((own, i) => Math.max(own, ranks.levels[i]!)),
})

function fingerprintsOf(entitlements: readonly StoredEntitlement[], assignments: readonly Assignment[]): Record<string, string> {
  const texts = new Map<string, string>()
  const add = (agencyId: string, row: object) => texts.set(agencyId, (texts.get(agencyId) ?? '') + JSON.stringify(row))
  for (const { position: _, learnerId: _l, ...row } of entitlements) add(row.agencyId, row)
  for (const { learnerId: _, ...row } of assignments) add(row.agencyId, row)
  return Object.fromEntries(
    [...texts].map(([agencyId, text]) => [agencyId, createHash('sha1').update(text, 'utf8').digest('base64url').slice(0, 16)]),
  )
}

/** In one form, so that they compare as text: `infinity` and years of five digits come after everything. */
const isPast = (until: string, now: Date): boolean =>
  plainInstant(until) ? until <= now.toISOString() : Date.parse(until) <= now.getTime()

const plainInstant = (instant: string) => instant.length === 24 && instant.endsWith('Z')

function earliest(instants: readonly string[]): string {
  let first = 'infinity'
  for (const instant of instants) {
    const parsed = plainInstant(instant) ? instant : Number.isNaN(Date.parse(instant)) ? first : new Date(instant).toISOString()
    if (parsed < first) first = parsed
  }
  return first
}

/** Categories, from 1, in which two holdings differ; all, where they differ in a period: the days of every row hang on whether there is one. */
export function changedCategories(before: Holding | undefined, after: Holding | undefined): number[] {
  if (!isDeepStrictEqual(before?.periods, after?.periods)) return categories.map((_, i) => i + 1)
  return categories.flatMap((_, i) =>
    (before?.levels[i] ?? 0) === (after?.levels[i] ?? 0) && (before?.ownLevels[i] ?? 0) === (after?.ownLevels[i] ?? 0)
      ? []
      : [i + 1],
  )
}
