import {
  type Column,
  day,
  decimal,
  email,
  externalId,
  Fault,
  instant,
  integer,
  list,
  oneOf,
  ref,
  required,
  type Table,
  table,
  text,
  time,
  uri,
  uuid,
  matching,
} from '../reading/index.js'

const id = () => required(uuid())
/** References as the datapackage's foreign keys declare them. */
const to = (entity: string) => ref(entity, uuid())
const long = () => text(10_000)
const weekday = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
const place = ['physical', 'postal', 'virtual'] as const
const inOrder = (from: string | undefined, until: string | undefined, column: string) =>
  from && until && until < from ? new Fault('VALUE.OUT_OF_ORDER', 'The end lies before the beginning.', column) : undefined
const files = (plural: string, singular: string) => [`${plural}.csv`, `${singular}.csv`]
const NOT_USED = 'The directory of referrals does not use this.'
/** HSDS 3.0 wants numbers here and publishers send 0-120 with decimals; an age is whole years. */
const age = () => {
  const number = decimal(0, 150)
  return { ...number, read: (value: string) => Math.floor(number.read(value)!) } as Column<number | undefined>
}

export const organizations = table({
  entity: 'organization',
  files: files('organizations', 'organization'),
  key: ['id'],
  columns: {
    id: id(),
    name: required(text()),
    description: required(long()),
    email: email(),
    website: uri(),
    // No foreign key in the datapackage: the organisation above is often published by somebody else.
    parent_organization_id: uuid(),
  },
})
export const programs = table({
  entity: 'program',
  files: files('programs', 'program'),
  key: ['id'],
  notTaken: NOT_USED,
  columns: { id: id(), organization_id: required(to('organization')), name: required(text()), description: required(long()) },
})
export const services = table({
  entity: 'service',
  files: files('services', 'service'),
  key: ['id'],
  columns: {
    id: id(),
    organization_id: required(to('organization')),
    program_id: to('program'),
    name: required(text()),
    description: long(),
    url: uri(),
    status: required(oneOf(['active', 'inactive', 'defunct', 'temporarily closed'])),
    minimum_age: age(),
    maximum_age: age(),
    last_modified: instant(),
  },
  check: row =>
    row.minimum_age !== undefined && row.maximum_age !== undefined && row.maximum_age < row.minimum_age
      ? new Fault('VALUE.OUT_OF_ORDER', 'The maximum age lies below the minimum age.', 'maximum_age')
      : undefined,
})
export const taxonomies = table({
  entity: 'taxonomy',
  files: files('taxonomies', 'taxonomy'),
  key: ['id'],
  columns: { id: id(), name: required(text()), description: required(long()), version: text(100) },
})
export const taxonomyTerms = table({
  entity: 'taxonomyTerm',
  files: files('taxonomy_terms', 'taxonomy_term'),
  key: ['id'],
  columns: {
    id: id(),
    code: text(200),
    name: required(text()),
    description: required(long()),
    parent_id: uuid(),
    taxonomy_id: to('taxonomy'),
  },
})
export const attributes = table({
  entity: 'attribute',
  files: files('attributes', 'attribute'),
  key: ['id'],
  columns: {
    id: id(),
    link_id: required(uuid()),
    taxonomy_term_id: required(to('taxonomyTerm')),
    link_entity: required(text(100)),
    value: text(),
  },
})
export const locations = table({
  entity: 'location',
  files: files('locations', 'location'),
  key: ['id'],
  columns: {
    id: id(),
    location_type: required(oneOf(place)),
    organization_id: to('organization'),
    name: text(),
    // The standard's own example has 100 and 101: bounds are checked where a map is drawn, not here.
    latitude: decimal(-180, 180),
    longitude: decimal(-180, 180),
  },
})
export const addresses = table({
  entity: 'address',
  files: files('addresses', 'address'),
  key: ['id'],
  columns: {
    id: id(),
    location_id: to('location'),
    address_1: required(text(200)),
    address_2: text(200),
    city: required(text(100)),
    state_province: required(text(100)),
    postal_code: required(text(30)),
    country: required(matching(/^[A-Za-z]{2,3}$/, 'an ISO 3166 country code')),
    address_type: required(oneOf(place)),
  },
})
export const servicesAtLocations = table({
  entity: 'serviceAtLocation',
  files: files('service_at_location', 'service_at_locations'),
  key: ['id'],
  columns: { id: id(), service_id: required(to('service')), location_id: required(to('location')) },
})
export const serviceAreas = table({
  entity: 'serviceArea',
  files: files('service_areas', 'service_area'),
  key: ['id'],
  columns: { id: id(), service_id: to('service'), name: text(), extent: long(), extent_type: text(100), uri: text() },
})
export const contacts = table({
  entity: 'contact',
  files: files('contacts', 'contact'),
  key: ['id'],
  notTaken: 'Names of persons are not taken; the telephone numbers of a service are.',
  columns: {
    id: id(),
    organization_id: to('organization'),
    service_id: to('service'),
    service_at_location_id: to('serviceAtLocation'),
    location_id: to('location'),
    email: email(),
  },
})
export const phones = table({
  entity: 'phone',
  files: files('phones', 'phone'),
  key: ['id'],
  columns: {
    id: id(),
    location_id: to('location'),
    service_id: to('service'),
    organization_id: to('organization'),
    contact_id: to('contact'),
    service_at_location_id: to('serviceAtLocation'),
    number: required(text(60)),
    extension: decimal(0),
    type: text(50),
  },
})
export const schedules = table({
  entity: 'schedule',
  files: files('schedules', 'schedule'),
  key: ['id'],
  columns: {
    id: id(),
    service_id: to('service'),
    location_id: to('location'),
    service_at_location_id: to('serviceAtLocation'),
    valid_from: day(),
    valid_to: day(),
    dtstart: day(),
    timezone: decimal(-14, 14),
    until: day(),
    count: integer(0, 100_000),
    wkst: oneOf(weekday),
    freq: oneOf(['WEEKLY', 'MONTHLY']),
    interval: integer(1, 1000),
    byday: list(matching(/^[+-]?\d{0,2}(MO|TU|WE|TH|FR|SA|SU)$/, 'a weekday such as MO or 1MO')),
    opens_at: time(),
    closes_at: time(),
    description: long(),
  },
  check: row => inOrder(row.valid_from, row.valid_to, 'valid_to'),
})

const linked = <E extends string>(
  entity: E,
  plural: string,
  singular: string,
  columns: Record<string, Column<string | undefined>>,
) => table({ entity, files: files(plural, singular), key: ['id'], notTaken: NOT_USED, columns: { id: id(), ...columns } })

/** HSDS 3.0, in the order of dependence. */
export const hsdsTables: readonly Table[] = [
  organizations,
  programs,
  services,
  taxonomies,
  taxonomyTerms,
  attributes,
  locations,
  addresses,
  servicesAtLocations,
  serviceAreas,
  contacts,
  phones,
  schedules,
  linked('language', 'languages', 'language', { service_id: to('service'), location_id: to('location'), phone_id: to('phone') }),
  linked('accessibility', 'accessibility', 'accessibilities', { location_id: to('location') }),
  linked('costOption', 'cost_options', 'cost_option', { service_id: required(to('service')) as never }),
  linked('funding', 'funding', 'fundings', { organization_id: to('organization'), service_id: to('service') }),
  linked('requiredDocument', 'required_documents', 'required_document', { service_id: to('service') }),
  linked('organizationIdentifier', 'organization_identifiers', 'organization_identifier', {
    organization_id: required(to('organization')) as never,
    identifier_type: required(text(200)) as never,
    identifier: required(text(500)) as never,
  }),
  linked('metadata', 'metadata', 'metadatas', {
    resource_id: required(uuid()) as never,
    resource_type: required(externalId()) as never,
  }),
  linked('metaTableDescription', 'meta_table_descriptions', 'meta_table_description', {}),
]
