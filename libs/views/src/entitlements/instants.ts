/** `2026-03-01T09:30:00.123456Z` → `2026-03-01T09:30:00.123Z`: as sharing compares instants, as text. */
export const instantOf = (instant: string): string => new Date(instant).toISOString()
/** The first instant of a day, in UTC: periods of days begin and end there. */
export const startOf = (day: string): string => `${day}T00:00:00.000Z`
