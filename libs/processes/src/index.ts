import type { Process } from '@passerelle/event-log'
import { clearCopiesOfWhatWasForgotten } from './clear-copies-of-what-was-forgotten.process.js'
import { askTheLearnerWhenAGuardiansSayEnds } from './ask-the-learner-when-a-guardians-say-ends.process.js'
import { destroyTheKeyOfAForgottenCategory } from './destroy-the-key-of-a-forgotten-category.process.js'
import { endAccessWhenAgencyCloses } from './end-access-when-agency-closes.process.js'
import { endAgreementsOnTheirLastDay } from './end-agreements-on-their-last-day.process.js'
import { endRolesOnTheirLastDay } from './end-roles-on-their-last-day.process.js'
import { endTeamMembershipsWhenARoleEnds } from './end-team-memberships-when-a-role-ends.process.js'
import { escalateSilentRecipients } from './escalate-silent-recipients.process.js'
import { expireConsents } from './expire-consents.process.js'
import { expireRestrictionProposals } from './expire-restriction-proposals.process.js'
import { forgetWhenErasureIsGranted } from './forget-when-erasure-is-granted.process.js'
import { markBreakGlassReviewOverdue } from './mark-break-glass-review-overdue.process.js'
import { markContestOverdue } from './mark-contest-overdue.process.js'
import { markReferralOverdue } from './mark-referral-overdue.process.js'
import { markRestrictionProposalOverdue } from './mark-restriction-proposal-overdue.process.js'
import { markReviewOverdue } from './mark-review-overdue.process.js'
import { markSubjectRequestOverdue } from './mark-subject-request-overdue.process.js'
import { noticeMissingLeads } from './notice-missing-leads.process.js'
import type { Ports } from './ports.js'
import { proposeRestrictionWhenItIsRequested } from './propose-restriction-when-it-is-requested.process.js'
import { remindOfEndingConsents } from './remind-of-ending-consents.process.js'
import { recordThatALearnerCameOfAge } from './record-that-a-learner-came-of-age.process.js'
import { scheduleReviewWhenPlanIsActivated } from './schedule-review-when-plan-is-activated.process.js'
import { sendReferralWhenItsBasisIsFound } from './send-referral-when-its-basis-is-found.process.js'
import { tellRecipientsWhenAnAgreementEnds } from './tell-recipients-when-an-agreement-ends.process.js'
import { tellRecipientsWhenSomebodyIsForgotten } from './tell-recipients-when-somebody-is-forgotten.process.js'
import { tellRecipientsWhenConsentIsWithdrawn } from './tell-recipients-when-consent-is-withdrawn.process.js'
import { withdrawReferralWhenConsentIsWithdrawn } from './withdraw-referral-when-consent-is-withdrawn.process.js'

/** Every process of the hub. The architecture test checks that no file is missing. */
export const allProcesses: readonly Process<Ports>[] = [
  clearCopiesOfWhatWasForgotten,
  askTheLearnerWhenAGuardiansSayEnds,
  destroyTheKeyOfAForgottenCategory,
  endAccessWhenAgencyCloses,
  endAgreementsOnTheirLastDay,
  endRolesOnTheirLastDay,
  endTeamMembershipsWhenARoleEnds,
  escalateSilentRecipients,
  expireConsents,
  expireRestrictionProposals,
  forgetWhenErasureIsGranted,
  markBreakGlassReviewOverdue,
  markContestOverdue,
  markReferralOverdue,
  markRestrictionProposalOverdue,
  markReviewOverdue,
  markSubjectRequestOverdue,
  noticeMissingLeads,
  proposeRestrictionWhenItIsRequested,
  remindOfEndingConsents,
  recordThatALearnerCameOfAge,
  scheduleReviewWhenPlanIsActivated,
  sendReferralWhenItsBasisIsFound,
  tellRecipientsWhenAnAgreementEnds,
  tellRecipientsWhenConsentIsWithdrawn,
  tellRecipientsWhenSomebodyIsForgotten,
  withdrawReferralWhenConsentIsWithdrawn,
]
export type { Copies, Disclosures, Ports, Reading, Worklist } from './ports.js'
export { sendReferralWhenItsBasisIsFound, withdrawReferralWhenConsentIsWithdrawn }
