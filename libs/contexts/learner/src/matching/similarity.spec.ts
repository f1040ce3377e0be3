import fc from 'fast-check'
import { isOneSlip, similarity } from './similarity.js'

const words = fc.string({ unit: fc.constantFrom(...'abcdeh'), maxLength: 10 })

test('likeness does not depend on who comes first, is between nothing and all, and is all only of the same', () => {
  fc.assert(
    fc.property(words, words, (a, b) => {
      expect(similarity(a, b)).toBe(similarity(b, a))
      expect(similarity(a, b)).toBeGreaterThanOrEqual(0)
      expect(similarity(a, b) === 1).toBe(a === b)
    }),
    { numRuns: 2_000 },
  )
})

test('what is not compared because it cannot be like enough would not have been', () => {
  fc.assert(
    fc.property(words, words, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, least) => {
      const whole = similarity(a, b)
      const quick = similarity(a, b, least)
      expect(quick === whole || (quick === 0 && whole < least)).toBe(true)
    }),
    { numRuns: 2_000 },
  )
})

test.each([
  ['martha', 'marhta', 0.9611],
  ['dwayne', 'duane', 0.84],
  ['dixon', 'dicksonx', 0.8133],
])('%s and %s are alike as Winkler has it', (a, b, known) => {
  expect(similarity(a, b)).toBeCloseTo(known, 3)
})

test.each([
  ['allen', 'alen', true],
  ['allen', 'alleen', true],
  ['allen', 'aleln', true],
  ['allen', 'allan', true],
  ['allen', 'allen', true],
  ['allen', 'alan', false],
  ['ab', 'ba', true],
  ['abc', 'cba', false],
  ['', 'a', true],
])('one slip between %s and %s: %s', (a, b, slip) => {
  expect(isOneSlip(a, b)).toBe(slip)
  expect(isOneSlip(b, a)).toBe(slip)
})
