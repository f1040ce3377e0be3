import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, text, optional, list, published, sector, category } = fields

/** Stored for ever. Never change a shipped version: add the next one and an upcast. */
export const agencyEvents = defineEvents('agency', {
  /** A body that works with learners joined the hub. `region` is a NUTS code. */
  AgencyRegistered: v1({ agencyId: id, name: published(text), sector, region: code, parentAgencyId: optional(id) }),
  AgencyRenamed: v1({ name: published(text) }),
  /** It works with no learner any more: its standing, staff roles and agreements end with it. */
  AgencyClosed: v1({ reason: code }),
  /** What the feed of one of its systems may write of people, and nothing else, until another list is set. */
  FeedCategoriesSet: v1({ system: code, categories: list(category) }),
})
export type AgencyEvent = EventOf<typeof agencyEvents>
