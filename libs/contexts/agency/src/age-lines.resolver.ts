import { Inject } from '@nestjs/common'
import { Args, Field, InputType, Int, Mutation, Resolver } from '@nestjs/graphql'
import { Type } from 'class-transformer'
import { IsArray, IsIn, IsInt, Matches, Min, ValidateNested } from 'class-validator'
import { codePattern } from '@passerelle/event-log'
import { Access, type Caller, CategoryEnum, CommandAnswerType, Commands, CurrentCaller, IsDay } from '@passerelle/http'
import { type Category, categories } from '@passerelle/sharing'
import { ageLines, ageLinesId, setAgeLines } from './age-lines.decider.js'

@InputType({ description: 'The age line of one category.' })
export class AgeLineInput {
  @Field(() => CategoryEnum) @IsIn(categories) category!: Category
  @Field(() => Int) @IsInt() @Min(0) years!: number
}
@InputType({ description: 'From which age a learner alone decides, from a day on.' })
export class SetAgeLinesInput {
  @Field(() => String, { description: 'First day on which they are in force.' }) @IsDay() from!: string
  @Field(() => Int, { description: 'For every category that is not named by itself.' }) @IsInt() @Min(0) years!: number
  @Field(() => [AgeLineInput], { description: 'Where the law of the place sets another age.' })
  @IsArray()
  @ValidateNested({ each: true })
  @Type(() => AgeLineInput)
  byCategory!: AgeLineInput[]
  @Field(() => String, { description: 'Under which law. Code.' }) @Matches(codePattern) statute!: string
}

/** The regional authority says what the law of the place is. */
@Resolver()
export class AgeLinesResolver {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Mutation(() => CommandAnswerType, { description: 'Set from which age a learner alone decides.' })
  @Access({ roles: ['regionAdmin'], purposes: ['administration'] })
  setAgeLines(
    @Args('input', { type: () => SetAgeLinesInput }) input: SetAgeLinesInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { ...input, byCategory: input.byCategory.map(({ category, years }) => ({ category, years })) }
    const today = this.commands.now().toISOString().slice(0, 10)
    return this.commands.run(caller, ageLines, ageLinesId, state => setAgeLines(state, command, today), { may: () => true })
  }
}
