import { Refused } from '@passerelle/event-log'
import type { Category, Sector } from '@passerelle/sharing'
import type { Loop, Referral, Urgency } from './referral.decider.js'
import type { ReferralEvent } from './referral.events.js'
import { neverWithAReferral, payloadOf } from './referral.payload.js'
import { open, refuseMisfit, refuseNone, refuseOthers, refuseUnless } from './referral.refusals.js'
import type { ServiceFacts } from './service-fit.js'

export interface DraftReferral {
  readonly referralId: string
  readonly learnerId: string
  readonly requesterAgencyId: string
  readonly requestedBy: string
  readonly serviceId: string
  readonly reasonCode: string
  readonly message?: string
  readonly urgency: Urgency
  /** Each picked by hand, beyond what the reason's template takes along. */
  readonly picked: readonly Category[]
}

export function draft(referral: Referral, command: DraftReferral, facts: ServiceFacts): ReferralEvent[] {
  const { picked, serviceId, message, ...who } = command
  if (referral.status !== 'none') {
    const isTheirs = referral.requesterAgencyId === command.requesterAgencyId
    if (isTheirs && referral.learnerId === command.learnerId && referral.draftedFor === serviceId) return []
    throw new Refused('REFERRAL.EXISTS', 'A referral has this id already.', 'Choose another id.', {
      referralId: command.referralId,
    })
  }
  const barred = picked.filter(category => neverWithAReferral.includes(category))
  if (barred.length > 0)
    throw new Refused('REFERRAL.NEVER_SHARED', 'These never go along with a referral.', 'Leave them out.', { categories: barred })
  const { agencyId: targetAgencyId, sector: targetSector } = recipientOf(serviceId, command.requesterAgencyId, facts)
  const template = payloadOf(command.reasonCode, [])
  const sharedCategories = [...new Set(picked)].filter(category => !template.includes(category))
  return [
    {
      type: 'ReferralDrafted',
      data: { ...who, serviceId, targetAgencyId, targetSector, sharedCategories, ...(message && { message }) },
    },
  ]
}

const closableAs: Readonly<Record<Loop, readonly Referral['status'][]>> = {
  closed: ['outcomeReported'],
  lost: ['requested', 'accepted', 'inProgress', 'onHold', 'declined', 'failed'],
  withdrawn: ['learnerDeclined', 'cancelled'],
}

/** by the requester alone; as `closed` only with an outcome, which whoever closes has thereby seen. */
export function close(referral: Referral, command: { loop: Loop; by: string; agencyId: string }): ReferralEvent[] {
  refuseNone(referral)
  const { loop, by, agencyId } = command
  refuseOthers(referral, agencyId)
  if (referral.status === loop) return []
  if (loop === 'closed' && referral.status !== 'outcomeReported')
    throw new Refused(
      'REFERRAL.NO_OUTCOME',
      'No outcome was reported yet.',
      'Wait for it, or close the loop as lost or withdrawn.',
      {
        status: referral.status,
      },
    )
  refuseUnless(referral, closableAs[loop])
  return [{ type: 'ReferralClosed', data: { loop, by } }]
}

/** Begins anew as a draft: the next recipient needs a basis of its own. */
export function reRoute(
  referral: Referral,
  command: { serviceId: string; agencyId: string },
  facts: ServiceFacts,
): ReferralEvent[] {
  refuseNone(referral)
  const { serviceId, agencyId } = command
  refuseOthers(referral, agencyId)
  if (referral.status === 'draft' && referral.recipient?.serviceId === serviceId) return []
  refuseUnless(referral, ['draft', 'requested', 'declined', 'failed'])
  if (referral.recipient?.serviceId === serviceId || referral.tried.includes(serviceId))
    throw new Refused('REFERRAL.SAME_SERVICE', 'This service had it already.', 'Choose another service.', {
      serviceId,
      alternatives: facts.alternatives.filter(id => !referral.tried.includes(id)),
    })
  const { agencyId: targetAgencyId, sector: targetSector } = recipientOf(serviceId, agencyId, facts)
  return [{ type: 'ReferralReRouted', data: { serviceId, targetAgencyId, targetSector } }]
}

export function cancel(referral: Referral, command: { reasonCode: string; agencyId: string }): ReferralEvent[] {
  refuseNone(referral)
  refuseOthers(referral, command.agencyId)
  if (referral.status === 'cancelled') return []
  refuseUnless(referral, open)
  return [{ type: 'ReferralCancelled', data: { reasonCode: command.reasonCode } }]
}

/** The learner does not want it. No reason is needed; a guardian's or a colleague's word is told from the learner's own. */
export function learnerDeclines(
  referral: Referral,
  command: { by: 'learner' | 'guardian' | 'staff'; reason?: string },
): ReferralEvent[] {
  if (referral.status === 'learnerDeclined') return []
  refuseUnless(referral, open)
  const { by, reason } = command
  return [{ type: 'LearnerDeclinedReferral', data: { by, ...(reason && { reason }) } }]
}

export function enterInError(referral: Referral, command: { reasonCode: string; agencyId: string }): ReferralEvent[] {
  refuseNone(referral)
  refuseOthers(referral, command.agencyId)
  return referral.status === 'enteredInError'
    ? []
    : [{ type: 'ReferralEnteredInError', data: { reasonCode: command.reasonCode } }]
}

function recipientOf(serviceId: string, requesterAgencyId: string, facts: ServiceFacts): { agencyId: string; sector: Sector } {
  refuseMisfit(serviceId, facts)
  const { agencyId, sector } = facts.offer!
  if (agencyId === requesterAgencyId)
    throw new Refused(
      'REFERRAL.OWN_SERVICE',
      'This is a service of your own agency.',
      'Bring a colleague into the team instead.',
      { serviceId },
    )
  return { agencyId: agencyId!, sector: sector! }
}
