import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayNotEmpty, IsBoolean, IsIn, IsOptional, Matches, Min } from 'class-validator'
import { Access, type Caller, CategoryEnum, CommandAnswerType, Commands, CurrentCaller, enumOf, IsDay } from '@passerelle/http'
import { codePattern, idPattern, Refused } from '@passerelle/event-log'
import { type Category, categories } from '@passerelle/sharing'
import { ConsentFacts, SafeguardingFacts } from './consent.facts.js'
import {
  approve,
  decline,
  type Grounds,
  type Hold,
  keepersOf,
  lift,
  liftAsKeeper,
  place,
  propose,
  restriction,
  type Restriction,
  restrictionGrounds,
  toldDaysBefore,
} from './restriction.decider.js'

const GroundsEnum = enumOf('RestrictionGrounds', restrictionGrounds, 'Why something is held back.')

@InputType({ description: 'Hold back categories of one learner’s data, until a day.' })
class HoldInput {
  @Field(() => ID) @Matches(idPattern) restrictionId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => [CategoryEnum]) @ArrayNotEmpty() @IsIn(categories, { each: true }) categories!: Category[]
  @Field(() => [ID], { nullable: true, description: 'From which agencies; absent: from all.' })
  @IsOptional()
  @Matches(idPattern, { each: true })
  agencyIds?: string[]
  @Field(() => String, { description: 'First day on which it holds no more.' }) @IsDay() until!: string
}
@InputType({ description: 'Ask for a restriction of your own record (GDPR 18). The data protection officer decides.' })
export class RequestRestrictionInput extends HoldInput {}
@InputType()
export class PlaceRestrictionInput extends HoldInput {
  @Field(() => GroundsEnum) @IsIn(restrictionGrounds) grounds!: Grounds
}
@InputType({ description: 'For a learner’s safety. It holds once a second person has approved.' })
export class ProposeSafeguardingRestrictionInput extends HoldInput {
  @Field(() => Boolean, { description: 'Kept from the learner too, but for C14: what they said is theirs to take back.' })
  @IsBoolean()
  fromLearner!: boolean
  @Field(() => Boolean, { description: 'The restriction itself is not told to the learner.' }) @IsBoolean() hidden!: boolean
}
@InputType()
export class ApproveRestrictionInput {
  @Field(() => ID) @Matches(idPattern) restrictionId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class EndRestrictionInput extends ApproveRestrictionInput {
  @Field(() => String, { description: 'Code.' }) @Matches(codePattern) reason!: string
}

const officer = { roles: ['dataProtectionOfficer'], purposes: ['audit'] } as const
const safeguarding = { roles: ['safeguardingLead'], purposes: ['safeguarding'] } as const
const own = { roles: ['learner', 'guardian'], purposes: ['ownRecord'] } as const
const deciding = { roles: ['dataProtectionOfficer', 'safeguardingLead'], purposes: ['audit', 'safeguarding'] } as const
const ending = {
  roles: ['dataProtectionOfficer', 'safeguardingLead', 'learner', 'guardian'],
  purposes: ['audit', 'safeguarding', 'ownRecord'],
} as const
type Answer = Promise<CommandAnswerType>

@Resolver()
export class RestrictionResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(ConsentFacts) private readonly facts: ConsentFacts,
    @Inject(SafeguardingFacts) private readonly safeguarding: SafeguardingFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Ask that something of your record be held back.' })
  @Access(own)
  async requestRestriction(
    @Args('input', { type: () => RequestRestrictionInput }) input: RequestRestrictionInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const hold = holdOf(input, { grounds: 'gdpr18' })
    // A learner protects themself at any age; whoever does it for them needs a say in the matter.
    const party = { by: 'guardian', guardianId: caller.userId } as const
    const maySpeak = caller.role !== 'guardian' || (await this.facts.capacityOf(hold.learnerId, party, hold.categories)).mayDecide
    return this.propose(hold, caller, maySpeak)
  }

  @Mutation(() => CommandAnswerType, { description: 'Propose to hold something back for a learner’s safety.' })
  @Access(safeguarding)
  proposeSafeguardingRestriction(
    @Args('input', { type: () => ProposeSafeguardingRestrictionInput }) input: ProposeSafeguardingRestrictionInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.propose(holdOf(input, { grounds: 'safeguarding' }), caller)
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Hold something back, on a court’s order or while a person’s objection is looked into.',
  })
  @Access(officer)
  placeRestriction(
    @Args('input', { type: () => PlaceRestrictionInput }) input: PlaceRestrictionInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const hold = holdOf(input, { grounds: input.grounds })
    return this.commands.run(caller, restriction, hold.restrictionId, state => place(state, hold, this.today()), {
      learnerId: hold.learnerId,
      category: categoryOf(hold),
      agencyIds: hold.agencyIds,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Approve what another person proposed. It holds from the next read on.' })
  @Access(deciding)
  async approveRestriction(
    @Args('input', { type: () => ApproveRestrictionInput }) { restrictionId, version }: ApproveRestrictionInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { hold } = await this.commands.stateOf(restriction, restrictionId)
    const approved = (state: Restriction) => approve(state, caller.userId, this.today())
    return this.commands.run(caller, restriction, restrictionId, approved, {
      version,
      category: categoryOf(hold),
      may: mayDecide,
      // Before it is placed, so that no erasure begins between the two.
      first: async state => {
        if (hold?.grounds === 'safeguarding' && approved(state).length > 0)
          await this.safeguarding.holdForgetting(hold.learnerId, restrictionId)
      },
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Decline what was proposed, or take back what you proposed.' })
  @Access(ending)
  async declineRestriction(
    @Args('input', { type: () => EndRestrictionInput }) { restrictionId, version, reason }: EndRestrictionInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { hold } = await this.commands.stateOf(restriction, restrictionId)
    return this.commands.run(caller, restriction, restrictionId, state => decline(state, { by: caller.userId, reason }), {
      version,
      category: categoryOf(hold),
      may: (state, who) => mayDecide(state, who) || state.proposedBy === who.userId,
    })
  }

  @Mutation(() => CommandAnswerType, {
    description: `Lift a restriction. What a person asked for, the officer lifts in ${toldDaysBefore} days: they are told before (GDPR 18(3)).`,
  })
  @Access(ending)
  async liftRestriction(
    @Args('input', { type: () => EndRestrictionInput }) { restrictionId, version, reason }: EndRestrictionInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { hold } = await this.commands.stateOf(restriction, restrictionId)
    const lifted = (state: Restriction) =>
      mayDecide(state, caller) ? liftAsKeeper(state, reason, this.today()) : lift(state, reason)
    return this.commands.run(caller, restriction, restrictionId, lifted, {
      version,
      category: categoryOf(hold),
      may: (state, who) => mayDecide(state, who) || isAsker(state, who),
    })
  }

  private propose(hold: Hold, caller: Caller, maySpeak = true): Answer {
    return this.commands.run(
      caller,
      restriction,
      hold.restrictionId,
      state => {
        if (!maySpeak)
          throw new Refused(
            'RESTRICTION.NO_CAPACITY',
            'This person may not ask this for the learner.',
            'Ask the learner, or a guardian who decides on these matters.',
          )
        return propose(state, hold, caller.userId, this.today())
      },
      {
        learnerId: hold.learnerId,
        category: categoryOf(hold),
        agencyIds: hold.agencyIds,
      },
    )
  }
  private today(): string {
    return this.commands.now().toISOString().slice(0, 10)
  }
}

/** The officer decides on everything; what safeguarding proposed, another lead may too. */
const mayDecide = ({ hold }: Restriction, { role }: Caller): boolean =>
  hold !== undefined && keepersOf(hold.grounds).includes(role)

/** The learner takes back what was asked for them; a guardian what they asked themself. */
const isAsker = ({ hold, proposedBy }: Restriction, { role, userId }: Caller): boolean =>
  hold?.grounds === 'gdpr18' && (role === 'learner' || (role === 'guardian' && proposedBy === userId))

/** Whoever may not know of safeguarding answers nothing about it. */
const categoryOf = (hold: Hold | undefined): Category => (hold?.grounds === 'safeguarding' ? 'C10' : 'C14')

function holdOf(
  {
    restrictionId,
    learnerId,
    categories: held,
    agencyIds = [],
    until,
    ...more
  }: HoldInput & Partial<Pick<Hold, 'fromLearner' | 'hidden'>>,
  { grounds }: Pick<Hold, 'grounds'>,
): Hold {
  const { fromLearner = false, hidden = false } = more
  return { restrictionId, learnerId, categories: held, agencyIds, until, grounds, fromLearner, hidden }
}
