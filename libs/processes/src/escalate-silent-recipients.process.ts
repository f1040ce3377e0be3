import { noticeSilence, recall } from '@passerelle/consent'
import { dayOf } from '@passerelle/event-log'
import { defineProcess } from './ports.js'

/** Who was asked for something back and did not answer by the day: said once, to the data protection officers of both sides and the learner. */
export const escalateSilentRecipients = defineProcess('escalate-silent-recipients', {
  from: [],
  on: {},
  clock: {
    everyMinutes: 60,
    due: ({ worklist, now }) => worklist.recallsPastDue(dayOf(now)),
    act: async (recallId, { load, decide, now }) => {
      const { askedByAgencyId } = await load(recall, recallId)
      await decide(recall, recallId, state => noticeSilence(state, dayOf(now)), {
        ...(askedByAgencyId && { controllerAgencyId: askedByAgencyId }),
      })
    },
  },
})
