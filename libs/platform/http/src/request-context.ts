import type { Purpose, Role, Sector } from '@passerelle/sharing'

/** A member of an agency, or a learner or guardian, as the hub's own events know them. */
export type Person = {
  readonly userId: string
  readonly agencyId: string
  readonly sector: Sector
  readonly role: Role
  /** Learners a learner (themself) or guardian acts for. */
  readonly learnerIds?: readonly string[]
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
  /** Asked for with the header: what is read is what the person broke the glass for, and nothing else. */
  readonly emergency?: true
  /** BCP-47 tag of the language to answer in. */
  readonly language: string
  readonly clientId: string | undefined
  readonly scopes: readonly string[]
}
