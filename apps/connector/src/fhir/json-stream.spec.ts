import * as fc from 'fast-check'
import { Fault, memoryFolder } from '../reading/index.js'
import { jsonParts } from './json-stream.js'

async function parts(content: string | Uint8Array, name = 'f.json') {
  const found = []
  for await (const { pointer, of, value, line, document } of jsonParts(memoryFolder({ [name]: content }), name))
    found.push({ at: `${document}${pointer}`, of, line, value: value instanceof Fault ? value.code : value })
  return found
}
const values = async (content: string, name?: string) => (await parts(content, name)).map(part => part.value)

describe('JSON in parts', () => {
  test('gives out each entry of a bundle, then the bundle without them', async () => {
    expect(await parts('\ufeff{"entry":[{"a":[{"b":1}]},\n {"c":"}]\\""}],"type":"batch","resourceType":"Bundle"}')).toEqual([
      { at: '0/entry/0', of: 'entry', line: 1, value: { a: [{ b: 1 }] } },
      { at: '0/entry/1', of: 'entry', line: 2, value: { c: '}]"' } },
      { at: '0', of: 'document', line: 1, value: { entry: [], type: 'batch', resourceType: 'Bundle' } },
    ])
  })

  test('an entry that is no JSON spoils nothing but itself', async () => {
    expect(await values('{"entry":[{"a":1},{"b":},{"c":3}]}')).toEqual([{ a: 1 }, 'JSON.BROKEN', { c: 3 }, { entry: [] }])
  })

  test('a broken line of NDJSON spoils that line alone', async () => {
    expect(await values('{"a":1}\n{"b":\n\n{"c":"}\nx\n{"d":4}', 'f.ndjson')).toEqual([
      { a: 1 },
      'JSON.BROKEN',
      'JSON.BROKEN',
      'JSON.BROKEN',
      { d: 4 },
    ])
  })

  test.each([
    ['is cut off', '{"a":1', 'JSON.BROKEN'],
    ['closes what it did not open', '{"a":1]}', 'JSON.BROKEN'],
    ['has a key twice', '{"a":{"b":1,"b":1}}', 'JSON.KEY_TWICE'],
    ['has a key twice, once written otherwise', '{"ab":1,"a\\u0062":1}', 'JSON.KEY_TWICE'],
    ['has a number beyond a double', '{"a":1e999}', 'JSON.NUMBER'],
    ['has a NUL in a text', '{"a":"\\u0000"}', 'ENCODING.CONTROL_CHARACTER'],
    ['has half a character', '{"a":"\\ud800"}', 'ENCODING.CONTROL_CHARACTER'],
    ['is nested without end', `{"a":${'['.repeat(100_000)}`, 'JSON.BROKEN'],
    ['is no object', '"a"', 'JSON.BROKEN'],
  ])('refuses a document that %s', async (_, content, expected) => {
    expect(await values(content)).toEqual([expected])
  })

  test('the same key in two objects is no fault', async () => {
    expect(await values('{"a":{"b":1},"c":{"b":2},"d":"\\"b\\":"}')).toEqual([{ a: { b: 1 }, c: { b: 2 }, d: '"b":' }])
  })

  test('bytes that are not UTF-8 are told', async () => {
    expect((await parts(Buffer.from('{"a":"\xe9"}', 'latin1')))[0]!.value).toBe('ENCODING.NOT_UTF8')
  })

  test('any JSON in any chunking comes out as JSON.parse reads it', async () => {
    const entry = fc
      .dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 })
      .filter(
        value =>
          !JSON.stringify(value).includes('\\u0000') &&
          JSON.stringify(value).isWellFormed() &&
          !/\\ud[89a-f]/.test(JSON.stringify(value)),
      )
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), fc.integer({ min: 1, max: 7 }), async (entries, size) => {
        const bytes = Buffer.from(JSON.stringify({ resourceType: 'Bundle', entry: entries, type: 'batch' }))
        const folder = {
          files: ['f'],
          size: () => bytes.length,
          async *open(_: string, from = 0) {
            for (let at = from; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
          },
        }
        const found = []
        for await (const part of jsonParts(folder, 'f')) found.push(part.value)
        expect(found).toEqual([...JSON.parse(JSON.stringify(entries)), { resourceType: 'Bundle', entry: [], type: 'batch' }])
      }),
      { numRuns: 200 },
    )
  })
})
