import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { Type } from 'class-transformer'
import { ArrayMaxSize, IsArray, IsIn, IsOptional, Length, Matches, Min, ValidateNested } from 'class-validator'
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
  PurposeEnum,
} from '@passerelle/http'
import { type Category, categories, type Purpose, purposes } from '@passerelle/sharing'
import type { Party } from './consent.decider.js'
import {
  answer,
  extend,
  receive,
  type Retention,
  subjectRequest,
  type SubjectRequest,
  type SubjectRequestKind,
  type SubjectRequestOutcome,
  withdraw,
} from './subject-request.decider.js'
import { extensionReasons, subjectRequestKinds, subjectRequestOutcomes } from './subject-request.events.js'
import { SubjectRequestFacts } from './subject-request.facts.js'

const KindEnum = enumOf('SubjectRequestKind', subjectRequestKinds, 'What a person may ask for by right (GDPR 15 to 21).')
const OutcomeEnum = enumOf('SubjectRequestOutcome', subjectRequestOutcomes, 'What came of it.')
const ExtensionEnum = enumOf('ExtensionReason', extensionReasons, 'Why an answer may take longer (GDPR 12(3)).')

const statuteForm = 'Code of the law, without spaces, e.g. EU-GDPR-17-3-b.'

@InputType({ description: 'Ask for something by right. It is answered within a month.' })
export class MakeSubjectRequestInput {
  @Field(() => ID) @Matches(idPattern) requestId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => KindEnum) @IsIn(subjectRequestKinds) kind!: SubjectRequestKind
  @Field(() => [CategoryEnum], { nullable: true, description: 'What it is about; absent: everything.' })
  @IsOptional()
  @IsIn(categories, { each: true })
  categories?: Category[]
  @Field(() => ID, { nullable: true, description: 'Who is to answer; absent: the region’s authority.' })
  @IsOptional()
  @Matches(idPattern)
  agencyId?: string
  @Field(() => ID, { nullable: true, description: 'Of an objection: against whom; absent: everybody.' })
  @IsOptional()
  @Matches(idPattern)
  fromAgencyId?: string
  @Field(() => PurposeEnum, { nullable: true, description: 'Of an objection: against what; absent: everything.' })
  @IsOptional()
  @IsIn(purposes)
  purpose?: Purpose
  @Field(() => ID, { nullable: true, description: 'Of a rectification: the event that says what is wrong.' })
  @IsOptional()
  @Matches(idPattern)
  targetEventId?: string
  @Field(() => String, { nullable: true, description: 'In your words. No reason is needed.' })
  @IsOptional()
  @Length(1, 500)
  text?: string
}
@InputType({ description: 'Write down what a person asked for by another way than the hub.' })
export class RecordSubjectRequestInput extends MakeSubjectRequestInput {
  @Field(() => ID, { nullable: true, description: 'The guardian who asked; absent: the learner.' })
  @IsOptional()
  @Matches(idPattern)
  guardianId?: string
}
@InputType()
class SubjectRequestInput {
  @Field(() => ID) @Matches(idPattern) requestId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class ExtendSubjectRequestInput extends SubjectRequestInput {
  @Field(() => ExtensionEnum) @IsIn(extensionReasons) reason!: (typeof extensionReasons)[number]
}
@InputType()
export class WithdrawSubjectRequestInput extends SubjectRequestInput {}
@InputType({ description: 'Something that is kept, and under what law (GDPR 17(3)).' })
export class RetentionInput {
  @Field(() => String, { description: 'Code: skeleton, disclosures, payments …' }) @Matches(codePattern) what!: string
  @Field(() => CategoryEnum, { nullable: true, description: 'Where a whole category is kept.' })
  @IsOptional()
  @IsIn(categories)
  category?: Category
  @Field(() => String, { description: statuteForm }) @Matches(codePattern) statute!: string
  @Field(() => String, { nullable: true }) @IsOptional() @IsDay() until?: string
}
@InputType({ description: 'Answer a request. An erasure that is granted is done by the hub, for good.' })
export class AnswerSubjectRequestInput extends SubjectRequestInput {
  @Field(() => OutcomeEnum) @IsIn(subjectRequestOutcomes) outcome!: SubjectRequestOutcome
  @Field(() => [CategoryEnum], { nullable: true, description: 'Of an answer in part: what is granted.' })
  @IsOptional()
  @IsIn(categories, { each: true })
  categories?: Category[]
  @Field(() => [ID], { nullable: true, description: 'The corrections, or the restriction, that it led to.' })
  @IsOptional()
  @ArrayMaxSize(50)
  @Matches(idPattern, { each: true })
  ledTo?: string[]
  @Field(() => [RetentionInput], { nullable: true })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(50)
  @ValidateNested({ each: true })
  @Type(() => RetentionInput)
  retained?: RetentionInput[]
  @Field(() => String, { nullable: true, description: statuteForm }) @IsOptional() @Matches(codePattern) statute?: string
  @Field(() => String, { nullable: true, description: 'The answer in words that the person understands.' })
  @IsOptional()
  @Length(1, 500)
  words?: string
  @Field(() => String, { nullable: true, description: 'Where to complain (GDPR 12(4)).' })
  @IsOptional()
  @Length(1, 500)
  complaintTo?: string
}

const own = { roles: ['learner', 'guardian'], purposes: ['ownRecord'] } as const
const answering = {
  roles: ['dataProtectionOfficer', 'educationCoordinator', 'socialWorker', 'healthProfessional', 'employmentOfficer'],
  purposes: ['audit', 'caseCoordination'],
} as const
type Answer = Promise<CommandAnswerType>

@Resolver()
export class SubjectRequestResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(SubjectRequestFacts) private readonly facts: SubjectRequestFacts,
  ) {}

  @Mutation(() => CommandAnswerType, {
    description: 'Ask to see, correct, restrict, forget or take along what is held of you, or object to its use (GDPR 15 to 21).',
  })
  @Access(own)
  makeSubjectRequest(
    @Args('input', { type: () => MakeSubjectRequestInput }) input: MakeSubjectRequestInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.receive(input, partyOf(caller), caller)
  }

  @Mutation(() => CommandAnswerType, { description: 'Write down for a person what they ask for by right.' })
  @Access({ roles: ['dataProtectionOfficer'], purposes: ['audit'] })
  recordSubjectRequest(
    @Args('input', { type: () => RecordSubjectRequestInput }) { guardianId, ...input }: RecordSubjectRequestInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const party: Party = guardianId ? { by: 'guardian', guardianId } : { by: 'learner' }
    return this.receive(input, party, caller, caller.userId)
  }

  @Mutation(() => CommandAnswerType, { description: 'Tell the person that the answer takes two months more, and why.' })
  @Access(answering)
  extendSubjectRequest(
    @Args('input', { type: () => ExtendSubjectRequestInput }) { requestId, version, reason }: ExtendSubjectRequestInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.commands.run(caller, subjectRequest, requestId, state => extend(state, reason, this.today()), {
      version,
      category: 'C14',
      may: mayAnswer,
      ownSuffices: true,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Answer what a person asked for by right.' })
  @Access(answering)
  async answerSubjectRequest(
    @Args('input', { type: () => AnswerSubjectRequestInput }) { requestId, version, ...input }: AnswerSubjectRequestInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { received } = await this.commands.stateOf(subjectRequest, requestId)
    const retained = input.retained?.map((each): Retention => ({ ...each }))
    const command = { ...input, retained, answeredBy: caller.userId, today: this.today() }
    const known = received && (await this.facts.whatIsKnown(received.learnerId, input.ledTo ?? []))
    return this.commands.run(
      caller,
      subjectRequest,
      requestId,
      state => answer(state, command, known ?? { heldForSafety: false, found: [] }),
      {
        version,
        category: 'C14',
        may: mayAnswer,
        ownSuffices: true,
      },
    )
  }

  @Mutation(() => CommandAnswerType, { description: 'Take a request back.' })
  @Access(own)
  withdrawSubjectRequest(
    @Args('input', { type: () => WithdrawSubjectRequestInput }) { requestId, version }: WithdrawSubjectRequestInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const party = partyOf(caller)
    return this.commands.run(caller, subjectRequest, requestId, state => withdraw(state, party), {
      version,
      category: 'C14',
      // A guardian takes back what a guardian asked for; the learner anything.
      may: ({ received }) => party.by === 'learner' || received?.guardianId === party.guardianId,
    })
  }

  private async receive(
    { categories: named = [], agencyId: asked, ...input }: MakeSubjectRequestInput,
    party: Party,
    caller: Caller,
    recordedBy?: string,
  ): Answer {
    const agencyId = await this.facts.answererOf(input.learnerId, input.kind, asked ?? input.fromAgencyId)
    const command = { ...input, ...party, ...(recordedBy && { recordedBy }), agencyId, categories: named, today: this.today() }
    return this.commands.run(caller, subjectRequest, input.requestId, state => receive(state, command), {
      learnerId: input.learnerId,
      category: 'C14',
      ownSuffices: true,
      says: { ...input, categories: named },
      agencyIds: [asked, input.fromAgencyId].filter(named => named !== undefined),
    })
  }
  private today(): string {
    return dayOf(this.commands.now())
  }
}

/** Whoever it was sent to; and the region’s officer for what only the whole hub can do, or where the day has gone by. */
const mayAnswer = ({ received, overdue }: SubjectRequest, { agencyId, role, sector }: Caller): boolean => {
  const isOfficer = role === 'dataProtectionOfficer'
  if (received?.kind === 'erasure') return isOfficer && sector === 'authority'
  return received?.agencyId === agencyId || (overdue && isOfficer && sector === 'authority')
}
const partyOf = (caller: Caller): Party =>
  caller.role === 'guardian' ? { by: 'guardian', guardianId: caller.userId } : { by: 'learner' }
