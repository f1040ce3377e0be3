import {
  type Folder,
  type Read,
  type Reading,
  type ReadingOptions,
  readTables,
  type RowOf,
  type TableOf,
} from '../reading/index.js'
import type * as tables from './hsds.tables.js'
import { codePattern } from '@passerelle/event-log'
import { hsdsTables } from './hsds.tables.js'

type Row<K extends keyof typeof tables> = (typeof tables)[K] extends TableOf<infer C> ? RowOf<C> : never

/** A service with all that the other files say about it. */
export interface HsdsService {
  readonly service: Row<'services'>
  readonly types: readonly string[]
  readonly areas: readonly string[]
  readonly locations: readonly {
    readonly id: string
    readonly name?: string
    readonly address?: string
    readonly latitude?: number
    readonly longitude?: number
  }[]
  readonly phone?: string
  readonly schedule?: string
}

/**
 * Open Referral HSDS 3.0 tabular data: CSV files named as in the standard's datapackage, or as its resources. A service is read
 * together with what hangs on it, so a directory is held in memory once. A datapackage.json beside them is not needed.
 */
export async function* readHsds(folder: Folder, options: ReadingOptions): AsyncIterable<Reading> {
  const files = folder.files.filter(name => name.toLowerCase() !== 'datapackage.json')
  const directory = new Directory()
  const services: Read<Row<'services'>>[] = []
  for await (const reading of readTables({ ...folder, files, size: folder.size, open: folder.open }, hsdsTables, options)) {
    if (reading.kind === 'record') directory.add(reading)
    if (reading.kind === 'record' && reading.entity === 'service') services.push(reading as Read<Row<'services'>>)
    else yield reading
  }
  if (directory.textAreas > 0)
    yield {
      kind: 'remark',
      place: { file: 'service_areas.csv' },
      code: 'AREA.NOT_A_CODE',
      text: `${directory.textAreas} area(s) are described in words, not codes: whether a learner lives there is not checked.`,
    }
  for (const reading of services) {
    const value = directory.service(reading.value)
    yield { ...reading, value, contentHash: options.digest(JSON.stringify(value)) }
  }
}

class Directory {
  /** What hangs on a service, a location or an organization, by its id: in HSDS a UUID. */
  private readonly rows = new Map<string, Read[]>()
  private readonly terms = new Map<string, string>()
  private readonly locations = new Map<string, Row<'locations'>>()
  private readonly addresses = new Map<string, string>()
  private readonly serviceAt = new Map<string, string>()
  textAreas = 0

  add(reading: Read): void {
    const { entity, value } = reading
    if (entity === 'taxonomyTerm') {
      const term = value as Row<'taxonomyTerms'>
      if (term.code && codePattern.test(term.code)) this.terms.set(term.id, term.code)
    } else if (entity === 'location') {
      const location = value as Row<'locations'>
      this.locations.set(location.id, location)
    } else if (entity === 'address') {
      const a = value as Row<'addresses'>
      if (a.location_id && a.address_type !== 'virtual' && !this.addresses.has(a.location_id))
        this.addresses.set(
          a.location_id,
          [a.address_1, a.address_2, `${a.postal_code} ${a.city}`, a.state_province, a.country]
            .filter(Boolean)
            .join(', ')
            .slice(0, 500),
        )
    } else if (entity === 'serviceAtLocation') {
      const at = value as Row<'servicesAtLocations'>
      this.serviceAt.set(at.id, at.service_id)
      this.push(at.service_id, reading)
    } else if (entity === 'attribute') {
      const attribute = value as Row<'attributes'>
      // The name of the table, or of what is in it.
      if (attribute.link_entity === 'service' || attribute.link_entity === 'services') this.push(attribute.link_id, reading)
    } else if (entity === 'serviceArea' || entity === 'phone' || entity === 'schedule') {
      const part = value as Partial<Record<`${'service' | 'service_at_location' | 'location' | 'organization'}_id`, string>>
      const owner =
        part.service_id ??
        (part.service_at_location_id && this.serviceAt.get(part.service_at_location_id)) ??
        part.location_id ??
        part.organization_id
      if (owner) this.push(owner, reading)
    }
  }
  private push(owner: string, reading: Read): void {
    const rows = this.rows.get(owner)
    if (rows) rows.push(reading)
    else this.rows.set(owner, [reading])
  }

  service(service: Row<'services'>): HsdsService {
    const of = <T>(entity: string, owners: readonly string[] = [service.id]) =>
      owners.flatMap(id => this.rows.get(id) ?? []).flatMap(row => (row.entity === entity ? [row.value as T] : []))
    const locations = unique(of<Row<'servicesAtLocations'>>('serviceAtLocation').map(({ location_id }) => location_id))
    // What is said of the service itself goes before what is said of where it is, and of who offers it.
    const nearest = <T>(entity: string) =>
      [[service.id], locations, [service.organization_id]].map(owners => of<T>(entity, owners)).find(rows => rows.length > 0) ??
      []
    const areas = of<Row<'serviceAreas'>>('serviceArea').flatMap(
      ({ extent, name }) => [extent, name].find(each => each !== undefined && codePattern.test(each)) ?? this.inWords(),
    )
    const schedule = inOneLine(nearest<Row<'schedules'>>('schedule').map(words))
    const phone = inOneLine(nearest<Row<'phones'>>('phone').map(({ number }) => number))
    return {
      service,
      types: unique(of<Row<'attributes'>>('attribute').flatMap(({ taxonomy_term_id }) => this.terms.get(taxonomy_term_id) ?? [])),
      areas: unique(areas),
      locations: locations.flatMap(id => this.location(id)),
      ...(phone && { phone }),
      ...(schedule && { schedule }),
    }
  }
  private inWords(): [] {
    this.textAreas++
    return []
  }
  private location(id: string): HsdsService['locations'][number][] {
    const location = this.locations.get(id)
    if (!location) return []
    const { name, latitude, longitude } = location
    const address = this.addresses.get(id)
    return [
      {
        id,
        ...(name && { name }),
        ...(address && { address }),
        ...(latitude !== undefined && { latitude }),
        ...(longitude !== undefined && { longitude }),
      },
    ]
  }
}

const inOneLine = (texts: readonly string[]): string => unique(texts).join(' / ').slice(0, 500)
const unique = <T>(values: readonly T[]): T[] => [...new Set(values)].slice(0, 200)

function words({ freq, byday, opens_at, closes_at, valid_from, valid_to, description }: Row<'schedules'>): string {
  const when = [freq?.toLowerCase(), byday.join(' '), [opens_at?.slice(0, 5), closes_at?.slice(0, 5)].filter(Boolean).join('–')]
    .filter(Boolean)
    .join(' ')
  const valid = [valid_from && `from ${valid_from}`, valid_to && `until ${valid_to}`].filter(Boolean).join(' ')
  return [when, valid, description].filter(Boolean).join('; ').slice(0, 500)
}
