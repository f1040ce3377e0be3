import type { Facts, Viewer } from './decide.js'
import {
  type AssignmentFact,
  isLive,
  type Instant,
  type LearnerFacts,
  type Period,
  type RegionFacts,
  type StaffFact,
} from './facts.js'
import { learnerAgencyId } from './roles.js'
import type { Role } from './vocabulary.js'

/** People of one role in one agency, or one of them. */
export interface Recipient {
  readonly agencyId: string
  readonly role: Role
  readonly userId?: string
  /** Of one person: at what they broke the glass for. */
  readonly emergency?: boolean
}

/**
 * The question about a role as one about a person: somebody who holds it whenever anybody does, and works with the learner whenever one of them does. A
 * glass is broken by one person for themself, so it says nothing of the role.
 */
export function asOnePerson(
  learner: LearnerFacts,
  region: RegionFacts,
  { agencyId, role, userId, emergency }: Recipient,
  at: Instant,
): { readonly facts: Facts; readonly viewer: Viewer } {
  const asked = (facts: LearnerFacts, viewerId: string, staff: readonly StaffFact[]) => ({
    facts: { learner: (id: string) => (id === facts.learnerId ? facts : undefined), region: { ...region, staff } },
    viewer: { userId: viewerId, agencyId, role, ...(emergency && { emergency }) },
  })
  const posts = region.staff.filter(post => post.agencyId === agencyId && post.role === role)
  if (userId !== undefined) return asked(learner, userId, posts)
  const shared: LearnerFacts = { ...learner, breakGlass: [] }
  if (agencyId === learnerAgencyId)
    return asked(shared, role === 'learner' ? learner.learnerId : (guardianOf(learner, at) ?? somebody), posts)
  const assignments = learner.assignments.flatMap((assignment): AssignmentFact[] =>
    assignment.agencyId !== agencyId || assignment.userId === undefined
      ? [assignment]
      : posts
          .filter(post => post.userId === assignment.userId && (assignment.role ?? role) === role)
          .map(post => ({ ...assignment, ...overlap(assignment, post), userId: somebody, role })),
  )
  return asked(
    { ...shared, assignments },
    somebody,
    posts.map(post => ({ ...post, userId: somebody })),
  )
}

const somebody = 'somebody'
const guardianOf = ({ guardians }: LearnerFacts, at: Instant) =>
  guardians.find(guardian => guardian.verified && isLive(guardian, at))?.guardianId
const overlap = (a: Period, b: Period): Period => ({
  from: a.from > b.from ? a.from : b.from,
  until: a.until === undefined || (b.until !== undefined && b.until < a.until) ? b.until : a.until,
})
