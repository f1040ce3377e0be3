import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { canonicalJson } from './canonical-json.js'

describe('canonical JSON', () => {
  test('is what the reference implementation of RFC 8785 writes', () => {
    fc.assert(
      fc.property(
        fc.anything({ withDate: true, withSparseArray: true, withBoxedValues: true, withNullPrototype: true }),
        value => {
          const ours = attempt(() => canonicalJson({ value }))
          expect(ours).toEqual(attempt(() => canonicalize({ value })))
        },
      ),
      { numRuns: 2_000 },
    )
  })

  test('is what the reference implementation writes for text of every kind', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ stringUnit: 'binary' })), value => {
        expect(canonicalJson(value)).toBe(canonicalize(value))
      }),
      { numRuns: 1_000 },
    )
  })

  test.each([
    [
      'keys sorted by code unit',
      { '€': 1, '\r': 2, '\ufb33': 3, 1: 4, '😀': 5, '\u0080': 6, ö: 7 },
      '{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}',
    ],
    [
      'numbers as ECMAScript writes them',
      [333333333.33333329, 1e30, 4.5, 2e-3, 1e-27, -0],
      '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
    ],
    ['what JSON leaves out', { a: undefined, b: [undefined, () => 1], c: Symbol('s') }, '{"b":[null,null]}'],
    ['dates as text', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
  ])('has %s', (_, value, text) => expect(canonicalJson(value)).toBe(text))

  test.each([
    ['NaN', { n: NaN }],
    ['Infinity', [Infinity]],
    ['a bigint', { n: 1n }],
    ['half a character', ['\ud800']],
    ['half a character as a key', { '\udc00': 1 }],
    ['nothing', undefined],
  ])('does not exist for %s', (_, value) => expect(() => canonicalJson(value)).toThrow())

  test('does not exist for a cycle', () => {
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    expect(() => canonicalJson(cycle)).toThrow(RangeError)
  })
})

const attempt = (write: () => string | undefined) => {
  try {
    return write()
  } catch {
    return 'refused'
  }
}
