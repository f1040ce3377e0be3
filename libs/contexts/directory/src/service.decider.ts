import { type Decider, Refused, sameValue } from '@passerelle/event-log'
import { type ServiceEvent, serviceEvents } from './service.events.js'

type Listed = Extract<ServiceEvent, { type: 'ServiceListed' }>['data']
type Listing = Extract<ServiceEvent, { type: 'ServiceChanged' }>['data']

/** HSDS 3.0 `service.status`. */
export type ServiceStatus = Listing['status']

export interface Service {
  readonly serviceId?: string
  readonly listing?: Listing
}

export type ListService = Listed
export type ChangeService = Listing

export function list(service: Service, command: ListService): ServiceEvent[] {
  const { serviceId, ...listing } = command
  if (service.listing) {
    if (sameValue(service.listing, listing)) return []
    throw new Refused('SERVICE.EXISTS', 'A service has this id already.', 'Change it instead.', { serviceId })
  }
  refuseUnsound(listing)
  return [{ type: 'ServiceListed', data: command }]
}

/** A listing that says the same again is nothing new; one that differs in its status alone says only that. */
export function change(service: Service, listing: ChangeService): ServiceEvent[] {
  const before = known(service)
  if (sameValue(before, listing)) return []
  refuseUnsound(listing)
  const { status } = listing
  return sameValue({ ...before, status }, listing)
    ? [{ type: 'ServiceStatusChanged', data: { status } }]
    : [{ type: 'ServiceChanged', data: listing }]
}

export function changeStatus(service: Service, status: ServiceStatus): ServiceEvent[] {
  return known(service).status === status ? [] : [{ type: 'ServiceStatusChanged', data: { status } }]
}

export const service: Decider<Service, ServiceEvent> = {
  events: serviceEvents,
  initial: {},
  subject: () => undefined,
  evolve(state, event) {
    switch (event.type) {
      case 'ServiceListed': {
        const { serviceId, ...listing } = event.data
        return { serviceId, listing }
      }
      case 'ServiceChanged':
        return { ...state, listing: event.data }
      case 'ServiceStatusChanged':
        return { ...state, listing: { ...state.listing!, status: event.data.status } }
    }
  },
}

function known(service: Service): Listing {
  if (!service.listing) throw new Refused('SERVICE.UNKNOWN', 'There is no such service.', 'List it first.')
  return service.listing
}
function refuseUnsound({ minimumAge, maximumAge }: Listing): void {
  if (minimumAge !== undefined && maximumAge !== undefined && minimumAge > maximumAge)
    throw new Refused('SERVICE.AGE_RANGE', 'Nobody is old enough and young enough.', 'Correct the ages.', {
      minimumAge,
      maximumAge,
    })
}
