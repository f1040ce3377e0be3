import { agencyEvents, end, leaveAgency, sharingAgreement, staff } from '@passerelle/agency'
import { idOfStream } from '@passerelle/event-log'
import { endStanding, learner } from '@passerelle/learner'
import { decline, fail, referral, type Referral } from '@passerelle/referral'
import { defineProcess } from './ports.js'

const reason = 'agencyClosed'

/**
 * An agency that closed sees nothing from that moment on. What it leaves behind is said here: its people leave it and their teams, its
 * agreements and its standing on learners end, and the referrals that it had go back to those who asked, to be sent elsewhere.
 */
export const endAccessWhenAgencyCloses = defineProcess('end-access-when-agency-closes', {
  from: [agencyEvents],
  on: {
    AgencyClosed: async ({ streamId }, { decide, worklist }) => {
      const agencyId = idOfStream(streamId)
      for (const userId of await worklist.staffOf(agencyId))
        await decide(staff, userId, state => leaveAgency(state, { agencyId, reason }))
      for (const agreementId of await worklist.agreementsOf(agencyId))
        await decide(sharingAgreement, agreementId, state => end(state, reason))
      for (const referralId of await worklist.referralsHeldBy(agencyId))
        await decide(referral, referralId, state => (state.targetAgencyId === agencyId ? handBack(state) : []))
      for (const learnerId of await worklist.learnersOf(agencyId))
        await decide(learner, learnerId, state => endStanding(state, { agencyId, reason }))
    },
  },
})

function handBack(state: Referral) {
  if (state.status === 'requested') return decline(state, { reasonCode: reason })
  return state.status === 'accepted' || state.status === 'inProgress' || state.status === 'onHold' ? fail(state, reason) : []
}
