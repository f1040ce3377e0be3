import type { Actor } from '@passerelle/event-log'
import type { Purpose, Role, Sector } from '@passerelle/sharing'

/** A member of an agency, or a learner or guardian, as the hub's own events know them. */
export type Person = {
  readonly userId: string
  readonly agencyId: string
  readonly sector: Sector
  readonly role: Role
  /** The learner, where a guardian or proxy acts. */
  readonly onBehalfOf?: string
  /** BCP-47 tag of the language they chose, if they did. */
  readonly language?: string
}

/** Under what one request is answered. Made once, at the door; passed on in the GraphQL context, never kept anywhere. */
export type RequestContext = {
  readonly requestId: string
  /** The trace id of the caller's `traceparent`, else the request id: what ties the events of one intention together. */
  readonly correlationId: string
  readonly face: string
  readonly person: Person
  readonly purpose: Purpose
  /** BCP-47 tag of the language to answer in. */
  readonly language: string
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
}

/** Who does what follows, for the envelope of an event. */
export function toActor({ person }: RequestContext): Actor {
  const { userId, agencyId, role, onBehalfOf } = person
  return { userId, agencyId, role, ...(onBehalfOf ? { onBehalfOf } : {}) }
}
