import { noticeOverdueRestriction, restriction } from '@passerelle/consent'
import { hourly } from './hourly.js'
import { defineProcess } from './ports.js'

/** GDPR 12(3): a restriction that was asked for and that nobody decided on in its month is said to be late, once. */
export const markRestrictionProposalOverdue = defineProcess('mark-restriction-proposal-overdue', {
  from: [],
  on: {},
  clock: hourly((worklist, today) => worklist.restrictionProposalsPastDue(today), restriction, noticeOverdueRestriction),
})
