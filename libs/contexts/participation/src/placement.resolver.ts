import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { IsIn, IsOptional, Matches, Max, Min } from 'class-validator'
import { codePattern, idPattern, uriPattern } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller, enumOf, IsDay } from '@passerelle/http'
import { ParticipationFacts } from './participation.facts.js'
import {
  cancelPlacement,
  changeTutor,
  endPlacement,
  type Placement,
  placement,
  planPlacement,
  reschedulePlacement,
  startPlacement,
} from './placement.decider.js'
import { endReasons } from './placement.events.js'

const EndReasonEnum = enumOf('PlacementEndReason', endReasons, 'Why a placement ended.')

@InputType()
export class PlanPlacementInput {
  @Field(() => ID) @Matches(idPattern) placementId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => ID, { description: 'Where the learner will work.' }) @Matches(idPattern) hostAgencyId!: string
  @Field(() => ID, { description: 'Who works with the learner there: a placement tutor of the host.' })
  @Matches(idPattern)
  tutorUserId!: string
  @Field(() => String, { nullable: true, description: 'An occupation of ESCO.' })
  @IsOptional()
  @Matches(uriPattern)
  occupationUri?: string
  @Field(() => Int, { nullable: true }) @IsOptional() @Min(1) @Max(60) hoursPerWeek?: number
  @Field(() => String) @IsDay() from!: string
  @Field(() => String, { description: 'First day on which it runs no more.' }) @IsDay() until!: string
}
@InputType()
class PlacementInput {
  @Field(() => ID) @Matches(idPattern) placementId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class ReschedulePlacementInput extends PlacementInput {
  @Field(() => String) @IsDay() from!: string
  @Field(() => String) @IsDay() until!: string
}
@InputType()
export class ChangePlacementTutorInput extends PlacementInput {
  @Field(() => ID) @Matches(idPattern) tutorUserId!: string
}
@InputType()
export class StartPlacementInput extends PlacementInput {
  @Field(() => String) @IsDay() on!: string
}
@InputType()
export class CancelPlacementInput extends PlacementInput {
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class EndPlacementInput extends PlacementInput {
  @Field(() => String, { description: 'First day on which it runs no more.' }) @IsDay() on!: string
  @Field(() => EndReasonEnum) @IsIn(endReasons) reason!: (typeof endReasons)[number]
}

const arranging = {
  roles: ['educationCoordinator', 'careerAdviser', 'employmentOfficer'],
  purposes: ['educationSupport', 'employmentSupport', 'caseCoordination'],
} as const
const arrangingOrTutor = { ...arranging, roles: [...arranging.roles, 'placementTutor'] } as const
const isArranging = ({ plan }: Placement, { agencyId }: Caller) => plan?.agencyId === agencyId
const isTutor = ({ plan }: Placement, { agencyId, userId }: Caller) =>
  plan?.hostAgencyId === agencyId && plan.tutorUserId === userId
type Answer = Promise<CommandAnswerType>

@Resolver()
export class PlacementResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(ParticipationFacts) private readonly facts: ParticipationFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Plan a placement of a learner at a host.' })
  @Access(arranging)
  async planPlacement(
    @Args('input', { type: () => PlanPlacementInput }) input: PlanPlacementInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { placementId, learnerId, hostAgencyId, tutorUserId } = input
    const command = { ...input, agencyId: caller.agencyId }
    const tutor = await this.facts.tutorPostOf({ userId: tutorUserId, agencyId: hostAgencyId })
    return this.commands.run(caller, placement, placementId, state => planPlacement(state, command, tutor), {
      learnerId,
      category: 'C17',
      level: 'full',
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Move the days of a placement; once it has begun, its end.' })
  @Access(arranging)
  reschedulePlacement(
    @Args('input', { type: () => ReschedulePlacementInput }) { placementId, version, ...command }: ReschedulePlacementInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, placement, placementId, state => reschedulePlacement(state, command), arranged(version))
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Name another tutor at the host; the one before works with the learner no more.',
  })
  @Access(arranging)
  async changePlacementTutor(
    @Args('input', { type: () => ChangePlacementTutorInput }) { placementId, version, tutorUserId }: ChangePlacementTutorInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { plan } = await this.commands.stateOf(placement, placementId)
    const tutor = plan ? await this.facts.tutorPostOf({ userId: tutorUserId, agencyId: plan.hostAgencyId }) : { isHeld: false }
    return this.commands.run(caller, placement, placementId, state => changeTutor(state, tutorUserId, tutor), arranged(version))
  }

  @Mutation(() => CommandAnswerType, { description: 'The placement begins: from now on the tutor works with the learner.' })
  @Access(arranging)
  startPlacement(
    @Args('input', { type: () => StartPlacementInput }) { placementId, version, on }: StartPlacementInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, placement, placementId, state => startPlacement(state, on), { ...arranged(version), on })
  }

  @Mutation(() => CommandAnswerType, { description: 'Cancel a placement that has not begun.' })
  @Access(arranging)
  cancelPlacement(
    @Args('input', { type: () => CancelPlacementInput }) { placementId, version, reason }: CancelPlacementInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, placement, placementId, state => cancelPlacement(state, reason), arranged(version))
  }

  @Mutation(() => CommandAnswerType, { description: 'End a placement that runs; its tutor may, too.' })
  @Access(arrangingOrTutor)
  endPlacement(
    @Args('input', { type: () => EndPlacementInput }) { placementId, version, ...command }: EndPlacementInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const may = (state: Placement, who: Caller) => (who.role === 'placementTutor' ? isTutor : isArranging)(state, who)
    return this.commands.run(caller, placement, placementId, state => endPlacement(state, command), { ...arranged(version), may })
  }
}

const arranged = (version: number) => ({ version, category: 'C17', level: 'full', may: isArranging }) as const
