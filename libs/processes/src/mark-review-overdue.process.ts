import { dayOf } from '@passerelle/event-log'
import { noticeOverdueReview, plan } from '@passerelle/plan'
import { defineProcess } from './ports.js'

/** a review that is due and was not held is said once. */
export const markReviewOverdue = defineProcess('mark-review-overdue', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.plansWithReviewPastDue(dayOf(now)),
    act: async (planId, { decide, now }) => void (await decide(plan, planId, state => noticeOverdueReview(state, dayOf(now)))),
  },
})
