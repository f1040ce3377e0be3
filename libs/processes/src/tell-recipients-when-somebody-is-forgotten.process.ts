import { recall, tellRecipient } from '@passerelle/consent'
import { type Acting, dayOf, idOfStream } from '@passerelle/event-log'
import { learnerEvents } from '@passerelle/learner'
import { type Category, dawn, learnerAgencyId, purposes } from '@passerelle/sharing'
import { defineProcess, type Ports } from './ports.js'

/** GDPR 19: whoever read what is forgotten here is asked to delete it too, or to say by what law it is kept. */
export const tellRecipientsWhenSomebodyIsForgotten = defineProcess('tell-recipients-when-somebody-is-forgotten', {
  from: [learnerEvents],
  on: {
    CategoryKeyDestroyed: (event, ports) => tellWhoRead(event, [event.data.category], ports),
    LearnerForgotten: (event, ports) => tellWhoRead(event, event.data.categories, ports),
  },
})

async function tellWhoRead(
  event: {
    readonly streamId: string
    readonly eventId: string
    readonly controllerAgencyId: string
    readonly data: { readonly reason: string }
  },
  categories: readonly Category[],
  { decide, idFrom, now, disclosures }: Acting & Ports,
): Promise<void> {
  const learnerId = idOfStream(event.streamId)
  const askedByAgencyId = event.controllerAgencyId
  const readings = await disclosures.readings({ learnerId, purposes, categories, since: dawn })
  for (const [agencyId, each] of Map.groupBy(readings, reading => reading.agencyId)) {
    if (agencyId === learnerAgencyId || agencyId === askedByAgencyId) continue
    const read = [...new Set(each.flatMap(reading => reading.categories))]
    const recallId = idFrom('recall', agencyId)
    const told = {
      recallId,
      learnerId,
      agencyId,
      askedByAgencyId,
      ref: event.eventId,
      because: event.data.reason,
      today: dayOf(now),
    }
    await decide(recall, recallId, state =>
      tellRecipient(state, { ...told, basis: 'erasure', purposes, categories: read, readCategories: read }),
    )
  }
}
