import type { Context } from '@passerelle/http'
import { referralEvents } from './referral.events.js'
import { ReferralModule } from './referral.module.js'
import { referrals } from './referrals.view.js'

export const referralContext: Context = {
  name: 'referral',
  events: [referralEvents],
  views: [referrals],
  module: ReferralModule,
}
export * from './referral.events.js'
export * from './referral.decider.js'
export * from './requester.decider.js'
export * from './target.decider.js'
export * from './referral.payload.js'
export * from './referral.fhir.js'
export * from './referral.facts.js'
export * from './service-fit.js'
export { referrals } from './referrals.view.js'
