import type { Context } from '@passerelle/http'
import { assessmentEvents } from './assessment.events.js'
import { AssessmentModule } from './assessment.module.js'
import { assessments, skillLevels } from './assessments.view.js'
import { assessedNeeds, priorLearningClaims, strengths } from './findings.view.js'

export const assessmentContext: Context = {
  name: 'assessment',
  events: [assessmentEvents],
  views: [assessments, skillLevels, strengths, assessedNeeds, priorLearningClaims],
  module: AssessmentModule,
}
export * from './assessment.events.js'
export * from './assessment.decider.js'
export * from './prior-learning.decider.js'
export * from './assessment.facts.js'
export { assessments, skillLevels } from './assessments.view.js'
export { assessedNeeds, priorLearningClaims, strengths } from './findings.view.js'
