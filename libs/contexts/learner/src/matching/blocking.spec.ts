import fc from 'fast-check'
import { candidatesOf } from './blocking.js'
import { makeFile, someRecords } from './matching.fixture.js'
import { readPerson } from './person.js'

test('who is the same in everything always meets, directly or over others who are the same, however full the blocks are', () => {
  const known = someRecords.filter(record => record.givenName?.match(/\p{L}/u) !== null && record.givenName !== undefined)
  fc.assert(
    fc.property(fc.array(someRecords, { maxLength: 60 }), known, fc.integer({ min: 2, max: 20 }), (others, record, copies) => {
      const people = [...others, ...Array<typeof record>(copies).fill(record)].map(readPerson)
      const first = others.length
      const met = new Set([first])
      const pairs = [...candidatesOf(people, 3)].filter(({ left }) => left >= first)
      for (let before = 0; before < met.size;) {
        before = met.size
        for (const { left, right } of pairs) if (met.has(left) || met.has(right)) met.add(left).add(right)
      }
      expect(met.size).toBe(copies)
    }),
    { numRuns: 60 },
  )
})

test('nobody meets the same candidate twice, nor themself', () => {
  fc.assert(
    fc.property(fc.array(someRecords, { maxLength: 40 }), records => {
      const pairs = [...candidatesOf(records.map(readPerson), 5)]
      expect(pairs.every(({ left, right }) => left < right)).toBe(true)
      expect(new Set(pairs.map(({ left, right }) => `${left} ${right}`)).size).toBe(pairs.length)
    }),
  )
})

test('candidates of one record stay few when the file grows', () => {
  const each = (size: number) => {
    const people = makeFile(size, 0).map(readPerson)
    return [...candidatesOf(people)].length / people.length
  }
  expect(each(1_000)).toBeLessThan(100)
  expect(each(4_000)).toBeLessThan(100)
})

test('a blocking key is told by its kind, never by what it holds', () => {
  const people = makeFile(200, 50).map(readPerson)
  for (const { blockingKey } of candidatesOf(people))
    expect(blockingKey).toMatch(
      /^(name|sound|birthYear|birthDate|birthday|place|municipality|neighbours)(\+(name|sound|birthYear|birthDate|birthday|place|municipality|neighbours))*$/,
    )
})
