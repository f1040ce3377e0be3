import { setTimeout } from 'node:timers/promises'
import { type Hub, openHub } from '../face.fixture.js'

let hub: Hub
beforeAll(async () => void (hub = await openHub({ compiledAfter: 1 })))
afterAll(() => hub?.close())

/** Answers before there was time to compile the document, and after. */
const often = async (...question: Parameters<Hub['ask']>) => {
  const answers: Awaited<ReturnType<Hub['ask']>>[] = []
  for (let i = 0; i < 4; i++) {
    answers.push(await hub.ask(...question))
    if (i === 1) await setTimeout(150)
  }
  return answers
}
const isCompiled = async (query: string, ...more: [variables?: object]) =>
  (await often(query, ...more)).map(({ body }) => body.data.isCompiled as boolean)

test('a document that is asked again and again is compiled', async () => {
  expect(await isCompiled('{ isCompiled }')).toEqual([false, false, true, true])
  expect(await isCompiled('query Q($n: Int!) { isCompiled learners(first: $n) { edges { node { id } } } }', { n: 2 })).toContain(
    true,
  )
})

test('what it is compiled to answers alike: rows, and what is wrong with values and fields', async () => {
  const page =
    'query P($n: Int!) { isCompiled learners(first: $n) { edges { node { id friends(first: 1) { edges { node { id } } } } } } }'
  for (const n of [2, 3, 500, 'two', null, undefined]) {
    const [first, ...later] = (await often(page, { n })).map(({ status, body }) =>
      JSON.stringify([status, body.data?.learners, body.errors]),
    )
    expect(later).toEqual(Array(3).fill(first))
  }
  for (const id of ['stale', 'refused', 'broken', 'odd', 'l-1']) {
    const question = `query L($id: String!) { isCompiled learner(id: $id) { id name } }`
    const [first, ...later] = (await often(question, { id })).map(({ status, body, code }) => [status, code, body.data?.learner])
    expect(later).toEqual(Array(3).fill(first))
  }
})

test('of two operations neither is: each time the one that was named is run', async () => {
  const query = 'query A { isCompiled } query B { whoAmI }'
  for (let i = 0; i < 4; i++) {
    const [a, b] = await Promise.all(
      ['A', 'B'].map(async operationName => (await hub.post('education', { query, operationName })).json()),
    )
    expect([a, b]).toEqual([{ data: { isCompiled: false } }, { data: { whoAmI: expect.any(String) } }])
  }
})

/** What the compiler would answer otherwise than the specification has it. */
const otherwise: [what: string, query: string, ...variables: (object | undefined)[]][] = [
  [
    'a variable that may hold itself: it would never end',
    'query W($w: Where!) { isCompiled found(where: $w) }',
    { w: { and: [{ not: { name: 'x' } }] } },
  ],
  ['a default', 'query D($n: Int! = 2) { isCompiled learners(first: $n) { edges { node { id } } } }', {}, undefined, { n: 1 }],
  ['a variable within a value', 'query I($s: String) { isCompiled found(where: { name: $s }) }', {}, { s: 'x' }],
  ['a variable within a list', 'query L($s: String) { isCompiled found(where: { and: [{ name: $s }] }) }', {}, { s: 'x' }],
  [
    'a condition on what is merged',
    'query M($m: Boolean!) { isCompiled learner(id: "l-1") { id } ...More @include(if: $m) } fragment More on Query { learner(id: "l-1") { ...Name } } fragment Name on Learner { name }',
    ...[{ m: false }, { m: true }],
  ],
  [
    'a fragment that is spread twice, once under a condition',
    'query S($m: Boolean!) { isCompiled learner(id: "l-1") { ...Id @include(if: $m) ...Id } } fragment Id on Learner { id }',
    ...[{ m: false }, { m: true }],
  ],
  ['the name that objects have', '{ isCompiled __proto__: whoAmI }', {}],
]
test.each(otherwise)('nor one with %s', async (_, query, ...asked) => {
  for (const variables of asked) {
    const [first, ...later] = await often(query, variables)
    for (const { status, body } of later) expect([status, body]).toEqual([first!.status, first!.body])
    expect(first!.body.data?.isCompiled ?? false).toBe(false)
  }
})

test('whoever names another operation, or sends no variables, is told so all the same', async () => {
  const query = 'query Q($n: Int!) { isCompiled learners(first: $n) { edges { node { id } } } }'
  const ask = async (more: object) => {
    const answer = await hub.post('education', { query, ...more })
    return [answer.status, await answer.json()]
  }
  const faulty = [
    { variables: { n: 1 }, operationName: 'Other' },
    { variables: { n: 1 }, operationName: '' },
    {},
    { variables: null },
  ]
  const before = await Promise.all(faulty.map(ask))
  expect(await isCompiled(query, { n: 1 })).toContain(true)
  expect(await Promise.all(faulty.map(ask))).toEqual(before)
  expect(await ask({ variables: { n: 1 }, operationName: 'Q' })).toMatchObject([200, { data: { isCompiled: true } }])
})

test('nor a large document, be it large by its fragments', async () => {
  const learners = (n: number) => Array.from({ length: n }, (_, i) => `l${i}: learner(id: "l") { ...F }`).join(' ')
  const fragment = 'fragment F on Learner { id name friends(first: 1) { edges { node { id name } } } }'
  expect(await isCompiled(`{ isCompiled ${learners(12)} } ${fragment}`)).toContain(true)
  expect(await isCompiled(`{ isCompiled ${learners(20)} } ${fragment}`)).not.toContain(true)
})
