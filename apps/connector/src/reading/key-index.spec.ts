import * as fc from 'fast-check'
import { KeyIndex } from './key-index.js'

describe('the index of keys', () => {
  test('tells new, same and different as a map does, however many keys', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.constantFrom('x', 'y')), { maxLength: 3000 }), pairs => {
        const index = new KeyIndex()
        const map = new Map<string, string>()
        const ambiguous = new Set<string>()
        for (const [key, content] of pairs) {
          const known = map.get(key)
          const expected = known === undefined ? 'new' : known === content ? 'same' : 'different'
          if (expected === 'different') ambiguous.add(key)
          if (known === undefined) map.set(key, content)
          expect(index.add(key, content)).toBe(expected)
        }
        expect(index.size).toBe(map.size)
        for (const key of map.keys()) {
          expect(index.isAmbiguous(key)).toBe(ambiguous.has(key))
          expect([index.isFirst(key), index.isFirst(key)]).toEqual([true, false])
          expect(index.state(key)).toBe(ambiguous.has(key) ? 'rejected' : 'good')
        }
        expect(index.state('never added')).toBe('absent')
      }),
    )
  })
})
