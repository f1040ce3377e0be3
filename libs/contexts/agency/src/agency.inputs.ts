import { Field, ID, InputType, Int } from '@nestjs/graphql'
import { ArrayMinSize, ArrayNotEmpty, IsArray, IsIn, IsOptional, IsUrl, Length, Matches, Min } from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { CategoryEnum, enumOf, IsDay, PurposeEnum, RoleEnum, SectorEnum } from '@passerelle/http'
import { type Category, categories, type Purpose, purposes, type Role, roles, type Sector, sectors } from '@passerelle/sharing'
import { agreementKinds } from './sharing-agreement.events.js'
import { trainings } from './staff.events.js'

const AgreementKindEnum = enumOf(
  'AgreementKind',
  agreementKinds,
  'Joint controllers settle who answers for what (GDPR 26); a processor acts for a controller (GDPR 28).',
)
const TrainingEnum = enumOf('StaffTraining', trainings, 'What staff are trained in.')

@InputType({ description: 'A body that works with learners joins the hub.' })
export class RegisterAgencyInput {
  @Field(() => ID) @Matches(idPattern) agencyId!: string
  @Field(() => String) @Length(1, 500) name!: string
  @Field(() => SectorEnum) @IsIn(sectors) sector!: Sector
  @Field(() => String, { description: 'NUTS code.' }) @Matches(codePattern) region!: string
  @Field(() => ID, { nullable: true }) @IsOptional() @Matches(idPattern) parentAgencyId?: string
}

@InputType()
class AgencyInput {
  @Field(() => ID) @Matches(idPattern) agencyId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class RenameAgencyInput extends AgencyInput {
  @Field(() => String) @Length(1, 500) name!: string
}
@InputType()
export class CloseAgencyInput extends AgencyInput {
  @Field(() => String, { description: 'Code.' }) @Matches(codePattern) reason!: string
}

@InputType({
  description: 'What a feed may write of people (R-V.6), in place of the list before or of what is usual in the sector.',
})
export class SetFeedCategoriesInput extends AgencyInput {
  @Field(() => String, { description: 'Which of the agency’s systems: the feed’s name, by default its format. Code.' })
  @Matches(codePattern)
  system!: string
  @Field(() => [CategoryEnum], { description: 'None: the feed writes nothing about people.' })
  @IsArray()
  @IsIn(categories, { each: true })
  categories!: Category[]
}

@InputType({ description: 'The account that a person signs in with.' })
export class AccountInput {
  @Field(() => String, { description: 'Issuer of the identity provider.' })
  @IsUrl({ require_tld: false, require_protocol: true })
  issuer!: string
  @Field(() => String, { description: 'The person’s `sub` there.' }) @Length(1, 255) subject!: string
}
@InputType({ description: 'A person who works for an agency.' })
export class RegisterStaffInput extends AccountInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
  @Field(() => String) @Length(1, 500) name!: string
}
@InputType()
class StaffInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class RenameStaffInput extends StaffInput {
  @Field(() => String) @Length(1, 500) name!: string
}
@InputType({ description: 'The account before opens nothing any more.' })
export class ChangeStaffAccountInput extends AccountInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class AssignStaffRoleInput extends StaffInput {
  @Field(() => ID) @Matches(idPattern) agencyId!: string
  @Field(() => RoleEnum) @IsIn(roles) role!: Role
  @Field(() => String) @IsDay() from!: string
  @Field(() => String, { nullable: true, description: 'First day on which it is no longer held.' })
  @IsOptional()
  @IsDay()
  until?: string
}
@InputType({ description: 'Access ends at once (R-8.5). Without a role: every role in the agency.' })
export class EndStaffRoleInput extends StaffInput {
  @Field(() => ID) @Matches(idPattern) agencyId!: string
  @Field(() => RoleEnum, { nullable: true }) @IsOptional() @IsIn(roles) role?: Role
  @Field(() => String, { description: 'Code.' }) @Matches(codePattern) reason!: string
}
@InputType()
export class RecordStaffTrainingInput extends StaffInput {
  @Field(() => TrainingEnum) @IsIn(trainings) training!: (typeof trainings)[number]
  @Field(() => String, { description: 'First day on which it holds no more.' }) @IsDay() validUntil!: string
}

@InputType({ description: 'What some agencies agree to share, why, and under which law (GDPR 26, 28).' })
export class DraftSharingAgreementInput {
  @Field(() => ID) @Matches(idPattern) agreementId!: string
  @Field(() => AgreementKindEnum) @IsIn(agreementKinds) kind!: (typeof agreementKinds)[number]
  @Field(() => [ID]) @ArrayMinSize(2) @Matches(idPattern, { each: true }) agencyIds!: string[]
  @Field(() => [ID], { nullable: true, description: 'Of a processor’s agreement: the parties that act for the others.' })
  @IsOptional()
  @Matches(idPattern, { each: true })
  processorAgencyIds?: string[]
  @Field(() => [PurposeEnum]) @ArrayNotEmpty() @IsIn(purposes, { each: true }) purposes!: Purpose[]
  @Field(() => [CategoryEnum]) @ArrayNotEmpty() @IsIn(categories, { each: true }) categories!: Category[]
  @Field(() => String) @Matches(codePattern) statute!: string
  @Field(() => String) @IsDay() validFrom!: string
  @Field(() => String, { description: 'First day on which it holds no more.' }) @IsDay() validUntil!: string
}
@InputType()
export class SignSharingAgreementInput {
  @Field(() => ID) @Matches(idPattern) agreementId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class EndSharingAgreementInput extends SignSharingAgreementInput {
  @Field(() => String, { description: 'Code.' }) @Matches(codePattern) reason!: string
}
