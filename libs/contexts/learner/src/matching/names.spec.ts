import fc from 'fast-check'
import { someRecords } from './matching.fixture.js'
import { compareNames, readName } from './names.js'

test.each([
  ['Екатерина', 'Ekaterina', 'same'],
  ['Смирно́в', 'Smirnov', 'same'],
  ['Ελένη', 'Eleni', 'same'],
  ['მარიამი', 'Mariami', 'same'],
  ['Գրիգորյան', 'Grigoryan', 'same'],
  ['Ó Súilleabháin', "O'Suilleabhain", 'same'],
  ['محمد', 'Muhammad', 'alike'],
  ['فاطمة', 'Fatima', 'alike'],
  ['若汐', 'Ruòxī', 'alike'],
  ['佐藤', 'Satō', undefined],
  ['김', 'Gim', 'same'],
])('R-I.3 %s is compared with its romanization %s: %s', (localized, romanized, level) => {
  expect(compareNames(readName(localized)!, readName(romanized)!)).toBe(level)
})

test.each([
  ['García López', 'López García', 'same'],
  ['García López', 'Garcia Lopez', 'same'],
  ['García López', 'García', 'part'],
  ['García López', 'López', 'part'],
  ['García López', 'García Pérez', 'somewhat'],
  ['Ivan Petrovich', 'Ivan', 'part'],
  ['Petrovich Ivan', 'Ivan Petrovich', 'same'],
  ['M', 'Maria', 'part'],
  ['Catherine', 'Katherine', 'alike'],
  ['Jan', 'Peter', 'differs'],
])('R-I.3 two surnames and patronymics: %s and %s: %s', (a, b, level) => {
  expect(compareNames(readName(a)!, readName(b)!)).toBe(level)
})

test('a name of no letters is no name', () => {
  expect(readName(' - ')).toBeUndefined()
  expect(readName(undefined)).toBeUndefined()
})

test('it does not matter which name comes first, and every name is the same as itself', () => {
  const names = someRecords.map(({ givenName }) => readName(givenName)).filter(name => name !== undefined)
  fc.assert(
    fc.property(names, names, (a, b) => {
      expect(compareNames(a, b)).toBe(compareNames(b, a))
      expect(compareNames(a, a)).toBe('same')
    }),
    { numRuns: 1_000 },
  )
})
