import type { Context } from '@passerelle/http'
import { learnerEvents } from './learner.events.js'
import { LearnerModule } from './learner.module.js'
import { competences, guardianExclusions } from './guardian.view.js'
import { guardians, learners, standings } from './learners.view.js'
import { linkCaseEvents } from './link-case.events.js'
import { linkCases } from './link-cases.view.js'

export const learnerContext: Context = {
  name: 'learner',
  events: [learnerEvents, linkCaseEvents],
  views: [learners, guardians, guardianExclusions, competences, standings, linkCases],
  module: LearnerModule,
}
export * from './deciding.js'
export * from './guardian.decider.js'
export * from './competence.decider.js'
export * from './learner.decider.js'
export * from './learner.events.js'
export { keepsRegister } from './learner.access.js'
export * from './learner.facts.js'
export { competences, guardianExclusions, guardians, learners, standings }
export * from './link-case.decider.js'
export * from './link-case.events.js'
export { linkCases, type MergedPeriod, readAsOne } from './link-cases.view.js'
