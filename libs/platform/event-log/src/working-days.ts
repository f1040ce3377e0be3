import { addDays, daysBetween } from './days.js'

/** When an agency does not work besides weekends: public and, for schools, school holidays. Days, both ends included. */
export interface WorkingCalendar {
  readonly closed: readonly { readonly from: string; readonly until: string }[]
}

/** A clock that finds no working day in two years has a calendar that is wrong. */
const longestSearchDays = 731

export const isWorkingDay = (day: string, { closed }: WorkingCalendar): boolean =>
  !isWeekend(day) && !closed.some(({ from, until }) => from <= day && day <= until)

/**
 * The last day of a term of `count` working days that begins the day after `day`: from a Friday, one working day is Monday.
 * @throws RangeError where the calendar leaves no working days.
 */
export function addWorkingDays(day: string, count: number, calendar: WorkingCalendar): string {
  let left = count
  for (let i = 1; i <= longestSearchDays; i++) {
    const next = addDays(day, i)
    if (isWorkingDay(next, calendar) && --left <= 0) return next
  }
  throw new RangeError(`The calendar leaves no ${count} working days after ${day}. Correct its closed days.`)
}

/** Working days after `from` up to and including `until`; none where `until` is not later. */
export function workingDaysBetween(from: string, until: string, calendar: WorkingCalendar): number {
  const days = Math.max(0, daysBetween(from, until))
  return Array.from({ length: days }, (_, i) => addDays(from, i + 1)).filter(day => isWorkingDay(day, calendar)).length
}

const aMonday = '2024-01-01'
const isWeekend = (day: string) => ((daysBetween(aMonday, day) % 7) + 7) % 7 >= 5
