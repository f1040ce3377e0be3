import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, uri, text, note, optional, published } = fields
const listing = {
  name: published(text),
  description: optional(published(note)),
  website: optional(uri),
  email: optional(published(text)),
}

/** An organisation of the region's directory (HSDS 3.0 `organization`). */
export const organizationEvents = defineEvents('organization', {
  OrganizationListed: v1({ organizationId: id, ...listing }),
  OrganizationChanged: v1(listing),
})
export type OrganizationEvent = EventOf<typeof organizationEvents>
