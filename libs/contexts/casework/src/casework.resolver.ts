import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayMaxSize, IsIn, Length, Matches, Min } from 'class-validator'
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
  RoleEnum,
} from '@passerelle/http'
import { type Category, categories, practitioners, type Purpose, purposes, type Role, roles } from '@passerelle/sharing'
import {
  addMember,
  addNote,
  type CaseFile,
  caseFile,
  changeLead,
  close,
  correctNote,
  extendMembership,
  isInTeam,
  isLead,
  open,
  removeMember,
  transfer,
} from './case-file.decider.js'
import { CaseworkFacts } from './casework.facts.js'

const visibilities = ['own', 'team'] as const
const VisibilityEnum = enumOf(
  'NoteVisibility',
  visibilities,
  'own: for the author’s agency; team: for the team, as far as each role may see notes.',
)

@InputType({ description: 'Open a case; who opens it leads it.' })
export class OpenCaseInput {
  @Field(() => ID) @Matches(idPattern) caseId!: string
  @Field(() => ID) @Matches(idPattern) learnerId!: string
  @Field(() => String, { description: 'First day on which the lead is in the team no more.' })
  @IsDay()
  until!: string
}
@InputType()
class CaseInput {
  @Field(() => ID) @Matches(idPattern) caseId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType({ description: 'Bring a colleague in, for a purpose and a time.' })
export class AddTeamMemberInput extends CaseInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
  @Field(() => ID) @Matches(idPattern) agencyId!: string
  @Field(() => RoleEnum) @IsIn(roles) role!: Role
  @Field(() => PurposeEnum) @IsIn(purposes) purpose!: Purpose
  @Field(() => String) @IsDay() until!: string
}
@InputType()
export class ExtendTeamMembershipInput extends CaseInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
  @Field(() => String) @IsDay() until!: string
}
@InputType()
export class RemoveTeamMemberInput extends CaseInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class ChangeLeadInput extends CaseInput {
  @Field(() => ID) @Matches(idPattern) userId!: string
}
@InputType()
export class TransferCaseInput extends CaseInput {
  @Field(() => ID) @Matches(idPattern) toAgencyId!: string
  @Field(() => ID) @Matches(idPattern) toUserId!: string
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class CloseCaseInput extends CaseInput {
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType()
export class AddNoteInput extends CaseInput {
  @Field(() => ID) @Matches(idPattern) noteId!: string
  @Field(() => VisibilityEnum) @IsIn(visibilities) visibility!: (typeof visibilities)[number]
  @Field(() => [CategoryEnum], { description: 'What it is about.' })
  @ArrayMaxSize(18)
  @IsIn(categories, { each: true })
  categories!: Category[]
  @Field(() => String) @Length(1, 10_000) text!: string
}
@InputType()
export class CorrectNoteInput extends CaseInput {
  @Field(() => ID) @Matches(idPattern) noteId!: string
  @Field(() => ID, { description: 'The event it corrects (R-0.2).' }) @Matches(idPattern) correctsEventId!: string
  @Field(() => String) @Matches(codePattern) reason!: string
  @Field(() => String) @Length(1, 10_000) text!: string
}

/** Those who may be in a team: never an employer. */
const team = { roles: practitioners }

@Resolver()
export class CaseworkResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(CaseworkFacts) private readonly facts: CaseworkFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Open a case.' })
  @Access(team)
  async openCase(
    @Args('input', { type: () => OpenCaseInput }) { caseId, learnerId, until }: OpenCaseInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { userId, agencyId, role, purpose } = caller
    const opening = { ...(await this.facts.postOf(caller)), worksWith: await this.facts.worksWith(learnerId, caller) }
    const command = { caseId, learnerId, lead: { userId, agencyId, role, purpose }, until, today: this.today() }
    return this.commands.run(caller, caseFile, caseId, state => open(state, command, opening), {
      learnerId,
      category: 'C1',
      says: { until, leadRole: role, purpose },
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Bring a colleague into the team.' })
  @Access(team)
  async addTeamMember(
    @Args('input', { type: () => AddTeamMemberInput }) { caseId, version, ...member }: AddTeamMemberInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const post = await this.facts.postOf(member)
    return this.commands.run(
      caller,
      caseFile,
      caseId,
      state => addMember(state, member, post, this.today()),
      this.byLead(version),
    )
  }

  @Mutation(() => CommandAnswerType, { description: 'Give a membership a later end.' })
  @Access(team)
  async extendTeamMembership(
    @Args('input', { type: () => ExtendTeamMembershipInput }) { caseId, version, ...command }: ExtendTeamMembershipInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const member = (await this.commands.stateOf(caseFile, caseId)).members.find(m => m.userId === command.userId)
    const post = member ? await this.facts.postOf(member) : { isHeld: false }
    return this.commands.run(
      caller,
      caseFile,
      caseId,
      state => extendMembership(state, command, post, this.today()),
      this.byLead(version),
    )
  }

  @Mutation(() => CommandAnswerType, { description: 'End a membership, one’s own or, as lead, another’s.' })
  @Access(team)
  removeTeamMember(
    @Args('input', { type: () => RemoveTeamMemberInput }) { caseId, version, ...command }: RemoveTeamMemberInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, caseFile, caseId, state => removeMember(state, { ...command, today: this.today() }), {
      version,
      // Who is not in the team is told of none, not even when they name themself.
      may: (file, who) => isInTeam(file, who, this.today()) && (isLead(file, who, this.today()) || command.userId === who.userId),
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Give the case another lead (R-8.6).' })
  @Access(team)
  changeLead(
    @Args('input', { type: () => ChangeLeadInput }) { caseId, version, userId }: ChangeLeadInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, caseFile, caseId, state => changeLead(state, userId, this.today()), {
      version,
      // Where nobody leads, anybody of the team may name the next.
      may: (file, who) => isLead(file, who, this.today()) || (!this.isLed(file) && isInTeam(file, who, this.today())),
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Hand the case over to a team member of another agency.' })
  @Access(team)
  transferCase(
    @Args('input', { type: () => TransferCaseInput }) { caseId, version, ...to }: TransferCaseInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(
      caller,
      caseFile,
      caseId,
      state => transfer(state, { ...to, today: this.today() }),
      this.byLead(version),
    )
  }

  @Mutation(() => CommandAnswerType, { description: 'Close the case; every membership ends with it.' })
  @Access(team)
  closeCase(
    @Args('input', { type: () => CloseCaseInput }) { caseId, version, reason }: CloseCaseInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, caseFile, caseId, state => close(state, reason), this.byLead(version))
  }

  @Mutation(() => CommandAnswerType, { description: 'Write a note.' })
  @Access(team)
  addNote(
    @Args('input', { type: () => AddNoteInput }) { caseId, version, ...note }: AddNoteInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { userId, agencyId } = caller
    const command = { ...note, author: { userId, agencyId }, today: this.today() }
    return this.commands.run(caller, caseFile, caseId, state => addNote(state, command), this.byTeam(version))
  }

  @Mutation(() => CommandAnswerType, { description: 'Correct a note of one’s own.' })
  @Access(team)
  correctNote(
    @Args('input', { type: () => CorrectNoteInput }) { caseId, version, ...correction }: CorrectNoteInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(
      caller,
      caseFile,
      caseId,
      state => correctNote(state, { ...correction, userId: caller.userId }),
      this.byTeam(version),
    )
  }

  private today(): string {
    return dayOf(this.commands.now())
  }
  private isLed(file: CaseFile): boolean {
    return file.members.some(member => isLead(file, member, this.today()))
  }
  private byLead(version: number) {
    return { version, may: (file: CaseFile, who: Caller) => isLead(file, who, this.today()) }
  }
  private byTeam(version: number) {
    return { version, may: (file: CaseFile, who: Caller) => isInTeam(file, who, this.today()) }
  }
}
