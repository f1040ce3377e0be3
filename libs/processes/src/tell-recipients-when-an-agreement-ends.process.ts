import { sharingAgreement, sharingAgreementEvents } from '@passerelle/agency'
import { recall, tellRecipient } from '@passerelle/consent'
import { dayOf, idOfStream } from '@passerelle/event-log'
import { cellOf } from '@passerelle/sharing'
import { defineProcess, type Reading } from './ports.js'

/**
 * Reads were cut before. Each party that read something of a learner which its role sees on a stated basis only is asked to delete it, or to say what
 * else it keeps it by. What a role sees as its own task never rested on the agreement.
 */
export const tellRecipientsWhenAnAgreementEnds = defineProcess('tell-recipients-when-an-agreement-ends', {
  from: [sharingAgreementEvents],
  on: {
    SharingAgreementEnded: async ({ streamId }, { load, decide, idFrom, now, disclosures }) => {
      const agreementId = idOfStream(streamId)
      const { agencyIds, signedBy, purposes, categories, validFrom } = await load(sharingAgreement, agreementId)
      // What not everybody signed opened nothing.
      if (signedBy.length < agencyIds.length || !validFrom) return
      const readings = await disclosures.readings({ agencyIds, purposes, categories, since: `${validFrom}T00:00:00.000Z` })
      for (const [, each] of Map.groupBy(readings, ({ learnerId, agencyId }) => `${learnerId}|${agencyId}`)) {
        const { learnerId, agencyId } = each[0]!
        const askedByAgencyId = agencyIds.find(party => party !== agencyId)!
        const read = each.flatMap(onStatedBasis)
        const recallId = idFrom('recall', learnerId, agencyId)
        const told = {
          recallId,
          learnerId,
          agencyId,
          askedByAgencyId,
          basis: 'agreement',
          ref: agreementId,
          because: 'ended',
          purposes,
          categories: read,
          readCategories: read,
          today: dayOf(now),
        } as const
        await decide(recall, recallId, state => tellRecipient(state, told), { controllerAgencyId: askedByAgencyId })
      }
    },
  },
})

const onStatedBasis = ({ role, categories }: Reading) => categories.filter(c => cellOf(c, role).all?.basis === 'stated')
