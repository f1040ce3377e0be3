import { compareDates, readBirthDate } from './birth-date.js'

test('R-I.3 the first of January is a year and no more, and what is no date is not known', () => {
  expect(readBirthDate('2008-01-01')).toEqual({ year: 2008 })
  expect(readBirthDate('20080314')).toEqual({ year: 2008, month: 3, day: 14 })
  expect(readBirthDate('2008-03')).toEqual({ year: 2008, month: 3 })
  expect(readBirthDate('2008')).toEqual({ year: 2008 })
  for (const text of ['19813005', '', 'spring', '2008-3-1', undefined]) expect(readBirthDate(text)).toBeUndefined()
})

test.each([
  ['2008-03-14', '20080314', 'same'],
  ['2008-03-14', '2008-03-15', 'slip'],
  ['2008-03-04', '2008-04-03', 'slip'],
  ['2008-03-14', '2008-03-41', undefined],
  ['2008-03-14', '1971-03-14', 'twoParts'],
  ['2008-03-14', '2008-11-02', 'near'],
  ['2008-03-14', '1971-10-25', 'differs'],
  ['2008-01-01', '2008-01-01', undefined],
  ['2008-01-01', '2008-03-14', undefined],
  ['2008', '2009-03-14', 'differs'],
  ['2008-03', '2008-04-14', 'differs'],
])('R-I.3 %s and %s: %s', (a, b, level) => {
  const [one, other] = [readBirthDate(a), readBirthDate(b)]
  expect(one && other && compareDates(one, other)).toBe(level)
  expect(one && other && compareDates(other, one)).toBe(level)
})
