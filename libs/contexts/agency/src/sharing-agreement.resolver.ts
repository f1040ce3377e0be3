import { Inject } from '@nestjs/common'
import { Args, Mutation, Resolver } from '@nestjs/graphql'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller } from '@passerelle/http'
import { DraftSharingAgreementInput, EndSharingAgreementInput, SignSharingAgreementInput } from './agency.inputs.js'
import { draft, end, sharingAgreement, type SharingAgreement, sign } from './sharing-agreement.decider.js'

/** Who answers for an agency: its head, or its data protection officer where the sector has no role of a head. */
const answerable = {
  roles: ['regionAdmin', 'schoolLeader', 'dataProtectionOfficer'],
  purposes: ['administration', 'audit'],
} as const

@Resolver()
export class SharingAgreementResolver {
  constructor(@Inject(Commands) private readonly commands: Commands) {}

  @Mutation(() => CommandAnswerType, {
    description: 'Draft an agreement between agencies; it holds once every one of them has signed.',
  })
  @Access(answerable)
  draftSharingAgreement(
    @Args('input', { type: () => DraftSharingAgreementInput }) input: DraftSharingAgreementInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, sharingAgreement, input.agreementId, state => draft(state, input), {
      may: () => caller.sector === 'authority' || input.agencyIds.includes(caller.agencyId),
      agencyIds: input.agencyIds,
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Sign for your agency.' })
  @Access(answerable)
  signSharingAgreement(
    @Args('input', { type: () => SignSharingAgreementInput }) { agreementId, version }: SignSharingAgreementInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const today = this.commands.now().toISOString().slice(0, 10)
    return this.commands.run(caller, sharingAgreement, agreementId, state => sign(state, caller.agencyId, today), {
      version,
      may: state => isParty(state, caller),
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'End an agreement, for every party, from the next read on.' })
  @Access(answerable)
  endSharingAgreement(
    @Args('input', { type: () => EndSharingAgreementInput }) { agreementId, version, reason }: EndSharingAgreementInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, sharingAgreement, agreementId, state => end(state, reason), {
      version,
      may: state => caller.sector === 'authority' || isParty(state, caller),
    })
  }
}

const isParty = (state: SharingAgreement, { agencyId }: Caller) => state.agencyIds.includes(agencyId)
