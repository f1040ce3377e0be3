import type { Context } from '@passerelle/http'
import { consentEvents } from './consent.events.js'
import { ConsentModule } from './consent.module.js'
import { consents } from './consents.view.js'
import { restrictionEvents } from './restriction.events.js'
import { hiddenRestrictions, restrictions } from './restrictions.view.js'

export const consentContext: Context = {
  name: 'consent',
  events: [consentEvents, restrictionEvents],
  views: [consents, restrictions, hiddenRestrictions],
  module: ConsentModule,
}
export * from './consent.events.js'
export * from './restriction.events.js'
export * from './consent.decider.js'
export {
  approve as approveRestriction,
  decline as declineRestriction,
  type Grounds,
  type Hold,
  lift as liftRestriction,
  place as placeRestriction,
  propose as proposeRestriction,
  restriction,
  type Restriction,
} from './restriction.decider.js'
export * from './consent.facts.js'
export * from './consent.record.js'
export { consents, type ConsentMoment } from './consents.view.js'
export { hiddenRestrictions, restrictions }
