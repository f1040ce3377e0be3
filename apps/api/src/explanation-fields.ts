import {
  type GraphQLEnumType,
  type GraphQLFieldConfig,
  GraphQLID,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLSchema,
  GraphQLString,
} from 'graphql'
import type { Face } from '@passerelle/http'
import type { Explanation, PeriodExplanation } from '@passerelle/sharing'
import type { AccessAnswer, AccessQuestion } from './explanations.js'
import type { ExtraFields, FaceContext } from './read/face-context.js'
import { DateTime, Day } from './read/scalars.js'
import { listOf, needed, shown } from './shown.js'
import { whatIfField } from './what-if-field.js'

/** Names as the contexts' inputs have them: one type of one name. */
export interface Words {
  readonly category: GraphQLEnumType
  readonly role: GraphQLEnumType
  readonly purpose: GraphQLEnumType
}

/** Why somebody sees what they see, or saw: on every face. What an answer to a consent would change: where learners and guardians answer. */
export function explanationFields(face: Face, commands: GraphQLSchema): ExtraFields {
  const enumOf = (name: string) => commands.getType(name) as GraphQLEnumType
  const words = { category: enumOf('Category'), role: enumOf('Role'), purpose: enumOf('Purpose') }
  const explainAccess = explainAccessField(words)
  return { query: face.sectors.includes('learner') ? { explainAccess, whatIf: whatIfField(words) } : { explainAccess } }
}

function explainAccessField({ category, role, purpose }: Words): GraphQLFieldConfig<unknown, FaceContext> {
  const periodAccess = new GraphQLObjectType<PeriodExplanation>({
    name: 'PeriodAccess',
    description: 'How much is seen of rows that lie wholly in one period.',
    fields: {
      dataFrom: { ...shown(Day, 'Null: however early.'), resolve: ({ from }) => from },
      dataUntil: { ...shown(Day, 'The last day; null: however late.'), resolve: ({ until }) => until },
      level: shown(needed(GraphQLString)),
      ownLevel: shown(needed(GraphQLString)),
      why: shown(needed(GraphQLString), 'What decided, in one sentence.'),
      ref: shown(GraphQLID, 'The consent.'),
      validUntil: shown(DateTime, 'Until when this much is shown, where an end is known.'),
    },
  })
  const categoryAccess = new GraphQLObjectType<Explanation>({
    name: 'CategoryAccess',
    description: 'How much of one category is seen, and why.',
    fields: {
      category: shown(needed(category)),
      level: shown(needed(GraphQLString), 'Of all rows: none, existence, summary or full.'),
      ownLevel: shown(needed(GraphQLString), 'Of rows that the agency itself recorded, or that name it.'),
      why: shown(needed(GraphQLString), 'What decided, in one sentence.'),
      rule: shown(needed(GraphQLString), 'What decided, in one word that stays the same.'),
      basis: shown(GraphQLString, 'The legal basis; without one nothing is shown.'),
      ref: shown(GraphQLID, 'The consent, agreement, referral, objection or restriction that decided.'),
      forMore: shown(GraphQLString, 'What it would take to see more; null where that never happens.'),
      validUntil: shown(DateTime, 'Until when this much is shown, where an end is known.'),
      periods: {
        ...shown(listOf(periodAccess), 'More, of rows of single periods: where a consent is about data of one.'),
        resolve: ({ periods }) => periods ?? [],
      },
      review: shown(GraphQLString, 'Who is looking into it, so that it may change.'),
    },
  })
  const record = new GraphQLObjectType<AccessAnswer['record']>({
    name: 'AccessRecord',
    description: 'What it was decided under.',
    fields: {
      recordedUntil: shown(needed(DateTime), 'Facts count that were recorded by then.'),
      position: shown(GraphQLString, 'How far the log went; null of a moment that is past.'),
      policyVersion: shown(needed(GraphQLInt), 'The version of the policy that decided this answer.'),
      matrixDigest: shown(needed(GraphQLString), 'Tells one matrix from another.'),
    },
  })
  return {
    type: new GraphQLObjectType<AccessAnswer>({
      name: 'AccessExplanation',
      description: 'What people of one role in one agency may see of one learner for one purpose at one moment, and why.',
      fields: {
        learnerId: shown(needed(GraphQLID)),
        agencyId: shown(needed(GraphQLID)),
        role: shown(needed(role)),
        purpose: shown(needed(purpose)),
        at: shown(needed(DateTime)),
        record: shown(needed(record)),
        categories: shown(listOf(categoryAccess)),
      },
    }),
    description:
      'Why people of a role see what they see of a learner, or saw at a moment that is past. Null where there is nobody or nothing that you may ask about.',
    args: {
      learnerId: { type: new GraphQLNonNull(GraphQLID) },
      agencyId: { type: GraphQLID, description: 'Yours where it is left out.' },
      role: { type: new GraphQLNonNull(role) },
      purpose: { type: new GraphQLNonNull(purpose) },
      at: { type: DateTime, description: 'Decides as it would have been decided then, under what was recorded by then.' },
    },
    resolve: (_s, question, { caller, reads, explanations }) =>
      explanations.explain(caller, reads, question as unknown as AccessQuestion),
  }
}
