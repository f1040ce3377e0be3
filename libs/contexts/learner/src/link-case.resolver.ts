import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { Matches, Min } from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller } from '@passerelle/http'
import { registerKeepers } from './learner.access.js'
import * as decide from './link-case.decider.js'
import { linkCase } from './link-case.decider.js'
import { LinkFacts } from './learner.facts.js'

@InputType()
export class LinkCaseInput {
  @Field(() => ID) @Matches(idPattern) linkCaseId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType()
export class RejectLinkInput extends LinkCaseInput {
  @Field(() => String) @Matches(codePattern) reason!: string
}
@InputType({ description: 'Read two records as one person, under the id of one of them. No record is changed.' })
export class MergePersonsInput extends LinkCaseInput {
  @Field(() => ID) @Matches(idPattern) survivor!: string
}
@InputType({ description: 'They were two persons after all.' })
export class UnmergePersonsInput extends RejectLinkInput {
  @Field(() => ID, { description: 'Under which it is assessed who looked meanwhile.' })
  @Matches(idPattern)
  breachAssessmentId!: string
}

type Answer = Promise<CommandAnswerType>
type Decision = (state: decide.LinkCase) => ReturnType<typeof decide.reject>

/** A case is about two learners: whoever does not hold the identity of both is told that there is no such case. */
@Resolver()
export class LinkCaseResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(LinkFacts) private readonly facts: LinkFacts,
  ) {}

  @Mutation(() => CommandAnswerType, { description: 'Two records are one person’s: you looked.' })
  @Access(registerKeepers)
  confirmLink(
    @Args('input', { type: () => LinkCaseInput }) { linkCaseId, version }: LinkCaseInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, linkCaseId, version, state => decide.confirm(state, 'person'))
  }

  @Mutation(() => CommandAnswerType, { description: 'Two records are two persons’: it is not proposed again.' })
  @Access(registerKeepers)
  rejectLink(
    @Args('input', { type: () => RejectLinkInput }) { linkCaseId, version, reason }: RejectLinkInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, linkCaseId, version, state => decide.reject(state, reason))
  }

  @Mutation(() => CommandAnswerType, { description: 'Read two confirmed records as one person (R-I.2).' })
  @Access(registerKeepers)
  async mergePersons(
    @Args('input', { type: () => MergePersonsInput }) { linkCaseId, version, survivor }: MergePersonsInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    const { learnerId, otherLearnerId } = await this.commands.stateOf(linkCase, linkCaseId)
    const absorbed = survivor === learnerId ? otherLearnerId : learnerId
    const isAbsorbed = absorbed !== undefined && (await this.facts.isAbsorbed(absorbed, linkCaseId))
    return this.run(caller, linkCaseId, version, state => decide.merge(state, survivor, isAbsorbed))
  }

  @Mutation(() => CommandAnswerType, { description: 'Read two records apart again, exactly as they were written (R-I.2).' })
  @Access({ roles: [...registerKeepers.roles, 'dataProtectionOfficer'] })
  unmergePersons(
    @Args('input', { type: () => UnmergePersonsInput }) { linkCaseId, version, ...command }: UnmergePersonsInput,
    @CurrentCaller() caller: Caller,
  ): Answer {
    return this.run(caller, linkCaseId, version, state => decide.unmerge(state, command))
  }

  private run(caller: Caller, linkCaseId: string, version: number, decision: Decision): Answer {
    return this.commands.run(caller, linkCase, linkCaseId, decision, {
      version,
      category: 'C1',
      level: caller.role === 'dataProtectionOfficer' ? 'existence' : 'full',
      alsoAbout: ({ otherLearnerId }) => (otherLearnerId === undefined ? [] : [otherLearnerId]),
    })
  }
}
