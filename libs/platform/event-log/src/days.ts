/**
 * Calendar days as `2026-03-01`, in UTC: the hub's day does not change with the season. Deciders take the moment with the command
 * and count in days from it.
 */
export const dayOf = (instant: Date): string => instant.toISOString().slice(0, 10)

const dayMs = 86_400_000
export const addDays = (day: string, days: number): string => new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10)
/** Whole days from `from` to `until`; negative where `until` is earlier. */
export const daysBetween = (from: string, until: string): number => Math.round((Date.parse(until) - Date.parse(from)) / dayMs)
/** The same day `years` later; 29 February becomes 1 March where there is none. */
export const addYears = (day: string, years: number): string =>
  new Date(Date.parse(`${Number(day.slice(0, 4)) + years}-${day.slice(5, 7)}-01`) + (Number(day.slice(8)) - 1) * dayMs)
    .toISOString()
    .slice(0, 10)
