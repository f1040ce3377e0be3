import { addDays, addMonths, type Decider, earlier, Refused } from '@passerelle/event-log'
import { type Category, learnerAgencyId, type Role } from '@passerelle/sharing'
import { type RestrictionEvent, restrictionEvents } from './restriction.events.js'

/**
 * Why something is held, and for how many days at most before it must be decided anew. A region sets the numbers; that there is one, the
 * law does.
 */
export const longestDays = {
  /** The person asked for it: GDPR 18, while accuracy or lawfulness is looked into. */
  gdpr18: 92,
  courtOrder: 366,
  safeguarding: 92,
} as const
export type Grounds = keyof typeof longestDays
export const restrictionGrounds = Object.keys(longestDays) as readonly Grounds[]

/** So many days before it is lifted they know whom GDPR 18 protected. */
export const toldDaysBefore = 7

/** Who approves, keeps and ends what is held on these grounds: it is never held from them so that they could not. */
export const keepersOf = (grounds: Grounds): readonly Role[] =>
  grounds === 'safeguarding' ? ['dataProtectionOfficer', 'safeguardingLead'] : ['dataProtectionOfficer']

export interface Hold {
  readonly restrictionId: string
  readonly learnerId: string
  readonly categories: readonly Category[]
  /** None: every agency. */
  readonly agencyIds: readonly string[]
  /** Kept from the learner too. */
  readonly fromLearner: boolean
  readonly grounds: Grounds
  /** The restriction itself is not told. */
  readonly hidden: boolean
  /** First day on which it holds no more. */
  readonly until: string
}

export interface Restriction {
  readonly status: 'none' | 'proposed' | 'declined' | 'placed' | 'lifted' | 'expired'
  readonly hold?: Hold
  readonly proposedBy?: string
  /** Of a proposal: last day on which it is decided in time. */
  readonly dueBy?: string
  readonly overdue?: boolean
}

/** By one person alone: never where it is kept from the learner, never for safeguarding. */
export function place(restriction: Restriction, hold: Hold, today: string): RestrictionEvent[] {
  if (restriction.status === 'placed' && sameHold(restriction.hold!, hold)) return []
  refuseKnown(restriction, hold)
  if (hold.grounds === 'safeguarding')
    throw new Refused(
      'RESTRICTION.NEEDS_SECOND_PERSON',
      'A safeguarding restriction takes two people.',
      'Propose it and let another approve.',
    )
  refuseFaulty(hold, today)
  return [{ type: 'RestrictionPlaced', data: dataOf(hold) }]
}

/** A month to decide (GDPR 12(3)), and while there is something to decide on. */
export function propose(restriction: Restriction, hold: Hold, proposedBy: string, today: string): RestrictionEvent[] {
  if (restriction.status === 'proposed' && sameHold(restriction.hold!, hold) && restriction.proposedBy === proposedBy) return []
  refuseKnown(restriction, hold)
  refuseFaulty(hold, today)
  const dueBy = earlier(lastDayOf(hold), addMonths(today, 1))
  return [{ type: 'RestrictionProposed', data: { ...dataOf(hold), proposedBy, dueBy } }]
}

export function approve(restriction: Restriction, approvedBy: string, today: string): RestrictionEvent[] {
  const { status, hold, proposedBy } = restriction
  if (status === 'placed') return []
  refuseUnproposed(restriction)
  if (proposedBy === approvedBy)
    throw new Refused(
      'RESTRICTION.SAME_PERSON',
      'Nobody approves what they proposed themselves.',
      'Let a second person look at it.',
    )
  if (hold!.until <= today)
    throw new Refused(
      'RESTRICTION.OVER',
      'It waited too long: what was proposed would be over.',
      'Decline it, or have it proposed anew until a later day.',
      { until: hold!.until },
    )
  refuseFaulty(hold!, today)
  return [{ type: 'RestrictionPlaced', data: { ...dataOf(hold!), approvedBy } }]
}

/** Also by whoever proposed it: then they take it back. Nobody is left without an answer (GDPR 12(4)): also once it has run out. */
export function decline(restriction: Restriction, command: { readonly by: string; readonly reason: string }): RestrictionEvent[] {
  if (restriction.status === 'declined') return []
  if (restriction.status !== 'expired') refuseUnproposed(restriction)
  return [{ type: 'RestrictionDeclined', data: { by: command.by, reason: command.reason } }]
}

/** The clock's, once. */
export function noticeOverdue({ status, overdue, dueBy }: Restriction, today: string): RestrictionEvent[] {
  if (status !== 'proposed' || overdue || today <= dueBy!) return []
  return [{ type: 'RestrictionProposalOverdue', data: { dueBy: dueBy! } }]
}

/** The clock's: what nobody decided is over when what it proposes would be. */
export function expireProposal({ status, hold }: Restriction, today: string): RestrictionEvent[] {
  if (status !== 'proposed' || hold!.until > today) return []
  return [{ type: 'RestrictionProposalExpired', data: { on: hold!.until } }]
}

export function lift(restriction: Restriction, reason: string): RestrictionEvent[] {
  if (restriction.status === 'lifted') return []
  if (restriction.status !== 'placed')
    throw new Refused('RESTRICTION.NOT_PLACED', 'Nothing is held under this id.', 'Check the id; a proposal is declined.')
  return [{ type: 'RestrictionLifted', data: { reason } }]
}

/**
 * By whoever keeps it. What a person asked for is not ended behind their back (GDPR 18(3)): it goes on for some days, of which they are told, and ends by
 * itself.
 */
export function liftAsKeeper(restriction: Restriction, reason: string, today: string): RestrictionEvent[] {
  const { hold, status } = restriction
  if (status !== 'placed' || hold!.grounds !== 'gdpr18') return lift(restriction, reason)
  const until = addDays(today, toldDaysBefore)
  return hold!.until <= until ? [] : [{ type: 'RestrictionEndAnnounced', data: { reason, until } }]
}

/** Whether it holds nothing and never will again. A proposal still may. */
export function isOver({ status, hold }: Restriction, today: string): boolean {
  return status === 'declined' || status === 'lifted' || (hold !== undefined && hold.until <= today)
}

export const restriction: Decider<Restriction, RestrictionEvent> = {
  events: restrictionEvents,
  initial: { status: 'none' },
  subject: state => state.hold?.learnerId,
  closes(_state, event) {
    if (event.type !== 'RestrictionPlaced') return []
    const { learnerId, categories, agencyIds, fromLearner } = event.data
    const held = agencyIds.length > 0 && fromLearner ? [...agencyIds, learnerAgencyId] : agencyIds
    return (held.length > 0 ? held : [undefined]).map(agencyId => ({ learnerId, categories, ...(agencyId && { agencyId }) }))
  },
  evolve(state, event) {
    switch (event.type) {
      case 'RestrictionProposed': {
        const { proposedBy, dueBy: _, ...hold } = event.data
        return { status: 'proposed', hold: hold as Hold, proposedBy, dueBy: dueOf(event.data) }
      }
      case 'RestrictionDeclined':
        return { ...state, status: 'declined' }
      case 'RestrictionPlaced': {
        const { approvedBy: _, ...hold } = event.data
        return { ...state, status: 'placed', hold: hold as Hold }
      }
      case 'RestrictionLifted':
        return { ...state, status: 'lifted' }
      case 'RestrictionEndAnnounced':
        return { ...state, hold: { ...state.hold!, until: earlier(state.hold!.until, event.data.until) } }
      case 'RestrictionProposalOverdue':
        return { ...state, overdue: true }
      case 'RestrictionProposalExpired':
        return { ...state, status: 'expired' }
    }
  },
}

type Proposed = Pick<Extract<RestrictionEvent, { type: 'RestrictionProposed' }>['data'], 'until' | 'dueBy'>
const lastDayOf = ({ until }: Proposed): string => addDays(until, -1)
/** Those of before there was such a day are decided in time as long as they last. */
export const dueOf = (proposed: Proposed): string => proposed.dueBy ?? lastDayOf(proposed)

const dataOf = (hold: Hold) => ({ ...hold, categories: [...new Set(hold.categories)], agencyIds: [...new Set(hold.agencyIds)] })
const sameSet = (a: readonly string[], b: readonly string[]) => {
  const [x, y] = [new Set(a), new Set(b)]
  return x.size === y.size && [...x].every(each => y.has(each))
}
const sameHold = (a: Hold, b: Hold) =>
  a.learnerId === b.learnerId &&
  a.grounds === b.grounds &&
  a.fromLearner === b.fromLearner &&
  a.hidden === b.hidden &&
  a.until === b.until &&
  sameSet(a.categories, b.categories) &&
  sameSet(a.agencyIds, b.agencyIds)

function refuseKnown({ status }: Restriction, { restrictionId }: Hold): void {
  if (status !== 'none')
    throw new Refused(
      'RESTRICTION.EXISTS',
      'Another restriction has this id.',
      'What was placed is never changed: choose another id.',
      {
        restrictionId,
      },
    )
}
function refuseUnproposed({ status }: Restriction): void {
  if (status !== 'proposed')
    throw new Refused('RESTRICTION.NOT_PROPOSED', 'Nobody proposes this any more.', 'Check the id, or propose it anew.', {
      status,
    })
}
function refuseFaulty({ categories, fromLearner, hidden, grounds, until }: Hold, today: string): void {
  if (categories.length === 0)
    throw new Refused('RESTRICTION.INVALID_CATEGORIES', 'A restriction names what it holds.', 'Name at least one category.')
  if ((hidden || fromLearner) && grounds !== 'safeguarding')
    throw new Refused(
      'RESTRICTION.INVALID_SECRECY',
      'Nothing is kept from a learner but for their safety.',
      'Leave it open to the learner, or give safeguarding as the grounds.',
    )
  const latest = addDays(today, longestDays[grounds])
  if (until <= today) throw new Refused('RESTRICTION.OVER', 'It would end before it begins.', 'Choose a later day.', { until })
  if (until > latest)
    throw new Refused(
      'RESTRICTION.TOO_LONG',
      'On these grounds nothing is held that long without being looked at again.',
      'Choose an earlier day.',
      {
        grounds,
        until,
        latest,
      },
    )
}
