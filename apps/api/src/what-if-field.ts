import {
  GraphQLBoolean,
  type GraphQLFieldConfig,
  GraphQLEnumType,
  GraphQLID,
  GraphQLInputObjectType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLString,
} from 'graphql'
import type { Words } from './explanation-fields.js'
import type { FaceContext } from './read/face-context.js'
import { Day } from './read/scalars.js'
import { listOf, needed, shown } from './shown.js'
import type { WhatIf, WhatIfInput } from './what-if.js'

const answers = new GraphQLEnumType({
  name: 'WhatIfAnswer',
  values: {
    give: { description: 'Say yes to the categories.' },
    refuse: { description: 'Say no.' },
    withdraw: { description: 'Take a yes back, in whole or in part.' },
  },
})

export function whatIfField({ category, role, purpose }: Words): GraphQLFieldConfig<unknown, FaceContext> {
  const change = new GraphQLObjectType({
    name: 'AccessChange',
    description: 'What people of one role see of one category for one purpose, before and after.',
    fields: {
      agencyId: shown(needed(GraphQLID)),
      role: shown(needed(role)),
      purpose: shown(needed(purpose)),
      category: shown(needed(category)),
      dataFrom: shown(Day, 'Only of rows about this day and later ones; null with `dataUntil`: of all.'),
      dataUntil: shown(Day, 'Only of rows about this day and earlier ones.'),
      before: shown(needed(GraphQLString), 'Of these rows: none, existence, summary or full.'),
      after: shown(needed(GraphQLString)),
      ownBefore: shown(needed(GraphQLString), 'Of rows that the agency itself recorded, or that name it.'),
      ownAfter: shown(needed(GraphQLString)),
      why: shown(needed(GraphQLString), 'What would decide afterwards, in one sentence.'),
      someoneNow: shown(
        needed(GraphQLBoolean),
        'Whether anybody there works with the learner now; else it is for those who will.',
      ),
    },
  })
  const referral = new GraphQLObjectType({
    name: 'ReferralChange',
    description: 'What would become of a referral.',
    fields: {
      referralId: shown(needed(GraphQLID)),
      status: shown(needed(GraphQLString), 'Of the referral afterwards: requested or cancelled.'),
    },
  })
  const answer = new GraphQLObjectType<WhatIf>({
    name: 'WhatIf',
    description: 'What an answer would change. Nothing was written.',
    fields: {
      opens: shown(listOf(change)),
      closes: shown(listOf(change)),
      stays: shown(listOf(change), 'Seen by the same recipients before and after: it rests on something else.'),
      referrals: shown(listOf(referral), 'Referrals that would be sent, or taken back because they rest on the consent.'),
      validUntil: shown(Day, 'First day on which what opens is closed again.'),
    },
  })
  const input = new GraphQLInputObjectType({
    name: 'WhatIfInput',
    description:
      'An answer to a consent that was asked (consentId), or to a question that nobody asked yet (recipient and purpose).',
    fields: {
      answer: { type: new GraphQLNonNull(answers) },
      consentId: { type: GraphQLID },
      recipientAgencyId: { type: GraphQLID },
      recipientRole: { type: role, description: 'Who of the recipient may have it; absent: whoever’s task it is there.' },
      purpose: { type: purpose },
      categories: {
        type: new GraphQLList(new GraphQLNonNull(category)),
        description: 'Needed for a yes: nothing is filled in. Of a consent taken back: all of it where they are left out.',
      },
      dataFrom: {
        type: Day,
        description: 'Only rows about this day and later ones: a row that tells of any other day as well stays closed.',
      },
      dataUntil: { type: Day, description: 'Only rows about this day and earlier ones.' },
      validUntil: { type: Day, description: 'First day on which a yes would hold no more; as asked where it is left out.' },
    },
  })
  return {
    type: answer,
    description:
      'What saying yes or no to a consent, or taking it back, would open and close: before it is done. Null where there is no such consent that you may answer.',
    args: { input: { type: new GraphQLNonNull(input) } },
    resolve: (_s, { input: asked }, { caller, reads, whatIfs }) => whatIfs.of(caller, reads, asked as unknown as WhatIfInput),
  }
}
