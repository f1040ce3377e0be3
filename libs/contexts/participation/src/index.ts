import type { Context } from '@passerelle/http'
import { classEvents } from './class.events.js'
import { enrolmentEvents } from './enrolment.events.js'
import { ParticipationModule } from './participation.module.js'
import { classes, enrolments, results } from './participation.view.js'
import { placementEvents } from './placement.events.js'
import { placements } from './placements.view.js'

export const participationContext: Context = {
  name: 'participation',
  events: [classEvents, enrolmentEvents, placementEvents],
  views: [classes, enrolments, results, placements],
  module: ParticipationModule,
}
export * from './class.decider.js'
export * from './class.events.js'
export * from './enrolment.decider.js'
export * from './enrolment.events.js'
export { classes, enrolments, results } from './participation.view.js'
export { ParticipationFacts } from './participation.facts.js'
export * from './placement.decider.js'
export * from './placement.events.js'
export { placements } from './placements.view.js'
