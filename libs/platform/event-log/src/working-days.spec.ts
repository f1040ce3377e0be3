import { addWorkingDays, isWorkingDay, workingDaysBetween } from './working-days.js'

const always = { closed: [] }
const easter = { closed: [{ from: '2026-04-03', until: '2026-04-06' }] }
const schoolHolidays = { closed: [{ from: '2026-07-01', until: '2026-08-31' }] }

test('R-8.2 weekends are no working days, before and after the year 2024 as well', () => {
  expect(['2026-03-06', '2026-03-07', '2026-03-08', '2026-03-09'].map(day => isWorkingDay(day, always))).toEqual([
    true,
    false,
    false,
    true,
  ])
  expect(isWorkingDay('2023-12-31', always)).toBe(false)
  expect(isWorkingDay('2023-12-29', always)).toBe(true)
})
test('R-8.2 a term begins the day after: five working days from a Friday end on the next Friday', () => {
  expect(addWorkingDays('2026-03-06', 1, always)).toBe('2026-03-09')
  expect(addWorkingDays('2026-03-06', 5, always)).toBe('2026-03-13')
  expect(addWorkingDays('2026-03-07', 5, always)).toBe('2026-03-13')
})
test('R-8.2 public and school holidays are passed over', () => {
  expect(addWorkingDays('2026-04-02', 1, easter)).toBe('2026-04-07')
  expect(addWorkingDays('2026-06-29', 5, schoolHolidays)).toBe('2026-09-04')
})
test('R-8.2 the night in which clocks change is one day like another', () => {
  expect(addWorkingDays('2026-03-27', 1, always)).toBe('2026-03-30')
  expect(addWorkingDays('2026-10-23', 1, always)).toBe('2026-10-26')
})
test('a calendar without working days is refused, not searched for ever', () => {
  expect(() => addWorkingDays('2026-03-06', 1, { closed: [{ from: '2020-01-01', until: '2030-01-01' }] })).toThrow('Correct')
})
test('what is left of a term is counted as the term is', () => {
  const end = addWorkingDays('2026-03-06', 5, always)
  expect(workingDaysBetween('2026-03-06', end, always)).toBe(5)
  expect(workingDaysBetween('2026-03-10', end, always)).toBe(3)
  expect(workingDaysBetween(end, '2026-03-06', always)).toBe(0)
})
