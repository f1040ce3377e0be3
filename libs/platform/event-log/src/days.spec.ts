import { addDays, addMonths, addYears, dayOf, daysBetween } from './days.js'

test('a day is the day in UTC, whatever the clocks do that night', () => {
  expect(dayOf(new Date('2026-03-29T00:59:59Z'))).toBe('2026-03-29')
  expect(addDays('2026-03-28', 2)).toBe('2026-03-30')
  expect(addDays('2026-10-24', 2)).toBe('2026-10-26')
  expect(daysBetween('2026-03-28', '2026-03-30')).toBe(2)
  expect(daysBetween('2026-03-30', '2026-03-28')).toBe(-2)
})
test('a year is a year also across a leap day', () => {
  expect(addYears('2026-03-01', 1)).toBe('2027-03-01')
  expect(addYears('2028-02-29', 1)).toBe('2029-03-01')
  expect(addYears('2010-05-31', 16)).toBe('2026-05-31')
})
test('a month ends on the same day of the next, or on its last day (Regulation 1182/71)', () => {
  expect(addMonths('2026-03-15', 1)).toBe('2026-04-15')
  expect(addMonths('2026-01-31', 1)).toBe('2026-02-28')
  expect(addMonths('2028-01-31', 1)).toBe('2028-02-29')
  expect(addMonths('2026-11-30', 3)).toBe('2027-02-28')
  expect(addMonths('2026-12-31', 1)).toBe('2027-01-31')
})
