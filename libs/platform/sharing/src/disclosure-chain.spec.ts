import { hash as digest } from 'node:crypto'
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { type ChainedDisclosure, ChainVerifier, contentHashOf, linkOf } from './disclosure-chain.js'
import { type Disclosure, entryText } from './disclosure.js'
import { accessBases, categories, purposes, roles } from './vocabulary.js'

const id = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' })
const reason = fc.record(
  {
    category: fc.constantFrom(...categories),
    rule: id,
    basis: fc.constantFrom(...accessBases),
    ref: fc.option(id, { nil: undefined }),
  },
  { requiredKeys: ['category', 'rule'] },
)
const anEntry: fc.Arbitrary<Disclosure> = fc.record(
  {
    at: fc.constant('2026-03-01T09:30:00.000Z'),
    userId: id,
    agencyId: fc.constantFrom('school', 'clinic'),
    role: fc.constantFrom(...roles),
    purpose: fc.constantFrom(...purposes),
    basis: fc.constantFrom(...accessBases),
    categories: fc.subarray([...categories]),
    learners: fc.array(
      fc.record({ learnerId: id, position: id, because: fc.array(reason, { maxLength: 2 }) }, { requiredKeys: ['learnerId'] }),
      { maxLength: 3 },
    ),
    requestId: id,
    act: fc.constantFrom('read', 'export'),
  },
  { requiredKeys: ['at', 'userId', 'agencyId', 'role', 'purpose', 'categories', 'learners', 'requestId', 'act'] },
)

test('an entry is written as canonical JSON', () =>
  fc.assert(fc.property(anEntry, entry => expect(entryText(entry)).toBe(canonicalize(entry)))))

function chained(entries: readonly Disclosure[]): ChainedDisclosure[] {
  const heads = new Map<string, { sequence: number; hash: string }>()
  return entries.map(entry => {
    const { agencyId } = entry
    const before = heads.get(agencyId) ?? { sequence: 0, hash: '' }
    const head = { sequence: before.sequence + 1, hash: linkOf(before.hash, digest('sha256', entryText(entry), 'hex')) }
    heads.set(agencyId, head)
    return { agencyId, ...head, entry }
  })
}
const headOf = (chain: readonly ChainedDisclosure[], agencyId = 'school') => {
  const { sequence, hash } = chain.findLast(each => each.agencyId === agencyId)!
  return { agencyId, sequence, hash }
}
function faults(copy: readonly ChainedDisclosure[], heads: readonly ReturnType<typeof headOf>[] = []) {
  const verifier = new ChainVerifier(heads)
  for (const each of copy) verifier.take(each)
  return verifier.faults()
}
const entry = (n: number, agencyId = 'school'): Disclosure => ({
  at: '2026-03-01T09:30:00.000Z',
  userId: `user-${n}`,
  agencyId,
  role: 'teacher',
  purpose: 'educationSupport',
  basis: 'publicTask',
  categories: ['C1'],
  learners: [{ learnerId: `learner-${n}`, position: 'p' }],
  requestId: `r-${n}`,
  act: 'read',
})
const five = chained([1, 2, 3, 4, 5].map(n => entry(n)))

test('chains of several agencies, in any mixture, are whole', () =>
  fc.assert(
    fc.property(fc.array(anEntry, { maxLength: 20 }), entries => {
      // As it comes out of a file, with keys in any order.
      const copy = chained(entries).map(each => JSON.parse(JSON.stringify(each)))
      expect(faults(copy)).toEqual([])
    }),
  ))

describe('R-V.5 the first bad entry is named', () => {
  test('where one was altered, whatever of it', () => {
    const alterations: ((of: ChainedDisclosure) => ChainedDisclosure)[] = [
      each => ({ ...each, entry: { ...each.entry, userId: 'somebody-else' } }),
      each => ({ ...each, entry: { ...each.entry, categories: [] } }),
      each => ({ ...each, entry: { ...each.entry, learners: [] } }),
      each => ({ ...each, entry: { ...each.entry, basis: 'consent' } }),
      each => ({ ...each, entry: { ...each.entry, at: '2026-03-01T09:30:00.001Z' } }),
      each => ({ ...each, hash: '0'.repeat(64) }),
    ]
    for (const alter of alterations)
      expect(faults(five.map((each, i) => (i === 2 ? alter(each) : each)))).toEqual([
        { agencyId: 'school', sequence: 3, why: expect.stringContaining('altered') },
      ])
  })
  test('where it was altered and its hash made to fit: the next one no longer follows', () => {
    const altered = { ...five[2]!.entry, userId: 'somebody-else' }
    const copy = five.map((each, i) =>
      i === 2 ? { ...each, entry: altered, hash: linkOf(five[1]!.hash, contentHashOf(altered)) } : each,
    )
    expect(faults(copy)).toEqual([{ agencyId: 'school', sequence: 4, why: expect.stringContaining('altered') }])
  })
  test('where one is missing', () =>
    expect(faults(five.filter((_, i) => i !== 2))).toEqual([{ agencyId: 'school', sequence: 3, why: 'the entry is missing' }]))
  test('where the beginning is missing', () =>
    expect(faults(five.slice(2))).toEqual([
      { agencyId: 'school', sequence: 1, why: expect.stringContaining('entries 1 to 2 are missing') },
    ]))
  test('where it was taken out and those after it were numbered anew', () => {
    const copy = five.filter((_, i) => i !== 2).map((each, i) => ({ ...each, sequence: i + 1 }))
    expect(faults(copy)).toEqual([{ agencyId: 'school', sequence: 3, why: expect.stringContaining('altered') }])
  })
  test('where two changed places', () =>
    expect(faults([five[0]!, five[2]!, five[1]!, five[3]!, five[4]!])).toMatchObject([{ agencyId: 'school', sequence: 2 }]))
  test('where one is there twice', () =>
    expect(faults([...five.slice(0, 3), five[2]!, ...five.slice(3)])).toEqual([
      { agencyId: 'school', sequence: 3, why: expect.stringContaining('there twice') },
    ]))
  test('where an entry was moved from another agency', () => {
    const stranger = chained([entry(1, 'clinic')])[0]!
    expect(faults([{ ...stranger, agencyId: 'school' }])).toMatchObject([{ agencyId: 'school', sequence: 1 }])
  })
  test('where the end was cut off and the head was published', () => {
    expect(faults(five.slice(0, 3))).toEqual([])
    expect(faults(five.slice(0, 3), [headOf(five)])).toEqual([
      { agencyId: 'school', sequence: 4, why: 'the chain ends before it, and its head is entry 5: cut off' },
    ])
    expect(faults([], [headOf(five)])).toMatchObject([{ agencyId: 'school', sequence: 1 }])
  })
  test('where the chain was written anew from the beginning', () => {
    const anew = chained([9, 2, 3, 4, 5, 6].map(n => entry(n)))
    expect(faults(anew)).toEqual([])
    expect(faults(anew, [headOf(five)])).toEqual([
      { agencyId: 'school', sequence: 5, why: expect.stringContaining('written anew') },
    ])
  })
  test('of each agency by itself', () => {
    const both = chained([entry(1), entry(2, 'clinic'), entry(3), entry(4, 'clinic')])
    const copy = both.filter(({ agencyId, sequence }) => agencyId === 'school' || sequence > 1)
    expect(faults(copy, [headOf(both)])).toEqual([{ agencyId: 'clinic', sequence: 1, why: 'the entry is missing' }])
  })
  test('any change of any entry of any chain is found, once its head was published', () =>
    fc.assert(
      fc.property(fc.array(anEntry, { minLength: 1, maxLength: 8 }), fc.nat(), anEntry, (entries, at, other) => {
        const chain = chained(entries)
        const i = at % chain.length
        fc.pre(entryText(other) !== entryText(entries[i]!))
        const heads = [...new Set(entries.map(each => each.agencyId))].map(agencyId => headOf(chain, agencyId))
        const anew = chained(entries.map((each, n) => (n === i ? other : each)))
        expect(faults(anew, heads)).not.toEqual([])
      }),
    ))
})
