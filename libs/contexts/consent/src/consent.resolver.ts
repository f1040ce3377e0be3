import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayNotEmpty, IsBoolean, IsIn, IsOptional, Length, Matches, Min } from 'class-validator'
import {
  Access,
  type Caller,
  CategoryEnum,
  CommandAnswerType,
  Commands,
  CurrentCaller,
  enumOf,
  IsDay,
  PurposeEnum,
  RoleEnum,
} from '@passerelle/http'
import { dayOf, idPattern } from '@passerelle/event-log'
import { type Category, categories, type Purpose, purposes, type Role, roles } from '@passerelle/sharing'
import { answersForAgency } from './consent.access.js'
import {
  cancelRequest,
  type Capacity,
  type Consent,
  consent,
  give,
  issueReceipt,
  type Party,
  refuse,
  renew,
  request,
  withdraw,
} from './consent.decider.js'
import { ConsentFacts } from './consent.facts.js'

const methods = ['inPerson', 'online', 'paper'] as const
const MethodEnum = enumOf('ConsentMethod', methods, 'How the person said yes.')

@InputType({ description: 'Ask one learner whether one recipient may have these categories for one purpose (R-C.1).' })
export class RequestConsentInput {
  @Field(() => ID) @Matches(idPattern) consentId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => ID, { nullable: true, description: 'The guardian who is asked, where the learner is too young to be.' })
  @IsOptional()
  @Matches(idPattern)
  guardianId?: string
  @Field(() => ID) @Matches(idPattern) recipientAgencyId!: string
  @Field(() => RoleEnum, {
    nullable: true,
    description: 'Who of the recipient may have it; absent: whoever’s task it is there.',
  })
  @IsOptional()
  @IsIn(roles)
  recipientRole?: Role
  @Field(() => PurposeEnum) @IsIn(purposes) purpose!: Purpose
  @Field(() => [CategoryEnum]) @ArrayNotEmpty() @IsIn(categories, { each: true }) categories!: Category[]
  @Field(() => String, { description: 'Version of the notice that is shown.' }) @Length(1, 100) noticeVersion!: string
  @Field(() => String, { description: 'BCP-47 tag of the notice.' }) @Length(2, 35) language!: string
  @Field(() => Boolean, { description: 'Whether the easy-read variant is shown.' }) @IsBoolean() easyRead!: boolean
  @Field(() => String, { description: 'First day on which it would hold no more, at most twelve months away.' })
  @IsDay()
  validUntil!: string
}

@InputType()
export class CancelConsentRequestInput {
  @Field(() => ID) @Matches(idPattern) consentId!: string
  @Field(() => Int) @Min(0) version!: number
}

@InputType({ description: 'Say yes, to each category by itself.' })
export class GiveConsentInput {
  @Field(() => ID) @Matches(idPattern) consentId!: string
  @Field(() => Int) @Min(0) version!: number
  @Field(() => [CategoryEnum]) @ArrayNotEmpty() @IsIn(categories, { each: true }) categories!: Category[]
  @Field(() => MethodEnum) @IsIn(methods) method!: (typeof methods)[number]
  @Field(() => String, { nullable: true, description: 'Only rows about this day and later ones; absent: of all days.' })
  @IsOptional()
  @IsDay()
  dataFrom?: string
  @Field(() => String, { nullable: true, description: 'Only rows about this day and earlier ones, wholly.' })
  @IsOptional()
  @IsDay()
  dataUntil?: string
  @Field(() => String, {
    nullable: true,
    description: 'First day on which it holds no more: not later than was asked for, which it is where this is absent.',
  })
  @IsOptional()
  @IsDay()
  validUntil?: string
}

@InputType({ description: 'Say yes anew, to each category by itself, before the consent ends.' })
export class RenewConsentInput {
  @Field(() => ID) @Matches(idPattern) consentId!: string
  @Field(() => Int) @Min(0) version!: number
  @Field(() => [CategoryEnum]) @ArrayNotEmpty() @IsIn(categories, { each: true }) categories!: Category[]
  @Field(() => MethodEnum) @IsIn(methods) method!: (typeof methods)[number]
  @Field(() => String, { description: 'First day on which it holds no more, at most twelve months away.' })
  @IsDay()
  validUntil!: string
}

@InputType()
export class RefuseConsentInput {
  @Field(() => ID) @Matches(idPattern) consentId!: string
  @Field(() => Int) @Min(0) version!: number
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) reason?: string
}

@InputType({ description: 'In whole, or only the categories named. No reason is needed (R-C.2).' })
export class WithdrawConsentInput {
  @Field(() => ID) @Matches(idPattern) consentId!: string
  @Field(() => Int) @Min(0) version!: number
  @Field(() => [CategoryEnum], { nullable: true })
  @IsOptional()
  @ArrayNotEmpty()
  @IsIn(categories, { each: true })
  categories?: Category[]
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) reason?: string
}

@InputType()
export class IssueReceiptInput {
  @Field(() => ID) @Matches(idPattern) consentId!: string
  @Field(() => Int) @Min(0) version!: number
  @Field(() => ID) @Matches(idPattern) receiptId!: string
}

const own = { roles: ['learner', 'guardian'], purposes: ['ownRecord'] } as const

@Resolver()
export class ConsentResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(ConsentFacts) private readonly facts: ConsentFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Ask a learner for consent.' })
  @Access({
    roles: [
      'teacher',
      'mentor',
      'educationCoordinator',
      'careerAdviser',
      'schoolLeader',
      'socialWorker',
      'healthProfessional',
      'schoolPsychologist',
      'employmentOfficer',
    ],
    purposes: ['educationSupport', 'socialSupport', 'healthCare', 'employmentSupport', 'caseCoordination'],
  })
  async requestConsent(
    @Args('input', { type: () => RequestConsentInput }) input: RequestConsentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const facts = await this.facts.askedOf(caller, input)
    const command = { ...input, requestedByAgencyId: caller.agencyId, now: this.commands.now() }
    const answer = await this.commands.run(caller, consent, input.consentId, state => request(state, command, facts), {
      learnerId: input.learnerId,
      category: 'C1',
      says: input,
    })
    // Asked twice, the answer is that of the first time: a later version would tell whoever sees no consents that somebody answered.
    return { ...answer, version: 0 }
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Take back a question of your agency that nobody has answered: the person is asked no more.',
  })
  @Access(answersForAgency)
  cancelConsentRequest(
    @Args('input', { type: () => CancelConsentRequestInput }) { consentId, version }: CancelConsentRequestInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, consent, consentId, state => cancelRequest(state, caller.agencyId), {
      version,
      // Whether it was answered, and how, a refusal tells to those alone who may read it.
      category: 'C14',
      may: ({ requestedByAgencyId }) => requestedByAgencyId === caller.agencyId,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Say yes.' })
  @Access(own)
  async giveConsent(
    @Args('input', { type: () => GiveConsentInput }) input: GiveConsentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { consentId, version, ...answer } = input
    const party = partyOf(caller)
    const capacity = await this.capacityOf(consentId, party, answer.categories)
    const command = { ...answer, ...party, now: this.commands.now() }
    return this.commands.run(caller, consent, consentId, state => give(state, command, capacity), {
      version,
      category: 'C14',
      may: mayAct,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Say yes anew, before it ends. Who does nothing lets it end.' })
  @Access(own)
  async renewConsent(
    @Args('input', { type: () => RenewConsentInput }) input: RenewConsentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { consentId, version, ...answer } = input
    const party = partyOf(caller)
    const capacity = await this.capacityOf(consentId, party, answer.categories)
    const command = { ...answer, ...party, now: this.commands.now() }
    return this.commands.run(caller, consent, consentId, state => renew(state, command, capacity), {
      version,
      category: 'C14',
      may: mayAct,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Say no. It changes no entitlement to any service.' })
  @Access(own)
  async refuseConsent(
    @Args('input', { type: () => RefuseConsentInput }) input: RefuseConsentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { consentId, version, reason } = input
    const party = partyOf(caller)
    const capacity = await this.capacityOf(consentId, party)
    const command = { ...party, reason, today: dayOf(this.commands.now()) }
    return this.commands.run(caller, consent, consentId, state => refuse(state, command, capacity), {
      version,
      category: 'C14',
      may: mayAct,
    })
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Take a yes back, in whole or in part. It holds from the next read on, everywhere.',
  })
  @Access(own)
  async withdrawConsent(
    @Args('input', { type: () => WithdrawConsentInput }) input: WithdrawConsentInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { consentId, version, categories: only, reason } = input
    const command = { ...partyOf(caller), reason, categories: only }
    return this.commands.run(caller, consent, consentId, state => withdraw(state, command), {
      version,
      category: 'C14',
      may: mayAct,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record that the person was handed a receipt (ISO/IEC TS 27560).' })
  @Access(own)
  issueConsentReceipt(
    @Args('input', { type: () => IssueReceiptInput }) input: IssueReceiptInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { consentId, version, receiptId } = input
    const now = this.commands.now()
    return this.commands.run(caller, consent, consentId, state => issueReceipt(state, receiptId, now), {
      version,
      category: 'C14',
      may: mayAct,
    })
  }

  /** Whether the party may decide these categories, and could read what it was asked; by default of all that was asked. */
  private async capacityOf(consentId: string, party: Party, only?: readonly Category[]): Promise<Capacity> {
    const { learnerId, asked, question } = await this.commands.stateOf(consent, consentId)
    if (learnerId === undefined) return { mayDecide: false }
    const capacity = await this.facts.capacityOf(learnerId, party, only ?? asked)
    // What a guardian reads nobody has written down.
    const canRead = party.by === 'learner' ? await this.facts.canRead(learnerId, question!.noticeVersion) : undefined
    return { ...capacity, ...(canRead !== undefined && { canRead }) }
  }
}

/** A guardian does not learn what another one was asked or said. */
const mayAct = ({ guardianId }: Consent, { role, userId }: Caller): boolean =>
  role !== 'guardian' || guardianId === undefined || guardianId === userId

const partyOf = (caller: Caller): Party =>
  caller.role === 'guardian' ? { by: 'guardian', guardianId: caller.userId } : { by: 'learner' }
