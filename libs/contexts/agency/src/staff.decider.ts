import { type Decider, Refused, sameValue, shorterFrom } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { type Role, roleTerms, type Sector } from '@passerelle/sharing'
import { type StaffEvent, staffEvents, type trainings } from './staff.events.js'

/** From the first day, inclusive, until the last, exclusive; no last day: until ended. */
export interface StaffRole {
  readonly agencyId: string
  readonly role: Role
  readonly from: string
  readonly until?: string
}
export type Training = (typeof trainings)[number]

export interface Staff {
  readonly userId?: string
  readonly accountHash?: string
  readonly name?: string | Erased
  readonly roles: readonly StaffRole[]
  /** First day on which each training holds no more. */
  readonly trainings: Readonly<Partial<Record<Training, string>>>
}

export interface RegisterStaff {
  readonly userId: string
  readonly accountHash: string
  readonly name: string
}

export function registerStaff(staff: Staff, command: RegisterStaff): StaffEvent[] {
  const { userId, accountHash, name } = command
  if (staff.userId !== undefined) {
    if (staff.accountHash === accountHash && sameValue(staff.name, name)) return []
    throw new Refused(
      'STAFF.EXISTS',
      'A staff member has this id already.',
      'Rename them, change their account, or choose another id.',
      {
        userId,
      },
    )
  }
  return [{ type: 'StaffMemberRegistered', data: { userId, accountHash, name } }]
}

export function renameStaff(staff: Staff, name: string): StaffEvent[] {
  refuseUnknown(staff)
  return sameValue(staff.name, name) ? [] : [{ type: 'StaffMemberRenamed', data: { name } }]
}

export function changeAccount(staff: Staff, accountHash: string): StaffEvent[] {
  refuseUnknown(staff)
  return staff.accountHash === accountHash ? [] : [{ type: 'StaffAccountChanged', data: { accountHash } }]
}

/** The agency that would give the role, as it is now. */
export interface Employer {
  readonly status: 'none' | 'open' | 'closed'
  readonly sector?: Sector
}

/** Only a role of the agency's sector: a school that named somebody `healthProfessional` would open health records to itself. */
export function assignRole(staff: Staff, command: StaffRole, employer: Employer): StaffEvent[] {
  refuseUnknown(staff)
  const { agencyId, role, from, until } = command
  if (employer.status !== 'open' || !employer.sector)
    throw new Refused('STAFF.NO_AGENCY', 'No open agency has this id.', 'Register the agency first.', { agencyId })
  if (!roleTerms[role].sectors.includes(employer.sector))
    throw new Refused(
      'STAFF.ROLE_NOT_IN_SECTOR',
      'An agency of this sector does not give this role.',
      'Choose a role of the sector.',
      {
        role,
        sector: employer.sector,
        sectors: roleTerms[role].sectors,
      },
    )
  if (until !== undefined && until <= from)
    throw new Refused('STAFF.INVALID_PERIOD', 'The role would end before it begins.', 'Choose a later last day.', { from, until })
  const held = roleOf(staff, agencyId, role)
  if (held && held.from === from && held.until === until) return []
  return [{ type: 'StaffRoleAssigned', data: { agencyId, role, from, ...(until && { until }) } }]
}

/** At once, whatever day was foreseen. */
export function endRole(staff: Staff, command: { agencyId: string; role: Role; reason: string }): StaffEvent[] {
  const { agencyId, role, reason } = command
  return roleOf(staff, agencyId, role) ? [{ type: 'StaffRoleEnded', data: { agencyId, role, reason } }] : []
}

/** Every role in one agency ends: who leaves keeps nothing of it. */
export function leaveAgency(staff: Staff, command: { agencyId: string; reason: string }): StaffEvent[] {
  return staff.roles
    .filter(held => held.agencyId === command.agencyId)
    .flatMap(({ agencyId, role }) => endRole(staff, { agencyId, role, reason: command.reason }))
}

/** Trained again, the later day holds; a shorter one never takes away what was earned. */
export function recordTraining(staff: Staff, command: { training: Training; validUntil: string }): StaffEvent[] {
  refuseUnknown(staff)
  const { training, validUntil } = command
  return (staff.trainings[training] ?? '') >= validUntil
    ? []
    : [{ type: 'AuthorTrainingRecorded', data: { training, validUntil } }]
}

/** What the person may act as on this day: nothing that has not begun, ended, or was ended. */
export function rolesOn({ roles }: Pick<Staff, 'roles'>, today: string): StaffRole[] {
  return roles.filter(({ from, until }) => from <= today && (until === undefined || today < until))
}

export const staff: Decider<Staff, StaffEvent> = {
  events: staffEvents,
  initial: { roles: [], trainings: {} },
  subject: state => state.userId,
  closes(state, event) {
    const { userId } = state
    switch (event.type) {
      case 'StaffRoleEnded': {
        const { agencyId, role } = event.data
        return [{ userId, agencyId, role }]
      }
      case 'StaffRoleAssigned': {
        const { agencyId, role } = event.data
        const held = roleOf(state, agencyId, role)
        const shorter = held && shorterFrom(held, event.data)
        return shorter ? [{ userId, agencyId, role, ...shorter }] : []
      }
      case 'StaffAccountChanged':
        return [{ userId }]
      case 'StaffMemberRegistered':
      case 'StaffMemberRenamed':
      case 'AuthorTrainingRecorded':
        return []
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'StaffMemberRegistered':
        return { ...state, ...event.data }
      case 'StaffMemberRenamed':
        return { ...state, name: event.data.name }
      case 'StaffAccountChanged':
        return { ...state, accountHash: event.data.accountHash }
      case 'StaffRoleAssigned':
        return { ...state, roles: [...without(state.roles, event.data), event.data] }
      case 'StaffRoleEnded':
        return { ...state, roles: without(state.roles, event.data) }
      case 'AuthorTrainingRecorded':
        return { ...state, trainings: { ...state.trainings, [event.data.training]: event.data.validUntil } }
    }
  },
}

type RoleKey = { readonly agencyId: string; readonly role: Role }
const isRole = (key: RoleKey) => (held: StaffRole) => held.agencyId === key.agencyId && held.role === key.role
const roleOf = (state: Staff, agencyId: string, role: Role) => state.roles.find(isRole({ agencyId, role }))
const without = (roles: readonly StaffRole[], key: RoleKey) => roles.filter(held => !isRole(key)(held))

function refuseUnknown({ userId }: Staff): void {
  if (userId === undefined) throw new Refused('STAFF.UNKNOWN', 'No staff member has this id.', 'Register them first.')
}
