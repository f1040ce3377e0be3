import { Refused, sameValue } from '@passerelle/event-log'
import { isAssessmentOverdue } from './drafting.decider.js'
import { answerKey, atHand, type DataOf, type Plan, planRules, refuseClosed } from './plan.decider.js'
import type { PlanEvent } from './plan.events.js'
import { activeObjectives, smartFaults } from './smart.js'

/** What is known of the people around the plan when it is proposed. */
export interface ProposalFacts {
  /** authors with valid training in planning today. */
  readonly trainedAuthors: readonly string[]
  /** guardians to be invited, as the learner is under the regional age line. */
  readonly guardiansToInvite: readonly string[]
  /** The day on which it is proposed: a quick plan whose assessment is overdue then is refused. */
  readonly today?: string
}

/**
 * Shows the version at hand to the learner.: refused with the list of what is not SMART yet.: an author without training warns and
 * never blocks.: guardians are invited; whether they come blocks nothing.
 */
export function propose(plan: Plan, facts: ProposalFacts, rules = planRules): PlanEvent[] {
  const { version, status } = atHand(plan)
  if (status === 'proposed') return []
  refuseClosed(plan)
  if (status !== 'draft')
    throw new Refused('PLAN.AGREED', 'This version is agreed.', 'Revise it after a review.', { planVersion: version })
  if (facts.today && isAssessmentOverdue(plan, facts.today, rules))
    throw new Refused(
      'PLAN.ASSESSMENT_DUE',
      `A quick plan gets its assessment within ${rules.quickAssessmentWithinDays} days.`,
      'Complete an initial assessment and record it as the basis.',
    )
  if (plan.isDeclined)
    throw new Refused(
      'PLAN.DECLINED',
      'The learner declined it as it stands: it is not achievable.',
      'Change it together with the learner first.',
    )
  if (activeObjectives(plan).length === 0)
    throw new Refused('PLAN.NO_OBJECTIVE', 'A plan has at least one objective.', 'Add one first.')
  const faults = smartFaults(plan)
  if (faults.length > 0)
    throw new Refused(
      'PLAN.NOT_SMART',
      'Some objectives are not clear, realistic and measurable yet.',
      'Complete what is missing.',
      { faults },
    )
  const warnings = plan.authors.some(author => facts.trainedAuthors.includes(author)) ? [] : ['AUTHOR_NOT_TRAINED']
  const invited = facts.guardiansToInvite.filter(guardianId => !plan.guardians[guardianId])
  return [
    { type: 'PlanProposed', data: { planVersion: version, warnings } },
    ...invited.map((guardianId): PlanEvent => ({ type: 'GuardianInvolved', data: { guardianId, mode: 'invited' } })),
  ]
}

export type Respond = Omit<DataOf<'LearnerResponded'>, 'planVersion'>
/** A guardian who answers: who, and whether they may sign for the learner today. */
export interface Signatory {
  readonly guardianId: string
  readonly maySign: boolean
}

/**
 * The learner's own act, which they may change until the version is in force. A guardian's or proxy's is recorded as theirs and agrees to nothing in
 * the learner's place.
 */
export function respond(plan: Plan, command: Respond, signatory?: Signatory): PlanEvent[] {
  const { version, status } = atHand(plan)
  if (signatory && !signatory.maySign)
    throw new Refused(
      'PLAN.NO_AUTHORITY',
      'You may not sign this plan for the learner.',
      'Ask the learner, or who keeps the register.',
    )
  const signs = signatory && command.response !== 'decline' ? coSigned(plan, signatory.guardianId) : []
  const answer = { ...command, planVersion: version }
  const isOpen = status === 'proposed' || status === 'agreed'
  const before = plan.answers[answerKey(version, command.respondent)] as typeof answer | undefined
  if (isOpen && sameValue(before, answer)) return signs
  if (status === 'agreed' && command.respondent === 'learner' && command.response === before?.response) return []
  if (!isOpen)
    throw new Refused('PLAN.NOT_PROPOSED', 'There is nothing to answer.', 'Ask for the plan to be proposed.', { status })
  return [...signs, { type: 'LearnerResponded', data: answer }]
}

const coSigned = (plan: Plan, guardianId: string): PlanEvent[] =>
  plan.guardians[guardianId] === 'coSigned' ? [] : [{ type: 'GuardianInvolved', data: { guardianId, mode: 'coSigned' } }]

/** What is known of a guardian who is to be named in the plan. */
export interface Involved {
  /** Whether they may be told of it, or sign it, today. */
  readonly isAllowed: boolean
  /** Whether the caller sees them. Of one whom they may not see they hear what they would of one who is none. */
  readonly isSeen: boolean
}

/**
 * presence and absence alike are recorded; of nobody who may not be told of the plan, or not sign it, is it said that they were or did. Whom the
 * plan names already, whoever writes it knows.
 */
export function involveGuardian(plan: Plan, command: DataOf<'GuardianInvolved'>, { isAllowed, isSeen }: Involved): PlanEvent[] {
  refuseClosed(plan)
  if (!isSeen && !plan.guardians[command.guardianId])
    throw new Refused(
      'PLAN.NO_GUARDIAN',
      'You see no guardian of the learner with this id.',
      'Name one whom you see, or let a colleague do it who sees the guardians.',
      { guardianId: command.guardianId },
    )
  if (!isAllowed && command.mode !== 'absent')
    throw new Refused(
      'PLAN.NO_AUTHORITY',
      'This person may not take part in the plan so.',
      'See in the register what they may do, and until when.',
      { guardianId: command.guardianId, mode: command.mode },
    )
  return plan.guardians[command.guardianId] === command.mode ? [] : [{ type: 'GuardianInvolved', data: command }]
}

/**
 * Nothing becomes active without the learner's yes. What a revision changes is recorded here, and not before. `hash` makes hex SHA-256 of the
 * plan's content: what each party agreed to.
 */
export function activate(plan: Plan, hash: (content: unknown) => string): PlanEvent[] {
  const { version, status } = atHand(plan)
  if (!plan.revision && plan.activeVersion === version) return []
  if (status !== 'agreed')
    throw new Refused(
      'PLAN.NOT_AGREED',
      'No version becomes active without the learner’s own yes.',
      'Propose it and wait for the answer.',
      { status },
    )
  return [...changesOf(plan), { type: 'PlanActivated', data: { planVersion: version, planHash: hash(contentOf(plan)) } }]
}

function changesOf({ revision }: Plan): PlanEvent[] {
  if (!revision) return []
  const { reviewId, reason, changes } = revision
  if (!changes)
    throw new Refused('PLAN.ERASED', 'What this revision would change was erased.', 'Revise the plan anew.', {
      planVersion: revision.toVersion,
    })
  return changes.map(({ change, objectiveId, objective }): PlanEvent => {
    if (change === 'dropped') return { type: 'ObjectiveDropped', data: { objectiveId, reason, reviewId } }
    if (change === 'added') return { type: 'ObjectiveAdded', data: { ...objective!, reviewId } }
    return { type: 'ObjectiveRevised', data: { ...objective!, reason, reviewId } }
  })
}

/** What is agreed to: the objectives of the version at hand, in a fixed order. */
export function contentOf(plan: Plan): unknown {
  const objectives = activeObjectives(plan).sort((a, b) => (a.objectiveId < b.objectiveId ? -1 : 1))
  const { planId, kind, periodFrom, periodUntil } = plan
  return { planId, planVersion: atHand(plan).version, kind, periodFrom, periodUntil, objectives }
}
