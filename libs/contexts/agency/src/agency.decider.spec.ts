import { agency, type Agency, close, register, type RegisterAgency, rename } from './agency.decider.js'
import type { AgencyEvent } from './agency.events.js'

const lycee: RegisterAgency = { agencyId: 'school', name: 'Lycée du Pont', sector: 'education', region: 'FRK26' }
const after = (...events: AgencyEvent[]): Agency => events.reduce((s, e) => agency.evolve(s, e), agency.initial)
const open = after(...register(agency.initial, lycee))
const closed = after(...register(agency.initial, lycee), ...close(open, 'merged'))
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('registering an agency', () => {
  test('nobody registers for learners: the sector and the id are their own', () => {
    expect(code(() => register(agency.initial, { ...lycee, sector: 'learner' }))).toBe('AGENCY.INVALID_SECTOR')
    expect(code(() => register(agency.initial, { ...lycee, agencyId: 'learner' }))).toBe('AGENCY.INVALID_SECTOR')
  })
  test('a region that is no NUTS code is refused', () => {
    for (const region of ['', 'Lyon', 'fr', 'FRK2612', '00', 'FR-K26'])
      expect(code(() => register(agency.initial, { ...lycee, region }))).toBe('AGENCY.INVALID_REGION')
  })
  test('an agency is not part of itself', () => {
    expect(code(() => register(agency.initial, { ...lycee, parentAgencyId: 'school' }))).toBe('AGENCY.INVALID_PARENT')
  })
  test('an id is taken once, and never again after closing', () => {
    expect(code(() => register(open, { ...lycee, name: 'Another' }))).toBe('AGENCY.EXISTS')
    expect(code(() => register(closed, lycee))).toBe('AGENCY.EXISTS')
  })
  test('it joins with its sector and region; asked twice, nothing new', () => {
    expect(register(agency.initial, lycee)).toEqual([{ type: 'AgencyRegistered', data: lycee }])
    expect(register(open, lycee)).toEqual([])
  })
})

describe('renaming and closing', () => {
  test('an agency that is unknown or closed is not renamed, and an unknown one not closed', () => {
    expect(code(() => rename(agency.initial, 'x'))).toBe('AGENCY.UNKNOWN')
    expect(code(() => close(agency.initial, 'x'))).toBe('AGENCY.UNKNOWN')
    expect(code(() => rename(closed, 'x'))).toBe('AGENCY.CLOSED')
  })
  test('a new name is said once', () => {
    const [renamed] = rename(open, 'Lycée du Fleuve')
    expect(rename(agency.evolve(open, renamed!), 'Lycée du Fleuve')).toEqual([])
  })
  test('closing is said once', () => {
    expect(close(open, 'merged')).toEqual([{ type: 'AgencyClosed', data: { reason: 'merged' } }])
    expect(close(closed, 'merged')).toEqual([])
  })
})
