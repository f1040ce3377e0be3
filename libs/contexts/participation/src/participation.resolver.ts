import { Inject } from '@nestjs/common'
import { Args, Field, Float, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { IsIn, IsNumber, IsOptional, Length, Matches, Min } from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller, enumOf, IsDay } from '@passerelle/http'
import {
  assignTeacher,
  closeClass,
  openClass,
  retitle,
  teachingClass,
  type TeachingClass,
  unassignTeacher,
} from './class.decider.js'
import { endEnrolment, enrol, enrolment, recordResult } from './enrolment.decider.js'

const statuses = ['exempt', 'fullyGraded', 'notSubmitted', 'partiallyGraded', 'submitted'] as const
const ResultStatusEnum = enumOf('ResultStatus', statuses, 'OneRoster scoreStatus')

@InputType()
export class OpenClassInput {
  @Field(() => ID) @Matches(idPattern) classId!: string
  @Field(() => String) @Length(1, 500) title!: string
  @Field(() => String, { nullable: true }) @IsOptional() @Matches(codePattern) courseCode?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Matches(codePattern) subjectCode?: string
}
@InputType()
class ClassInput {
  @Field(() => ID) @Matches(idPattern) classId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class RetitleClassInput extends ClassInput {
  @Field(() => String) @Length(1, 500) title!: string
}
@InputType()
export class AssignTeacherInput extends ClassInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
  @Field(() => String) @IsDay() from!: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() until?: string
}
@InputType()
export class UnassignTeacherInput extends ClassInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class CloseClassInput extends ClassInput {
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class EnrolLearnerInput {
  @Field(() => ID) @Matches(idPattern) enrolmentId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => ID, { nullable: true }) @IsOptional() @Matches(idPattern) classId?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Matches(codePattern) grade?: string
  @Field(() => String) @IsDay() from!: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() until?: string
}
@InputType()
class EnrolmentInput {
  @Field(() => ID) @Matches(idPattern) enrolmentId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class EndEnrolmentInput extends EnrolmentInput {
  @Field(() => String) @IsDay() on!: string
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class RecordResultInput extends EnrolmentInput {
  @Field(() => ID) @Matches(idPattern) resultId!: string
  @Field(() => String) @Length(1, 500) title!: string
  @Field(() => ResultStatusEnum) @IsIn(statuses) status!: (typeof statuses)[number]
  @Field(() => Float, { nullable: true }) @IsOptional() @IsNumber() score?: number
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) textScore?: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() on?: string
  @Field(() => String, { nullable: true, description: 'Why it says something else than before (R-0.2).' })
  @IsOptional()
  @Matches(codePattern)
  reason?: string
}

const office = { roles: ['educationCoordinator', 'schoolLeader'] } as const
const teaching = { roles: ['teacher', 'educationCoordinator'], purposes: ['educationSupport'] } as const
const ownClass = (state: TeachingClass, { agencyId }: Caller) => state.status === 'none' || state.agencyId === agencyId
type Answer = Promise<CommandAnswerType>

@Resolver()
export class ParticipationResolver {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Mutation(() => CommandAnswerType, { description: 'Open a class of your school.' })
  @Access(office)
  openClass(@Args('input', { type: () => OpenClassInput }) input: OpenClassInput, @CurrentCaller() caller: Caller): Answer {
    const command = { ...input, agencyId: caller.agencyId }
    return this.commands.run(caller, teachingClass, input.classId, state => openClass(state, command), { may: ownClass })
  }

  @Mutation(() => CommandAnswerType, { description: 'Give a class another title.' })
  @Access(office)
  retitleClass(
    @Args('input', { type: () => RetitleClassInput }) { classId, version, title }: RetitleClassInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, teachingClass, classId, state => retitle(state, title), { version, may: ownClass })
  }

  @Mutation(() => CommandAnswerType, { description: 'Let somebody teach a class: they work with every learner in it.' })
  @Access(office)
  assignTeacher(
    @Args('input', { type: () => AssignTeacherInput }) { classId, version, ...command }: AssignTeacherInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, teachingClass, classId, state => assignTeacher(state, command), { version, may: ownClass })
  }

  @Mutation(() => CommandAnswerType, { description: 'Somebody teaches a class no more.' })
  @Access(office)
  unassignTeacher(
    @Args('input', { type: () => UnassignTeacherInput }) { classId, version, ...command }: UnassignTeacherInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, teachingClass, classId, state => unassignTeacher(state, command), { version, may: ownClass })
  }

  @Mutation(() => CommandAnswerType, { description: 'Close a class.' })
  @Access(office)
  closeClass(
    @Args('input', { type: () => CloseClassInput }) { classId, version, reason }: CloseClassInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, teachingClass, classId, state => closeClass(state, reason), { version, may: ownClass })
  }

  @Mutation(() => CommandAnswerType, { description: 'Enrol a learner at your school or in a class of it.' })
  @Access(office)
  async enrolLearner(
    @Args('input', { type: () => EnrolLearnerInput }) input: EnrolLearnerInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const command = { ...input, agencyId: caller.agencyId }
    if (input.classId) await this.refuseForeignClass(input.classId, caller)
    return this.commands.run(caller, enrolment, input.enrolmentId, state => enrol(state, command), {
      learnerId: input.learnerId,
      category: 'C2',
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'End an enrolment.' })
  @Access(office)
  endEnrolment(
    @Args('input', { type: () => EndEnrolmentInput }) { enrolmentId, version, ...command }: EndEnrolmentInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, enrolment, enrolmentId, state => endEnrolment(state, command), {
      version,
      category: 'C2',
      may: (state, { agencyId }) => state.agencyId === agencyId,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record a result, or correct one.' })
  @Access(teaching)
  recordResult(
    @Args('input', { type: () => RecordResultInput }) { enrolmentId, version, reason, ...command }: RecordResultInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, enrolment, enrolmentId, state => recordResult(state, command, reason), {
      version,
      category: 'C2',
      level: 'full',
      may: (state, { agencyId }) => state.agencyId === agencyId,
      on: command.on,
    })
  }

  /** Another school's class is as good as none. */
  private async refuseForeignClass(classId: string, caller: Caller): Promise<void> {
    await this.commands.run(caller, teachingClass, classId, () => [], {
      may: (state, { agencyId }) => state.status === 'open' && state.agencyId === agencyId,
    })
  }
}
