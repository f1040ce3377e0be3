import { noticeOverdueReview, plan } from '@passerelle/plan'
import { hourly } from './hourly.js'
import { defineProcess } from './ports.js'

/** a review that is due and was not held is said once. */
export const markReviewOverdue = defineProcess('mark-review-overdue', {
  from: [],
  on: {},
  clock: hourly((worklist, today) => worklist.plansWithReviewPastDue(today), plan, noticeOverdueReview),
})
