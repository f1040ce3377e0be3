import { column, defineView } from '@passerelle/projections'
import type { Role } from '@passerelle/sharing'
import { staffEvents } from './staff.events.js'

/** Who works for an agency, for the agency that registered them. */
export const staffMembers = defineView('staffMembers', {
  from: [staffEvents],
  category: 'C1',
  audience: 'ownAgency',
  description: 'A person who works for an agency.',
  columns: {
    userId: column('id', { key: true }),
    name: column('text'),
    planAuthoringUntil: column('day', {
      description: 'First day on which the training for authors of plans holds no more (R-1.3).',
    }),
    safeguardingUntil: column('day', { description: 'First day on which the safeguarding training holds no more.' }),
    dataProtectionUntil: column('day', { description: 'First day on which the data protection training holds no more.' }),
  },
  on: {
    StaffMemberRegistered: ({ data }) => ({ userId: data.userId, name: data.name }),
    StaffMemberRenamed: ({ data }) => ({ name: data.name }),
    AuthorTrainingRecorded: ({ data }) => ({ [`${data.training}Until`]: data.validUntil }),
  },
})

/** Who holds which role where; a role that was ended is gone from here. */
export const staffRoles = defineView('staffRoles', {
  from: [staffEvents],
  category: 'C1',
  audience: 'ownAgency',
  description: 'A role that somebody holds in an agency.',
  columns: {
    userId: column('id', { key: true }),
    agencyId: column('id', { key: true, owner: true }),
    role: column<Role>('code', { key: true }),
    from: column('day'),
    until: column('day', { description: 'First day on which it is no longer held; absent: until ended.' }),
  },
  on: {
    StaffRoleAssigned: {
      rows: keyOf,
      fold: ({ data, streamId }) => ({
        userId: userOf(streamId),
        agencyId: data.agencyId,
        role: data.role,
        from: data.from,
        until: data.until ?? null,
      }),
    },
    StaffRoleEnded: { rows: keyOf, fold: _ => null },
  },
})

const userOf = (streamId: string) => streamId.slice('staff-'.length)
function keyOf({ streamId, data }: { streamId: string; data: { agencyId: string; role: string } }): string[] {
  return [`${userOf(streamId)}|${data.agencyId}|${data.role}`]
}
