import { column, defineView } from '@passerelle/projections'
import type { ServiceStatus } from './service.decider.js'
import { organizationEvents } from './organization.events.js'
import { serviceEvents } from './service.events.js'

/** The region's directory of services (HSDS 3.0): about no learner, open to every agency. */
export const services = defineView('services', {
  from: [serviceEvents],
  category: 'C12',
  audience: 'everyone',
  description: 'A service of the region that a learner can be referred to.',
  columns: {
    serviceId: column('id', { key: true }),
    organizationId: column('id'),
    agencyId: column('id', { description: 'The agency that takes referrals for it; absent: listed only.' }),
    name: column('text'),
    description: column('text'),
    status: column<ServiceStatus>('code', { description: 'active, inactive, defunct or temporarilyClosed' }),
    types: column('texts'),
    minimumAge: column('int'),
    maximumAge: column('int'),
    areas: column('texts', { description: 'Area codes in which it serves; none: everywhere.' }),
    locations: column('json'),
    url: column('text'),
    phone: column('text'),
    schedule: column('text'),
    acceptWithinDays: column('int', { description: 'Working days within which a referral is accepted (R-8.2).' }),
    firstContactWithinDays: column('int'),
    outcomeWithinDays: column('int'),
  },
  on: {
    ServiceListed: ({ data }) => ({ ...blank, ...data }),
    ServiceChanged: ({ data }) => ({ ...blank, ...data }),
    ServiceStatusChanged: ({ data }) => ({ status: data.status }),
  },
})

/** What a new listing leaves out is no longer said. */
const blank = {
  agencyId: null,
  description: null,
  minimumAge: null,
  maximumAge: null,
  url: null,
  phone: null,
  schedule: null,
  acceptWithinDays: null,
  firstContactWithinDays: null,
  outcomeWithinDays: null,
} as const

/** Organisations that offer services (HSDS 3.0). */
export const organizations = defineView('organizations', {
  from: [organizationEvents],
  category: 'C12',
  audience: 'everyone',
  description: 'An organisation that offers services.',
  columns: {
    organizationId: column('id', { key: true }),
    name: column('text'),
    description: column('text'),
    website: column('text'),
    email: column('text'),
  },
  on: {
    OrganizationListed: ({ data }) => ({ description: null, website: null, email: null, ...data }),
    OrganizationChanged: ({ data }) => ({ description: null, website: null, email: null, ...data }),
  },
})
