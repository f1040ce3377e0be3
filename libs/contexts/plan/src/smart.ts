import { type Objective, objectivesAtHand, openOnes, type Plan } from './plan.decider.js'

/** One way in which an objective is not SMART yet: which objective, which letter, and what is missing. */
export interface SmartFault {
  readonly objectiveId: string
  readonly letter: 'S' | 'M' | 'A' | 'R' | 'T'
  readonly missing: string
}

/**
 * of the version at hand: structure, not language. *Specific*: text and a skill or need. *Measurable*: a measure whose target differs from
 * its baseline in the stated direction. *Achievable*: every barrier that touches it has a support, and the learner has not declined it as it stands
 * (`propose`). *Relevant*: answers a finding or a goal. *Time-bound*: due within the plan's period, reviewed before it is due.
 */
export function smartFaults(plan: Plan): SmartFault[] {
  return activeObjectives(plan).flatMap(objective => faultsOf(plan, objective))
}

/** The open objectives of the version at hand. */
export const activeObjectives = (plan: Plan): Objective[] => openOnes(objectivesAtHand(plan))

function faultsOf(plan: Plan, objective: Objective): SmartFault[] {
  const { objectiveId, text, skillRef, needRef, findingRef, measure, dueDate, reviewBy, supports } = objective
  const fault = (letter: SmartFault['letter'], missing: string): SmartFault => ({ objectiveId, letter, missing })
  const faults: SmartFault[] = []
  if (typeof text !== 'string') faults.push(fault('S', 'its text, which was erased'))
  if (!skillRef && !needRef) faults.push(fault('S', 'a skill or a need'))
  if (!measure) faults.push(fault('M', 'a measure'))
  else if (measure.direction === 'up' ? measure.target <= measure.baseline : measure.target >= measure.baseline)
    faults.push(fault('M', 'a target that differs from the baseline in the stated direction'))
  for (const barrier of plan.barriers)
    if (barrier.objectiveIds.includes(objectiveId) && !barrier.supportId && supports.length === 0)
      faults.push(fault('A', `a support against barrier ${barrier.barrierId}`))
  if (!findingRef) faults.push(fault('R', 'the finding or goal that it answers'))
  if (!dueDate || dueDate < plan.periodFrom! || dueDate > plan.periodUntil!)
    faults.push(fault('T', 'a due date within the plan’s period'))
  if (!reviewBy || (dueDate && reviewBy >= dueDate)) faults.push(fault('T', 'a review before it is due'))
  return faults
}
