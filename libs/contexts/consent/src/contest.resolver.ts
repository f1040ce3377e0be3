import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayMaxSize, ArrayNotEmpty, IsIn, IsOptional, Length, Matches, Min } from 'class-validator'
import { dayOf, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller, enumOf } from '@passerelle/http'
import { practitioners } from '@passerelle/sharing'
import type { Party } from './consent.decider.js'
import { answerContest, contest, contestItem, type ContestOutcome, withdrawContest } from './contest.decider.js'
import { contestOutcomes } from './contest.events.js'
import { ContestFacts } from './contest.facts.js'

const OutcomeEnum = enumOf('ContestOutcome', contestOutcomes, 'What whoever recorded it says to a contest.')

@InputType({
  description: 'Say what is wrong about something that stands about you. It is shown beside it from then on (R-4.4).',
})
export class ContestItemInput {
  @Field(() => ID) @Matches(idPattern) contestId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => String, { description: 'The view that shows it: plans, notes, results …' })
  @Matches(/^[a-z][A-Za-z]{0,99}$/)
  view!: string
  @Field(() => [ID], { description: 'The key of the row, in the order of its key fields.' })
  @ArrayNotEmpty()
  @ArrayMaxSize(5)
  @Matches(idPattern, { each: true })
  key!: string[]
  @Field(() => ID, { nullable: true, description: 'The event that said it, where it is known.' })
  @IsOptional()
  @Matches(idPattern)
  targetEventId?: string
  @Field(() => String) @Length(1, 500) words!: string
}
@InputType()
export class AnswerContestInput {
  @Field(() => ID) @Matches(idPattern) contestId!: string
  @Field(() => Int) @Min(0) version!: number
  @Field(() => OutcomeEnum) @IsIn(contestOutcomes) outcome!: ContestOutcome
  @Field(() => String) @Length(1, 500) words!: string
}
@InputType()
export class WithdrawContestInput {
  @Field(() => ID) @Matches(idPattern) contestId!: string
  @Field(() => Int) @Min(0) version!: number
}

const own = { roles: ['learner', 'guardian'], purposes: ['ownRecord'] } as const
type Answer = Promise<CommandAnswerType>

@Resolver()
export class ContestResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(ContestFacts) private readonly facts: ContestFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Contest something that stands about you.' })
  @Access(own)
  async contestItem(
    @Args('input', { type: () => ContestItemInput }) { view, key, words, ...input }: ContestItemInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const item = await this.facts.itemOf(caller, input.learnerId, { view, key })
    const command = { ...input, ...partyOf(caller), words, today: this.today() }
    return this.commands.run(caller, contest, input.contestId, state => contestItem(state, command, item), {
      learnerId: input.learnerId,
      category: 'C14',
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Answer a contest of something that your agency recorded.' })
  @Access({ roles: [...practitioners, 'dataProtectionOfficer'] })
  async answerContest(
    @Args('input', { type: () => AnswerContestInput }) { contestId, version, ...input }: AnswerContestInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { contested } = await this.commands.stateOf(contest, contestId)
    const command = { ...input, answeredBy: caller.userId, today: this.today() }
    return this.commands.run(caller, contest, contestId, state => answerContest(state, command), {
      version,
      category: contested?.category ?? 'C14',
      may: (state, { agencyId }) => state.contested?.agencyId === agencyId,
      ownSuffices: true,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Let a contest go.' })
  @Access(own)
  async withdrawContest(
    @Args('input', { type: () => WithdrawContestInput }) { contestId, version }: WithdrawContestInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const party = partyOf(caller)
    return this.commands.run(caller, contest, contestId, state => withdrawContest(state, party), {
      version,
      category: 'C14',
      may: ({ contested }) => party.by === 'learner' || contested?.guardianId === party.guardianId,
    })
  }

  private today(): string {
    return dayOf(this.commands.now())
  }
}

const partyOf = (caller: Caller): Party =>
  caller.role === 'guardian' ? { by: 'guardian', guardianId: caller.userId } : { by: 'learner' }
