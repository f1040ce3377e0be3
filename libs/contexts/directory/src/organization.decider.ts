import { type Decider, Refused, sameValue } from '@passerelle/event-log'
import { type OrganizationEvent, organizationEvents } from './organization.events.js'

type Listed = Extract<OrganizationEvent, { type: 'OrganizationListed' }>['data']
type Listing = Extract<OrganizationEvent, { type: 'OrganizationChanged' }>['data']

export interface Organization {
  readonly organizationId?: string
  readonly listing?: Listing
}
export type ListOrganization = Listed
export type ChangeOrganization = Listing

export function listOrganization(organization: Organization, command: ListOrganization): OrganizationEvent[] {
  const { organizationId, ...listing } = command
  if (organization.listing) {
    if (sameValue(organization.listing, listing)) return []
    throw new Refused('ORGANIZATION.EXISTS', 'An organisation has this id already.', 'Change it instead.', { organizationId })
  }
  return [{ type: 'OrganizationListed', data: command }]
}

export function changeOrganization(organization: Organization, listing: ChangeOrganization): OrganizationEvent[] {
  if (!organization.listing) throw new Refused('ORGANIZATION.UNKNOWN', 'There is no such organisation.', 'List it first.')
  return sameValue(organization.listing, listing) ? [] : [{ type: 'OrganizationChanged', data: listing }]
}

export const organization: Decider<Organization, OrganizationEvent> = {
  events: organizationEvents,
  initial: {},
  subject: () => undefined,
  evolve(state, event) {
    switch (event.type) {
      case 'OrganizationListed': {
        const { organizationId, ...listing } = event.data
        return { organizationId, listing }
      }
      case 'OrganizationChanged':
        return { ...state, listing: event.data }
    }
  },
}
