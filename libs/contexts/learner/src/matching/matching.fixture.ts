import fc from 'fast-check'
import type { PersonRecord } from './person.js'

const givenNames = ['Ana', 'Jan', 'Jana', 'Екатерина', 'Ekaterina', '若汐', 'محمد', 'Maria Elena', 'Söhnke', 'Hoa', 'Hòa']
const familyNames = ['García López', 'López', 'Иванов', 'Ivanov', 'Li', 'de la Cruz', "O'Kelly", 'Jan']

/** Records of a small place, where people have much in common. */
export const someRecords: fc.Arbitrary<PersonRecord> = fc.record(
  {
    id: fc.uuid(),
    givenName: fc.oneof(fc.constantFrom(...givenNames), fc.string({ maxLength: 8 })),
    familyName: fc.oneof(fc.constantFrom(...familyNames), fc.string({ maxLength: 8 })),
    birthDate: fc.constantFrom('2008-03-14', '2008-03-15', '2008-01-01', '2008', '2008-03', '20080314', 'unknown'),
    street: fc.constantFrom('Mill lane', 'Mil lane', 'Church street'),
    locality: fc.constantFrom('Mill lane', 'Old port'),
    municipality: fc.constantFrom('Northtown', 'Southtown'),
    postcode: fc.constantFrom('1000', '1001', '2000'),
    sex: fc.constantFrom('female', 'male'),
    identifiers: fc.dictionary(fc.constantFrom('school', 'health'), fc.constantFrom('a', 'b')),
  },
  { requiredKeys: ['id'] },
)

/** Letters for a made name, from a number. */
const syllables = ['ka', 'mo', 'ri', 'te', 'lu', 'sa', 'ven', 'dor', 'pi', 'hal', 'nu', 'gre', 'sti', 'bo', 'fa', 'zel']
const spell = (n: number): string => `${syllables[n % 16]}${syllables[(n >> 4) % 16]}${syllables[(n >> 8) % 16]}`

/** `people` different people, the first `twice` of them on file a second time with a slip in the family name. */
export function makeFile(people: number, twice: number): PersonRecord[] {
  const first = Array.from({ length: people }, (_, n): PersonRecord => ({
    id: `${n}`,
    givenName: spell(n * 7),
    familyName: spell(n * 13 + 5),
    birthDate: `${1995 + (n % 15)}-${String(2 + (n % 11)).padStart(2, '0')}-${String(2 + (n % 27)).padStart(2, '0')}`,
    street: `${spell(n * 3)} street`,
    municipality: spell(n % 20),
  }))
  return [
    ...first,
    ...first.slice(0, twice).map((record, n) => ({ ...record, id: `${n}-again`, familyName: `${record.familyName}e` })),
  ]
}
