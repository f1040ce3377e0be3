import { consent, expire } from '@passerelle/consent'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** R-C.5: reads end with the day by themselves; this writes it down, for the learner to see and to be asked again. */
export const expireConsents = defineProcess('expire-consents', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.consentsPast(dayOf(now)),
    act: async (consentId, { load, decide, now }) => {
      const { requestedByAgencyId } = await load(consent, consentId)
      await decide(consent, consentId, state => expire(state, dayOf(now)), {
        ...(requestedByAgencyId && { controllerAgencyId: requestedByAgencyId }),
      })
    },
  },
})
