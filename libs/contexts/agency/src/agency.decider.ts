import { type Decider, Refused } from '@passerelle/event-log'
import { learnerAgencyId, type Sector } from '@passerelle/sharing'
import { type AgencyEvent, agencyEvents } from './agency.events.js'

export interface Agency {
  readonly status: 'none' | 'open' | 'closed'
  readonly agencyId?: string
  readonly name?: string
  readonly sector?: Sector
  readonly region?: string
  readonly parentAgencyId?: string
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
    }
  },
}

function refuseUnlessOpen({ status }: Agency): void {
  if (status === 'none') throw new Refused('AGENCY.UNKNOWN', 'No agency has this id.', 'Register it first.')
  if (status === 'closed')
    throw new Refused('AGENCY.CLOSED', 'This agency is closed.', 'Register the one that took over, under its own id.')
}
