import { setTimeout } from 'node:timers/promises'
import { type Hub, openHub } from '../face.fixture.js'

let hub: Hub
beforeAll(async () => void (hub = await openHub({ compiledAfter: 1 })))
afterAll(() => hub?.close())

type Question = Parameters<Hub['ask']>

/** Asks until the document is compiled: in the first pause that the process has, which on a busy machine is not at once. */
async function untilCompiled(...question: Question): Promise<void> {
  for (let i = 0; i < 1_000; i++) {
    if ((await hub.ask(...question)).body.data.isCompiled) return
    await setTimeout(20)
  }
  throw new Error(`Not compiled: ${question[0]}`)
}
let controls = 0
/** Answers before there was time to compile the document, and after another was compiled. */
async function beforeAndAfter(...question: Question) {
  const before = [await hub.ask(...question), await hub.ask(...question)]
  await untilCompiled(`query Control${controls++} { isCompiled }`)
  return { before, after: [await hub.ask(...question), await hub.ask(...question)] }
}

test('a document that is asked again and again is compiled', async () => {
  expect((await hub.ask('{ isCompiled }')).body).toEqual({ data: { isCompiled: false } })
  await untilCompiled('{ isCompiled }')
  await untilCompiled('query Q($n: Int!) { isCompiled learners(first: $n) { edges { node { id } } } }', { n: 2 })
})

test('what it is compiled to answers alike: rows, and what is wrong with values and fields', async () => {
  const page =
    'query P($n: Int!) { isCompiled learners(first: $n) { edges { node { id friends(first: 1) { edges { node { id } } } } } } }'
  const one = 'query L($id: String!) { isCompiled learner(id: $id) { id name } }'
  const asked: Question[] = [
    ...[2, 3, 500, 'two', null, undefined].map((n): Question => [page, { n }]),
    ...['stale', 'refused', 'broken', 'odd', 'l-1'].map((id): Question => [one, { id }]),
  ]
  const answers = async () => {
    const found = []
    for (const question of asked) {
      const { status, body } = await hub.ask(...question)
      const { isCompiled: _, ...data } = body.data ?? {}
      // Of what went wrong on our side the request id is told.
      const errors = body.errors?.map(({ extensions: { which, ...more }, ...error }) => [
        error,
        more,
        { ...which, requestId: '' },
      ])
      found.push([status, data, errors])
    }
    return found
  }
  const before = await answers()
  await untilCompiled(page, { n: 2 })
  await untilCompiled(one, { id: 'l-1' })
  expect(await answers()).toEqual(before)
})

test('of two operations neither is: each time the one that was named is run', async () => {
  const query = 'query A { isCompiled } query B { whoAmI }'
  const both = () =>
    Promise.all(['A', 'B'].map(async operationName => (await hub.post('education', { query, operationName })).json()))
  const answered = [{ data: { isCompiled: false } }, { data: { whoAmI: expect.any(String) } }]
  expect(await both()).toEqual(answered)
  await untilCompiled(`query Control${controls++} { isCompiled }`)
  expect(await both()).toEqual(answered)
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
    const { before, after } = await beforeAndAfter(query, variables)
    for (const { status, body } of after) expect([status, body]).toEqual([before[0]!.status, before[0]!.body])
    expect(before[0]!.body.data?.isCompiled ?? false).toBe(false)
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
  await untilCompiled(query, { n: 1 })
  expect(await Promise.all(faulty.map(ask))).toEqual(before)
  expect(await ask({ variables: { n: 1 }, operationName: 'Q' })).toMatchObject([200, { data: { isCompiled: true } }])
})

test('nor a large document, be it large by its fragments', async () => {
  const learners = (n: number) => Array.from({ length: n }, (_, i) => `l${i}: learner(id: "l") { ...F }`).join(' ')
  const fragment = 'fragment F on Learner { id name friends(first: 1) { edges { node { id name } } } }'
  await untilCompiled(`{ isCompiled ${learners(12)} } ${fragment}`)
  const { after } = await beforeAndAfter(`{ isCompiled ${learners(20)} } ${fragment}`)
  expect(after.map(({ body }) => body.data.isCompiled)).toEqual([false, false])
})
