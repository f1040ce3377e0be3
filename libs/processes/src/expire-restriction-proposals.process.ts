import { expireRestrictionProposal, restriction } from '@passerelle/consent'
import { hourly } from './hourly.js'
import { defineProcess } from './ports.js'

/** A restriction that nobody decided on waits no longer than it would have held. */
export const expireRestrictionProposals = defineProcess('expire-restriction-proposals', {
  from: [],
  on: {},
  clock: hourly((worklist, today) => worklist.restrictionProposalsPast(today), restriction, expireRestrictionProposal),
})
