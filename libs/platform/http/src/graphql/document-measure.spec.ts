import { buildSchema, getIntrospectionQuery, parse } from 'graphql'
import { measure } from './document-measure.js'
import { defaultLimits } from './limits.js'

const schema = buildSchema(`
  type Query { learners(first: Int): LearnerConnection me: Learner anyone: [Being!]! }
  type LearnerConnection { edges: [Edge!]! nodes: [Learner!]! }
  type Edge { node: Learner! }
  type Learner { id: ID! goals: [Goal!]! tags: [String!]! friends(first: Int): LearnerConnection }
  type Goal { text: String }
  union Being = Learner | Goal
`)
const of = (document: string) => measure(schema, parse(document))

describe('the cost of a document', () => {
  test.each([
    ['{ me { id } }', 2],
    ['{ a: me { id } b: me { id } }', 4],
    ['{ me { goals { text } } }', 1 + 1 + 5],
    ['{ me { tags } }', 2],
    ['{ learners(first: 10) { edges { node { id } } } }', 1 + 10 * 3],
    ['{ learners(first: 10) { nodes { id } } }', 1 + 10 * 2],
    ['{ learners(first: 10) { nodes { friends(first: 10) { nodes { id } } } } }', 1 + 10 * (2 + 10 * 2)],
    ['{ ...F ...F } fragment F on Query { me { id } }', 4],
    ['{ anyone { ... on Learner { id } ... on Goal { text } } }', 1 + 5 * 2],
    ['{ unknown { unknown } }', 2],
    ['{ ...A } fragment A on Query { me { id } ...A }', 2],
    ['{ ...Missing }', 0],
  ])('%s is %d', (document, cost) => expect(of(document).cost({})).toBe(cost))

  test('follows the variables, else their defaults', () => {
    const { cost } = of('query Q($n: Int = 3) { learners(first: $n) { nodes { id } } }')
    expect([cost({}), cost({ n: 20 }), cost({ n: 'x' })]).toEqual([7, 41, 3])
  })
})

describe('a document', () => {
  test('is as deep as its deepest field, with its fragments', () => {
    expect(of('{ me { ...F } } fragment F on Learner { friends(first: 1) { nodes { id } } }').depth).toBe(4)
  })

  test('counts aliases and directives as often as its fragments are spread', () => {
    const { aliases, directives } = of(
      'query Q($a: Int @x) @y { ...F @skip(if: false) ...F } fragment F on Query @z { a: me { b: id @skip(if: false) } }',
    )
    expect([aliases, directives]).toEqual([4, 1 + 1 + 1 + 2 * 2])
  })

  test('names every page it asks for, even the one whose length is missing', () => {
    expect(
      of('query Q($n: Int) { learners { nodes { friends(first: $n) { nodes { friends(first: 2) { nodes { id } } } } } } }').pages,
    ).toEqual(
      expect.arrayContaining([
        { field: 'learners', size: undefined },
        { field: 'friends', size: { variable: 'n', fallback: undefined } },
        { field: 'friends', size: 2 },
      ]),
    )
  })

  test('asks for the schema, or does not', () => {
    expect(of('{ __typename me { __typename } }').introspects).toBe(false)
    expect(of('{ ...F } fragment F on Query { __type(name: "Goal") { name } }').introspects).toBe(true)
  })

  test('that tools ask the schema with is within the usual limits', () => {
    const { depth, aliases, directives, repeats, cost, introspects } = of(getIntrospectionQuery())
    expect(introspects).toBe(true)
    for (const [name, found] of Object.entries({ depth, aliases, directives, repeats, cost: cost({}) }))
      expect(found).toBeLessThanOrEqual(defaultLimits[name as keyof typeof defaultLimits])
  })
})
