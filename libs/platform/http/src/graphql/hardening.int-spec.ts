import { getIntrospectionQuery } from 'graphql'
import { openHub, type Hub } from '../face.fixture.js'
import { trustDocuments } from './graphql-options.js'

let hub: Hub
let roomy: Hub
const developers = { mayIntrospect: ({ person }: { person: { role: string } }) => person.role === 'teacher' }
const trusted = trustDocuments(['{ whoAmI }', 'query L($n: Int!) { learners(first: $n) { edges { node { id } } } }'])
let onlyTrusted: Hub

beforeAll(async () => {
  hub = await openHub()
  // The parser's limit out of the way, so that the limits behind it are seen to hold by themselves.
  roomy = await openHub({ ...developers, limits: { tokens: 1_000_000, bodyBytes: 5_000_000 } })
  onlyTrusted = await openHub({ trustedDocuments: trusted })
})
afterAll(() => Promise.all([hub, roomy, onlyTrusted].map(each => each?.close())))

const nested = (levels: number) =>
  '{ learners(first: 1) { edges { node { '.concat(
    'friends(first: 1) { edges { node { '.repeat(levels),
    'id',
    ' } } }'.repeat(levels),
    ' } } } }',
  )
const aliases = (n: number) => `{ ${Array.from({ length: n }, (_, i) => `a${i}: whoAmI`).join(' ')} }`

describe('a document is refused', () => {
  test('with 20,000 aliases: by the parser, and by the rule without it', async () => {
    expect((await roomy.ask(aliases(20_000))).code).toBe('GRAPHQL.TOO_MANY_ALIASES')
    expect((await hub.ask(aliases(2_000))).code).toBe('GRAPHQL.TOO_LONG')
    expect((await hub.ask(aliases(51))).code).toBe('GRAPHQL.TOO_MANY_ALIASES')
    expect((await hub.ask(aliases(20_000))).status).toBe(413)
  })

  test('with 20,000 aliases hidden in fragments that spread fragments', async () => {
    const layers = Array.from({ length: 15 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')
    expect((await hub.ask(`{ ...F0 } ${layers} fragment F15 on Query { a: whoAmI }`)).code).toBe('GRAPHQL.TOO_MANY_ALIASES')
  })

  test('with a billion fields unfolding from a few fragments, without unfolding them', async () => {
    const layers = Array.from({ length: 60 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} ...F${i + 1} }`).join(' ')
    expect((await hub.ask(`{ ...F0 } ${layers} fragment F60 on Query { whoAmI }`)).code).toMatch(/^GRAPHQL.TOO_/)
  })

  test('with 10,000 directives, on a field, on operations, in fragments', async () => {
    const skips = (n: number) => '@skip(if: false) '.repeat(n)
    expect((await roomy.ask(`{ whoAmI ${skips(10_000)} }`)).code).toBe('GRAPHQL.TOO_MANY_DIRECTIVES')
    expect((await roomy.ask(`query ${'@x '.repeat(10_000)} { whoAmI }`)).code).toBe('GRAPHQL.TOO_MANY_DIRECTIVES')
    expect((await hub.ask(`{ ...F ...F ...F } fragment F on Query { whoAmI ${skips(17)} }`)).code).toBe(
      'GRAPHQL.TOO_MANY_DIRECTIVES',
    )
    expect((await hub.ask(`{ whoAmI ${skips(3_000)} }`)).code).toBe('GRAPHQL.TOO_LONG')
  })

  test('that is nested deeply, in itself or by fragments, and one that nests until the parser gives up', async () => {
    expect((await hub.ask(nested(5))).code).toBe('GRAPHQL.TOO_DEEP')
    expect((await roomy.ask(nested(5_000))).code).toMatch(/^(GRAPHQL.TOO_DEEP|REQUEST.MALFORMED)$/)
    const layers = Array.from(
      { length: 20 },
      (_, i) => `fragment F${i} on Learner { friends(first: 1) { edges { node { ...F${i + 1} } } } }`,
    ).join(' ')
    expect(
      (await hub.ask(`{ learners(first: 1) { edges { node { ...F0 } } } } ${layers} fragment F20 on Learner { id }`)).code,
    ).toBe('GRAPHQL.TOO_DEEP')
    expect((await hub.ask('{ whoAmI }')).body.data).toBeDefined()
  })

  test('whose fragments go round in circles', async () => {
    expect((await hub.ask('{ ...A } fragment A on Query { ...B } fragment B on Query { whoAmI ...A }')).code).toBe(
      'GRAPHQL.INVALID',
    )
    expect((await hub.ask('{ ...A } fragment A on Query { whoAmI ...A ...A }')).code).toBe('GRAPHQL.INVALID')
  })

  test('that names the same again and again, which the specification would compare each with each', async () => {
    const fragments = (n: number, body: (i: number) => string) =>
      Array.from({ length: n }, (_, i) => `fragment F${i} on Query { ${body(i)} }`).join(' ')
    const spreads = (n: number) => Array.from({ length: n }, (_, i) => `...F${i}`).join(' ')
    const wide = 'learners(first: 1) { edges { node { id } } } '
    for (const query of [
      `{ ${'whoAmI '.repeat(1_900)} }`,
      `{ ${wide.repeat(60)} }`,
      `{ ${'... on Query { whoAmI } '.repeat(60)} }`,
      `{ ${spreads(60)} } ${fragments(60, () => 'whoAmI')}`,
      `{ ${spreads(60)} } ${fragments(60, i => `whoAmI ...F${(i + 1) % 60} `)}`,
      `{ learners(first: 1) { ${'edges { node { id id } } '.repeat(30)} } }`,
    ])
      expect((await hub.ask(query)).code).toBe('GRAPHQL.TOO_REPETITIVE')
    expect((await hub.ask(`{ ${spreads(20)} } ${fragments(20, () => 'whoAmI')}`)).body.data).toBeDefined()
  })

  test('that asks for a page without a length, or for one that is too long or none, by value or by variable', async () => {
    const page = (first: string) => `{ learners${first} { edges { node { id } } } }`
    for (const first of ['', '(first: null)']) expect((await hub.ask(page(first))).code).toBe('GRAPHQL.FIRST_REQUIRED')
    for (const first of ['(first: 0)', '(first: 101)', '(first: -1)', '(first: 2000000000)'])
      expect((await hub.ask(page(first))).body.errors![0]).toMatchObject({
        message: expect.stringContaining('first is between 1 and 100'),
        extensions: { code: 'GRAPHQL.PAGE_TOO_LONG' },
      })
    const byVariable = 'query Q($n: Int) { learners(first: $n) { edges { node { id } } } }'
    for (const variables of [{}, { n: null }, undefined])
      expect((await hub.ask(byVariable, variables)).code).toBe('GRAPHQL.FIRST_REQUIRED')
    for (const n of [0, 101, -1]) expect((await hub.ask(byVariable, { n })).code).toBe('GRAPHQL.PAGE_TOO_LONG')
    expect((await hub.ask('query Q($n: Int = 500) { learners(first: $n) { edges { node { id } } } }')).code).toBe(
      'GRAPHQL.PAGE_TOO_LONG',
    )
    expect(
      (
        await hub.ask(
          `{ learners(first: 1) { edges { node { ...F } } } } fragment F on Learner { friends(first: 5000) { edges { node { id } } } }`,
        )
      ).code,
    ).toBe('GRAPHQL.PAGE_TOO_LONG')
  })

  test('that is the same as one before, with larger variables', async () => {
    const query = 'query Q($n: Int!) { learners(first: $n) { edges { node { id } } } }'
    expect((await hub.ask(query, { n: 2 })).body.data.learners.edges).toHaveLength(2)
    expect((await hub.ask(query, { n: 101 })).code).toBe('GRAPHQL.PAGE_TOO_LONG')
  })

  test('whose pages multiply to too much, by value or by variable', async () => {
    expect(
      (await hub.ask('{ learners(first: 100) { edges { node { friends(first: 100) { edges { node { id } } } } } } }')).code,
    ).toBe('GRAPHQL.TOO_COSTLY')
    const query = 'query Q($n: Int!) { learners(first: $n) { edges { node { friends(first: $n) { edges { node { id } } } } } } }'
    expect((await hub.ask(query, { n: 100 })).code).toBe('GRAPHQL.TOO_COSTLY')
    expect((await hub.ask(query, { n: 10 })).body.data.learners.edges).toHaveLength(10)
  })

  test('that comes as a syntax tree in JSON, past the parser', async () => {
    const tree = {
      kind: 'Document',
      definitions: [
        {
          kind: 'OperationDefinition',
          operation: 'query',
          selectionSet: { kind: 'SelectionSet', selections: [{ kind: 'Field', name: { kind: 'Name', value: 'whoAmI' } }] },
        },
      ],
    }
    for (const query of [
      JSON.stringify(tree),
      JSON.stringify(tree, null, 2),
      `  ${JSON.stringify(tree)}`,
      `[${JSON.stringify(tree)}]`,
      '"text"',
      '5',
      'null',
      '[]',
    ])
      expect((await hub.ask(query)).code).toMatch(/^GRAPHQL\.(SYNTAX|INVALID)$/)
  })

  test('in a batch, and it is said that batches are not served', async () => {
    for (const batch of [[{ query: '{ whoAmI }' }, { query: '{ whoAmI }' }], [{ query: '{ whoAmI }' }], []]) {
      const answer = await hub.post('education', batch)
      const [error] = ((await answer.json()) as any).errors
      expect([answer.status, error.extensions.code]).toEqual([400, 'REQUEST.MALFORMED'])
      expect(error.message).toContain('Several requests in one')
    }
  })

  test('in a body over the limit', async () => {
    expect(await hub.ask(`{ whoAmI } # ${'x'.repeat(200_000)}`)).toMatchObject({ status: 413, code: 'REQUEST.TOO_LARGE' })
  })

  test.each([
    '',
    '   ',
    '{',
    '{}',
    'nonsense',
    '{ whoAmI } }',
    'subscription { x }',
    '\u0000',
    'type Query { a: Int }',
    'query A { whoAmI } query B { whoAmI }',
  ])('that is no document to be run: %j', async query => {
    const { code, body } = await hub.ask(query)
    expect(code).toMatch(/^GRAPHQL\.|^REQUEST\./)
    expect(body.data).toBeUndefined()
  })
})

describe('the schema', () => {
  test('is told to nobody but developers, though its queries are kept in memory', async () => {
    for (const query of [
      '{ __schema { queryType { name } } }',
      '{ __type(name: "Learner") { name } }',
      '{ ...F } fragment F on Query { __schema { types { name } } }',
      getIntrospectionQuery(),
    ]) {
      for (let i = 0; i < 2; i++)
        expect(await hub.ask(query)).toMatchObject({ status: 403, code: 'GRAPHQL.INTROSPECTION_CLOSED' })
      expect((await roomy.ask(query)).body.data).toBeDefined()
    }
    expect((await roomy.ask(getIntrospectionQuery(), undefined, { authorization: 'Bearer nurse' }, 'health')).code).toBe(
      'GRAPHQL.INTROSPECTION_CLOSED',
    )
  })

  test('names of types in an answer are no introspection', async () => {
    expect((await hub.ask('{ __typename }')).body.data).toEqual({ __typename: 'Query' })
  })
})

describe('where only trusted documents are answered', () => {
  const [hash, paged] = Object.keys(trusted)
  const send = async (body: object) => {
    const answer = await onlyTrusted.post('education', body)
    return { status: answer.status, body: (await answer.json()) as any }
  }

  test.each([
    [{ query: '{ whoAmI }' }],
    [{ query: '{ whoAmI }', persisted: false }],
    [{ persisted: true, query: 'a'.repeat(64) }],
    [{ persisted: true, query: 'constructor' }],
    [{ persisted: true, query: '__proto__' }],
    [{ persisted: true }],
    [{}],
  ])('another is not: %j', async body => {
    const answer = await send(body)
    expect(answer.body.data).toBeUndefined()
    expect(answer.body.errors[0].extensions.code).toMatch(/^REQUEST\.(TRUSTED_DOCUMENTS_ONLY|UNKNOWN_DOCUMENT)$/)
  })

  test('theirs are, by their hash, within the limits', async () => {
    expect((await send({ persisted: true, query: hash })).body.data).toEqual({ whoAmI: expect.stringContaining('u-teacher') })
    expect((await send({ persisted: true, query: paged, variables: { n: 101 } })).body.errors[0].extensions.code).toBe(
      'GRAPHQL.PAGE_TOO_LONG',
    )
  })
})

test('a null that a default lets through is told as a fault of the document, not as one of ours', async () => {
  for (const query of [
    'query Q($id: String = "l-1") { learner(id: $id) { id } }',
    'query Q($id: Boolean = true) { whoAmI @include(if: $id) }',
  ]) {
    const { status, code, body } = await hub.ask(query, { id: null })
    expect([status, code]).toEqual([200, 'GRAPHQL.INVALID'])
    expect(JSON.stringify(body)).not.toContain('INTERNAL')
  }
})
