import type { Referral } from './referral.decider.js'

/** FHIR R4 Task.status as Gravity SDOH allows it for referrals: `ready` and `received` are excluded. */
export type TaskStatus =
  | 'draft'
  | 'requested'
  | 'accepted'
  | 'rejected'
  | 'cancelled'
  | 'in-progress'
  | 'on-hold'
  | 'failed'
  | 'completed'
  | 'entered-in-error'
/** FHIR R4 ServiceRequest.status. */
export type RequestStatus = 'draft' | 'active' | 'on-hold' | 'revoked' | 'completed' | 'entered-in-error'

export type ReferralStatus = Exclude<Referral['status'], 'none'>

/**
 * What each status is called in FHIR. The request stays active until its requester closes it: the target's `completed` is not
 * closure.
 */
export const fhirStatuses: Readonly<Record<ReferralStatus, { readonly task: TaskStatus; readonly request: RequestStatus }>> = {
  draft: { task: 'draft', request: 'draft' },
  requested: { task: 'requested', request: 'active' },
  accepted: { task: 'accepted', request: 'active' },
  declined: { task: 'rejected', request: 'active' },
  inProgress: { task: 'in-progress', request: 'active' },
  onHold: { task: 'on-hold', request: 'on-hold' },
  failed: { task: 'failed', request: 'active' },
  outcomeReported: { task: 'completed', request: 'active' },
  closed: { task: 'completed', request: 'completed' },
  lost: { task: 'failed', request: 'revoked' },
  withdrawn: { task: 'cancelled', request: 'revoked' },
  cancelled: { task: 'cancelled', request: 'revoked' },
  learnerDeclined: { task: 'cancelled', request: 'active' },
  enteredInError: { task: 'entered-in-error', request: 'entered-in-error' },
}
