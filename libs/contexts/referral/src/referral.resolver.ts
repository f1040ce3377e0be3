import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayMaxSize, IsIn, IsOptional, Length, Matches, Min } from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CategoryEnum, CommandAnswerType, Commands, CurrentCaller, enumOf, IsDay } from '@passerelle/http'
import { type Category, categories, type Circumstance, educationOrEmployment } from '@passerelle/sharing'
import { type Loop, type Referral, referral, type ServiceTerms } from './referral.decider.js'
import type { ReferralEvent } from './referral.events.js'
import { ReferralFacts } from './referral.facts.js'
import { referralReasons } from './referral.payload.js'
import { cancel, close, draft, enterInError, learnerDeclines, reRoute } from './requester.decider.js'
import { accept, decline, fail, makeFirstContact, putOnHold, reportOutcome, resume, start } from './target.decider.js'

const urgencies = ['routine', 'urgent', 'asap', 'stat'] as const
const UrgencyEnum = enumOf('ReferralUrgency', urgencies, 'FHIR request priority.')
const ReasonEnum = enumOf(
  'ReferralReason',
  referralReasons,
  'What it is for: its template says which categories go along (R-8.3).',
)
const loops = ['closed', 'lost', 'withdrawn'] as const
const LoopEnum = enumOf('ReferralLoop', loops, 'closed: the outcome came back; lost: nobody knows; withdrawn: it was not wanted.')

@InputType({ description: 'Refer a learner to a service of another agency. It is sent once a basis is found.' })
export class DraftReferralInput {
  @Field(() => ID) @Matches(idPattern) referralId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => ID) @Matches(idPattern) serviceId!: string
  @Field(() => ReasonEnum) @IsIn(referralReasons) reasonCode!: string
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) message?: string
  @Field(() => UrgencyEnum) @IsIn(urgencies) urgency!: (typeof urgencies)[number]
  @Field(() => [CategoryEnum], { description: 'What else is to go along, each picked by hand.' })
  @ArrayMaxSize(18)
  @IsIn(categories, { each: true })
  picked!: Category[]
}
@InputType()
export class ReferralInput {
  @Field(() => ID) @Matches(idPattern) referralId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class ReferralReasonInput extends ReferralInput {
  @Field(() => String) @Matches(codePattern) reasonCode!: string
}
@InputType()
export class ReferralDayInput extends ReferralInput {
  @Field(() => String, { description: 'The day on which it happened.' }) @IsDay() on!: string
}
@InputType()
export class DeclineReferralInput extends ReferralReasonInput {
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) reason?: string
}
@InputType()
export class ReportReferralOutcomeInput extends ReferralDayInput {
  @Field(() => String) @Matches(codePattern) resultCode!: string
  @Field(() => [String]) @ArrayMaxSize(20) @Length(1, 500, { each: true }) outputs!: string[]
}
@InputType()
export class CloseReferralInput extends ReferralInput {
  @Field(() => LoopEnum) @IsIn(loops) loop!: Loop
}
@InputType()
export class ReRouteReferralInput extends ReferralInput {
  @Field(() => ID) @Matches(idPattern) serviceId!: string
}
@InputType()
export class LearnerDeclinesReferralInput extends ReferralInput {
  @Field(() => String, { nullable: true }) @IsOptional() @Length(1, 500) reason?: string
}

/** Those whom the matrix lets see the referrals of their own agency: they follow what was drafted. */
const staff = {
  roles: [
    'educationCoordinator',
    'careerAdviser',
    'socialWorker',
    'safeguardingLead',
    'healthProfessional',
    'schoolPsychologist',
    'employmentOfficer',
  ],
} as const
/** Who meets the learner every day may say that help is needed, and is told nothing of what comes of it (C12 is closed to them). */
const drafters = { roles: ['teacher', 'mentor', 'schoolLeader', ...staff.roles] } as const
const anyParty = { roles: ['learner', 'guardian', ...staff.roles] } as const

const byRequester = (state: Referral, { agencyId }: Caller) => state.requesterAgencyId === agencyId
/** Before it was sent and after it was declined or taken back, the target knows of nothing. */
const byTarget = (state: Referral, { agencyId }: Caller) => state.targetAgencyId === agencyId
const byThemself = ({ learnerId }: Referral, { ownLearnerIds }: Caller) => ownLearnerIds.includes(learnerId ?? '')
const byEither = (state: Referral, caller: Caller) => byRequester(state, caller) || byTarget(state, caller)

const holds = ({ recipient }: Referral): readonly Circumstance[] =>
  recipient && educationOrEmployment.includes(recipient.sector) ? ['toEducationOrEmployment'] : []

@Resolver()
export class ReferralResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(ReferralFacts) private readonly facts: ReferralFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Draft a referral. It leaves by itself once a basis is found.' })
  @Access(drafters)
  async draftReferral(
    @Args('input', { type: () => DraftReferralInput }) input: DraftReferralInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { learnerId, referralId, serviceId } = input
    const facts = await this.facts.serviceFor(serviceId, learnerId)
    const command = { ...input, requesterAgencyId: caller.agencyId, requestedBy: caller.userId }
    const decide = (state: Referral) => draft(state, command, facts)
    const answer = await this.commands.run(caller, referral, referralId, decide, { learnerId, category: 'C1', says: input })
    // Asked twice, it answers as it did the first time: a version that went on would tell how far the referral has come.
    return { ...answer, version: 0 }
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Send it to another service, after a no or without an answer. Needs a basis of its own.',
  })
  @Access(staff)
  async reRouteReferral(
    @Args('input', { type: () => ReRouteReferralInput }) { referralId, version, serviceId }: ReRouteReferralInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const facts = await this.facts.serviceFor(serviceId, await this.commands.learnerOf(referral, referralId))
    const command = { serviceId, agencyId: caller.agencyId }
    return this.run(caller, { referralId, version }, byRequester, state => reRoute(state, command, facts))
  }

  @Mutation(() => CommandAnswerType, { description: 'Take it back before there is an outcome.' })
  @Access(staff)
  cancelReferral(
    @Args('input', { type: () => ReferralReasonInput }) input: ReferralReasonInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { reasonCode: input.reasonCode, agencyId: caller.agencyId }
    return this.run(caller, input, byRequester, state => cancel(state, command))
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Close the loop: only who asked does, and as closed only with an outcome (R-8.1).',
  })
  @Access(staff)
  closeReferral(
    @Args('input', { type: () => CloseReferralInput }) input: CloseReferralInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { loop: input.loop, by: caller.userId, agencyId: caller.agencyId }
    return this.run(caller, input, byRequester, state => close(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'It should never have been: wrong person, wrong service.' })
  @Access(staff)
  enterReferralInError(
    @Args('input', { type: () => ReferralReasonInput }) input: ReferralReasonInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { reasonCode: input.reasonCode, agencyId: caller.agencyId }
    return this.run(caller, input, byRequester, state => enterInError(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'The learner does not want it; no reason is needed.' })
  @Access(anyParty)
  declineReferralAsLearner(
    @Args('input', { type: () => LearnerDeclinesReferralInput }) { referralId, version, reason }: LearnerDeclinesReferralInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const by = caller.role === 'learner' || caller.role === 'guardian' ? caller.role : 'staff'
    const may = caller.sector === 'learner' ? byThemself : byEither
    return this.run(caller, { referralId, version }, may, state => learnerDeclines(state, { by, reason }))
  }

  @Mutation(() => CommandAnswerType, { description: 'Take a referral on.' })
  @Access(staff)
  async acceptReferral(
    @Args('input', { type: () => ReferralInput }) input: ReferralInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const terms = await this.termsOf(input)
    const command = { by: caller.userId, today: this.today() }
    return this.run(caller, input, byTarget, state => accept(state, command, terms))
  }

  @Mutation(() => CommandAnswerType, { description: 'Say no. Your agency keeps nothing of it.' })
  @Access(staff)
  declineReferral(
    @Args('input', { type: () => DeclineReferralInput }) { reasonCode, reason, ...which }: DeclineReferralInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, which, byTarget, state => decline(state, { reasonCode, reason }))
  }

  @Mutation(() => CommandAnswerType, { description: 'The learner was spoken to.' })
  @Access(staff)
  recordFirstContact(
    @Args('input', { type: () => ReferralDayInput }) input: ReferralDayInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { on: input.on, today: this.today() }
    return this.run(caller, input, byTarget, state => makeFirstContact(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'The service began.' })
  @Access(staff)
  async startReferredService(
    @Args('input', { type: () => ReferralDayInput }) input: ReferralDayInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const terms = await this.termsOf(input)
    const command = { on: input.on, today: this.today() }
    return this.run(caller, input, byTarget, state => start(state, command, terms))
  }

  @Mutation(() => CommandAnswerType, { description: 'Let it rest; no clock runs meanwhile.' })
  @Access(staff)
  putReferralOnHold(
    @Args('input', { type: () => ReferralReasonInput }) input: ReferralReasonInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { reasonCode: input.reasonCode, today: this.today() }
    return this.run(caller, input, byEither, state => putOnHold(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'Go on; the days that were left are left again.' })
  @Access(staff)
  async resumeReferral(
    @Args('input', { type: () => ReferralInput }) input: ReferralInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const terms = await this.termsOf(input)
    return this.run(caller, input, byEither, state => resume(state, this.today(), terms))
  }

  @Mutation(() => CommandAnswerType, { description: 'Tell the requester what came of it. It does not close the loop (R-8.1).' })
  @Access(staff)
  reportReferralOutcome(
    @Args('input', { type: () => ReportReferralOutcomeInput }) { resultCode, outputs, on, ...which }: ReportReferralOutcomeInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { resultCode, outputs, on, today: this.today() }
    return this.run(caller, which, byTarget, state => reportOutcome(state, command))
  }

  @Mutation(() => CommandAnswerType, { description: 'It cannot be done after all.' })
  @Access(staff)
  failReferral(
    @Args('input', { type: () => ReferralReasonInput }) input: ReferralReasonInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.run(caller, input, byTarget, state => fail(state, input.reasonCode))
  }

  private run(
    caller: Caller,
    { referralId, version }: ReferralInput,
    may: (state: Referral, caller: Caller) => boolean,
    decide: (state: Referral) => readonly ReferralEvent[],
  ): Promise<CommandAnswerType> {
    // What is kept from somebody, or about whom they may not know, is not theirs to move either, whoever their agency is to it.
    return this.commands.run(caller, referral, referralId, decide, { version, category: 'C12', may, holds })
  }
  /** Of a referral that is not there, none: the command says so. */
  private async termsOf({ referralId }: ReferralInput): Promise<ServiceTerms> {
    const { recipient } = await this.commands.stateOf(referral, referralId)
    return recipient ? this.facts.termsOf(recipient.serviceId) : { calendar: { closed: [] } }
  }
  private today(): string {
    return this.commands.now().toISOString().slice(0, 10)
  }
}
