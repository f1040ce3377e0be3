import fc from 'fast-check'
import { candidatesOf } from './blocking.js'
import { compare, fields } from './comparisons.js'
import { estimate } from './estimate.js'
import { makeFile, someRecords } from './matching.fixture.js'
import { ComparedPairs, scoreOf } from './model.js'
import { readPerson } from './person.js'

test('comparing does not depend on who comes first', () => {
  fc.assert(
    fc.property(someRecords, someRecords, (a, b) => {
      const [one, other] = [readPerson(a), readPerson(b)]
      expect(compare(one, other)).toEqual(compare(other, one))
    }),
    { numRuns: 1_000 },
  )
})

test('a record is the same as itself in all that it knows', () => {
  fc.assert(
    fc.property(someRecords, record => {
      const levels = compare(readPerson(record), readPerson({ ...record, id: 'again' }))
      expect(levels.every(level => level <= 0)).toBe(true)
    }),
  )
})

test('no step of the estimation explains the records worse than the step before', () => {
  fc.assert(
    fc.property(fc.array(someRecords, { minLength: 2, maxLength: 40 }), records => {
      const people = records.map(readPerson)
      const { logLikelihoods } = estimate(people, [...candidatesOf(people)])
      logLikelihoods.forEach((value, step) => {
        expect(Number.isFinite(value)).toBe(true)
        if (step > 0) expect(value - logLikelihoods[step - 1]!).toBeGreaterThan(-1e-6 * Math.abs(value))
      })
    }),
    { numRuns: 25 },
  )
})

test('the share of duplicates is found over all pairs, not over those that were compared', () => {
  for (const twice of [0, 20, 100]) {
    const people = makeFile(400, twice).map(readPerson)
    const allPairs = (people.length * (people.length - 1)) / 2
    const { model } = estimate(people, [...candidatesOf(people)])
    expect(Math.abs(model.prior * allPairs - twice)).toBeLessThan(5)
  }
})

test('to agree in one more field never makes it less likely that two records are one person’s', () => {
  const people = makeFile(800, 100).map(readPerson)
  const { model } = estimate(people, [...candidatesOf(people)])
  const score = (a: Parameters<typeof readPerson>[0], b: Parameters<typeof readPerson>[0]) => {
    const file = [...makeFile(50, 0), a, b].map(readPerson)
    return scoreOf(model, new ComparedPairs([{ left: 50, right: 51 }], file), 0)
  }
  fc.assert(
    fc.property(
      fc.nat({ max: 49 }),
      fc.nat({ max: 49 }),
      fc.constantFrom('givenName', 'familyName', 'birthDate', 'street', 'municipality'),
      (one, other, field) => {
        const [a, b] = [makeFile(50, 0)[one]!, makeFile(50, 0)[other]!]
        expect(score(a, { ...b, [field]: a[field] })).toBeGreaterThanOrEqual(score(a, b))
      },
    ),
  )
})

test('to agree on something rare says more than to agree on something common', () => {
  const file = makeFile(300, 0).map((record, n) => ({ ...record, municipality: n < 150 ? 'Northtown' : record.municipality }))
  const people = file.map(readPerson)
  const compared = new ComparedPairs(
    [
      { left: 0, right: 1 },
      { left: 200, right: 220 },
    ],
    people,
  )
  const municipality = fields.findIndex(({ name }) => name === 'municipality')
  expect(compared.level(0, municipality)).toBe(0)
  expect(compared.level(1, municipality)).toBe(0)
  expect(compared.rarity(0, municipality)).toBeGreaterThan(compared.rarity(1, municipality))
})
