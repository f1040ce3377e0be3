import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, uri, count, num, text, note, list, oneOf, optional, published, record } = fields

const status = oneOf(['active', 'inactive', 'defunct', 'temporarilyClosed'])
const listing = {
  organizationId: id,
  name: published(text),
  description: optional(published(note)),
  status,
  /** Service type codes of a taxonomy. */
  types: list(code),
  minimumAge: optional(count),
  maximumAge: optional(count),
  /** Area codes (NUTS, LAU or the publisher's own) in which it serves; none: everywhere. */
  areas: list(code),
  locations: list(
    record({
      locationId: id,
      name: optional(published(text)),
      address: optional(published(text)),
      latitude: optional(num),
      longitude: optional(num),
    }),
  ),
  url: optional(uri),
  phone: optional(published(text)),
  schedule: optional(published(text)),
  /** working days; the region's defaults (5, 10, 60) where absent. */
  acceptWithinDays: optional(count),
  firstContactWithinDays: optional(count),
  outcomeWithinDays: optional(count),
}

/** A service of the region's directory (HSDS 3.0 `service` with what belongs to it). About no learner. */
export const serviceEvents = defineEvents('service', {
  /** `agencyId`: the hub's agency that takes referrals for it; absent: listed only. */
  ServiceListed: v1({ serviceId: id, agencyId: optional(id), ...listing }),
  ServiceChanged: v1({ agencyId: optional(id), ...listing }),
  ServiceStatusChanged: v1({ status }),
})
export type ServiceEvent = EventOf<typeof serviceEvents>
