import { GraphQLNonNull, type GraphQLObjectType } from 'graphql'
import { column, defineView } from '@passerelle/projections'
import { readSchema } from './read-schema.js'

const learners = defineView('learners', {
  from: [],
  category: 'C1',
  description: 'A learner.',
  columns: { learnerId: column('id', { key: true, subject: true }), givenName: column('text') },
  on: {},
})
const houses = defineView('houses', {
  from: [],
  category: 'C1',
  audience: 'everyone',
  description: 'A house, about nobody.',
  columns: { houseId: column('id', { key: true }) },
  on: {},
})

test('version and time of a row about a learner may be null: a summary does not tell when what it hides was changed', () => {
  const { query, learner } = readSchema({ views: [learners, houses], mayEver: () => true })
  const nodesOf = (name: string) => {
    const connection = (query.getFields()[name]!.type as GraphQLNonNull<GraphQLObjectType>).ofType
    const nodes = connection.getFields()['nodes']!.type as GraphQLNonNull<any>
    return nodes.ofType.ofType.ofType as GraphQLObjectType
  }
  for (const field of ['version', 'updatedAt']) {
    expect(learner.getFields()[field]!.type).not.toBeInstanceOf(GraphQLNonNull)
    expect(nodesOf('houses').getFields()[field]!.type).toBeInstanceOf(GraphQLNonNull)
  }
})
