import {
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from 'graphql'
import { GraphQLSafeInt } from 'graphql-scalars'
import type { Face } from '@passerelle/http'
import { BadQuery, type ChainHead, type Role } from '@passerelle/sharing'
import type { ExtraFields, FaceContext } from './read/face-context.js'
import { DateTime } from './read/scalars.js'
import { type Looked, looksAt } from './who-looked.js'

const text = new GraphQLNonNull(GraphQLString)
const texts = new GraphQLNonNull(new GraphQLList(text))

const disclosureType = new GraphQLObjectType<Looked>({
  name: 'Disclosure',
  description: 'Somebody looked: who, what kinds of data, when and why. Never what they read, and never about anybody else.',
  fields: {
    id: { type: new GraphQLNonNull(GraphQLID) },
    at: { type: new GraphQLNonNull(DateTime) },
    who: { type: text, description: 'In which role, and for which agency, in your language if it is spoken here.' },
    what: { type: texts, description: 'Which kinds of data, in words.' },
    why: { type: text, description: 'For what, in words.' },
    basis: {
      type: texts,
      description: 'What allowed it, in words.',
      resolve: ({ on }) => on,
    },
    userId: { type: new GraphQLNonNull(GraphQLID) },
    agencyId: { type: new GraphQLNonNull(GraphQLID) },
    role: { type: text },
    purpose: { type: text },
    categories: { type: texts },
    act: { type: text },
  },
})
const accessLog = { extensions: { category: 'C14' } }
const headType = new GraphQLObjectType<ChainHead>({
  name: 'DisclosureLogHead',
  description:
    'The last entry of an agency’s disclosure log. Keep it outside the hub: with it, a copy of the log can be verified later.',
  fields: {
    agencyId: { type: new GraphQLNonNull(GraphQLID), ...accessLog },
    sequence: { type: new GraphQLNonNull(GraphQLSafeInt), description: 'How many entries there are.', ...accessLog },
    hash: { type: text, description: 'hex SHA-256 over this entry and, through the ones before it, all others.', ...accessLog },
  },
})

/** Who keeps an agency's head: those who answer for what it does. */
const keepers: readonly Role[] = ['dataProtectionOfficer', 'educationCoordinator', 'schoolLeader', 'regionAdmin']

const headsOfAll: GraphQLFieldConfig<unknown, FaceContext> = {
  type: new GraphQLList(new GraphQLNonNull(headType)),
  description:
    'The heads of all agencies, and of the learners’ own reads: for the data protection officer of the authority. Null for others.',
  resolve: (_s, _a, { caller, disclosures }) => (caller.role === 'dataProtectionOfficer' ? disclosures.heads() : null),
}

/** The learner face shows who looked; the others show the head of the agency's own log. */
export function disclosureFields(face: Face): ExtraFields {
  if (!face.sectors.includes('learner'))
    return {
      query: {
        ...(face.sectors.includes('authority') && { disclosureLogHeads: headsOfAll }),
        disclosureLogHead: {
          type: headType,
          description: `For ${keepers.join(', ')}. Null for others, and where nothing was disclosed yet.`,
          resolve: async (_s, _a, { caller, disclosures }) =>
            keepers.includes(caller.role) ? (await disclosures.heads(caller.agencyId))[0] : null,
        },
      },
    }
  return {
    learner: {
      disclosures: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(disclosureType))),
        description: 'Who looked, the latest first.',
        args: {
          first: { type: new GraphQLNonNull(GraphQLInt), description: '1–100' },
          before: { type: GraphQLID, description: 'The id of the last one seen.' },
        },
        resolve: async ({ learnerId }: { learnerId: string }, { first, before }, context: FaceContext) => {
          if (!(first >= 1 && first <= 100)) throw new BadQuery('first is between 1 and 100.')
          return looksAt(context, learnerId, first, before ?? undefined)
        },
      },
    },
  }
}
