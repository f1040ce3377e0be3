import { addWorkingDays, type Decider, Refused, type WorkingCalendar } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { type Category, type Closing, educationOrEmployment, type Sector } from '@passerelle/sharing'
import { type ReferralEvent, referralEvents } from './referral.events.js'
import { type Basis, findBasis, payloadOf, type SharingFacts } from './referral.payload.js'
import { open, refuseMisfit, refuseNone, refuseUnless } from './referral.refusals.js'
import type { ServiceFacts } from './service-fit.js'

export type Stage = 'accept' | 'firstContact' | 'outcome'
export type Loop = 'closed' | 'lost' | 'withdrawn'
export type Urgency = 'routine' | 'urgent' | 'asap' | 'stat'

/** Where it is meant to go. */
export interface Recipient {
  readonly serviceId: string
  readonly agencyId: string
  readonly sector: Sector
}

export interface Referral {
  /** `outcomeReported` is the target's "completed": the requester has yet to close it. */
  readonly status:
    | 'none'
    | 'draft'
    | 'requested'
    | 'accepted'
    | 'inProgress'
    | 'onHold'
    | 'outcomeReported'
    | 'declined'
    | 'failed'
    | 'learnerDeclined'
    | 'cancelled'
    | Loop
    | 'enteredInError'
  readonly learnerId?: string
  readonly requesterAgencyId?: string
  /** The service that the draft named, wherever it went since. */
  readonly draftedFor?: string
  readonly recipient?: Recipient
  /** Who may know of it besides the requester: the recipient, from the sending until it declines or is passed by. */
  readonly targetAgencyId?: string
  readonly reasonCode?: string | Erased
  /** Beyond the reason's template. */
  readonly picked: readonly Category[]
  readonly basis?: Basis
  readonly taskId?: string
  readonly firstContactOn?: string
  /** Which clock runs, and its last day. */
  readonly due?: { readonly stage: Stage; readonly by: string; readonly told: boolean }
  readonly heldFrom?: { readonly status: 'accepted' | 'inProgress'; readonly on: string }
  /** Services that declined it or were passed by. */
  readonly tried: readonly string[]
}

/** working days within which the target has to act; the service's own where it has some. */
export interface ServiceTerms {
  readonly acceptWithinDays?: number
  readonly firstContactWithinDays?: number
  readonly outcomeWithinDays?: number
  readonly calendar: WorkingCalendar
}
export const defaultTermDays = { accept: 5, firstContact: 10, outcome: 60 } as const

/** What goes to the target: the referral itself and what goes along. */
export const neededCategories = (referral: Pick<Referral, 'reasonCode' | 'picked'>): Category[] => [
  'C12',
  ...payloadOf(referral.reasonCode, referral.picked),
]

/** Writes down on which basis it will leave; nothing where there is none, or where it was found already. */
export function check(referral: Referral, sharing: SharingFacts): ReferralEvent[] {
  if (referral.status !== 'draft') return []
  const needed = neededCategories(referral)
  const basis = findBasis(needed, sharing)
  if (!basis || (referral.basis && isSameBasis(referral.basis, basis))) return []
  const { kind, consentId, agreementId, statute } = basis
  return [
    {
      type: 'ReferralConsentChecked',
      data: {
        basis: kind,
        categories: needed,
        ...(consentId && { consentId }),
        ...(agreementId && { agreementId }),
        ...(statute && { statute }),
      },
    },
  ]
}

/** once more: the service may have closed while the referral waited for its basis. */
export function send(
  referral: Referral,
  command: { taskId: string; today: string },
  facts: Pick<ServiceFacts, 'offer' | 'applicant'>,
  terms: ServiceTerms,
): ReferralEvent[] {
  refuseNone(referral)
  if (referral.taskId !== undefined && referral.status !== 'draft') return []
  refuseUnless(referral, ['draft'])
  if (!referral.basis)
    throw new Refused(
      'REFERRAL.NO_BASIS',
      'Nothing leaves before a basis is found.',
      'Ask the learner for consent, or refer to an agreement.',
    )
  refuseMisfit(referral.recipient!.serviceId, { ...facts, alternatives: [] })
  const acceptBy = addWorkingDays(command.today, terms.acceptWithinDays ?? defaultTermDays.accept, terms.calendar)
  return [{ type: 'ReferralSent', data: { taskId: command.taskId, acceptBy } }]
}

/**
 * What it rests on is gone, or no longer reaches all that goes along: it is taken back wherever it stands. `remaining` is what
 * the consent still covers. A draft stays: it looks for another basis.
 */
export function withdraw(referral: Referral, consentId: string, remaining: readonly Category[]): ReferralEvent[] {
  const rests = referral.basis?.consentId === consentId && !referral.basis.categories.every(c => remaining.includes(c))
  if (!rests || referral.status === 'draft' || !open.includes(referral.status)) return []
  return [{ type: 'ReferralCancelled', data: { reasonCode: 'consentWithdrawn' } }]
}

/** The clock's: the last day in time is over. Said once for each term. */
export function noticeOverdue({ due, status }: Referral, today: string): ReferralEvent[] {
  if (!due || due.told || status === 'onHold' || due.by >= today) return []
  return [{ type: 'ReferralOverdue', data: { stage: due.stage, dueBy: due.by } }]
}

export const referral: Decider<Referral, ReferralEvent> = {
  events: referralEvents,
  initial: { status: 'none', picked: [], tried: [] },
  subject: state => state.learnerId,
  closes: (state, event) => [...takenFromTarget(state, event), ...takenFromCoordinators(state, event)],
  evolve(state, event) {
    switch (event.type) {
      case 'ReferralDrafted': {
        const { learnerId, requesterAgencyId, reasonCode, sharedCategories, serviceId, targetAgencyId, targetSector } = event.data
        const recipient = { serviceId, agencyId: targetAgencyId, sector: targetSector }
        const about = { learnerId, requesterAgencyId, reasonCode, picked: sharedCategories, draftedFor: serviceId }
        return { ...state, ...about, status: 'draft', recipient }
      }
      case 'ReferralConsentChecked': {
        const { basis: kind, ...basis } = event.data
        return { ...state, basis: { kind, ...basis } }
      }
      case 'ReferralSent': {
        const { taskId, acceptBy } = event.data
        return { ...state, status: 'requested', taskId, targetAgencyId: state.recipient?.agencyId, due: term('accept', acceptBy) }
      }
      case 'ReferralAccepted':
        return { ...state, status: 'accepted', due: term('firstContact', event.data.firstContactBy) }
      case 'ReferralDeclined':
        return { ...takenBack(state), status: 'declined' }
      case 'FirstContactMade':
        return { ...state, firstContactOn: event.data.on, due: undefined }
      case 'ServiceStarted':
        return { ...state, status: 'inProgress', due: term('outcome', event.data.outcomeBy) }
      case 'ReferralPutOnHold':
        return {
          ...state,
          status: 'onHold',
          heldFrom: { status: state.status === 'inProgress' ? 'inProgress' : 'accepted', on: event.data.on },
        }
      case 'ReferralResumed': {
        const { dueBy } = event.data
        const due = dueBy !== undefined && state.due ? term(state.due.stage, dueBy) : state.due
        return { ...state, status: state.heldFrom?.status ?? 'accepted', heldFrom: undefined, due }
      }
      case 'OutcomeReported':
        return { ...state, status: 'outcomeReported', due: undefined }
      case 'ReferralClosed':
        return { ...state, status: event.data.loop, due: undefined }
      case 'ReferralReRouted': {
        const { serviceId, targetAgencyId, targetSector } = event.data
        const recipient = { serviceId, agencyId: targetAgencyId, sector: targetSector }
        return { ...takenBack(state), status: 'draft', recipient, basis: undefined, taskId: undefined, firstContactOn: undefined }
      }
      case 'ReferralCancelled':
        return { ...takenBack(state), status: 'cancelled' }
      case 'LearnerDeclinedReferral':
        return { ...takenBack(state), status: 'learnerDeclined' }
      case 'ReferralFailed':
        return { ...state, status: 'failed', due: undefined }
      case 'ReferralEnteredInError':
        return { ...takenBack(state), status: 'enteredInError' }
      case 'ReferralOverdue':
        return { ...state, due: { stage: event.data.stage, by: event.data.dueBy, told: true } }
    }
  },
}

const takes: readonly ReferralEvent['type'][] = [
  // Upon another basis than it was sent on.
  'ReferralConsentChecked',
  'ReferralDeclined',
  'ReferralClosed',
  'ReferralCancelled',
  'ReferralReRouted',
  'LearnerDeclinedReferral',
  'ReferralFailed',
  'ReferralEnteredInError',
]
/** Whoever had it keeps nothing of it; of those who took it in, only who accepts it does. */
function takenFromTarget({ learnerId, targetAgencyId: agencyId }: Referral, event: ReferralEvent): Closing[] {
  if (agencyId === undefined) return []
  if (event.type === 'ReferralAccepted') return [{ learnerId, agencyId, exceptUserId: event.data.by }]
  return takes.includes(event.type) ? [{ learnerId, agencyId }] : []
}
/** They see in full what goes to education or employment, and not what goes elsewhere then. */
function takenFromCoordinators({ learnerId, recipient }: Referral, event: ReferralEvent): Closing[] {
  const isTheirs = (sector: Sector) => educationOrEmployment.includes(sector)
  const turnsAway =
    event.type === 'ReferralReRouted' && recipient && isTheirs(recipient.sector) && !isTheirs(event.data.targetSector)
  return turnsAway ? [{ learnerId, role: 'educationCoordinator', categories: ['C12'] }] : []
}

const term = (stage: Stage, by: string) => ({ stage, by, told: false })
/** Nobody but the requester knows of it any more, and no clock runs. */
const takenBack = (state: Referral): Referral => ({
  ...state,
  targetAgencyId: undefined,
  due: undefined,
  heldFrom: undefined,
  tried: state.targetAgencyId ? [...state.tried, state.recipient!.serviceId] : state.tried,
})

const isSameBasis = (a: Basis, b: Basis) =>
  a.kind === b.kind && a.consentId === b.consentId && a.agreementId === b.agreementId && a.statute === b.statute
