import { Inject } from '@nestjs/common'
import { Args, Mutation, Resolver } from '@nestjs/graphql'
import { addDays, dayOf } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, type CommandOptions, Commands, CurrentCaller } from '@passerelle/http'
import {
  assessment,
  type Assessment,
  captureHiddenSkill,
  complete,
  establishSkillLevel,
  rateOneself,
  recordNeed,
  recordResponse,
  recordStrength,
  score,
  start,
  stateExpectation,
  useAiDiagnostic,
  validate,
  type Verdict,
} from './assessment.decider.js'
import type { AssessmentEvent } from './assessment.events.js'
import { AssessmentFacts } from './assessment.facts.js'
import {
  CaptureHiddenSkillInput,
  ClaimPriorLearningInput,
  CompleteAssessmentInput,
  EstablishSkillLevelInput,
  RateOneselfInput,
  RecognisePriorLearningInput,
  RecordItemResponseInput,
  RecordNeedInput,
  RecordStrengthInput,
  RefusePriorLearningInput,
  ScoreAssessmentInput,
  StartAssessmentInput,
  StateExpectationInput,
  UseAiDiagnosticInput,
  ValidateAssessmentInput,
} from './assessment.inputs.js'
import { claimPriorLearning, recognisePriorLearning, refusePriorLearning } from './prior-learning.decider.js'

const assessors = ['teacher', 'educationCoordinator', 'careerAdviser', 'schoolPsychologist'] as const
const staff = { roles: assessors }
const staffOrMentor = { roles: [...assessors, 'mentor'] } as const
const staffOrLearner = { roles: [...assessors, 'learner'] } as const
/** The learner conducts what assesses nobody but by themself. */
const ownOnly = (state: Assessment, { role }: Caller) => role !== 'learner' || state.started?.kind === 'self'
const longEnoughToAppealDays = 14

@Resolver()
export class AssessmentResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(AssessmentFacts) private readonly facts: AssessmentFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Begin an assessment.' })
  @Access(staffOrLearner)
  async startAssessment(
    @Args('input', { type: () => StartAssessmentInput }) input: StartAssessmentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const last = await this.facts.lastTaken(input.learnerId, input.instrument.code)
    return this.commands.run(caller, assessment, input.assessmentId, state => start(state, input, last), {
      learnerId: input.learnerId,
      category: 'C4',
      level: 'full',
      may: (_, { role }) => role !== 'learner' || input.kind === 'self',
      on: input.on,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record the answer to one item.' })
  @Access(staffOrLearner)
  recordItemResponse(
    @Args('input', { type: () => RecordItemResponseInput }) input: RecordItemResponseInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, recordResponse)
  }

  @Mutation(() => CommandAnswerType, { description: 'Record a score on one scale.' })
  @Access(staff)
  scoreAssessment(
    @Args('input', { type: () => ScoreAssessmentInput }) input: ScoreAssessmentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, score)
  }

  @Mutation(() => CommandAnswerType, { description: 'Record what a model said, as a proposal.' })
  @Access(staff)
  useAiDiagnostic(
    @Args('input', { type: () => UseAiDiagnosticInput }) input: UseAiDiagnosticInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, useAiDiagnostic)
  }

  @Mutation(() => CommandAnswerType, { description: 'Stand for what a model said, or decide otherwise.' })
  @Access(staff)
  validateAssessment(
    @Args('input', { type: () => ValidateAssessmentInput }) input: ValidateAssessmentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, (state, { verdict, reason }) =>
      validate(state, { validator: caller.userId, verdict, reason } as { validator: string } & Verdict),
    )
  }

  @Mutation(() => CommandAnswerType, { description: 'Say how good one thinks one is. It takes the place of no tested level.' })
  @Access({ roles: ['learner'] })
  rateOwnSkill(
    @Args('input', { type: () => RateOneselfInput }) input: RateOneselfInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, rateOneself)
  }

  @Mutation(() => CommandAnswerType, { description: 'Establish a level of a skill.' })
  @Access(staff)
  establishSkillLevel(
    @Args('input', { type: () => EstablishSkillLevelInput }) input: EstablishSkillLevelInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, establishSkillLevel)
  }

  @Mutation(() => CommandAnswerType, { description: 'Record something that the learner is good at.' })
  @Access(staffOrMentor)
  recordStrength(
    @Args('input', { type: () => RecordStrengthInput }) input: RecordStrengthInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, recordStrength, { level: 'summary' })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record a skill learnt outside school.' })
  @Access({ roles: [...assessors, 'mentor', 'learner'] })
  captureHiddenSkill(
    @Args('input', { type: () => CaptureHiddenSkillInput }) input: CaptureHiddenSkillInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, captureHiddenSkill, { level: 'summary' })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record what helps the learner to learn.' })
  @Access(staff)
  recordNeed(
    @Args('input', { type: () => RecordNeedInput }) input: RecordNeedInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, recordNeed, { category: 'C5', level: 'summary' })
  }

  @Mutation(() => CommandAnswerType, { description: 'State what the learner expects to reach, and wants to.' })
  @Access(staffOrLearner)
  stateExpectation(
    @Args('input', { type: () => StateExpectationInput }) input: StateExpectationInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, stateExpectation)
  }

  @Mutation(() => CommandAnswerType, { description: 'Complete an assessment.' })
  @Access(staffOrLearner)
  completeAssessment(
    @Args('input', { type: () => CompleteAssessmentInput }) input: CompleteAssessmentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, (state, { on }) => complete(state, on), { may: ownOnly, on: input.on })
  }

  @Mutation(() => CommandAnswerType, { description: 'Claim recognition of prior learning.' })
  @Access(staffOrLearner)
  claimPriorLearning(
    @Args('input', { type: () => ClaimPriorLearningInput }) input: ClaimPriorLearningInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, claimPriorLearning)
  }

  @Mutation(() => CommandAnswerType, { description: 'Recognise prior learning.' })
  @Access({ roles: ['educationCoordinator', 'careerAdviser'] })
  recognisePriorLearning(
    @Args('input', { type: () => RecognisePriorLearningInput }) input: RecognisePriorLearningInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, recognisePriorLearning)
  }

  @Mutation(() => CommandAnswerType, { description: 'Not recognise prior learning, with a reason and time to appeal.' })
  @Access({ roles: ['educationCoordinator', 'careerAdviser'] })
  refusePriorLearning(
    @Args('input', { type: () => RefusePriorLearningInput }) input: RefusePriorLearningInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const earliest = addDays(dayOf(this.commands.now()), longEnoughToAppealDays)
    return this.run(caller, input, (state, command) => refusePriorLearning(state, command, earliest))
  }

  private run<I extends { assessmentId: string; version: number }>(
    caller: Caller,
    { assessmentId, version, ...command }: I,
    decide: (state: Assessment, command: Omit<I, 'assessmentId' | 'version'>) => AssessmentEvent[],
    options: Pick<CommandOptions<Assessment>, 'category' | 'level' | 'may' | 'on'> = {},
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, assessment, assessmentId, state => decide(state, command), {
      version,
      category: 'C4',
      level: 'full',
      ...options,
    })
  }
}
