import fc from 'fast-check'
import { idPattern } from '@passerelle/event-log'
import { agencySchema } from './agency-schema.js'

const agencyId = fc.stringMatching(idPattern)

describe('agencySchema', () => {
  test('a name is a plain identifier that PostgreSQL does not cut off', () => {
    fc.assert(fc.property(agencyId, id => /^agency_[a-z0-9_]{1,56}$/.test(agencySchema(id))))
  })

  test('ids that look alike have schemas of their own', () => {
    const alike = [
      'school-a',
      'school_a',
      'School-a',
      'school.a',
      'school:a',
      'school--a',
      'school-a-',
      'schoola',
      'x'.repeat(48),
      'x'.repeat(49),
      'x'.repeat(50),
    ]
    expect(new Set(alike.map(agencySchema)).size).toBe(alike.length)
  })

  test('different ids have different names', () => {
    fc.assert(fc.property(agencyId, agencyId, (a, b) => a === b || agencySchema(a) !== agencySchema(b)))
  })

  test('a plain id can be read in the name', () => {
    expect(agencySchema('school-a')).toBe('agency_school_a')
  })
})
