import { endRole, staff } from '@passerelle/agency'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/**
 * a role that was given until a day opens nothing from that day on; this says so, and teams and leads follow as they do
 * when somebody leaves.
 */
export const endRolesOnTheirLastDay = defineProcess('end-roles-on-their-last-day', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.staffWithRolesPast(dayOf(now)),
    act: async (userId, { load, decide, now }) => {
      const today = dayOf(now)
      for (const { agencyId } of (await load(staff, userId)).roles)
        await decide(
          staff,
          userId,
          state =>
            state.roles
              .filter(held => held.agencyId === agencyId && held.until !== undefined && held.until <= today)
              .flatMap(({ role }) => endRole(state, { agencyId, role, reason: 'lastDay' })),
          { controllerAgencyId: agencyId },
        )
    },
  },
})
