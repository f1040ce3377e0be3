import type { HubLinks } from '@passerelle/hub'
import type { Caller } from '@passerelle/http'
import type { DisclosureLog } from '@passerelle/sharing'
import type { GraphQLFieldConfig } from 'graphql'
import type { Explanations } from '../explanations.js'
import type { Reads } from '../reads.js'
import type { WhatIfs } from '../what-ifs.js'
import type { Loaders } from './loaders.js'

/** What a GraphQL request carries: who asks, what they read through, and the loaders of this request alone. */
export interface FaceContext {
  readonly caller: Caller
  readonly reads: Reads
  readonly loaders: Loaders
  readonly disclosures: DisclosureLog
  readonly explanations: Explanations
  readonly whatIfs: WhatIfs
  readonly links: HubLinks
  /** What agencies are called. */
  readonly agencyNames: (agencyIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly now: () => Date
}

/** What a face shows besides its views. */
export interface ExtraFields {
  readonly query?: Record<string, GraphQLFieldConfig<unknown, FaceContext>>
  readonly learner?: Record<string, GraphQLFieldConfig<any, FaceContext>>
  /** Fields of a learner that lead to other learners, by their ids: each is read as if it had been asked for by its own. */
  readonly learners?: Record<
    string,
    {
      readonly description: string
      readonly idsOf: (learnerId: string, context: FaceContext) => Promise<readonly string[]>
    }
  >
}

export const together = (...fields: readonly ExtraFields[]): ExtraFields => ({
  query: Object.assign({}, ...fields.map(({ query }) => query)),
  learner: Object.assign({}, ...fields.map(({ learner }) => learner)),
  learners: Object.assign({}, ...fields.map(({ learners }) => learners)),
})
