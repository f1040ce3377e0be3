import type { LastTaken } from './assessment.decider.js'

/** What an assessment needs to know of others; a view and the pack of instruments fulfil it, the app joins them. */
export abstract class AssessmentFacts {
  /** when the learner last took this instrument, and the shortest time before it may be taken again. */
  abstract lastTaken(learnerId: string, instrumentCode: string): Promise<LastTaken>
}
