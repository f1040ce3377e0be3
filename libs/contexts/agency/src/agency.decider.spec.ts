import { categories, cellOf, roles, roleTerms, sectors } from '@passerelle/sharing'
import {
  agency,
  type Agency,
  close,
  feedCategoriesOf,
  register,
  type RegisterAgency,
  rename,
  setFeedCategories,
} from './agency.decider.js'
import type { AgencyEvent } from './agency.events.js'
import { feedCategories } from './feed-categories.js'

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

describe('R-V.6 what a feed may write', () => {
  test('no list of a school holds diagnoses, no list at all safeguarding, notes or signals', () => {
    for (const category of ['C6', 'C7', 'C8'] as const)
      expect(code(() => setFeedCategories(open, 'sds', ['C1', category]))).toBe('AGENCY.FEED_CATEGORY')
    const none = ['C10', 'C13', 'C16']
    expect(sectors.flatMap(sector => feedCategories[sector].most.filter(category => none.includes(category)))).toEqual([])
  })
  test('an authority’s own feeds, and those of nobody, write nothing about people', () => {
    const authority = after(...register(agency.initial, { ...lycee, sector: 'authority' }))
    expect(feedCategoriesOf(authority, 'hsds')).toEqual([])
    expect(feedCategoriesOf(agency.initial, 'sds')).toEqual([])
    expect(code(() => setFeedCategories(authority, 'hsds', ['C1']))).toBe('AGENCY.FEED_CATEGORY')
  })
  test('an agency that is unknown or closed has no list to set', () => {
    expect(code(() => setFeedCategories(agency.initial, 'sds', ['C1']))).toBe('AGENCY.UNKNOWN')
    expect(code(() => setFeedCategories(closed, 'sds', ['C1']))).toBe('AGENCY.CLOSED')
  })
  test('a sector’s feeds write nothing that nobody in the sector may ever see, and what is usual is among the most', () => {
    for (const sector of sectors) {
      const { usual, most } = feedCategories[sector]
      const seen = categories.filter(category =>
        roles.some(role => {
          const { all, own } = cellOf(category, role)
          return roleTerms[role].sectors.includes(sector) && role !== 'dataProtectionOfficer' && (all ?? own) !== undefined
        }),
      )
      expect(most.filter(category => !seen.includes(category))).toEqual([])
      expect(usual.filter(category => !most.includes(category))).toEqual([])
    }
  })
  test('what is usual in the sector holds until a list is set, for that system alone; asked twice, nothing new', () => {
    expect(feedCategoriesOf(open, 'sds')).toEqual(['C1', 'C2'])
    const set = setFeedCategories(open, 'sds', ['C2', 'C1', 'C2', 'C4'])
    expect(set).toEqual([{ type: 'FeedCategoriesSet', data: { system: 'sds', categories: ['C1', 'C2', 'C4'] } }])
    const now = after(...register(agency.initial, lycee), ...set)
    expect(setFeedCategories(now, 'sds', ['C4', 'C2', 'C1'])).toEqual([])
    expect([feedCategoriesOf(now, 'sds'), feedCategoriesOf(now, 'canteen')]).toEqual([
      ['C1', 'C2', 'C4'],
      ['C1', 'C2'],
    ])
    const shut = after(...register(agency.initial, lycee), ...set, ...setFeedCategories(now, 'sds', []))
    expect(feedCategoriesOf(shut, 'sds')).toEqual([])
  })
})
