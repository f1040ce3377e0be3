import { expireRestrictionProposal, restriction } from '@passerelle/consent'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** A restriction that nobody decided on waits no longer than it would have held. */
export const expireRestrictionProposals = defineProcess('expire-restriction-proposals', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.restrictionProposalsPast(dayOf(now)),
    act: async (restrictionId, { decide, now }) =>
      void (await decide(restriction, restrictionId, state => expireRestrictionProposal(state, dayOf(now)))),
  },
})
