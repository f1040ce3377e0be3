import { noticeOverdueRestriction, restriction } from '@passerelle/consent'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** GDPR 12(3): a restriction that was asked for and that nobody decided on in its month is said to be late, once. */
export const markRestrictionProposalOverdue = defineProcess('mark-restriction-proposal-overdue', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.restrictionProposalsPastDue(dayOf(now)),
    act: async (restrictionId, { decide, now }) =>
      void (await decide(restriction, restrictionId, state => noticeOverdueRestriction(state, dayOf(now)))),
  },
})
