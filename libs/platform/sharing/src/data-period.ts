import type { Levels } from './entitlement.js'

/** Calendar days, in UTC, the last one included as FHIR has it; what is absent is open. */
export interface DataPeriod {
  readonly from?: string
  readonly until?: string
}

/** The first and the last day that a row is about: of what it was made of, and of every day that stands in it. Nobody is shown them. */
export interface Days {
  readonly first: string
  readonly last: string
}

/** What is held of rows of one period, besides what is held of rows of any day; never less than that. */
export interface PeriodLevels extends DataPeriod {
  readonly levels: Levels
  readonly ownLevels: Levels
}

/** A row is of a period as a whole or not at all: what begins before it, or runs on, tells of another time too. Of unknown days: of none. */
export const liesIn = (days: Days | undefined, { from, until }: DataPeriod): boolean =>
  days !== undefined && (from === undefined || from <= days.first) && (until === undefined || days.last <= until)

/** All days of a period: what may be seen of a row of these may be seen of every row in it. */
export const daysOf = ({ from = '0001-01-01', until = '9999-12-31' }: DataPeriod): Days => ({ first: from, last: until })

/** The same text for the same period, in the order in which periods are told. */
export const periodKey = ({ from = '', until = '' }: DataPeriod): string => `${from}/${until}`

/** `rows of 1 March 2026 to 30 June 2026`, `rows until 30 June 2026` */
export function rowsOf({ from, until }: DataPeriod): string {
  if (from === undefined) return until === undefined ? 'rows of any day' : `rows until ${inWords(until)}`
  return until === undefined ? `rows from ${inWords(from)} on` : `rows of ${inWords(from)} to ${inWords(until)}`
}
/** A sentence about rows of the period alone. */
export const saidOfRows = (period: DataPeriod, sentence: string): string =>
  `Of ${rowsOf(period)}, if they tell of no other day: ${sentence}`
const inWords = (day: string): string =>
  new Date(`${day}T00:00:00Z`).toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' })

/**
 * A function of the database: levels with what is held besides of rows of some periods (`periods` as JSON, of them `which`: `levels` or `ownLevels`),
 * for a row of these days. Called only where somebody holds something of a period, which is rare.
 */
export const levelsWithinSql = (schema: string): string => `
create or replace function ${schema}.levels_within(levels smallint[], periods jsonb, which text, first_day date, last_day date) returns smallint[]
  language sql stable parallel safe as $$
  select case when first_day is null or last_day is null then levels else array(
    select greatest(l, (select max((p -> which ->> (i - 1)::int)::smallint) from jsonb_array_elements(periods) p
      where coalesce((p ->> 'from')::date <= first_day, true) and coalesce(last_day <= (p ->> 'until')::date, true)))
    from unnest(levels) with ordinality u(l, i) order by i) end $$;
`
