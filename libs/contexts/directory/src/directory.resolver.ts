import { Inject } from '@nestjs/common'
import { Args, Field, Float, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { Type } from 'class-transformer'
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsUrl,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller, enumOf } from '@passerelle/http'
import { change, changeStatus, list, service, type ServiceStatus } from './service.decider.js'
import { changeOrganization, listOrganization, organization } from './organization.decider.js'

const statuses = ['active', 'inactive', 'defunct', 'temporarilyClosed'] as const
const StatusEnum = enumOf('ServiceStatus', statuses, 'HSDS 3.0 service.status')

@InputType()
class ServiceLocationInput {
  @Field(() => ID) @Matches(idPattern) locationId!: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) name?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) address?: string
  @Field(() => Float, { nullable: true }) @IsOptional() @IsNumber() @Min(-90) @Max(90) latitude?: number
  @Field(() => Float, { nullable: true }) @IsOptional() @IsNumber() @Min(-180) @Max(180) longitude?: number
}
@InputType()
export class ListServiceInput {
  @Field(() => ID) @Matches(idPattern) serviceId!: string
  @Field(() => ID) @Matches(idPattern) organizationId!: string
  @Field(() => ID, { nullable: true }) @IsOptional() @Matches(idPattern) agencyId?: string
  @Field(() => String) @Length(1, 500) name!: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 10_000) description?: string
  @Field(() => StatusEnum) @IsIn(statuses) status!: ServiceStatus
  @Field(() => [String]) @IsArray() @ArrayMaxSize(200) @Matches(codePattern, { each: true }) types!: string[]
  @Field(() => Int, { nullable: true }) @IsOptional() @IsInt() @Min(0) @Max(150) minimumAge?: number
  @Field(() => Int, { nullable: true }) @IsOptional() @IsInt() @Min(0) @Max(150) maximumAge?: number
  @Field(() => [String]) @IsArray() @ArrayMaxSize(200) @Matches(codePattern, { each: true }) areas!: string[]
  @Field(() => [ServiceLocationInput])
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => ServiceLocationInput)
  locations!: ServiceLocationInput[]
  @Field(() => String, { nullable: true }) @IsOptional() @IsUrl({ require_protocol: true }) url?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) phone?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) schedule?: string
  @Field(() => Int, { nullable: true }) @IsOptional() @IsInt() @Min(1) @Max(250) acceptWithinDays?: number
  @Field(() => Int, { nullable: true }) @IsOptional() @IsInt() @Min(1) @Max(250) firstContactWithinDays?: number
  @Field(() => Int, { nullable: true }) @IsOptional() @IsInt() @Min(1) @Max(250) outcomeWithinDays?: number
}
@InputType({ description: 'The whole listing: what it leaves out is no longer said.' })
export class ChangeServiceInput extends ListServiceInput {
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class ChangeServiceStatusInput {
  @Field(() => ID) @Matches(idPattern) serviceId!: string
  @Field(() => Int) @Min(0) version!: number
  @Field(() => StatusEnum) @IsIn(statuses) status!: ServiceStatus
}
@InputType()
export class ListOrganizationInput {
  @Field(() => ID) @Matches(idPattern) organizationId!: string
  @Field(() => String) @Length(1, 500) name!: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 10_000) description?: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsUrl({ require_protocol: true }) website?: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(3, 500) email?: string
}
@InputType()
export class ChangeOrganizationInput extends ListOrganizationInput {
  @Field(() => Int) @Min(0) version!: number
}

/** The region keeps its directory; an agency changes the state of its own services. */
const region = { roles: ['regionAdmin'], purposes: ['administration'] } as const
const anyone = () => true
const runBy = ({ agencyId }: { readonly agencyId?: string }) => (agencyId === undefined ? {} : { agencyIds: [agencyId] })

@Resolver()
export class DirectoryResolver {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Mutation(() => CommandAnswerType, { description: 'List a service in the directory.' })
  @Access(region)
  listService(
    @Args('input', { type: () => ListServiceInput }) input: ListServiceInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, service, input.serviceId, state => list(state, input), { may: anyone, ...runBy(input) })
  }

  @Mutation(() => CommandAnswerType, { description: 'Change a service’s listing.' })
  @Access(region)
  changeService(
    @Args('input', { type: () => ChangeServiceInput }) { serviceId, version, ...listing }: ChangeServiceInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, service, serviceId, state => change(state, listing), {
      version,
      may: anyone,
      ...runBy(listing),
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Open or close a service for referrals.' })
  @Access({
    roles: ['regionAdmin', 'schoolLeader', 'educationCoordinator', 'socialWorker', 'healthProfessional', 'employmentOfficer'],
  })
  changeServiceStatus(
    @Args('input', { type: () => ChangeServiceStatusInput }) { serviceId, version, status }: ChangeServiceStatusInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, service, serviceId, state => changeStatus(state, status), {
      version,
      may: (state, { role, agencyId }) => role === 'regionAdmin' || state.listing?.agencyId === agencyId,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'List an organisation in the directory.' })
  @Access(region)
  listOrganization(
    @Args('input', { type: () => ListOrganizationInput }) input: ListOrganizationInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, organization, input.organizationId, state => listOrganization(state, input), { may: anyone })
  }

  @Mutation(() => CommandAnswerType, { description: 'Change what is said of an organisation.' })
  @Access(region)
  changeOrganization(
    @Args('input', { type: () => ChangeOrganizationInput }) { organizationId, version, ...listing }: ChangeOrganizationInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, organization, organizationId, state => changeOrganization(state, listing), {
      version,
      may: anyone,
    })
  }
}
