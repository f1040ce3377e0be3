import { Inject } from '@nestjs/common'
import { Args, Field, ID, InputType, Mutation, Resolver } from '@nestjs/graphql'
import { ArrayMaxSize, ArrayNotEmpty, IsBoolean, Length, Matches } from 'class-validator'
import { codePattern, idPattern } from '@passerelle/event-log'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller } from '@passerelle/http'
import { notice, publish, retire } from './notice.decider.js'
import { hashOfNotice } from './notice-hash.js'

const languagePattern = /^[a-zA-Z]{2,8}(-[a-zA-Z0-9]{1,8})*$/

@InputType()
class NoticeInput {
  @Field(() => ID, { description: 'The version: what a request for consent names.' }) @Matches(idPattern) noticeId!: string
  @Field(() => String, { description: 'BCP-47 tag.' }) @Matches(languagePattern) language!: string
  @Field(() => Boolean, { description: 'Whether it is the easy-read variant.' }) @IsBoolean() easyRead!: boolean
}
@InputType({ description: 'The wording of a notice, in one language and form. What was published is never changed.' })
export class PublishNoticeInput extends NoticeInput {
  @Field(() => String) @Length(1, 500) title!: string
  @Field(() => [String], { description: 'At most 50, each of at most 500 characters.' })
  @ArrayNotEmpty()
  @ArrayMaxSize(50)
  @Length(1, 500, { each: true })
  paragraphs!: string[]
}
@InputType({ description: 'Nobody is asked with it any more.' })
export class RetireNoticeInput extends NoticeInput {
  @Field(() => String, { description: 'Code.' }) @Matches(codePattern) reason!: string
}

const authority = { roles: ['regionAdmin'], purposes: ['administration'] } as const
const may = (_: unknown, { sector }: Caller) => sector === 'authority'

@Resolver()
export class NoticeResolver {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Mutation(() => CommandAnswerType, { description: 'Publish what people read before they are asked for consent.' })
  @Access(authority)
  publishNotice(
    @Args('input', { type: () => PublishNoticeInput }) input: PublishNoticeInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { ...input, sha256: hashOfNotice(input) }
    return this.commands.run(caller, notice, input.noticeId, state => publish(state, command), { may })
  }

  @Mutation(() => CommandAnswerType, { description: 'Take a notice out of use.' })
  @Access(authority)
  retireNotice(
    @Args('input', { type: () => RetireNoticeInput }) { noticeId, ...variant }: RetireNoticeInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, notice, noticeId, state => retire(state, variant), { may })
  }
}
