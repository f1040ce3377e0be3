import type { Because } from './entitlement.js'
import type { AccessBasis, Category, Purpose, Role } from './vocabulary.js'

/** On what one learner was shown: how far the facts had been read, and what decided besides the role's own task. */
export interface Ground {
  readonly position: string
  readonly because: readonly Because[]
}

/** A reason as the log keeps it: by which rule, on which basis, under which consent, agreement or emergency. */
export type Reason = Pick<Because, 'category' | 'rule' | 'basis' | 'ref'>

export interface SeenLearner {
  readonly learnerId: string
  /** How far the facts had been read that decided. Absent in entries of before it was kept. */
  readonly position?: string
  /** Absent: the basis of the entry. */
  readonly because?: readonly Reason[]
}

/** Who saw what, of whom, when, why and on which basis: never the values. One entry for each request and set of categories. */
export interface Disclosure {
  readonly at: string
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
  readonly purpose: Purpose
  /** Of every category for which a learner's `because` names no other. Absent in entries of before it was kept. */
  readonly basis?: AccessBasis
  readonly categories: readonly Category[]
  readonly learners: readonly SeenLearner[]
  readonly requestId: string
  /** What was done: `read` or `export`. */
  readonly act: string
}

/** What decided, as far as it is about these categories. */
export const reasonsFor = ({ because }: Ground, categories: readonly Category[]): Reason[] =>
  because.flatMap(({ category, rule, basis, ref }) =>
    basis && categories.includes(category) ? [{ basis, category, ...(ref && { ref }), rule }] : [],
  )

/**
 * The entry as canonical JSON (RFC 8785): keys in order, so that a copy in any form has the same hash. Written out here because every read pays for
 * it; a spec compares it with the package `canonicalize`.
 */
export const entryText = ({
  act,
  agencyId,
  at,
  basis,
  categories,
  learners,
  purpose,
  requestId,
  role,
  userId,
}: Disclosure): string =>
  JSON.stringify({
    act,
    agencyId,
    at,
    basis,
    categories,
    learners: learners.map(({ because, learnerId, position }) => ({
      because: because?.map(({ basis: on, category, ref, rule }) => ({ basis: on, category, ref, rule })),
      learnerId,
      position,
    })),
    purpose,
    requestId,
    role,
    userId,
  })
