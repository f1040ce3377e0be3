import { learnerAgencyId } from '@passerelle/sharing'
import { categoryIndex, copiedEngineColumns, levelNumber, type ViewPlan } from './view-plan.js'

/**
 * What one agency may hold of a hub row, as SQL over `r` (the row), `h` (the agency's holdings of the learner) and `$agency` (its id as an SQL
 * expression). Columns below their level are null; the version, and when the row last changed, tell of what is hidden, so they are for whoever
 * sees the view's category in full, and for the agency whose row it is; of the owners the agency is told only whether it is one.
 */
export function maskedColumns(plan: ViewPlan, agency: string): readonly { readonly sql: string; readonly value: string }[] {
  const own = `${agency} = any(r.owner_agency_ids)`
  const follows = `${held(plan.view.category, 'full')} or ${own}`
  return [
    ...plan.columns.map(({ sql, column, hubType, agencyType }) => {
      const value = `r.${sql}${hubType === agencyType ? '' : `::${agencyType}`}`
      return {
        sql,
        value: column.key || column.subject ? value : `case when ${held(column.category, column.from)} then ${value} end`,
      }
    }),
    {
      sql: 'owner_agency_ids',
      value: `case when ${own} then array[${agency}] else '{}'::text[] end`,
    },
    ...['version', 'updated_at'].map(sql => ({ sql, value: `case when ${follows} then r.${sql} end` })),
    // Only where something hangs on them.
    ...days.map(sql => ({ sql, value: `case when h.periods is not null then r.${sql} end` })),
  ]
}

const days = ['first_day', 'last_day']

/** All of a row that is about no learner. */
export function wholeColumns(plan: ViewPlan): readonly { readonly sql: string; readonly value: string }[] {
  return [
    ...plan.columns.map(({ sql, hubType, agencyType }) => ({
      sql,
      value: `r.${sql}${hubType === agencyType ? '' : `::${agencyType}`}`,
    })),
    ...copiedEngineColumns.map(({ sql }) => ({ sql, value: days.includes(sql) ? 'null::date' : `r.${sql}` })),
  ]
}

/** Whether the agency may know that the row is there: the view's category, every column that tells which row it is, and that it is addressed to no other. */
export function mayExist(plan: ViewPlan, agency: string): string {
  const conditions = new Set([held(plan.view.category, 'existence')])
  for (const { column } of plan.columns) if (column.key || column.subject) conditions.add(held(column.category, column.from))
  if (plan.view.addressed) conditions.add(`(${agency} = any(r.owner_agency_ids) or ${agency} = '${learnerAgencyId}')`)
  return [...conditions].join(' and ')
}

/**
 * The agency's levels for this row, as `l.eff`: its own levels where the row counts as its own, and those of the periods it lies in. `offset 0` keeps the
 * planner from writing the whole expression out in each of the columns that asks it, which took most of the time of a small page.
 */
export function levelsOfRow(agency: string): string {
  const own = `${agency} = any(r.owner_agency_ids)`
  const ofAnyDay = `case when ${own} then h.own_levels else h.levels end`
  return `cross join lateral (select case when h.periods is null then ${ofAnyDay}
    else projections.levels_within(${ofAnyDay}, h.periods, case when ${own} then 'ownLevels' else 'levels' end, r.first_day, r.last_day) end as eff offset 0) l`
}

const held = (category: Parameters<typeof categoryIndex>[0], from: Parameters<typeof levelNumber>[0]) =>
  `l.eff[${categoryIndex(category)}] >= ${levelNumber(from)}`

/** Categories on which a copy of the view depends: a change of another category's level leaves it as it is. */
export const categoriesOf = (plan: ViewPlan): ReadonlySet<number> =>
  new Set([categoryIndex(plan.view.category), ...plan.columns.map(({ column }) => categoryIndex(column.category))])
