import { defaultTermDays, type Referral, type ServiceTerms } from './referral.decider.js'
import type { ReferralEvent } from './referral.events.js'
import { refuseUnless } from './referral.refusals.js'
import { addWorkingDays, refuseFuture, workingDaysBetween } from '@passerelle/event-log'

export function accept(referral: Referral, command: { by: string; today: string }, terms: ServiceTerms): ReferralEvent[] {
  if (referral.status === 'accepted') return []
  refuseUnless(referral, ['requested'])
  const firstContactBy = addWorkingDays(
    command.today,
    terms.firstContactWithinDays ?? defaultTermDays.firstContact,
    terms.calendar,
  )
  return [{ type: 'ReferralAccepted', data: { by: command.by, firstContactBy } }]
}

/** The target says no and keeps nothing of it. */
export function decline(referral: Referral, command: { reasonCode: string; reason?: string }): ReferralEvent[] {
  if (referral.status === 'declined') return []
  refuseUnless(referral, ['requested', 'accepted'])
  const { reasonCode, reason } = command
  return [{ type: 'ReferralDeclined', data: { reasonCode, ...(reason && { reason }) } }]
}

export function makeFirstContact(referral: Referral, command: { on: string; today: string }): ReferralEvent[] {
  if (referral.firstContactOn !== undefined) return []
  refuseUnless(referral, ['accepted'])
  refuseFuture('REFERRAL', command.on, command.today)
  return [{ type: 'FirstContactMade', data: { on: command.on } }]
}

/** Whoever starts has met the learner: a first contact that nobody wrote down is written down with it. */
export function start(referral: Referral, command: { on: string; today: string }, terms: ServiceTerms): ReferralEvent[] {
  if (referral.status === 'inProgress') return []
  refuseUnless(referral, ['accepted'])
  const { on, today } = command
  const contact = makeFirstContact(referral, { on, today })
  refuseFuture('REFERRAL', on, today)
  const outcomeBy = addWorkingDays(on, terms.outcomeWithinDays ?? defaultTermDays.outcome, terms.calendar)
  return [...contact, { type: 'ServiceStarted', data: { on, outcomeBy } }]
}

/** The clock stands still meanwhile. */
export function putOnHold(referral: Referral, command: { reasonCode: string; today: string }): ReferralEvent[] {
  if (referral.status === 'onHold') return []
  refuseUnless(referral, ['accepted', 'inProgress'])
  return [{ type: 'ReferralPutOnHold', data: { reasonCode: command.reasonCode, on: command.today } }]
}

export function resume(referral: Referral, today: string, { calendar }: Pick<ServiceTerms, 'calendar'>): ReferralEvent[] {
  if (referral.status === 'accepted' || referral.status === 'inProgress') return []
  refuseUnless(referral, ['onHold'])
  const left = referral.due && workingDaysBetween(referral.heldFrom!.on, referral.due.by, calendar)
  // Late already when it was put on hold: it stays as late as it was.
  const dueBy = left ? addWorkingDays(today, left, calendar) : undefined
  return [{ type: 'ReferralResumed', data: { on: today, ...(dueBy && { dueBy }) } }]
}

/** The target's "completed". Not closure: that is the requester's, who has to have seen it. */
export function reportOutcome(
  referral: Referral,
  command: { resultCode: string; outputs: readonly string[]; on: string; today: string },
): ReferralEvent[] {
  if (referral.status === 'outcomeReported') return []
  refuseUnless(referral, ['inProgress'])
  const { resultCode, outputs, on, today } = command
  refuseFuture('REFERRAL', on, today)
  return [{ type: 'OutcomeReported', data: { resultCode, outputs: [...outputs], on } }]
}

/** The target cannot do it after all. */
export function fail(referral: Referral, reasonCode: string): ReferralEvent[] {
  if (referral.status === 'failed') return []
  refuseUnless(referral, ['accepted', 'inProgress', 'onHold'])
  return [{ type: 'ReferralFailed', data: { reasonCode } }]
}
