import { Inject } from '@nestjs/common'
import { Args, Mutation, Resolver } from '@nestjs/graphql'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller } from '@passerelle/http'
import { agency, close, register, rename, setFeedCategories } from './agency.decider.js'
import { CloseAgencyInput, RegisterAgencyInput, RenameAgencyInput, SetFeedCategoriesInput } from './agency.inputs.js'

const authority = { roles: ['regionAdmin'], purposes: ['administration'] } as const
const anyone = () => true

/** Agencies join and leave by the regional authority alone. */
@Resolver()
export class AgencyResolver {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Mutation(() => CommandAnswerType, { description: 'Register an agency.' })
  @Access(authority)
  registerAgency(
    @Args('input', { type: () => RegisterAgencyInput }) input: RegisterAgencyInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, agency, input.agencyId, state => register(state, input), {
      may: anyone,
      agencyIds: input.parentAgencyId === undefined || input.parentAgencyId === input.agencyId ? [] : [input.parentAgencyId],
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Give an agency another name.' })
  @Access(authority)
  renameAgency(
    @Args('input', { type: () => RenameAgencyInput }) { agencyId, version, name }: RenameAgencyInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, agency, agencyId, state => rename(state, name), { version, may: anyone })
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Close an agency for good: its standing on learners, its staff’s roles and its agreements end with it.',
  })
  @Access(authority)
  closeAgency(
    @Args('input', { type: () => CloseAgencyInput }) { agencyId, version, reason }: CloseAgencyInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, agency, agencyId, state => close(state, reason), { version, may: anyone })
  }

  @Mutation(() => CommandAnswerType, { description: 'Set which categories the feed of one of an agency’s systems may write.' })
  @Access(authority)
  setFeedCategories(
    @Args('input', { type: () => SetFeedCategoriesInput }) { agencyId, version, system, categories }: SetFeedCategoriesInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, agency, agencyId, state => setFeedCategories(state, system, categories), {
      version,
      may: anyone,
    })
  }
}
