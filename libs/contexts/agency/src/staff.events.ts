import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, day, hmac, text, role, personal, oneOf, optional } = fields

export const trainings = ['planAuthoring', 'safeguarding', 'dataProtection'] as const

/** A person who works for one or more agencies. The subject of the keys is the staff member. */
export const staffEvents = defineEvents('staff', {
  /** `accountHash` is the HMAC of issuer and subject of the account the person signs in with. */
  StaffMemberRegistered: v1({ userId: id, accountHash: hmac, name: personal('C1', text) }),
  StaffMemberRenamed: v1({ name: personal('C1', text) }),
  /** The account they signed in with before opens nothing any more. */
  StaffAccountChanged: v1({ accountHash: hmac }),
  /** `until` is the first day on which the role is no longer held; absent: until ended. Assigned again, the new days hold. */
  StaffRoleAssigned: v1({ agencyId: id, role, from: day, until: optional(day) }),
  /** Leaving ends access at once. */
  StaffRoleEnded: v1({ agencyId: id, role, reason: code }),
  /** asks plan authors for valid `planAuthoring` training. */
  AuthorTrainingRecorded: v1({ training: oneOf(trainings), validUntil: day }),
})
export type StaffEvent = EventOf<typeof staffEvents>
