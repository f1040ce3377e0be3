import { createHash } from 'node:crypto'
import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayNotEmpty, IsIn, IsOptional, Length, Matches, Max, Min } from 'class-validator'
import { Access, type Caller, CategoryEnum, CommandAnswerType, Commands, CurrentCaller, enumOf } from '@passerelle/http'
import { idPattern, Refused } from '@passerelle/event-log'
import { KeyDestroyed } from '@passerelle/keyring'
import { type Category, categories, practitioners } from '@passerelle/sharing'
import { type Emergency, emergencies } from './break-glass.events.js'
import { breakGlass, type BreakGlass, longestMinutes, review, use, type UseBreakGlass } from './break-glass.decider.js'
import { BreakGlassFacts } from './consent.facts.js'

const EmergencyEnum = enumOf('Emergency', emergencies, 'Why somebody has to look at once.')
const outcomes = ['justified', 'unjustified'] as const
const OutcomeEnum = enumOf('BreakGlassOutcome', outcomes, 'What the review of an emergency found.')

@InputType({ description: 'Look at once, because somebody is in danger. You answer for it afterwards.' })
export class UseBreakGlassInput {
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => [CategoryEnum], { description: 'What you have to see, and no more; C1 tells who it is.' })
  @ArrayNotEmpty()
  @IsIn(categories, { each: true })
  categories!: Category[]
  @Field(() => EmergencyEnum) @IsIn(emergencies) reasonCode!: Emergency
  @Field(() => String, { description: 'What happened, in a sentence.' }) @Length(1, 500) reason!: string
  @Field(() => Int, { description: `1–${longestMinutes}` }) @Min(1) @Max(longestMinutes) minutes!: number
}
@InputType({ description: 'Say whether an emergency was one.' })
export class ReviewBreakGlassInput {
  @Field(() => ID) @Matches(idPattern) breakGlassId!: string
  @Field(() => Int) @Min(0) version!: number
  @Field(() => OutcomeEnum) @IsIn(outcomes) outcome!: (typeof outcomes)[number]
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) remark?: string
}

type Answer = Promise<CommandAnswerType>

@Resolver()
export class BreakGlassResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(BreakGlassFacts) private readonly facts: BreakGlassFacts,
  ) {}

  @Mutation(() => CommandAnswerType, {
    description:
      'See named categories of one learner for minutes, without anybody’s consent. Read on with the header x-passerelle-emergency. Answers the same whether or not there is such a learner.',
  })
  @Access({ roles: practitioners })
  async useBreakGlass(
    @Args('input', { type: () => UseBreakGlassInput }) input: UseBreakGlassInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { userId, agencyId, role } = caller
    const breakGlassId = await this.nextOf(userId)
    const calendar = await this.facts.calendar()
    const command = { ...input, breakGlassId, userId, agencyId, role }
    const now = this.commands.now().toISOString()
    const record = (what: UseBreakGlass) =>
      this.commands.run(caller, breakGlass, breakGlassId, state => use(state, what, now, calendar), { may: () => true })
    try {
      return await record(command)
    } catch (error) {
      if (!(error instanceof KeyDestroyed)) throw error
      // Of somebody who was forgotten no words are kept: their id is answered as any other.
      const { reason: _, ...wordless } = command
      return record(wordless)
    }
  }

  @Mutation(() => CommandAnswerType, {
    description:
      'Review an emergency of your agency, or, for the region, one that nobody reviewed by the day. Until then the person can use no other.',
  })
  @Access({ roles: ['dataProtectionOfficer'], purposes: ['audit'] })
  async reviewBreakGlass(
    @Args('input', { type: () => ReviewBreakGlassInput }) { breakGlassId, version, outcome, remark }: ReviewBreakGlassInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const command = { outcome, by: caller.userId, ...(remark !== undefined && { remark }) }
    try {
      return await this.commands.run(caller, breakGlass, breakGlassId, state => review(state, command), {
        version,
        may: mayReview,
      })
    } catch (error) {
      if (!(error instanceof KeyDestroyed)) throw error
      throw new Refused(
        'BREAK_GLASS.WORDS_NOT_KEPT',
        'Of whom it was about nothing is kept any more, words of a review neither.',
        'Review it without a remark; the outcome is kept.',
      )
    }
  }

  /** The person's first use that was not reviewed yet, or the one after all of them. From the log itself: no view has to have arrived. */
  private async nextOf(userId: string): Promise<string> {
    for (let n = 1; ; n++) {
      const id = createHash('sha256').update(`${userId} ${n}`).digest('hex').slice(0, 32)
      if ((await this.commands.stateOf(breakGlass, id)).status !== 'reviewed') return id
    }
  }
}

/** The officer of the agency that did it, and of the one that was told when the day had gone by. */
const mayReview = ({ use: used, toldAgencyId }: BreakGlass, { agencyId }: Caller): boolean =>
  used?.agencyId === agencyId || (toldAgencyId !== undefined && toldAgencyId === agencyId)
