import type { Purpose, Role, Sector } from '@passerelle/sharing'
import type { RequestContext } from './request-context.js'

/** Who asks, in which capacity and why: from the hub's own events, never from claims of a token. One per request. */
export interface Caller {
  /** Staff member, learner or guardian id. */
  readonly userId: string
  /** The agency they act for; `learner` for learners and guardians. */
  readonly agencyId: string
  readonly sector: Sector
  readonly role: Role
  readonly purpose: Purpose
  /** Reads what they broke the glass for, and nothing else (R-V.4); what they do is not widened by it. */
  readonly emergency?: true
  /** Learners a learner (themself) or guardian acts for; empty for staff. */
  readonly ownLearnerIds: readonly string[]
  readonly requestId: string
  /** W3C trace id of the request. */
  readonly correlationId: string
  /** BCP-47. */
  readonly language: string
}

export const toCaller = ({ person, purpose, emergency, requestId, correlationId, language }: RequestContext): Caller => ({
  userId: person.userId,
  agencyId: person.agencyId,
  sector: person.sector,
  role: person.role,
  purpose,
  ...(emergency && { emergency }),
  ownLearnerIds: person.learnerIds ?? [],
  requestId,
  correlationId,
  language,
})
