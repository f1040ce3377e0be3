import { GraphQLID, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLString } from 'graphql'
import type { Face } from '@passerelle/http'
import { BadQuery, type LearnerDisclosure } from '@passerelle/sharing'
import { DateTime, type ExtraFields, type FaceContext } from './read-schema.js'

const text = new GraphQLNonNull(GraphQLString)

const disclosureType = new GraphQLObjectType<LearnerDisclosure>({
  name: 'Disclosure',
  description: 'Somebody looked: who, what kinds of data, when and why. Never what they read, and never about anybody else.',
  fields: {
    id: { type: new GraphQLNonNull(GraphQLID) },
    at: { type: new GraphQLNonNull(DateTime) },
    userId: { type: new GraphQLNonNull(GraphQLID) },
    agencyId: { type: new GraphQLNonNull(GraphQLID) },
    role: { type: text },
    purpose: { type: text },
    categories: { type: new GraphQLNonNull(new GraphQLList(text)) },
    act: { type: text },
  },
})

/** The learner face shows who looked; no other does. */
export function disclosureFields(face: Face): ExtraFields {
  if (!face.sectors.includes('learner')) return {}
  return {
    learner: {
      disclosures: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(disclosureType))),
        description: 'Who looked, the latest first.',
        args: {
          first: { type: new GraphQLNonNull(GraphQLInt), description: '1–100' },
          before: { type: GraphQLID, description: 'The id of the last one seen.' },
        },
        resolve: async ({ learnerId }: { learnerId: string }, { first, before }, { caller, disclosures }: FaceContext) => {
          if (!(first >= 1 && first <= 100)) throw new BadQuery('first is between 1 and 100.')
          // The access log of a learner is the learner's (C14); a guardian sees their own acts only.
          if (caller.role !== 'learner' || !caller.ownLearnerIds.includes(learnerId)) return []
          return disclosures.of(learnerId, first, before === undefined || before === null ? undefined : Number(before))
        },
      },
    },
  }
}
