import type { Context } from '@passerelle/http'
import { learnerEvents } from './learner.events.js'
import { LearnerModule } from './learner.module.js'
import { guardians, learners, standings } from './learners.view.js'
import { linkCaseEvents } from './link-case.events.js'
import { linkCases } from './link-cases.view.js'

export const learnerContext: Context = {
  name: 'learner',
  events: [learnerEvents, linkCaseEvents],
  views: [learners, guardians, standings, linkCases],
  module: LearnerModule,
}
export * from './age-lines.js'
export * from './learner.decider.js'
export * from './learner.events.js'
export { keepsRegister } from './learner.access.js'
export * from './learner.facts.js'
export { guardians, learners, standings } from './learners.view.js'
export * from './link-case.decider.js'
export * from './link-case.events.js'
export { linkCases, type MergedPeriod, readAsOne } from './link-cases.view.js'
