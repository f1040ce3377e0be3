import { Field, Float, ID, InputType, Int } from '@nestjs/graphql'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsIn,
  IsNumber,
  IsOptional,
  IsUrl,
  Length,
  Matches,
  Min,
  ValidateNested,
} from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { enumOf, IsDay } from '@passerelle/http'
import type { AssessmentKind, Confidence } from './assessment.decider.js'
import { assessmentKinds } from './assessment.events.js'

const modes = ['human', 'digital', 'aiAssisted'] as const
const confidences = ['observed', 'tested', 'certified'] as const
const verdicts = ['agree', 'override'] as const
const KindEnum = enumOf('AssessmentKind', assessmentKinds, 'What is assessed.')
const ModeEnum = enumOf('AssessmentMode', modes, 'Who or what assesses; aiAssisted: a model takes part and a human validates.')
const ConfidenceEnum = enumOf('SkillConfidence', confidences, 'How sure the level is.')
const VerdictEnum = enumOf('ValidationVerdict', verdicts, 'What a human says to what a model said.')

@InputType()
class InstrumentInput {
  @Field(() => String) @Matches(codePattern) code!: string
  @Field(() => String) @Matches(codePattern) version!: string
  @Field(() => String, { description: 'Licence under which it is used.' }) @Matches(codePattern) licence!: string
}
@InputType({ description: 'Begin an assessment. Learners begin their own (self).' })
export class StartAssessmentInput {
  @Field(() => ID) @Matches(idPattern) assessmentId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => KindEnum) @IsIn(assessmentKinds) kind!: AssessmentKind
  @Field(() => InstrumentInput) @ValidateNested() @Type(() => InstrumentInput) instrument!: InstrumentInput
  @Field(() => ModeEnum) @IsIn(modes) mode!: (typeof modes)[number]
  @Field(() => String) @IsDay() on!: string
}
@InputType()
class AssessmentInput {
  @Field(() => ID) @Matches(idPattern) assessmentId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType({ description: 'One answer. It is kept as screening data (C7), whatever the instrument.' })
export class RecordItemResponseInput extends AssessmentInput {
  @Field(() => String) @Matches(codePattern) itemCode!: string
  @Field(() => String) @Length(1, 500) answer!: string
}
@InputType()
export class ScoreAssessmentInput extends AssessmentInput {
  @Field(() => String) @Matches(codePattern) scale!: string
  @Field(() => Float) @IsNumber() raw!: number
  @Field(() => Float, { nullable: true }) @IsOptional() @IsNumber() derived?: number
  @Field(() => String, { description: 'Code and version of the scoring rule, or the id of whoever counted.' })
  @Matches(codePattern)
  scorer!: string
}
@InputType({ description: 'What a model said: a proposal until a human validates it (R-2.2).' })
export class UseAiDiagnosticInput extends AssessmentInput {
  @Field(() => String) @Matches(codePattern) modelVersionId!: string
  @Field(() => [String], { description: 'Codes of the items it was given.' })
  @ArrayMaxSize(200)
  @Matches(codePattern, { each: true })
  inputs!: string[]
  @Field(() => String) @Length(1, 500) output!: string
}
@InputType()
export class ValidateAssessmentInput extends AssessmentInput {
  @Field(() => VerdictEnum) @IsIn(verdicts) verdict!: (typeof verdicts)[number]
  @Field(() => String, { nullable: true, description: 'Needed where the verdict is override.' })
  @IsOptional()
  @Length(1, 500)
  reason?: string
}
@InputType()
class SkillRatingInput extends AssessmentInput {
  @Field(() => String, { description: 'CEFR, EQF, DigComp, ESCO, …' }) @Matches(codePattern) framework!: string
  @Field(() => String) @Matches(codePattern) frameworkVersion!: string
  @Field(() => String) @Matches(codePattern) skillCode!: string
  @Field(() => String) @Matches(codePattern) level!: string
}
@InputType({ description: 'How the learner rates themself.' })
export class RateOneselfInput extends SkillRatingInput {
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) remark?: string
}
@InputType({ description: 'A level with its evidence (R-2.1).' })
export class EstablishSkillLevelInput extends SkillRatingInput {
  @Field(() => [ID]) @ArrayNotEmpty() @ArrayMaxSize(200) @Matches(idPattern, { each: true }) evidenceRefs!: string[]
  @Field(() => ConfidenceEnum) @IsIn(confidences) confidence!: Exclude<Confidence, 'self'>
}
@InputType()
export class RecordStrengthInput extends AssessmentInput {
  @Field(() => ID) @Matches(idPattern) findingId!: string
  @Field(() => String) @Length(1, 500) description!: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsUrl({ require_protocol: true }) escoSkillUri?: string
}
@InputType({ description: 'A skill learnt outside school, on no certificate.' })
export class CaptureHiddenSkillInput extends AssessmentInput {
  @Field(() => ID) @Matches(idPattern) findingId!: string
  @Field(() => String) @IsUrl({ require_protocol: true }) escoSkillUri!: string
  @Field(() => String, { description: 'Where and how it was learnt.' }) @Length(1, 500) context!: string
}
@InputType({ description: 'What helps the learner to learn, in words of function. Never a diagnosis.' })
export class RecordNeedInput extends AssessmentInput {
  @Field(() => ID) @Matches(idPattern) findingId!: string
  @Field(() => String) @Matches(codePattern) needCode!: string
  @Field(() => String) @Length(1, 500) description!: string
}
@InputType({ description: 'ISCED 2011 levels.' })
export class StateExpectationInput extends AssessmentInput {
  @Field(() => String) @Matches(/^[0-8]$/) expectedHighestIsced!: string
  @Field(() => String) @Matches(/^[0-8]$/) wantsIsced!: string
}
@InputType()
export class CompleteAssessmentInput extends AssessmentInput {
  @Field(() => String) @IsDay() on!: string
}
@InputType()
class ClaimInput extends AssessmentInput {
  @Field(() => ID) @Matches(idPattern) claimId!: string
}
@InputType()
export class ClaimPriorLearningInput extends ClaimInput {
  @Field(() => String) @Length(1, 500) description!: string
}
@InputType()
export class RecognisePriorLearningInput extends ClaimInput {
  @Field(() => String, { description: 'Code of the unit or level it counts as.' }) @Matches(codePattern) recognisedAs!: string
}
@InputType()
export class RefusePriorLearningInput extends ClaimInput {
  @Field(() => String) @Length(1, 500) reason!: string
  @Field(() => String) @IsDay() appealUntil!: string
}
