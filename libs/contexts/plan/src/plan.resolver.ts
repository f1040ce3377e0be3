import { Inject } from '@nestjs/common'
import { Args, Mutation, Resolver } from '@nestjs/graphql'
import { dayOf } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, type CommandOptions, Commands, CurrentCaller } from '@passerelle/http'
import type { Role } from '@passerelle/sharing'
import { planHash } from './plan-hash.js'
import * as agreeing from './agreeing.decider.js'
import * as drafting from './drafting.decider.js'
import * as ending from './ending.decider.js'
import { type Plan, plan } from './plan.decider.js'
import type { PlanEvent } from './plan.events.js'
import { PlanFacts } from './plan.facts.js'
import * as inputs from './plan.inputs.js'
import * as reviewing from './reviewing.decider.js'

/** Who writes plans with a learner; what the matrix grants in full (C3). */
const authors: readonly Role[] = ['teacher', 'mentor', 'educationCoordinator', 'careerAdviser']
const writing = {
  roles: authors,
  purposes: ['educationSupport', 'caseCoordination', 'employmentSupport', 'socialSupport'],
} as const
const withLearner = { roles: [...authors, 'learner'], purposes: [...writing.purposes, 'ownRecord'] } as const
type Answer = Promise<CommandAnswerType>

@Resolver()
export class PlanResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(PlanFacts) private readonly facts: PlanFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Draft a plan with a learner.' })
  @Access(writing)
  async draftPlan(
    @Args('input', { type: () => inputs.DraftPlanInput }) input: inputs.DraftPlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const basis = input.basisAssessmentId ? await this.facts.assessment(input.basisAssessmentId) : undefined
    const command = { ...input, today: this.today(), staff: await this.facts.staffAmong(input.authors) }
    return this.commands.run(caller, plan, input.planId, state => drafting.draft(state, command, basis, this.facts.rules()), {
      learnerId: input.learnerId,
      category: 'C3',
      level: 'full',
      says: input,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Name the assessment that a quick plan still owed (R-1.2).' })
  @Access(writing)
  async recordPlanBasis(
    @Args('input', { type: () => inputs.RecordPlanBasisInput }) input: inputs.RecordPlanBasisInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const basis = await this.facts.assessment(input.basisAssessmentId)
    return this.run(caller, input, (state, command) =>
      drafting.recordBasis(state, { ...command, today: this.today() }, basis, this.facts.rules()),
    )
  }

  @Mutation(() => CommandAnswerType, { description: 'Add an objective to a draft.' })
  @Access(withLearner)
  addObjective(
    @Args('input', { type: () => inputs.AddObjectiveInput }) input: inputs.AddObjectiveInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, state => drafting.addObjective(state, authored(caller, input.objective), this.facts.rules()))
  }

  @Mutation(() => CommandAnswerType, { description: 'Change an objective of a draft.' })
  @Access(withLearner)
  reviseObjective(
    @Args('input', { type: () => inputs.ReviseObjectiveInput }) input: inputs.ReviseObjectiveInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, state =>
      drafting.reviseObjective(state, { ...authored(caller, input.objective), reason: input.reason }),
    )
  }

  @Mutation(() => CommandAnswerType, { description: 'Drop an objective of a draft.' })
  @Access(withLearner)
  dropObjective(
    @Args('input', { type: () => inputs.DropObjectiveInput }) input: inputs.DropObjectiveInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, (state, command) => drafting.dropObjective(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'Say where it is all going.' })
  @Access(withLearner)
  setLongTermGoal(
    @Args('input', { type: () => inputs.SetLongTermGoalInput }) input: inputs.SetLongTermGoalInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, drafting.setLongTermGoal)
  }

  @Mutation(() => CommandAnswerType, { description: 'Plan academic support.' })
  @Access(writing)
  planAcademicSupport(
    @Args('input', { type: () => inputs.PlanSupportInput }) input: inputs.PlanSupportInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, drafting.planSupport)
  }

  @Mutation(() => CommandAnswerType, { description: 'Name a barrier, and what helps against it.' })
  @Access(withLearner)
  identifyBarrier(
    @Args('input', { type: () => inputs.IdentifyBarrierInput }) input: inputs.IdentifyBarrierInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, drafting.identifyBarrier)
  }

  @Mutation(() => CommandAnswerType, { description: 'Choose a subject.' })
  @Access(withLearner)
  chooseSubject(
    @Args('input', { type: () => inputs.ChooseSubjectInput }) input: inputs.ChooseSubjectInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const chosenBy = caller.role === 'learner' ? 'learner' : input.chosenBy
    return this.run(caller, input, (state, command) => drafting.chooseSubject(state, { ...command, chosenBy }))
  }

  @Mutation(() => CommandAnswerType, { description: 'Plan for the time after school.' })
  @Access(withLearner)
  setPostSecondaryPlan(
    @Args('input', { type: () => inputs.SetPostSecondaryPlanInput }) input: inputs.SetPostSecondaryPlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, drafting.setPostSecondaryPlan)
  }

  @Mutation(() => CommandAnswerType, { description: 'Set the occupation that a career plan leads to (ESCO).' })
  @Access(withLearner)
  setCareerObjective(
    @Args('input', { type: () => inputs.SetCareerObjectiveInput }) input: inputs.SetCareerObjectiveInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, drafting.setCareerObjective)
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Show the plan to the learner. Refused with the list of what is not SMART yet (R-1.1).',
  })
  @Access(writing)
  async proposePlan(
    @Args('input', { type: () => inputs.PlanInput }) input: inputs.PlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { learnerId, authors } = await this.commands.stateOf(plan, input.planId)
    const facts = learnerId ? await this.facts.proposal(learnerId, authors) : { trainedAuthors: [], guardiansToInvite: [] }
    return this.run(caller, input, state => agreeing.propose(state, { ...facts, today: this.today() }, this.facts.rules()))
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Agree, agree with remarks, or decline: nothing becomes active without the learner.',
  })
  @Access({ roles: ['learner', 'guardian'], purposes: ['ownRecord'] })
  async respondToPlan(
    @Args('input', { type: () => inputs.RespondToPlanInput }) input: inputs.RespondToPlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    if (caller.role !== 'guardian')
      return this.run(caller, input, (state, answer) => agreeing.respond(state, { ...answer, respondent: 'learner' }), {
        level: 'existence',
      })
    const learnerId = await this.learnerOf(input.planId)
    const signatory = { guardianId: caller.userId, maySign: await this.guardianMay(learnerId, caller.userId, 'signs') }
    return this.run(caller, input, (state, answer) => agreeing.respond(state, { ...answer, respondent: 'guardian' }, signatory), {
      level: 'existence',
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record how a guardian took part (R-1.4).' })
  @Access(writing)
  async involveGuardian(
    @Args('input', { type: () => inputs.InvolveGuardianInput }) input: inputs.InvolveGuardianInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const learnerId = await this.learnerOf(input.planId)
    const isAllowed = await this.guardianMay(learnerId, input.guardianId, input.mode === 'coSigned' ? 'signs' : 'informed')
    const isSeen = (await this.guardiansSeen(caller, learnerId, [input.guardianId])).length > 0
    return this.run(caller, input, (state, command) => agreeing.involveGuardian(state, command, { isAllowed, isSeen }))
  }

  @Mutation(() => CommandAnswerType, { description: 'Put what the learner agreed to in force.' })
  @Access(writing)
  activatePlan(
    @Args('input', { type: () => inputs.PlanInput }) input: inputs.PlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, state => agreeing.activate(state, planHash))
  }

  @Mutation(() => CommandAnswerType, { description: 'Schedule the next review (R-5.1).' })
  @Access(writing)
  scheduleReview(
    @Args('input', { type: () => inputs.ScheduleReviewInput }) input: inputs.ScheduleReviewInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, (state, command) =>
      reviewing.scheduleReview(state, { ...command, today: this.today() }, this.facts.rules()),
    )
  }

  @Mutation(() => CommandAnswerType, { description: 'Record that a review was held.' })
  @Access(writing)
  async holdReview(
    @Args('input', { type: () => inputs.HoldReviewInput }) input: inputs.HoldReviewInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { attendees } = input
    const staff = await this.facts.staffAmong(attendees)
    const known = [...staff, ...(await this.guardiansSeen(caller, await this.learnerOf(input.planId), attendees))]
    return this.run(caller, input, (state, command) => reviewing.holdReview(state, command, known), { on: input.on })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record that a review did not take place.' })
  @Access(writing)
  missReview(
    @Args('input', { type: () => inputs.MissReviewInput }) input: inputs.MissReviewInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, reviewing.missReview)
  }

  @Mutation(() => CommandAnswerType, { description: 'Rate progress at a held review, in the learner’s and the staff’s view.' })
  @Access(withLearner)
  rateProgress(
    @Args('input', { type: () => inputs.RateProgressInput }) input: inputs.RateProgressInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, reviewing.rateProgress)
  }

  @Mutation(() => CommandAnswerType, { description: 'Give feedback at a held review.' })
  @Access(withLearner)
  giveFeedback(
    @Args('input', { type: () => inputs.GiveFeedbackInput }) input: inputs.GiveFeedbackInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, reviewing.giveFeedback)
  }

  @Mutation(() => CommandAnswerType, { description: 'Revise an active plan after a review, with a reason (R-5.2).' })
  @Access(writing)
  revisePlan(
    @Args('input', { type: () => inputs.RevisePlanInput }) input: inputs.RevisePlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, (state, command) => reviewing.revise(state, command, this.facts.rules()))
  }

  @Mutation(() => CommandAnswerType, { description: 'Record what became of an objective.' })
  @Access(writing)
  recordObjectiveOutcome(
    @Args('input', { type: () => inputs.RecordOutcomeInput }) input: inputs.RecordOutcomeInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, ending.recordOutcome, { on: input.on })
  }

  @Mutation(() => CommandAnswerType, { description: 'Put the plan on hold.' })
  @Access(writing)
  putPlanOnHold(
    @Args('input', { type: () => inputs.EndPlanInput }) input: inputs.EndPlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, state => ending.putOnHold(state, input.reason))
  }

  @Mutation(() => CommandAnswerType, { description: 'Take the plan up again.' })
  @Access(writing)
  resumePlan(@Args('input', { type: () => inputs.PlanInput }) input: inputs.PlanInput, @CurrentCaller() caller: Caller): Answer {
    return this.run(caller, input, ending.resume)
  }

  @Mutation(() => CommandAnswerType, { description: 'Complete the plan, once every objective has an outcome.' })
  @Access(writing)
  completePlan(
    @Args('input', { type: () => inputs.PlanInput }) input: inputs.PlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, state => ending.complete(state, this.today()))
  }

  @Mutation(() => CommandAnswerType, { description: 'End the plan before its time.' })
  @Access(withLearner)
  endPlanEarly(
    @Args('input', { type: () => inputs.EndPlanInput }) input: inputs.EndPlanInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, input, state => ending.endEarly(state, { on: this.today(), reason: input.reason }))
  }

  private run<I extends inputs.PlanInput>(
    caller: Caller,
    { planId, version, ...command }: I,
    decision: (state: Plan, command: Omit<I, 'planId' | 'version'>) => readonly PlanEvent[],
    options: Pick<CommandOptions<Plan>, 'level' | 'on'> = {},
  ): Answer {
    return this.commands.run(caller, plan, planId, state => decision(state, command), {
      version,
      category: 'C3',
      level: 'full',
      ...options,
    })
  }

  private async learnerOf(planId: string): Promise<string | undefined> {
    return (await this.commands.stateOf(plan, planId)).learnerId
  }
  private async guardianMay(learnerId: string | undefined, guardianId: string, power: 'informed' | 'signs'): Promise<boolean> {
    return learnerId !== undefined && this.facts.guardianMay(learnerId, guardianId, power)
  }
  private async guardiansSeen(caller: Caller, learnerId: string | undefined, userIds: readonly string[]): Promise<string[]> {
    return learnerId === undefined ? [] : this.facts.guardiansSeen(caller, learnerId, userIds)
  }
  private today(): string {
    return dayOf(this.commands.now())
  }
}

/** What a learner writes is theirs, whatever the box says. */
const authored = (caller: Caller, objective: inputs.ObjectiveInput): inputs.ObjectiveInput =>
  caller.role === 'learner' ? { ...objective, learnerAuthored: true } : objective
