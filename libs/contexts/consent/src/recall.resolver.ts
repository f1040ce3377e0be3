import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayNotEmpty, IsIn, IsOptional, Matches, Min } from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CategoryEnum, CommandAnswerType, Commands, CurrentCaller, IsDay } from '@passerelle/http'
import { type Category, categories } from '@passerelle/sharing'
import { answersForAgency } from './consent.access.js'
import { confirmDeletion, recall, type Recall, stateRetention } from './recall.decider.js'

@InputType()
class RecallInput {
  @Field(() => ID) @Matches(idPattern) recallId!: string
  @Field(() => Int) @Min(0) version!: number
}
@InputType({ description: 'Your agency has deleted what was asked back, in its own systems.' })
export class ConfirmDeletionInput extends RecallInput {
  @Field(() => [CategoryEnum], { nullable: true, description: 'Absent: everything that is not answered for yet.' })
  @IsOptional()
  @ArrayNotEmpty()
  @IsIn(categories, { each: true })
  categories?: Category[]
}
@InputType({ description: 'Your agency keeps what was asked back, because a law obliges it to (GDPR 17(3)).' })
export class StateRetentionInput extends RecallInput {
  @Field(() => [CategoryEnum]) @ArrayNotEmpty() @IsIn(categories, { each: true }) categories!: Category[]
  @Field(() => String, { description: 'Code of the law, e.g. FR-CSP-R1112-7.' }) @Matches(codePattern) statute!: string
  @Field(() => String, { nullable: true, description: 'First day on which the law keeps it no more.' })
  @IsOptional()
  @IsDay()
  until?: string
}

@Resolver()
export class RecallResolver {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Mutation(() => CommandAnswerType, { description: 'Answer that your agency has deleted what was asked back.' })
  @Access(answersForAgency)
  confirmDeletion(
    @Args('input', { type: () => ConfirmDeletionInput }) { recallId, version, categories: only }: ConfirmDeletionInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { categories: only, today: this.today() }
    return this.commands.run(caller, recall, recallId, state => confirmDeletion(state, command), { version, ...toldTo })
  }

  @Mutation(() => CommandAnswerType, { description: 'Answer that your agency keeps what was asked back, and by which law.' })
  @Access(answersForAgency)
  stateRetention(
    @Args('input', { type: () => StateRetentionInput }) { recallId, version, ...stated }: StateRetentionInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { ...stated, today: this.today() }
    return this.commands.run(caller, recall, recallId, state => stateRetention(state, command), { version, ...toldTo })
  }

  private today(): string {
    return this.commands.now().toISOString().slice(0, 10)
  }
}

/** Only the recipient answers, and only who may see its own C14 of the learner. */
const toldTo = {
  category: 'C14',
  may: (state: Recall, caller: Caller) => state.agencyId === caller.agencyId,
  ownSuffices: true,
} as const
