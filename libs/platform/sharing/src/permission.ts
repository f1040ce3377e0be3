import { type PolicyRow, type ReadableView } from './ability.js'
import { type DataPeriod, type Days, liesIn, type PeriodLevels } from './data-period.js'
import type { Ground } from './disclosure.js'
import type { Levels } from './entitlement.js'
import { cellOf } from './matrix.js'
import { circumstances } from './readings.js'
import { rankOf } from './sight.js'
import { categories, type Category, type Level, levels, type Role } from './vocabulary.js'
import type { Viewer } from './decide.js'

/** What one viewer holds on one learner now, for one purpose: what the database compares rows with. */
export interface Permission {
  readonly levels: Levels
  readonly ownLevels: Levels
  /** What is held besides, of rows of one period. */
  readonly periods?: readonly PeriodLevels[]
  readonly ownClass: boolean
  /** On the deny list just now. */
  readonly denied: ReadonlySet<Category>
  /** Absent where a spec makes it. */
  readonly ground?: Ground
}

/** A row as a fold made it, with everything in it. */
export interface WholeRow {
  readonly values: Readonly<Record<string, unknown>>
  readonly ownerAgencyIds: readonly string[]
  /** What days it is about. Absent where nobody knows: then it is of no period. */
  readonly days?: Days
  readonly version: number | null
  readonly updatedAt: string | null
}

/** The row as rules see it. */
export function policyRow(view: ReadableView, viewer: Viewer, permission: Permission, row: WholeRow): PolicyRow {
  const fields: Record<string, number | boolean | null> = {
    own: row.ownerAgencyIds.includes(viewer.agencyId),
    ownClass: permission.ownClass,
    ownActs: has(view, 'ownActs') && row.values[circumstances.ownActs.column] === viewer.userId,
    toEducationOrEmployment:
      has(view, 'toEducationOrEmployment') &&
      educationOrEmployment.includes(row.values[circumstances.toEducationOrEmployment.column] as string),
  }
  const holding = [permission, ...(permission.periods ?? []).filter(period => liesIn(row.days, period))]
  for (const category of categories) {
    fields[`level${category}`] = Math.max(...holding.map(({ levels }) => rankOf[levels[category] ?? 'none']))
    fields[`ownLevel${category}`] = Math.max(...holding.map(({ ownLevels }) => rankOf[ownLevels[category] ?? 'none']))
    fields[`denied${category}`] = permission.denied.has(category)
  }
  return fields as PolicyRow
}

export const educationOrEmployment: readonly string[] = ['education', 'employment']
/** Whether the view has the column that tells the circumstance. Without it the circumstance never holds. */
export const has = (view: ReadableView, circumstance: 'ownActs' | 'toEducationOrEmployment'): boolean =>
  Object.hasOwn(view.columns, circumstances[circumstance].column)

/**
 * The levels on the learner as such, without any row: none where the category is denied just now, or where the role would
 * have to teach the class. Circumstances of rows are left for the rows.
 */
export function heldLevels(role: Role, permission: Permission): { readonly levels: Levels; readonly ownLevels: Levels } {
  const open = (of: Levels): Levels =>
    Object.fromEntries(
      Object.entries(of).filter(([category]) => {
        const { all, own } = cellOf(category as Category, role)
        const needsClass = all?.when === 'ownClass' || own?.when === 'ownClass'
        return !permission.denied.has(category as Category) && (!needsClass || permission.ownClass)
      }),
    )
  return { levels: open(permission.levels), ownLevels: open(permission.ownLevels) }
}

/** `smallint[18]` as the tables hold it. */
export const toLevels = (ranks: readonly number[]): Levels =>
  Object.fromEntries(categories.flatMap((c, i): [Category, Level][] => ((ranks[i] ?? 0) > 0 ? [[c, levels[ranks[i]!]!]] : [])))
export const toRanks = (of: Levels): number[] => categories.map(category => rankOf[of[category] ?? 'none'])

/** Levels of one period as the tables hold them, in JSON. */
export interface PeriodRanks extends DataPeriod {
  readonly levels: readonly number[]
  readonly ownLevels: readonly number[]
}
export const toPeriodRanks = ({ levels, ownLevels, ...period }: PeriodLevels): PeriodRanks => ({
  ...period,
  levels: toRanks(levels),
  ownLevels: toRanks(ownLevels),
})
export const toPeriodLevels = ({ levels, ownLevels, ...period }: PeriodRanks): PeriodLevels => ({
  ...period,
  levels: toLevels(levels),
  ownLevels: toLevels(ownLevels),
})

/** One bit for each category, C1 the lowest: how the deny list names categories. */
export const bitOf = (category: Category): number => 1 << categories.indexOf(category)
export const toBits = (of: readonly Category[]): number => of.reduce((bits, category) => bits | bitOf(category), 0)
export const fromBits = (bits: number): ReadonlySet<Category> =>
  new Set(categories.filter(category => (bits & bitOf(category)) !== 0))
