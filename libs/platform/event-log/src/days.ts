/**
 * Calendar days as `2026-03-01`, in UTC: the hub's day does not change with the season. Deciders take the moment with the command
 * and count in days from it.
 */
export const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10)

const dayMs = 86_400_000
export const addDays = (day: string, days: number): string => new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)
/** `2026-03-01T09:30:00.123456Z` → `2026-03-01T09:30:00.123Z`: as sharing compares instants, as text. */
export const instantOf = (instant: string): string => new Date(instant).toISOString()
/** The first instant of a day, in UTC: periods of days begin and end there. */
export const startOf = (day: string): string => `${day}T00:00:00.000Z`
/** Of two ends, days or instants alike, where either may be open. */
export const earlier = <T extends string | undefined>(a: string | null | undefined, b: T): string | T =>
  !a || (b !== undefined && b <= a) ? b : a

interface Days {
  readonly from?: string
  readonly until?: string
}
/** From when on a period that is said anew covers less than it did, as what it closes says it; undefined where it never does. */
export function shorterFrom(before: Days, now: Days): { readonly from?: string } | undefined {
  if ((now.from ?? '') > (before.from ?? '')) return {}
  if (now.until === undefined || (before.until !== undefined && before.until <= now.until)) return undefined
  return { from: startOf(now.until) }
}
/** Whole days from `from` to `until`; negative where `until` is earlier. */
export const daysBetween = (from: string, until: string): number => Math.round((Date.parse(until) - Date.parse(from)) / dayMs)
/** The same day `years` later; 29 February becomes 1 March where there is none. */
export const addYears = (day: string, years: number): string =>
  new Date(Date.parse(`${Number(day.slice(0, 4)) + years}-${day.slice(5, 7)}-01`) + (Number(day.slice(8)) - 1) * dayMs)
    .toISOString()
    .slice(0, 10)
/** The same day `months` later; the last day of that month where there is none (Regulation 1182/71, Art 3(2)(c)). */
export function addMonths(day: string, months: number): string {
  const month = Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1 + months
  const lastDay = new Date(Date.UTC(Math.floor(month / 12), (month % 12) + 1, 0)).getUTCDate()
  return new Date(Date.UTC(Math.floor(month / 12), month % 12, Math.min(Number(day.slice(8)), lastDay)))
    .toISOString()
    .slice(0, 10)
}
