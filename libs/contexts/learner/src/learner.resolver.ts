import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { Type } from 'class-transformer'
import { ArrayMaxSize, IsArray, IsEmail, IsIn, IsOptional, Length, Matches, Min, ValidateNested } from 'class-validator'
import { codePattern, dayOf, idPattern } from '@passerelle/event-log'
import {
  Access,
  type Caller,
  CategoryEnum,
  CommandAnswerType,
  Commands,
  CurrentCaller,
  enumOf,
  IsDay,
  IsPartialDay,
} from '@passerelle/http'
import { type Category, categories } from '@passerelle/sharing'
import * as decide from './learner.decider.js'
import { learner } from './learner.decider.js'
import { destructionReasons } from './learner.events.js'
import { registerKeepers } from './learner.access.js'
import { ForgettingFacts, IdentifierHashes } from './learner.facts.js'

const languagePattern = /^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$/
const sexes = ['female', 'male', 'other', 'unknown'] as const
const SexEnum = enumOf('Sex', sexes, 'ISO/IEC 5218, and other.')
const DestructionReasonEnum = enumOf('DestructionReason', destructionReasons, 'Why something is forgotten.')

@InputType({ description: 'Make a person known to the hub: your agency works with them from here on.' })
export class RegisterLearnerInput {
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => String) @Length(1, 500) givenName!: string
  @Field(() => String) @Length(1, 500) familyName!: string
  @Field(() => String, { nullable: true, description: 'A day, or a month or year where no more is known.' })
  @IsOptional()
  @IsPartialDay()
  birthDate?: string
}
@InputType()
export class LearnerInput {
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType({ description: 'Your agency’s own number for the person; the hub keeps an HMAC of it.' })
export class AttachIdentifierInput extends LearnerInput {
  @Field(() => String) @Matches(codePattern) system!: string
  @Field(() => String) @Length(1, 200) value!: string
}
@InputType()
export class CorrectDemographicsInput extends LearnerInput {
  @Field(() => ID, { nullable: true, description: 'The event it corrects (R-0.2); absent: the last that said it.' })
  @IsOptional()
  @Matches(idPattern)
  correctsEventId?: string
  @Field(() => String) @Matches(codePattern) reason!: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) givenName?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) familyName?: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsPartialDay() birthDate?: string
}
@InputType()
export class RecordDemographicsInput extends LearnerInput {
  @Field(() => SexEnum, { nullable: true }) @IsOptional() @IsIn(sexes) sex?: (typeof sexes)[number]
  @Field(() => String, { nullable: true }) @IsOptional() @Matches(codePattern) municipality?: string
}
@InputType()
export class RecordContactInput extends LearnerInput {
  @Field(() => String, { nullable: true }) @IsOptional() @IsEmail() @Length(3, 320) email?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(3, 50) phone?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) address?: string
}
@InputType()
export class RecordLanguagesInput extends LearnerInput {
  @Field(() => String, { description: 'BCP-47' }) @Matches(languagePattern) firstLanguage!: string
  @Field(() => String, { description: 'BCP-47' }) @Matches(languagePattern) languageOfInstruction!: string
}
@InputType()
export class LinkAccountInput extends LearnerInput {
  @Field(() => String) @Length(1, 500) issuer!: string
  @Field(() => String) @Length(1, 255) subject!: string
}
@InputType()
export class EndStandingInput extends LearnerInput {
  @Field(() => String) @Matches(codePattern) reason!: string
}

const register = registerKeepers
type Answer = Promise<CommandAnswerType>

@InputType({ description: 'Forget one category of a learner, for good: its key is destroyed (GDPR 17).' })
export class ForgetCategoryInput extends LearnerInput {
  @Field(() => CategoryEnum) @IsIn(categories) category!: Category
  @Field(() => DestructionReasonEnum) @IsIn(destructionReasons) reason!: (typeof destructionReasons)[number]
  @Field(() => [String], { description: 'Codes of the facts that stay, and under what law (GDPR 17(3)).' })
  @IsArray()
  @Matches(codePattern, { each: true })
  retained!: string[]
}

@InputType({ description: 'Something that is kept, and under what law (GDPR 17(3)).' })
export class KeptInput {
  @Field(() => String, { description: 'Code: skeleton, disclosures, payments …' }) @Matches(codePattern) what!: string
  @Field(() => CategoryEnum, { nullable: true, description: 'Where a whole category is kept.' })
  @IsOptional()
  @IsIn(categories)
  category?: Category
  @Field(() => String, { description: 'Code of the law, e.g. EU-GDPR-17-3-b.' }) @Matches(codePattern) statute!: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() until?: string
}
@InputType({ description: 'Forget a person as a whole: retention ended, or it should never have been processed.' })
export class ForgetLearnerInput extends LearnerInput {
  @Field(() => DestructionReasonEnum) @IsIn(destructionReasons) reason!: (typeof destructionReasons)[number]
  @Field(() => [KeptInput])
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => KeptInput)
  retained!: KeptInput[]
}
const officer = { roles: ['dataProtectionOfficer'], purposes: ['audit'] } as const

@Resolver()
export class LearnerResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(IdentifierHashes) private readonly hashes: IdentifierHashes,
    @Inject(ForgettingFacts) private readonly forgetting: ForgettingFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Register a person.' })
  @Access(register)
  registerLearner(
    @Args('input', { type: () => RegisterLearnerInput }) input: RegisterLearnerInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const command = { ...input, agencyId: caller.agencyId }
    return this.commands.run(caller, learner, input.learnerId, state => decide.register(state, command, this.today()), {
      // Whoever is known under the id already is not told of.
      may: (state, { agencyId }) => state.learnerId === undefined || state.registeredByAgencyId === agencyId,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Attach your agency’s own number for the person.' })
  @Access(register)
  attachIdentifier(
    @Args('input', { type: () => AttachIdentifierInput }) { learnerId, version, system, value }: AttachIdentifierInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const command = { agencyId: caller.agencyId, system, valueHash: this.hashes.identifier(system, value) }
    return this.run(caller, learnerId, version, state => decide.attachIdentifier(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'Correct who somebody is (R-0.2).' })
  @Access(register)
  correctDemographics(
    @Args('input', { type: () => CorrectDemographicsInput }) { learnerId, version, ...command }: CorrectDemographicsInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.correctDemographics(state, command, this.today()))
  }

  @Mutation(() => CommandAnswerType, { description: 'Record sex and municipality.' })
  @Access(register)
  recordDemographics(
    @Args('input', { type: () => RecordDemographicsInput }) { learnerId, version, ...command }: RecordDemographicsInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.recordDemographics(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'Record how the person can be reached.' })
  @Access({ roles: [...register.roles, 'learner'] })
  recordContact(
    @Args('input', { type: () => RecordContactInput }) { learnerId, version, ...contact }: RecordContactInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.recordContact(state, contact))
  }

  @Mutation(() => CommandAnswerType, { description: 'Record the languages that the person lives and learns in.' })
  @Access({ roles: ['educationCoordinator', 'schoolLeader', 'learner'] })
  recordLanguages(
    @Args('input', { type: () => RecordLanguagesInput }) { learnerId, version, ...command }: RecordLanguagesInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.recordLanguages(state, command), 'C11')
  }

  @Mutation(() => CommandAnswerType, { description: 'Let the learner sign in.' })
  @Access(register)
  linkLearnerAccount(
    @Args('input', { type: () => LinkAccountInput }) { learnerId, version, issuer, subject }: LinkAccountInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.linkAccount(state, this.hashes.account(issuer, subject)))
  }

  @Mutation(() => CommandAnswerType, { description: 'Your agency works with this person no more.' })
  @Access(register)
  endStanding(
    @Args('input', { type: () => EndStandingInput }) { learnerId, version, reason }: EndStandingInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, learnerId, version, state => decide.endStanding(state, { agencyId: caller.agencyId, reason }))
  }

  @Mutation(() => CommandAnswerType, { description: 'Forget a category of a learner, for good, in the log and in every copy.' })
  @Access(officer)
  forgetCategory(
    @Args('input', { type: () => ForgetCategoryInput }) { learnerId, version, ...command }: ForgetCategoryInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.forget(caller, learnerId, version, state => decide.forgetCategory(state, command))
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Forget a person as a whole, for good. A person who asked for it is answered instead (answerSubjectRequest).',
  })
  @Access(officer)
  forgetLearner(
    @Args('input', { type: () => ForgetLearnerInput }) { learnerId, version, reason, retained }: ForgetLearnerInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const command = { reason, retained: retained.map(each => ({ ...each })) }
    return this.forget(caller, learnerId, version, state => decide.forgetLearner(state, command))
  }

  private forget(
    caller: Caller,
    learnerId: string,
    version: number,
    decision: (state: decide.Learner) => ReturnType<typeof decide.forgetCategory>,
  ): Answer {
    let isHeld = false
    return this.commands.run(caller, learner, learnerId, state => decide.unlessHeld(isHeld, () => decision(state)), {
      version,
      category: 'C1',
      may: (_state, { sector }) => sector === 'authority',
      first: async state => {
        isHeld = decision(state).length > 0 && (await this.forgetting.isHeldForSafety(learnerId))
      },
    })
  }

  private today(): string {
    return dayOf(this.commands.now())
  }
  private run(
    caller: Caller,
    learnerId: string,
    version: number,
    decision: Parameters<typeof this.commands.run<decide.Learner, ReturnType<typeof decide.register>[number]>>[3],
    category: Category = 'C1',
  ): Answer {
    return this.commands.run(caller, learner, learnerId, decision, {
      version,
      category,
      level: category === 'C1' ? 'full' : 'summary',
    })
  }
}
