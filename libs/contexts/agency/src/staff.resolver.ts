import { Inject } from '@nestjs/common'
import { Args, Mutation, Resolver } from '@nestjs/graphql'
import { Access, type Caller, CommandAnswerType, Commands, CurrentCaller } from '@passerelle/http'
import { agency } from './agency.decider.js'
import { StaffAccounts } from './agency.facts.js'
import {
  AssignStaffRoleInput,
  ChangeStaffAccountInput,
  EndStaffRoleInput,
  RecordStaffTrainingInput,
  RegisterStaffInput,
  RenameStaffInput,
} from './agency.inputs.js'
import {
  assignRole,
  changeAccount,
  endRole,
  leaveAgency,
  recordTraining,
  registerStaff,
  renameStaff,
  rolesOn,
  staff,
  type Staff,
} from './staff.decider.js'

const employer = { roles: ['regionAdmin', 'schoolLeader'], purposes: ['administration'] } as const
const authority = { roles: ['regionAdmin'], purposes: ['administration'] } as const

/** The authority for every agency, the head of an agency for their own. */
@Resolver()
export class StaffResolver {
  constructor(
    @Inject(Commands) private readonly commands: Commands,
    @Inject(StaffAccounts) private readonly accounts: StaffAccounts,
  ) {}

  @Mutation(() => CommandAnswerType, {
    description: 'Register somebody who works for an agency. They may do nothing before a role is assigned.',
  })
  @Access(employer)
  registerStaffMember(
    @Args('input', { type: () => RegisterStaffInput }) { issuer, subject, ...input }: RegisterStaffInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const command = { ...input, accountHash: this.accounts.hashOf({ issuer, subject }) }
    return this.commands.run(caller, staff, input.userId, state => registerStaff(state, command), {
      // Who knows an id by chance learns nothing of whom it belongs to.
      may: state => state.userId === undefined || this.isOurs(state, caller),
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Correct the name of a member of staff.' })
  @Access(employer)
  renameStaffMember(
    @Args('input', { type: () => RenameStaffInput }) { userId, version, name }: RenameStaffInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, staff, userId, state => renameStaff(state, name), {
      version,
      may: state => this.isOurs(state, caller),
    })
  }

  @Mutation(() => CommandAnswerType, {
    description: 'Let somebody sign in with another account, and no more with the one before.',
  })
  @Access(authority)
  changeStaffAccount(
    @Args('input', { type: () => ChangeStaffAccountInput }) { userId, version, issuer, subject }: ChangeStaffAccountInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const accountHash = this.accounts.hashOf({ issuer, subject })
    return this.commands.run(caller, staff, userId, state => changeAccount(state, accountHash), { version, may: () => true })
  }

  @Mutation(() => CommandAnswerType, { description: 'Give somebody a role in an agency, from a day until a day.' })
  @Access(employer)
  async assignStaffRole(
    @Args('input', { type: () => AssignStaffRoleInput }) { userId, version, ...role }: AssignStaffRoleInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const { status, sector } = await this.commands.stateOf(agency, role.agencyId)
    return this.commands.run(caller, staff, userId, state => assignRole(state, role, { status, sector }), {
      version,
      may: () => isFor(caller, role.agencyId),
    })
  }

  @Mutation(() => CommandAnswerType, {
    description: 'End one role, or all that somebody holds in an agency. Access ends at once (R-8.5).',
  })
  @Access(employer)
  endStaffRole(
    @Args('input', { type: () => EndStaffRoleInput }) { userId, version, agencyId, role, reason }: EndStaffRoleInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    const decide = (state: Staff) =>
      role ? endRole(state, { agencyId, role, reason }) : leaveAgency(state, { agencyId, reason })
    return this.commands.run(caller, staff, userId, decide, {
      version,
      may: state => state.userId !== undefined && isFor(caller, agencyId),
    })
  }

  @Mutation(() => CommandAnswerType, { description: 'Record a training; plan authors need one that is valid (R-1.3).' })
  @Access(employer)
  recordStaffTraining(
    @Args('input', { type: () => RecordStaffTrainingInput }) { userId, version, ...training }: RecordStaffTrainingInput,
    @CurrentCaller() caller: Caller,
  ): Promise<CommandAnswerType> {
    return this.commands.run(caller, staff, userId, state => recordTraining(state, training), {
      version,
      may: state => this.isOurs(state, caller),
    })
  }

  /** Everybody to the authority; to another agency whoever holds a role there today. */
  private isOurs(state: Staff, caller: Caller): boolean {
    if (caller.sector === 'authority') return state.userId !== undefined
    return rolesOn(state, this.commands.now().toISOString().slice(0, 10)).some(({ agencyId }) => agencyId === caller.agencyId)
  }
}

const isFor = ({ sector, agencyId }: Caller, agency: string) => sector === 'authority' || agencyId === agency
