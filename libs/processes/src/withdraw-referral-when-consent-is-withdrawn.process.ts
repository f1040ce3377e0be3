import { consent, consentEvents } from '@passerelle/consent'
import { type Acting, idOfStream } from '@passerelle/event-log'
import { referral, withdraw } from '@passerelle/referral'
import { defineProcess, type Ports } from './ports.js'

/**
 * What was sent on a consent is taken back when the consent no longer reaches all that went along: withdrawn in whole or in part,
 * found not to count, frozen, or given anew for less. Reads were cut before; this tells both agencies.
 */
export const withdrawReferralWhenConsentIsWithdrawn = defineProcess('withdraw-referral-when-consent-is-withdrawn', {
  from: [consentEvents],
  on: {
    ConsentWithdrawn: ({ streamId }, ports) => withdrawWhatRestsOn(idOfStream(streamId), ports),
    ConsentPartlyWithdrawn: ({ streamId }, ports) => withdrawWhatRestsOn(idOfStream(streamId), ports),
    ConsentInvalidated: ({ streamId }, ports) => withdrawWhatRestsOn(idOfStream(streamId), ports),
    ConsentFrozen: ({ streamId }, ports) => withdrawWhatRestsOn(idOfStream(streamId), ports),
    ConsentGiven: ({ streamId }, ports) => withdrawWhatRestsOn(idOfStream(streamId), ports),
  },
})

async function withdrawWhatRestsOn(consentId: string, { load, decide, worklist }: Acting & Ports): Promise<void> {
  const { given: yes, status, dataPeriod } = await load(consent, consentId)
  // Running out is no word against it: what was begun in time goes on, and nothing new is shown.
  if (status === 'expired') return
  // A referral goes on for as long as it takes: a yes to data of one period carries none.
  const given = dataPeriod ? [] : yes
  for (const referralId of await worklist.referralsOnConsent(consentId)) {
    const { requesterAgencyId } = await load(referral, referralId)
    await decide(referral, referralId, state => withdraw(state, consentId, given), {
      controllerAgencyId: requesterAgencyId,
      purpose: 'caseCoordination',
    })
  }
}
