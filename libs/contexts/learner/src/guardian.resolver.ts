import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsBoolean, IsIn, IsOptional, Length, Matches } from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CategoryEnum, CommandAnswerType, Commands, CurrentCaller, enumOf, IsDay } from '@passerelle/http'
import { type Category, categories } from '@passerelle/sharing'
import { endCompetence, recordCompetence } from './competence.decider.js'
import * as decide from './guardian.decider.js'
import { learner, type Learner } from './learner.decider.js'
import { exclusionGrounds, type LearnerEvent } from './learner.events.js'
import { IdentifierHashes } from './learner.facts.js'
import { registerKeepers as register } from './learner.access.js'
import { LearnerInput, LinkAccountInput } from './learner.resolver.js'

const powers = ['informed', 'consents', 'signs'] as const
const PowerEnum = enumOf('GuardianPower', powers, 'What a guardian may do.')
const ExclusionGroundEnum = enumOf('ExclusionGround', exclusionGrounds, 'Why something is kept from one guardian.')

@InputType()
export class RecordGuardianInput extends LearnerInput {
  @Field(() => ID) @Matches(idPattern) guardianId!: string
  @Field(() => String, { description: 'v3-RoleCode or another code.' }) @Matches(codePattern) relation!: string
  @Field(() => String) @Length(1, 500) name!: string
  @Field(() => Boolean) @IsBoolean() verified!: boolean
  @Field(() => [PowerEnum]) @IsArray() @IsIn(powers, { each: true }) authority!: (typeof powers)[number][]
  @Field(() => [CategoryEnum], { description: 'Kept from them by a court or custody order, as long as they are a guardian.' })
  @ArrayMaxSize(18)
  @IsIn(categories, { each: true })
  excluded!: Category[]
  @Field(() => String) @IsDay() from!: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() until?: string
}
@InputType()
export class LinkGuardianAccountInput extends LinkAccountInput {
  @Field(() => ID) @Matches(idPattern) guardianId!: string
}
@InputType()
export class EndGuardianInput extends LearnerInput {
  @Field(() => ID) @Matches(idPattern) guardianId!: string
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType({ description: 'Keep categories from one guardian: they neither see them nor decide on them.' })
export class ExcludeGuardianInput extends LearnerInput {
  @Field(() => ID) @Matches(idPattern) guardianId!: string
  @Field(() => ID) @Matches(idPattern) exclusionId!: string
  @Field(() => [CategoryEnum]) @ArrayNotEmpty() @ArrayMaxSize(18) @IsIn(categories, { each: true }) categories!: Category[]
  @Field(() => ExclusionGroundEnum) @IsIn(exclusionGrounds) ground!: (typeof exclusionGrounds)[number]
  @Field(() => String) @IsDay() from!: string
  @Field(() => String, { nullable: true, description: 'First day on which it is kept no more; absent: until ended.' })
  @IsOptional()
  @IsDay()
  until?: string
}
@InputType()
export class EndGuardianExclusionInput extends LearnerInput {
  @Field(() => ID) @Matches(idPattern) exclusionId!: string
  @Field(() => String, { description: 'Code.' }) @Matches(codePattern) reason!: string
}
@InputType({ description: 'A minor is able to decide these matters alone: guardians then neither decide nor see there.' })
export class RecordCompetenceInput extends LearnerInput {
  @Field(() => ID) @Matches(idPattern) competenceId!: string
  @Field(() => [CategoryEnum]) @ArrayNotEmpty() @ArrayMaxSize(18) @IsIn(categories, { each: true }) categories!: Category[]
  @Field(() => String) @IsDay() from!: string
  @Field(() => String, { description: 'Until when it is looked at again; it holds no longer by itself.' })
  @IsDay()
  reviewBy!: string
}
@InputType()
export class EndCompetenceInput extends LearnerInput {
  @Field(() => ID) @Matches(idPattern) competenceId!: string
  @Field(() => String, { description: 'Code.' }) @Matches(codePattern) reason!: string
}

/** Who keeps a register, and whoever answers for a child's safety. */
const protecting = { roles: [...register.roles, 'safeguardingLead'] } as const
const judging = { roles: ['healthProfessional', 'schoolPsychologist', 'safeguardingLead'] } as const
type Answer = Promise<CommandAnswerType>

/** Who acts for a learner, what is kept from them, and where a minor needs nobody to. */
@Resolver()
export class GuardianResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(IdentifierHashes) private readonly hashes: IdentifierHashes,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Record a guardian: verified, for a time, within limits.' })
  @Access(register)
  recordGuardian(
    @Args('input', { type: () => RecordGuardianInput }) { learnerId, version, ...command }: RecordGuardianInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.recordGuardian(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'Let a verified guardian sign in.' })
  @Access(register)
  linkGuardianAccount(
    @Args('input', { type: () => LinkGuardianAccountInput })
    { learnerId, version, guardianId, issuer, subject }: LinkGuardianAccountInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const command = { guardianId, accountHash: this.hashes.account(issuer, subject) }
    return this.run(caller, learnerId, version, state => decide.linkGuardianAccount(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'End a guardianship; access ends with it, from the next read on.' })
  @Access(register)
  endGuardian(
    @Args('input', { type: () => EndGuardianInput }) { learnerId, version, ...command }: EndGuardianInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.endGuardian(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'Keep something from one guardian, from the next read on.' })
  @Access(protecting)
  excludeGuardian(
    @Args('input', { type: () => ExcludeGuardianInput }) { learnerId, version, ...command }: ExcludeGuardianInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.excludeGuardian(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'Keep it from them no more.' })
  @Access(protecting)
  endGuardianExclusion(
    @Args('input', { type: () => EndGuardianExclusionInput }) { learnerId, version, ...command }: EndGuardianExclusionInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.endExclusion(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'Record that a minor decides these matters alone.' })
  @Access(judging)
  recordCompetence(
    @Args('input', { type: () => RecordCompetenceInput }) { learnerId, version, ...input }: RecordCompetenceInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const command = { ...input, recordedBy: caller.userId }
    return this.run(caller, learnerId, version, state => recordCompetence(state, command, caller.role, this.today()))
  }

  @Mutation(() => CommandAnswerType, { description: 'A minor was found not to decide these matters alone after all.' })
  @Access(judging)
  endCompetence(
    @Args('input', { type: () => EndCompetenceInput }) { learnerId, version, ...command }: EndCompetenceInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => endCompetence(state, command))
  }

  private run(caller: Caller, learnerId: string, version: number, decision: (state: Learner) => readonly LearnerEvent[]): Answer {
    return this.commands.run(caller, learner, learnerId, decision, { version, category: 'C1', level: 'full' })
  }
  private today(): string {
    return this.commands.now().toISOString().slice(0, 10)
  }
}
