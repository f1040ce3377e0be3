import { Refused } from '@passerelle/event-log'
import type { Referral } from './referral.decider.js'
import { misfitOf, type ServiceFacts } from './service-fit.js'

/** Whatever is not done yet: before the outcome. */
export const open: readonly Referral['status'][] = [
  'draft',
  'requested',
  'accepted',
  'inProgress',
  'onHold',
  'declined',
  'failed',
]

/** Says why in a word, never how old somebody is or where they live. */
export function refuseMisfit(serviceId: string, facts: ServiceFacts): void {
  const because = misfitOf(facts)
  if (because)
    throw new Refused('REFERRAL.SERVICE_DOES_NOT_FIT', 'This service cannot take the referral.', 'Choose another service.', {
      serviceId,
      because,
      alternatives: facts.alternatives,
    })
}
export function refuseNone(referral: Referral): void {
  if (referral.status === 'none') throw new Refused('REFERRAL.NOT_DRAFTED', 'There is no such referral.', 'Draft it first.')
}
export function refuseOthers(referral: Referral, agencyId: string): void {
  if (referral.requesterAgencyId !== agencyId)
    throw new Refused('REFERRAL.NOT_REQUESTER', 'Only the agency that asked for it does this.', 'Ask the requester.')
}
export function refuseUnless(referral: Referral, statuses: readonly Referral['status'][]): void {
  refuseNone(referral)
  if (!statuses.includes(referral.status))
    throw new Refused('REFERRAL.NOT_NOW', `This cannot follow on ${referral.status}.`, 'Read it again and see where it stands.', {
      status: referral.status,
      possibleFrom: statuses,
    })
}
