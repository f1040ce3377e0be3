import type { ServiceTerms } from './referral.decider.js'
import type { SharingFacts } from './referral.payload.js'
import type { ServiceFacts } from './service-fit.js'

/** What a referral needs to know of others; views fulfil it, the app joins the two. */
export abstract class ReferralFacts {
  /** The service as it is listed today, whom it would be for, and what else there is of its kind. */
  abstract serviceFor(serviceId: string, learnerId: string): Promise<ServiceFacts>
  /** The days within which the service acts, and when its agency does not work. */
  abstract termsOf(serviceId: string): Promise<ServiceTerms>
  /**
   * On what data about the learner may go from one agency to the other today: live consents for the recipient, agreements in force
   * between the two, and what the law allows; and what the learner refused, withdrew or had restricted.
   */
  abstract sharingBetween(learnerId: string, fromAgencyId: string, toAgencyId: string): Promise<SharingFacts>
}
