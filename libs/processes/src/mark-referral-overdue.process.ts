import { dayOf } from '@passerelle/event-log'
import { noticeOverdue, referral } from '@passerelle/referral'
import { defineProcess } from './ports.js'

/** a term that is over is said once, for the requester to ask or to send it elsewhere. */
export const markReferralOverdue = defineProcess('mark-referral-overdue', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.referralsPastDue(dayOf(now)),
    act: async (referralId, { load, decide, now }) => {
      const { requesterAgencyId } = await load(referral, referralId)
      await decide(referral, referralId, state => noticeOverdue(state, dayOf(now)), { controllerAgencyId: requesterAgencyId })
    },
  },
})
