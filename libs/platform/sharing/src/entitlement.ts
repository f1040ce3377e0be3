import type { PeriodLevels } from './data-period.js'
import type { AccessBasis, Category, Level, Purpose, Role } from './vocabulary.js'

/** The level per category, closed where a category is missing. */
export type Levels = Readonly<Partial<Record<Category, Level>>>

/** One reason of a decision: which rule, consent, agreement or restriction, under which basis, for which category. */
export interface Because {
  readonly category: Category
  readonly level: Level
  /** Stable word: `matrix`, `purpose`, `standing`, `assignment`, `restriction`, `refusal`, `consent`, `agreement`, `publicTask`, … */
  readonly rule: string
  readonly basis?: AccessBasis
  /** Id of the consent, agreement or restriction that decided. */
  readonly ref?: string
}

/** Stands where the purpose stands, in what one person alone may see in an emergency: no other look compares with it. */
export type EmergencyOf = `emergency:${string}`
export const emergencyOf = (userId: string): EmergencyOf => `emergency:${userId}`

/**
 * What people of one role in one agency may see of one learner for one purpose, from `validFrom` (inclusive) until `validUntil`
 * (exclusive): the flat row that reads compare with. Facts that end in time give several rows, one after another, so the clock is
 * checked where a row is read and no job stands on the safety path.
 */
export interface Entitlement {
  readonly learnerId: string
  readonly agencyId: string
  readonly role: Role
  readonly purpose: Purpose | EmergencyOf
  /** For rows whoever recorded them. */
  readonly levels: Levels
  /** For rows that the agency itself recorded ("O" in the matrix); never below `levels`. */
  readonly ownLevels: Levels
  /** What is held besides, of rows of one period; absent where that is nothing. */
  readonly periods?: readonly PeriodLevels[]
  readonly because: readonly Because[]
  readonly validFrom: string
  readonly validUntil: string
}

/** Why a person works with a learner. */
export const assignmentKinds = ['self', 'guardian', 'class', 'team', 'referral', 'placement', 'agency'] as const
export type AssignmentKind = (typeof assignmentKinds)[number]

/**
 * The active assignment that every read needs besides an entitlement. `userId` undefined: everybody in the agency whose role reaches the whole
 * agency (coordinator, leader, …) or, for an unaccepted referral, its intake.
 */
export interface Assignment {
  readonly learnerId: string
  readonly agencyId: string
  readonly userId: string | undefined
  /** Only people acting in this role; undefined: any role of the person. */
  readonly role: Role | undefined
  readonly kind: AssignmentKind
  /** Categories that are kept from this person alone, whatever the entitlement of their role says: of a guardian. */
  readonly kept?: readonly Category[]
  readonly validFrom: string
  readonly validUntil: string
}
