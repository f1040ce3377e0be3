import { breakGlass, noticeOverdueBreakGlass } from '@passerelle/consent'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** R-V.4: an emergency that nobody reviewed by the day goes up, once: to the region's officer, who may review it from then on. */
export const markBreakGlassReviewOverdue = defineProcess('mark-break-glass-review-overdue', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.breakGlassesPastDue(dayOf(now)),
    act: async (breakGlassId, { load, decide, authority, now }) => {
      const { use } = await load(breakGlass, breakGlassId)
      const toldAgencyId = await authority()
      await decide(breakGlass, breakGlassId, state => noticeOverdueBreakGlass(state, toldAgencyId, dayOf(now)), {
        ...(use && { controllerAgencyId: use.agencyId }),
      })
    },
  },
})
