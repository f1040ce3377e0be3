import { rolesOn, staff, staffEvents } from '@passerelle/agency'
import { caseFile, removeMember } from '@passerelle/casework'
import { dayOf, idOfStream } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/**
 * who holds a role no more is in no team by it. Access ended with the role; this takes the name off, and a case that is thereby
 * without a lead says so.
 */
export const endTeamMembershipsWhenARoleEnds = defineProcess('end-team-memberships-when-a-role-ends', {
  from: [staffEvents],
  on: {
    StaffRoleEnded: async ({ streamId, data: { agencyId, role } }, { load, decide, now, worklist }) => {
      const userId = idOfStream(streamId)
      const today = dayOf(now)
      // Assigned again before this was handled: the memberships rest on the new days.
      const isHeld = rolesOn(await load(staff, userId), today).some(held => held.agencyId === agencyId && held.role === role)
      if (isHeld) return
      for (const caseId of await worklist.casesOf(userId, agencyId))
        await decide(caseFile, caseId, state =>
          state.members.some(m => m.userId === userId && m.agencyId === agencyId && m.role === role)
            ? removeMember(state, { userId, reason: 'roleEnded', today })
            : [],
        )
    },
  },
})
