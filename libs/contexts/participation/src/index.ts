import type { Context } from '@passerelle/http'
import { classEvents } from './class.events.js'
import { enrolmentEvents } from './enrolment.events.js'
import { ParticipationModule } from './participation.module.js'
import { classes, enrolments, results } from './participation.view.js'

export const participationContext: Context = {
  name: 'participation',
  events: [classEvents, enrolmentEvents],
  views: [classes, enrolments, results],
  module: ParticipationModule,
}
export * from './class.decider.js'
export * from './class.events.js'
export * from './enrolment.decider.js'
export * from './enrolment.events.js'
export { classes, enrolments, results } from './participation.view.js'
