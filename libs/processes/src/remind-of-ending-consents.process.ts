import { consent, remind, remindDaysBefore } from '@passerelle/consent'
import { addDays, dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** Before a consent ends the person is asked whether it shall go on; who says nothing lets it end (R-C.5). */
export const remindOfEndingConsents = defineProcess('remind-of-ending-consents', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.consentsEndingBy(addDays(dayOf(now), remindDaysBefore)),
    act: async (consentId, { load, decide, now }) => {
      const { requestedByAgencyId } = await load(consent, consentId)
      await decide(consent, consentId, state => remind(state, dayOf(now)), {
        ...(requestedByAgencyId && { controllerAgencyId: requestedByAgencyId }),
      })
    },
  },
})
