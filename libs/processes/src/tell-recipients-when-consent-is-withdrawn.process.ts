import { consent, consentEvents, recall, tellRecipient } from '@passerelle/consent'
import { type Acting, dayOf, idOfStream } from '@passerelle/event-log'
import type { Category } from '@passerelle/sharing'
import { defineProcess, type Ports } from './ports.js'

/**
 * Reads were cut before. What the recipient took home under the consent is asked back here: whatever the consent no longer reaches, withdrawn in whole
 * or in part, given anew for less or for data of fewer days, run out, or found not to count. Of fewer days: what is of the others, while the rest stays.
 */
export const tellRecipientsWhenConsentIsWithdrawn = defineProcess('tell-recipients-when-consent-is-withdrawn', {
  from: [consentEvents],
  on: {
    ConsentWithdrawn: (event, ports) => tellRecipientOf(event, 'withdrawn', ports),
    ConsentPartlyWithdrawn: (event, ports) => tellRecipientOf(event, 'partlyWithdrawn', ports),
    ConsentGiven: (event, ports) => tellRecipientOf(event, 'narrowed', ports),
    ConsentExpired: (event, ports) => tellRecipientOf(event, 'expired', ports),
    ConsentFrozen: (event, ports) => tellRecipientOf(event, 'frozen', ports),
    ConsentInvalidated: (event, ports) => tellRecipientOf(event, 'invalidated', ports),
  },
})

/** A consent opens something to the one recipient that it names, and to nobody else (R-C.1). */
async function tellRecipientOf(
  { streamId, eventId }: { readonly streamId: string; readonly eventId: string },
  because: string,
  { load, decide, idFrom, now, disclosures }: Acting & Ports,
): Promise<void> {
  const consentId = idOfStream(streamId)
  const known = await load(consent, consentId)
  const { learnerId, recipientAgencyId: agencyId, requestedByAgencyId: askedByAgencyId, purpose, givenSince: since } = known
  if (!learnerId || !agencyId || !askedByAgencyId || !purpose || !since) return
  const tell = async (recallId: string, because: string, categories: readonly Category[] = []) => {
    if (categories.length === 0) return
    const readings = await disclosures.readings({ agencyIds: [agencyId], learnerId, purposes: [purpose], categories, since })
    const told = {
      recallId,
      learnerId,
      agencyId,
      askedByAgencyId,
      basis: 'consent',
      ref: consentId,
      because,
      purposes: [purpose],
      categories,
      readCategories: readings.flatMap(each => each.categories),
      today: dayOf(now),
    } as const
    await decide(recall, recallId, state => tellRecipient(state, told), { controllerAgencyId: askedByAgencyId })
  }
  await tell(idFrom('recall', agencyId), because, known.taken[eventId])
  await tell(idFrom('recall', agencyId, 'fewerDays'), 'fewerDays', known.shortened[eventId])
}
