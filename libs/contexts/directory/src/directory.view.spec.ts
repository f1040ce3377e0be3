import { foldView, type Told } from '@passerelle/testing'
import { organizations, services } from './directory.view.js'
import type { OrganizationEvent } from './organization.events.js'
import type { ServiceEvent } from './service.events.js'

const ofService = (event: ServiceEvent): Told => ({ streamId: 'service-s-1', ...event })
const ofOrganization = (event: OrganizationEvent): Told => ({ streamId: 'organization-o-1', ...event })
const listing = {
  organizationId: 'o-1',
  name: 'Youth housing',
  status: 'active',
  types: ['housing'],
  areas: [],
  locations: [],
} as const
const listed = ofService({
  type: 'ServiceListed',
  data: {
    ...listing,
    serviceId: 's-1',
    agencyId: 'social',
    minimumAge: 16,
    acceptWithinDays: 3,
    types: ['housing'],
    areas: [],
    locations: [],
  },
})

test('a service shows where it stands, for whom it is and how soon it answers', () => {
  expect(foldView(services, listed).get('s-1')).toMatchObject({
    status: 'active',
    agencyId: 'social',
    minimumAge: 16,
    maximumAge: null,
    acceptWithinDays: 3,
  })
  const closed = ofService({ type: 'ServiceStatusChanged', data: { status: 'temporarilyClosed' } })
  expect(foldView(services, listed, closed).get('s-1')).toMatchObject({ status: 'temporarilyClosed', minimumAge: 16 })
})
test('what a new listing leaves out is no longer said', () => {
  const changed = ofService({
    type: 'ServiceChanged',
    data: { ...listing, name: 'Housing', types: ['housing'], areas: [], locations: [] },
  })
  expect(foldView(services, listed, changed).get('s-1')).toMatchObject({
    serviceId: 's-1',
    name: 'Housing',
    agencyId: null,
    minimumAge: null,
    acceptWithinDays: null,
  })
  const named = ofOrganization({
    type: 'OrganizationListed',
    data: { organizationId: 'o-1', name: 'Roof', email: 'office@roof.example' },
  })
  const renamed = ofOrganization({ type: 'OrganizationChanged', data: { name: 'Roofs' } })
  expect(foldView(organizations, named, renamed).get('o-1')).toMatchObject({ name: 'Roofs', email: null })
})
test('the directory is about no learner and open to everyone', () => {
  for (const view of [services, organizations]) expect([view.subject, view.audience]).toEqual([undefined, 'everyone'])
})
