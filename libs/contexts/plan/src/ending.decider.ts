import { Refused } from '@passerelle/event-log'
import { type DataOf, openOnes, type Plan, refuseClosed, refuseUnlessActive } from './plan.decider.js'
import type { PlanEvent } from './plan.events.js'

export function recordOutcome(plan: Plan, command: DataOf<'ObjectiveOutcomeRecorded'>): PlanEvent[] {
  const known = plan.objectives[command.objectiveId]
  if (!known)
    throw new Refused('PLAN.NO_OBJECTIVE', 'The plan has no such objective.', 'Check the id.', {
      objectiveId: command.objectiveId,
    })
  refuseUnlessActive(plan, 'Outcomes are of an active plan.')
  return known.status === 'open' ? [{ type: 'ObjectiveOutcomeRecorded', data: command }] : []
}

export function putOnHold(plan: Plan, reason: string): PlanEvent[] {
  if (plan.status === 'onHold') return []
  refuseUnlessActive(plan, 'Only an active plan is put on hold.')
  return [{ type: 'PlanPutOnHold', data: { reason } }]
}
export function resume(plan: Plan): PlanEvent[] {
  if (plan.status === 'active') return []
  if (plan.status !== 'onHold')
    throw new Refused('PLAN.NOT_ON_HOLD', 'The plan is not on hold.', 'Nothing to resume.', { status: plan.status })
  return [{ type: 'PlanResumed', data: {} }]
}
export function complete(plan: Plan, on: string): PlanEvent[] {
  if (plan.status === 'completed') return []
  refuseUnlessActive(plan, 'Only an active plan is completed.')
  const objectiveIds = openOnes(plan.objectives).map(o => o.objectiveId)
  if (objectiveIds.length > 0)
    throw new Refused('PLAN.OPEN_OBJECTIVES', 'Some objectives have no outcome yet.', 'Record their outcomes.', { objectiveIds })
  return [{ type: 'PlanCompleted', data: { on } }]
}
export function endEarly(plan: Plan, command: DataOf<'PlanEndedEarly'>): PlanEvent[] {
  if (plan.status === 'endedEarly') return []
  refuseClosed(plan)
  return [{ type: 'PlanEndedEarly', data: command }]
}
