import { Field, Float, ID, InputType, Int } from '@nestjs/graphql'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator'
import { codePattern, idPattern, uriPattern } from '@passerelle/event-log'
import { enumOf, IsDay } from '@passerelle/http'

const kinds = ['learning', 'career'] as const
const templates = ['full', 'quick'] as const
const directions = ['up', 'down'] as const
const responses = ['agree', 'agreeWithRemarks', 'decline'] as const
const methods = ['inPerson', 'online', 'paper'] as const
const involvements = ['informed', 'consulted', 'coSigned', 'absent'] as const
const modes = ['inPerson', 'remote'] as const
const outcomes = ['achieved', 'partly', 'not'] as const
const choosers = ['learner', 'staff'] as const
const KindEnum = enumOf('PlanKind', kinds, 'learning or career')
const TemplateEnum = enumOf('PlanTemplate', templates, 'quick: ten fields in one meeting, its assessment within 42 days (R-1.2)')
const DirectionEnum = enumOf('MeasureDirection', directions, 'Which way is better.')
const ResponseEnum = enumOf('PlanResponse', responses, 'The learner’s answer.')
const MethodEnum = enumOf('PlanResponseMethod', methods, 'How the answer was given.')
const InvolvementEnum = enumOf('GuardianInvolvement', involvements, 'How a guardian took part; absence blocks nothing (R-1.4).')
const ModeEnum = enumOf('ReviewMode', modes, 'How a review was held.')
const OutcomeEnum = enumOf('ObjectiveOutcome', outcomes, 'What became of an objective.')
const ChooserEnum = enumOf('ChosenBy', choosers, 'Who chose.')

@InputType()
export class PlanInput {
  @Field(() => ID) @Matches(idPattern) planId!: string
  @Field(() => Int, { description: 'The version you decided on.' }) @Min(0) version!: number
}
@InputType({
  description: 'A plan rests on a completed initial assessment of at most 90 days, or takes the quick template (R-1.2).',
})
export class DraftPlanInput {
  @Field(() => ID) @Matches(idPattern) planId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => KindEnum) @IsIn(kinds) kind!: (typeof kinds)[number]
  @Field(() => TemplateEnum) @IsIn(templates) template!: (typeof templates)[number]
  @Field(() => ID, { nullable: true }) @IsOptional() @Matches(idPattern) basisAssessmentId?: string
  @Field(() => [ID], { description: 'Staff who write it with the learner.' })
  @ArrayNotEmpty()
  @ArrayMaxSize(20)
  @Matches(idPattern, { each: true })
  authors!: string[]
  @Field(() => String) @IsDay() periodFrom!: string
  @Field(() => String) @IsDay() periodUntil!: string
}
@InputType()
export class RecordPlanBasisInput extends PlanInput {
  @Field(() => ID, { description: 'A completed initial assessment of the learner.' })
  @Matches(idPattern)
  basisAssessmentId!: string
}
@InputType()
export class MeasureInput {
  @Field(() => String) @Matches(codePattern) code!: string
  @Field(() => String, { description: 'UCUM: %, {score}, h/wk.' }) @Matches(/^[!-~]{1,100}$/) unit!: string
  @Field(() => Float) @IsNumber() baseline!: number
  @Field(() => Float) @IsNumber() target!: number
  @Field(() => DirectionEnum) @IsIn(directions) direction!: (typeof directions)[number]
}
@InputType()
export class ObjectiveInput {
  @Field(() => ID) @Matches(idPattern) objectiveId!: string
  @Field(() => String) @Length(1, 500) text!: string
  @Field(() => String, { nullable: true }) @IsOptional() @Matches(codePattern) skillRef?: string
  @Field(() => ID, { nullable: true }) @IsOptional() @Matches(idPattern) needRef?: string
  @Field(() => ID, { nullable: true, description: 'The assessment finding or learner’s goal it answers.' })
  @IsOptional()
  @Matches(idPattern)
  findingRef?: string
  @Field(() => MeasureInput, { nullable: true }) @IsOptional() @ValidateNested() @Type(() => MeasureInput) measure?: MeasureInput
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() dueDate?: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() reviewBy?: string
  @Field(() => [ID]) @IsArray() @ArrayMaxSize(50) @Matches(idPattern, { each: true }) supports!: string[]
  @Field(() => Boolean) @IsBoolean() learnerAuthored!: boolean
}
@InputType()
export class AddObjectiveInput extends PlanInput {
  @Field(() => ObjectiveInput) @ValidateNested() @Type(() => ObjectiveInput) objective!: ObjectiveInput
}
@InputType({ description: 'Changes a draft or a proposal; an agreed plan is revised after a review.' })
export class ReviseObjectiveInput extends AddObjectiveInput {
  @Field(() => String) @Length(1, 500) reason!: string
}
@InputType()
export class DropObjectiveInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) objectiveId!: string
  @Field(() => String) @Length(1, 500) reason!: string
}
@InputType()
export class SetLongTermGoalInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) goalId!: string
  @Field(() => String) @Length(1, 500) text!: string
}
@InputType()
export class PlanSupportInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) supportId!: string
  @Field(() => String) @Matches(codePattern) kind!: string
  @Field(() => Float) @IsNumber() @Min(0) @Max(168) hoursPerWeek!: number
  @Field(() => ID) @Matches(idPattern) provider!: string
}
@InputType()
export class IdentifyBarrierInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) barrierId!: string
  @Field(() => String) @Matches(codePattern) code!: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) note?: string
  @Field(() => [ID]) @IsArray() @ArrayMaxSize(50) @Matches(idPattern, { each: true }) objectiveIds!: string[]
  @Field(() => ID, { nullable: true }) @IsOptional() @Matches(idPattern) supportId?: string
}
@InputType()
export class ChooseSubjectInput extends PlanInput {
  @Field(() => String) @Matches(codePattern) courseRef!: string
  @Field(() => ChooserEnum) @IsIn(choosers) chosenBy!: (typeof choosers)[number]
}
@InputType()
export class SetPostSecondaryPlanInput extends PlanInput {
  @Field(() => String, { description: 'ISCED 2011' }) @Matches(codePattern) targetIscedLevel!: string
  @Field(() => String, { nullable: true, description: 'ISCED-F 2013' }) @IsOptional() @Matches(codePattern) targetIscedF?: string
  @Field(() => [String]) @ArrayMaxSize(20) @Length(1, 500, { each: true }) preparationSteps!: string[]
}
@InputType()
export class SetCareerObjectiveInput extends PlanInput {
  @Field(() => String) @Matches(uriPattern) escoOccupationUri!: string
  @Field(() => Int) @IsInt() @Min(1) @Max(600) horizonMonths!: number
}
@InputType()
export class RespondToPlanInput extends PlanInput {
  @Field(() => ResponseEnum) @IsIn(responses) response!: (typeof responses)[number]
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) remarks?: string
  @Field(() => MethodEnum) @IsIn(methods) method!: (typeof methods)[number]
}
@InputType()
export class InvolveGuardianInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) guardianId!: string
  @Field(() => InvolvementEnum) @IsIn(involvements) mode!: (typeof involvements)[number]
}
@InputType()
export class ScheduleReviewInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) reviewId!: string
  @Field(() => Int, { nullable: true, description: 'Another cadence than the region’s (R-5.1).' })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(366)
  cadenceDays?: number
}
@InputType()
export class HoldReviewInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) reviewId!: string
  @Field(() => String) @IsDay() on!: string
  @Field(() => ModeEnum) @IsIn(modes) mode!: (typeof modes)[number]
  @Field(() => [ID]) @ArrayNotEmpty() @ArrayMaxSize(50) @Matches(idPattern, { each: true }) attendees!: string[]
  @Field(() => Boolean) @IsBoolean() oneToOne!: boolean
  @Field(() => Int) @IsInt() @Min(1) @Max(600) durationMin!: number
}
@InputType()
export class MissReviewInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) reviewId!: string
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class RateProgressInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) reviewId!: string
  @Field(() => ID) @Matches(idPattern) objectiveId!: string
  @Field(() => Float) @IsNumber() value!: number
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) learnerView?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) staffView?: string
}
@InputType()
export class GiveFeedbackInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) reviewId!: string
  @Field(() => String) @Length(1, 500) text!: string
}
@InputType({ description: 'After a held review, with a reason; the learner is asked again (R-5.2).' })
export class RevisePlanInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) reviewId!: string
  @Field(() => String) @Length(1, 500) reason!: string
  @Field(() => [ObjectiveInput], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => ObjectiveInput)
  add?: ObjectiveInput[]
  @Field(() => [ObjectiveInput], { nullable: true })
  @IsOptional()
  @ArrayMaxSize(20)
  @ValidateNested({ each: true })
  @Type(() => ObjectiveInput)
  revise?: ObjectiveInput[]
  @Field(() => [ID], { nullable: true }) @IsOptional() @ArrayMaxSize(20) @Matches(idPattern, { each: true }) drop?: string[]
}
@InputType()
export class RecordOutcomeInput extends PlanInput {
  @Field(() => ID) @Matches(idPattern) objectiveId!: string
  @Field(() => OutcomeEnum) @IsIn(outcomes) outcome!: (typeof outcomes)[number]
  @Field(() => Float, { nullable: true }) @IsOptional() @IsNumber() value?: number
  @Field(() => ID, { nullable: true }) @IsOptional() @Matches(idPattern) evidenceRef?: string
  @Field(() => String) @IsDay() on!: string
}
@InputType()
export class EndPlanInput extends PlanInput {
  @Field(() => String) @Matches(codePattern) reason!: string
}
