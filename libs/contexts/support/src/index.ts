import type { Context } from '@passerelle/http'
import { diagnosisEvents } from './diagnosis.events.js'
import { supportNeedEvents } from './support-need.events.js'
import { SupportModule } from './support.module.js'
import { accommodations, diagnoses, supportNeeds } from './support.view.js'

export const supportContext: Context = {
  name: 'support',
  events: [supportNeedEvents, diagnosisEvents],
  views: [supportNeeds, accommodations, diagnoses],
  module: SupportModule,
}
export * from './diagnosis.decider.js'
export * from './diagnosis.events.js'
export * from './support-need.decider.js'
export * from './support-need.events.js'
export { accommodations, diagnoses, supportNeeds } from './support.view.js'
