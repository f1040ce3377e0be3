import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from 'graphql'
import { type Face } from '@passerelle/http'
import type { AccessDuringMerge, LinkCaseRow } from '@passerelle/hub'
import { keepsRegister } from '@passerelle/learner'
import type { Category } from '@passerelle/sharing'
import type { ExtraFields, FaceContext } from './read/face-context.js'
import { DateTime } from './read/scalars.js'

const text = new GraphQLNonNull(GraphQLString)
const anId = new GraphQLNonNull(GraphQLID)
const listOf = <T extends GraphQLObjectType>(type: T) => new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(type)))
const texts = new GraphQLNonNull(new GraphQLList(text))

const weightType = new GraphQLObjectType({
  name: 'FieldWeight',
  description: 'How many times (log₂) likelier what was found in a field is of one person than of two.',
  fields: { field: { type: text }, weight: { type: new GraphQLNonNull(GraphQLFloat) } },
})
const duplicateType = new GraphQLObjectType<LinkCaseRow & { learner: string }>({
  name: 'PossibleDuplicate',
  description: 'Another record that may be this person’s. Only of records that you hold both.',
  fields: {
    linkCaseId: { type: anId },
    version: { type: new GraphQLNonNull(GraphQLInt), description: 'What a command on the case has to name.' },
    learnerId: { type: anId, description: 'The other record.', resolve: ({ learner }) => learner },
    status: { type: text, description: 'proposed: somebody has to look; confirmed: it may be merged.' },
    score: { type: new GraphQLNonNull(GraphQLFloat) },
    fieldWeights: { type: listOf(weightType) },
    obstacles: { type: texts, description: 'Why likelihood alone does not decide (R-I.1).' },
  },
})
const accessType = new GraphQLObjectType({
  name: 'AccessDuringMerge',
  description: 'Somebody looked while two persons were read as one: a possible breach (R-I.2).',
  fields: {
    linkCaseId: { type: anId },
    breachAssessmentId: { type: GraphQLID },
    at: { type: new GraphQLNonNull(DateTime) },
    userId: { type: anId },
    agencyId: { type: anId },
    role: { type: text },
    purpose: { type: text },
    categories: { type: texts },
    learnerIds: { type: new GraphQLNonNull(new GraphQLList(anId)) },
    sawBoth: { type: new GraphQLNonNull(GraphQLBoolean), description: 'The same person looked at both records.' },
  },
})

/** Every leaf says what kind of data it is. */
const categorised = (type: GraphQLObjectType, category: Category): void => {
  for (const field of Object.values(type.getFields())) field.extensions = { category }
}
categorised(weightType, 'C1')
categorised(duplicateType, 'C1')
categorised(accessType, 'C14')

type Parent = { readonly learnerId: string }

/**
 * Who else a learner may be. A case is about two people, so it is told only to who holds the identity of both; everybody else is answered as if
 * there were none, and nobody learns here that another agency has a file.
 */
export function identityFields(face: Face): ExtraFields {
  if (face.sectors.includes('learner')) return {}
  return {
    learner: {
      possibleDuplicates: {
        type: listOf(duplicateType),
        description: 'Other records that may be this person’s, of those that you hold.',
        resolve: async ({ learnerId }: Parent, _args, { caller, links, reads }: FaceContext) => {
          if (!keepsRegister(caller.role)) return []
          const cases = (await links.openCasesOf(learnerId)).map(link => ({
            ...link,
            learner: link.learnerId === learnerId ? link.otherLearnerId! : link.learnerId!,
          }))
          const held = await reads.identityHeldOf([learnerId, ...cases.map(({ learner }) => learner)], 'full')
          return held.has(learnerId) ? cases.filter(({ learner }) => held.has(learner)) : []
        },
      },
      ...(face.sectors.includes('authority') && {
        accessDuringFalseMerges: {
          type: listOf(accessType),
          description: 'Who looked while this person was wrongly read as one with another.',
          resolve: async ({ learnerId }: Parent, _args: unknown, context: FaceContext) =>
            context.caller.role === 'dataProtectionOfficer' ? accessTold(learnerId, context) : [],
        },
      }),
    },
    learners: {
      readAsOneWith: {
        description:
          'The other records of this person, since they were merged; of those that you may know of. Each is read as by its own id, and nothing stands in two of them.',
        idsOf: async (learnerId, { links, reads }) => {
          const one = await links.readAsOneWith(learnerId)
          if (one.length === 1) return []
          const held = await reads.identityHeldOf(one, 'summary')
          return held.has(learnerId) ? one.filter(id => id !== learnerId && held.has(id)) : []
        },
      },
    },
  }
}

/** A case is told to who may know of both records. Who looked at either is part of what is held of them (C14). */
async function accessTold(learnerId: string, { links, reads }: FaceContext): Promise<readonly AccessDuringMerge[]> {
  const found = await links.accessDuringFalseMerges(learnerId)
  const held = await reads.identityHeldOf([...new Set(found.flatMap(({ pair }) => pair))], 'existence')
  const told = found.filter(({ pair }) => pair.every(id => held.has(id)))
  for (const { learnerIds } of told) for (const id of learnerIds) reads.told(id, ['C14'])
  return told
}
