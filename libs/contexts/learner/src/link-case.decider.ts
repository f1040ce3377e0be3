import { type Decider, Refused } from '@passerelle/event-log'
import { type LinkCaseEvent, linkCaseEvents } from './link-case.events.js'

type DataOf<T extends LinkCaseEvent['type']> = Extract<LinkCaseEvent, { type: T }>['data']

/** Two records that may be one person's, and what was found out about them. */
export interface LinkCase {
  readonly learnerId?: string
  readonly otherLearnerId?: string
  readonly band?: 'automatic' | 'review'
  readonly status: 'none' | 'proposed' | 'confirmed' | 'rejected' | 'merged' | 'unmerged'
  readonly survivor?: string
  readonly absorbed?: string
}

export type ProposeLink = DataOf<'LinkProposed'>

/** Whatever became of a proposal, it is not made again. */
export function propose(link: LinkCase, command: ProposeLink): LinkCaseEvent[] {
  if (command.learnerId === command.otherLearnerId)
    throw new Refused('LINK.ONE_RECORD', 'A record is not a duplicate of itself.', 'Name two records.')
  return link.status === 'none' ? [{ type: 'LinkProposed', data: command }] : []
}

/** R-I.1: likelihood alone confirms only what nothing stands against. A person may think again after a rejection. */
export function confirm(link: LinkCase, by: DataOf<'LinkConfirmed'>['by']): LinkCaseEvent[] {
  refuseUnknown(link)
  if (link.status === 'confirmed' || link.status === 'merged') return []
  if (by === 'likelihood' && link.status !== 'proposed') return []
  if (by === 'likelihood' && link.band !== 'automatic')
    throw new Refused('LINK.NEEDS_A_PERSON', 'Likelihood alone does not link these records.', 'Let a person look at them.')
  return [{ type: 'LinkConfirmed', data: { by } }]
}

export function reject(link: LinkCase, reason: string): LinkCaseEvent[] {
  refuseUnknown(link)
  if (link.status === 'rejected') return []
  if (link.status === 'merged')
    throw new Refused('LINK.MERGED', 'The records are read as one person.', 'Unmerge them, so that it is assessed who looked.')
  return [{ type: 'LinkRejected', data: { reason } }]
}

/** `isAbsorbed`: the record is read under another's id already; it would then be two persons'. */
export function merge(link: LinkCase, survivor: string, isAbsorbed: boolean): LinkCaseEvent[] {
  refuseUnknown(link)
  const absorbed = survivor === link.learnerId ? link.otherLearnerId! : link.learnerId!
  if (survivor !== link.learnerId && survivor !== link.otherLearnerId)
    throw new Refused('LINK.NOT_OF_THE_CASE', 'The survivor is neither of the two records.', 'Name one of them.')
  if (link.status === 'merged') {
    if (link.survivor === survivor) return []
    throw new Refused('LINK.MERGED', 'The records are read as one person already, under the other id.', 'Unmerge them first.')
  }
  if (link.status !== 'confirmed')
    throw new Refused('LINK.NOT_CONFIRMED', 'Nobody has confirmed that the records are one person’s.', 'Confirm the link first.')
  if (isAbsorbed)
    throw new Refused('LINK.ABSORBED', 'One of the records is read as part of another already.', 'Merge that one, or unmerge it.')
  return [{ type: 'PersonsMerged', data: { survivor, absorbed } }]
}

export type UnmergePersons = Omit<DataOf<'PersonsUnmerged'>, 'survivor' | 'absorbed'>

export function unmerge(link: LinkCase, command: UnmergePersons): LinkCaseEvent[] {
  refuseUnknown(link)
  if (link.status === 'unmerged') return []
  if (link.status !== 'merged')
    throw new Refused('LINK.NOT_MERGED', 'The records are not read as one person.', 'Reject the link instead.')
  return [{ type: 'PersonsUnmerged', data: { survivor: link.survivor!, absorbed: link.absorbed!, ...command } }]
}

export const linkCase: Decider<LinkCase, LinkCaseEvent> = {
  events: linkCaseEvents,
  initial: { status: 'none' },
  subject: state => state.learnerId,
  evolve(state, event) {
    switch (event.type) {
      case 'LinkProposed': {
        const { learnerId, otherLearnerId, band } = event.data
        return { learnerId, otherLearnerId, band, status: 'proposed' }
      }
      case 'LinkConfirmed':
        return { ...state, status: 'confirmed' }
      case 'LinkRejected':
        return { ...state, status: 'rejected' }
      case 'PersonsMerged':
        return { ...state, ...event.data, status: 'merged' }
      case 'PersonsUnmerged':
        return { ...state, status: 'unmerged', survivor: undefined, absorbed: undefined }
    }
  },
}

function refuseUnknown(link: LinkCase): void {
  if (link.status === 'none')
    throw new Refused('LINK.UNKNOWN', 'Nobody has proposed such a link.', 'Look for possible duplicates first.')
}
