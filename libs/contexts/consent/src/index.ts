import type { Context } from '@passerelle/http'
import { consentEvents } from './consent.events.js'
import { ConsentModule } from './consent.module.js'
import { consents } from './consents.view.js'
import { restrictionEvents } from './restriction.events.js'

export const consentContext: Context = {
  name: 'consent',
  events: [consentEvents, restrictionEvents],
  views: [consents],
  module: ConsentModule,
}
export * from './consent.events.js'
export * from './restriction.events.js'
export * from './consent.decider.js'
export * from './consent.facts.js'
export { consents } from './consents.view.js'
