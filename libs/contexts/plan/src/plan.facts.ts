import type { Caller } from '@passerelle/http'
import type { ProposalFacts } from './agreeing.decider.js'
import type { BasisAssessment } from './drafting.decider.js'
import type { PlanRules } from './plan.decider.js'

/** What a plan needs to know of others; views fulfil it, the app joins the two. */
export abstract class PlanFacts {
  /** The assessment a plan would rest on; undefined where there is none. */
  abstract assessment(assessmentId: string): Promise<BasisAssessment | undefined>
  /** Which of the authors are trained today, and whom to invite. */
  abstract proposal(learnerId: string, authors: readonly string[]): Promise<ProposalFacts>
  /** Whether this guardian may be told of the plan, or sign it, for the learner today. */
  abstract guardianMay(learnerId: string, guardianId: string, power: 'informed' | 'signs'): Promise<boolean>
  /** Of these people, those who are guardians of the learner whom the caller sees. */
  abstract guardiansSeen(caller: Caller, learnerId: string, userIds: readonly string[]): Promise<string[]>
  /** Of these people, those who are, or were, staff of an agency. */
  abstract staffAmong(userIds: readonly string[]): Promise<string[]>
  /** What the region has set. */
  abstract rules(): PlanRules
}
