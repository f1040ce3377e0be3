import { longestRestrictionDays, proposeRestriction, restriction, subjectRequestEvents } from '@passerelle/consent'
import { addDays } from '@passerelle/event-log'
import { categories } from '@passerelle/sharing'
import { defineProcess } from './ports.js'

/** GDPR 18: what somebody asks to be restricted is proposed, for an officer to approve. It has the id of the request. */
export const proposeRestrictionWhenItIsRequested = defineProcess('propose-restriction-when-it-is-requested', {
  from: [subjectRequestEvents],
  on: {
    SubjectRequestReceived: async ({ data }, { decide }) => {
      if (data.kind !== 'restriction') return
      const { requestId, learnerId, guardianId, fromAgencyId, receivedOn } = data
      const hold = {
        restrictionId: requestId,
        learnerId,
        categories: data.categories.length > 0 ? data.categories : categories,
        agencyIds: fromAgencyId ? [fromAgencyId] : [],
        fromLearner: false,
        grounds: 'gdpr18',
        hidden: false,
        until: addDays(receivedOn, longestRestrictionDays.gdpr18),
      } as const
      await decide(restriction, requestId, state => proposeRestriction(state, hold, guardianId ?? learnerId, receivedOn))
    },
  },
})
