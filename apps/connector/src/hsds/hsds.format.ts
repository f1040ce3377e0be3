import { changeOrganization, listOrganization, organization, list, service, change } from '@passerelle/directory'
import { command, type Mapping, type PartnerFormat } from '../feed/partner-format.js'
import { isFileOf, type RowOf } from '../reading/index.js'
import { type HsdsService, readHsds } from './hsds.reader.js'
import { hsdsTables, type organizations } from './hsds.tables.js'

const PARTS = new Set([
  'taxonomy',
  'taxonomyTerm',
  'attribute',
  'location',
  'address',
  'serviceAtLocation',
  'serviceArea',
  'phone',
  'schedule',
])
const status = { active: 'active', inactive: 'inactive', defunct: 'defunct', 'temporarily closed': 'temporarilyClosed' } as const

/** HSDS 3.0: organisations and services of the region's directory. About no person. */
export const hsds: PartnerFormat = {
  name: 'hsds',
  // Whoever offers a service may list it.
  sectors: ['authority', 'social', 'health', 'employment', 'education'],
  isPart: isFileOf(hsdsTables),
  categoryOf: () => 'C1',
  read: (folder, options) => readHsds(folder, options),
  mapping: ({ ids, agencyOf }): Mapping => ({
    meaningOf({ entity, externalId, value }) {
      if (PARTS.has(entity)) return { partOf: 'service' }
      if (entity === 'organization') {
        const row = value as RowOf<typeof organizations.columns>
        const listing = {
          name: row.name,
          description: row.description,
          ...(row.website && { website: row.website }),
          ...(row.email && { email: row.email }),
        }
        const organizationId = ids.of('organization', externalId)
        return {
          commands: [
            command(organization, organizationId, state =>
              state.listing ? changeOrganization(state, listing) : listOrganization(state, { organizationId, ...listing }),
            ),
          ],
        }
      }
      const { service: row, types, areas, locations, phone, schedule } = value as HsdsService
      const agencyId = agencyOf(row.organization_id)
      const listing = {
        ...(agencyId && { agencyId }),
        organizationId: ids.of('organization', row.organization_id),
        name: row.name,
        ...(row.description && { description: row.description }),
        status: status[row.status],
        types: [...types],
        ...(row.minimum_age !== undefined && { minimumAge: row.minimum_age }),
        ...(row.maximum_age !== undefined && { maximumAge: row.maximum_age }),
        areas: [...areas],
        locations: locations.map(({ id, ...rest }) => ({ locationId: id, ...rest })),
        ...(row.url && { url: row.url }),
        ...(phone && { phone }),
        ...(schedule && { schedule }),
      }
      const serviceId = ids.of('service', externalId)
      return {
        commands: [
          command(service, serviceId, state => (state.listing ? change(state, listing) : list(state, { serviceId, ...listing }))),
        ],
      }
    },
  }),
}
