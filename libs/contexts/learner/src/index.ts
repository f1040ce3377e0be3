import type { Context } from '@passerelle/http'
import { learnerEvents } from './learner.events.js'
import { LearnerModule } from './learner.module.js'
import { guardians, learners, standings } from './learners.view.js'

export const learnerContext: Context = {
  name: 'learner',
  events: [learnerEvents],
  views: [learners, guardians, standings],
  module: LearnerModule,
}
export * from './age-lines.js'
export * from './learner.decider.js'
export * from './learner.events.js'
export * from './learner.facts.js'
export { guardians, learners, standings } from './learners.view.js'
