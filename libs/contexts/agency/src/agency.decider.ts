import { type Decider, Refused, sameValue } from '@passerelle/event-log'
import { type Category, learnerAgencyId, type Sector } from '@passerelle/sharing'
import { type AgencyEvent, agencyEvents } from './agency.events.js'
import { feedCategories } from './feed-categories.js'

export interface Agency {
  readonly status: 'none' | 'open' | 'closed'
  readonly agencyId?: string
  readonly name?: string
  readonly sector?: Sector
  readonly region?: string
  readonly parentAgencyId?: string
  /** What the feeds of its systems may write, where a list was set. */
  readonly feeds?: Readonly<Record<string, readonly Category[]>>
}

export interface RegisterAgency {
  readonly agencyId: string
  readonly name: string
  readonly sector: Sector
  /** NUTS code. */
  readonly region: string
  readonly parentAgencyId?: string
}

export function register(agency: Agency, command: RegisterAgency): AgencyEvent[] {
  const { agencyId, name, sector, region, parentAgencyId } = command
  if (agency.status !== 'none') {
    if (agency.status === 'open' && agency.name === name && agency.sector === sector && agency.region === region) return []
    throw new Refused('AGENCY.EXISTS', 'An agency has this id already.', 'Rename it, or choose another id.', { agencyId })
  }
  if (sector === 'learner' || agencyId === learnerAgencyId)
    throw new Refused('AGENCY.INVALID_SECTOR', 'No agency stands for learners.', 'Choose the sector that it works in.', {
      sector,
    })
  if (!/^[A-Z]{2}[0-9A-Z]{0,3}$/.test(region))
    throw new Refused('AGENCY.INVALID_REGION', 'The region is no NUTS code.', 'Give two capital letters and up to three more.', {
      region,
    })
  if (parentAgencyId === agencyId)
    throw new Refused('AGENCY.INVALID_PARENT', 'An agency is not part of itself.', 'Name another, or none.', { agencyId })
  return [{ type: 'AgencyRegistered', data: { agencyId, name, sector, region, ...(parentAgencyId && { parentAgencyId }) } }]
}

export function rename(agency: Agency, name: string): AgencyEvent[] {
  refuseUnlessOpen(agency)
  return agency.name === name ? [] : [{ type: 'AgencyRenamed', data: { name } }]
}

/** R-V.6: in place of what is usual in its sector, and never more than a feed of that sector may write. */
export function setFeedCategories(agency: Agency, system: string, categories: readonly Category[]): AgencyEvent[] {
  refuseUnlessOpen(agency)
  const { most } = feedCategories[agency.sector!]
  const beyond = categories.filter(category => !most.includes(category))
  if (beyond.length > 0)
    throw new Refused(
      'AGENCY.FEED_CATEGORY',
      'Feeds of this sector never write this.',
      `Leave it out; they may write ${most.join(', ') || 'nothing about people'}.`,
      { categories: beyond },
    )
  const listed = most.filter(category => categories.includes(category))
  if (agency.feeds && Object.hasOwn(agency.feeds, system) && sameValue(agency.feeds[system], listed)) return []
  return [{ type: 'FeedCategoriesSet', data: { system, categories: listed } }]
}

/** What the feed of one of its systems may write of people. */
export function feedCategoriesOf({ sector, feeds = {} }: Agency, system: string): readonly Category[] {
  if (!sector) return []
  const { usual, most } = feedCategories[sector]
  // A list that was set before the sector's was shortened is shortened with it.
  return Object.hasOwn(feeds, system) ? most.filter(category => feeds[system]!.includes(category)) : usual
}

/** For good: who works with learners again registers anew, under a new id, with new staff and agreements. */
export function close(agency: Agency, reason: string): AgencyEvent[] {
  if (agency.status === 'closed') return []
  refuseUnlessOpen(agency)
  return [{ type: 'AgencyClosed', data: { reason } }]
}

export const agency: Decider<Agency, AgencyEvent> = {
  events: agencyEvents,
  initial: { status: 'none' },
  subject: () => undefined,
  closes: ({ agencyId }, event) => (event.type === 'AgencyClosed' ? [{ agencyId }] : []),
  evolve(state, event) {
    switch (event.type) {
      case 'AgencyRegistered':
        return { status: 'open', ...event.data }
      case 'AgencyRenamed':
        return { ...state, name: event.data.name }
      case 'AgencyClosed':
        return { ...state, status: 'closed' }
      case 'FeedCategoriesSet':
        return { ...state, feeds: { ...state.feeds, [event.data.system]: event.data.categories } }
    }
  },
}

function refuseUnlessOpen({ status }: Agency): void {
  if (status === 'none') throw new Refused('AGENCY.UNKNOWN', 'No agency has this id.', 'Register it first.')
  if (status === 'closed')
    throw new Refused('AGENCY.CLOSED', 'This agency is closed.', 'Register the one that took over, under its own id.')
}
