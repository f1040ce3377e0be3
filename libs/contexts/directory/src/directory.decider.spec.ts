import { changeOrganization, listOrganization, organization } from './organization.decider.js'
import { change, changeStatus, list, service } from './service.decider.js'

const listing = {
  organizationId: 'o-1',
  name: 'Youth counselling',
  status: 'active',
  types: ['counselling'],
  areas: [],
  locations: [],
} as const
const listed = service.evolve(service.initial, list(service.initial, { serviceId: 's-1', ...listing } as never)[0]!)
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('a service', () => {
  test('cannot change before it is listed', () => {
    expect(code(() => change(service.initial, listing as never))).toBe('SERVICE.UNKNOWN')
    expect(code(() => changeStatus(service.initial, 'inactive'))).toBe('SERVICE.UNKNOWN')
  })
  test('is refused where nobody could be of its age', () => {
    expect(code(() => list(service.initial, { serviceId: 's-1', ...listing, minimumAge: 20, maximumAge: 18 } as never))).toBe(
      'SERVICE.AGE_RANGE',
    )
    expect(code(() => change(listed, { ...listing, minimumAge: 20, maximumAge: 18 } as never))).toBe('SERVICE.AGE_RANGE')
  })
  test('listed again as it is says nothing new; otherwise it is another service', () => {
    expect(list(listed, { serviceId: 's-1', ...listing } as never)).toEqual([])
    expect(code(() => list(listed, { serviceId: 's-1', ...listing, name: 'Other' } as never))).toBe('SERVICE.EXISTS')
  })
  test('one changed row is one event, and a changed status says only that', () => {
    expect(change(listed, listing as never)).toEqual([])
    expect(change(listed, { ...listing, status: 'temporarilyClosed' } as never)).toEqual([
      { type: 'ServiceStatusChanged', data: { status: 'temporarilyClosed' } },
    ])
    expect(change(listed, { ...listing, name: 'Other', status: 'inactive' } as never)).toMatchObject([{ type: 'ServiceChanged' }])
    expect(changeStatus(listed, 'active')).toEqual([])
  })
})

describe('an organisation', () => {
  const first = listOrganization(organization.initial, { organizationId: 'o-1', name: 'House' })
  const known = organization.evolve(organization.initial, first[0]!)
  test('cannot change before it is listed, and says nothing twice', () => {
    expect(code(() => changeOrganization(organization.initial, { name: 'House' }))).toBe('ORGANIZATION.UNKNOWN')
    expect(listOrganization(known, { organizationId: 'o-1', name: 'House' })).toEqual([])
    expect(code(() => listOrganization(known, { organizationId: 'o-1', name: 'Home' }))).toBe('ORGANIZATION.EXISTS')
    expect(changeOrganization(known, { name: 'House' })).toEqual([])
    expect(changeOrganization(known, { name: 'Home' })).toHaveLength(1)
  })
})
