import { erased } from '@passerelle/keyring'
import { sameValue } from './index.js'

describe('whether two payload values say the same', () => {
  test('what was erased is not even the same as itself', () => {
    expect(sameValue(erased, erased)).toBe(false)
    expect(sameValue({ name: erased }, { name: null })).toBe(false)
  })
  test('another value, type, length or key makes a difference', () => {
    for (const [a, b] of [
      [1, '1'],
      [null, undefined],
      [null, {}],
      [[], {}],
      [[1], [1, 2]],
      [
        [1, 2],
        [2, 1],
      ],
      [{ a: 1 }, { b: 1 }],
      [{ a: { b: 1 } }, { a: { b: 2 } }],
      [0, -0],
    ])
      expect(sameValue(a, b)).toBe(false)
  })
  test('the order of keys and properties left out make none', () => {
    expect(sameValue({ a: 1, b: [{ c: 'x' }] }, { b: [{ c: 'x' }], a: 1, d: undefined })).toBe(true)
    expect(sameValue(NaN, NaN)).toBe(true)
  })
})
