import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayNotEmpty, IsIn, IsOptional, Length, Matches, Min } from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller, enumOf, IsDay } from '@passerelle/http'
import { correctDiagnosis, diagnosis, recordDiagnosis, refute } from './diagnosis.decider.js'
import { agreeAccommodation, end, identify, revise, supportNeed } from './support-need.decider.js'

const contexts = ['exam', 'class', 'workplace'] as const
const ContextEnum = enumOf('AccommodationContext', contexts, 'Where an accommodation holds.')

@InputType({ description: 'Words of function only: what helps, never what it is called.' })
export class IdentifyNeedInput {
  @Field(() => ID) @Matches(idPattern) needId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => String) @Matches(codePattern) needCode!: string
  @Field(() => String, { description: 'What a teacher does about it.' }) @Length(1, 500) instruction!: string
  @Field(() => String) @Length(1, 500) description!: string
}
@InputType()
class NeedInput {
  @Field(() => ID) @Matches(idPattern) needId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class ReviseNeedInput extends NeedInput {
  @Field(() => String) @Length(1, 500) instruction!: string
  @Field(() => String) @Length(1, 500) description!: string
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class AgreeAccommodationInput extends NeedInput {
  @Field(() => ID) @Matches(idPattern) accommodationId!: string
  @Field(() => String) @Matches(codePattern) code!: string
  @Field(() => String) @Length(1, 500) settings!: string
  @Field(() => [ContextEnum]) @ArrayNotEmpty() @IsIn(contexts, { each: true }) contexts!: (typeof contexts)[number][]
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() validUntil?: string
}
@InputType()
export class EndNeedInput extends NeedInput {
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class RecordDiagnosisInput {
  @Field(() => ID) @Matches(idPattern) diagnosisId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => String, { description: 'ICD or another code.' }) @Matches(codePattern) code!: string
  @Field(() => String) @Length(1, 500) description!: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() on?: string
}
@InputType()
class DiagnosisInput {
  @Field(() => ID) @Matches(idPattern) diagnosisId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class CorrectDiagnosisInput extends DiagnosisInput {
  @Field(() => ID, { nullable: true, description: 'The event it corrects (R-0.2); absent: the last that said it.' })
  @IsOptional()
  @Matches(idPattern)
  correctsEventId?: string
  @Field(() => String) @Matches(codePattern) reason!: string
  @Field(() => String) @Matches(codePattern) code!: string
  @Field(() => String) @Length(1, 500) description!: string
}
@InputType()
export class RefuteDiagnosisInput extends DiagnosisInput {
  @Field(() => String) @Matches(codePattern) reason!: string
}

const anySector = {
  roles: [
    'teacher',
    'educationCoordinator',
    'schoolPsychologist',
    'socialWorker',
    'healthProfessional',
    'employmentOfficer',
    'learner',
  ],
} as const
const health = { roles: ['healthProfessional'], purposes: ['healthCare'] } as const
type Answer = Promise<CommandAnswerType>

@Resolver()
export class SupportResolver {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Mutation(() => CommandAnswerType, { description: 'Say what a learner requires in order to learn.' })
  @Access(anySector)
  identifyNeed(
    @Args('input', { type: () => IdentifyNeedInput }) input: IdentifyNeedInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const source = caller.sector === 'learner' || caller.sector === 'authority' ? 'learner' : caller.sector
    return this.commands.run(caller, supportNeed, input.needId, state => identify(state, { ...input, source }), {
      learnerId: input.learnerId,
      category: 'C5',
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Say it better.' })
  @Access(anySector)
  reviseNeed(
    @Args('input', { type: () => ReviseNeedInput }) { needId, version, ...command }: ReviseNeedInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, supportNeed, needId, state => revise(state, command), {
      version,
      category: 'C5',
      level: 'full',
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Agree on a setting that answers a need.' })
  @Access(anySector)
  agreeAccommodation(
    @Args('input', { type: () => AgreeAccommodationInput }) { needId, version, ...command }: AgreeAccommodationInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, supportNeed, needId, state => agreeAccommodation(state, command), {
      version,
      category: 'C5',
      level: 'summary',
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'End a need.' })
  @Access(anySector)
  endNeed(
    @Args('input', { type: () => EndNeedInput }) { needId, version, reason }: EndNeedInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, supportNeed, needId, state => end(state, reason), { version, category: 'C5', level: 'full' })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record a diagnosis: health’s own, sealed with its own key.' })
  @Access(health)
  recordDiagnosis(
    @Args('input', { type: () => RecordDiagnosisInput }) input: RecordDiagnosisInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, diagnosis, input.diagnosisId, state => recordDiagnosis(state, input), {
      learnerId: input.learnerId,
      category: 'C6',
      level: 'full',
      on: input.on,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Correct a diagnosis.' })
  @Access(health)
  correctDiagnosis(
    @Args('input', { type: () => CorrectDiagnosisInput }) { diagnosisId, version, ...command }: CorrectDiagnosisInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, diagnosis, diagnosisId, state => correctDiagnosis(state, command), {
      version,
      category: 'C6',
      level: 'full',
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Say that a diagnosis does not hold.' })
  @Access(health)
  refuteDiagnosis(
    @Args('input', { type: () => RefuteDiagnosisInput }) { diagnosisId, version, reason }: RefuteDiagnosisInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, diagnosis, diagnosisId, state => refute(state, reason), {
      version,
      category: 'C6',
      level: 'full',
    })
  }
}
