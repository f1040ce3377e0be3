import { type Basis, draft, type DraftReferral, type ReferralFacts, type ServiceOffer } from '@passerelle/referral'

/** A referral of one learner by the school to the social centre, which needs C12 and C9. */
export const ask: DraftReferral = {
  referralId: 'r-1',
  learnerId: 'l-1',
  requesterAgencyId: 'school',
  requestedBy: 'u-1',
  serviceId: 's-1',
  reasonCode: 'housing',
  urgency: 'routine',
  picked: [],
}
export const offer: ServiceOffer = { serviceId: 's-1', status: 'active', agencyId: 'social', sector: 'social', areas: [] }
export const otherOffer: ServiceOffer = {
  serviceId: 's-2',
  status: 'active',
  agencyId: 'mission',
  sector: 'employment',
  areas: [],
}
export const drafting = (state: Parameters<typeof draft>[0]) => draft(state, ask, { offer, applicant: {}, alternatives: [] })
export const yes: Basis = { kind: 'consent', consentId: 'c-1', categories: ['C12', 'C9'] }

/** Facts that a test changes as it goes. */
export function changeableFacts() {
  const known = { bases: [] as Basis[], denied: [] as Basis['categories'], offers: [offer, otherOffer] as ServiceOffer[] }
  const facts: ReferralFacts = {
    serviceFor: async serviceId => ({
      offer: known.offers.find(o => o.serviceId === serviceId),
      applicant: {},
      alternatives: [],
    }),
    termsOf: async () => ({ calendar: { closed: [] } }),
    sharingBetween: async (_learnerId, _from, to) => ({ bases: to === 'social' ? known.bases : [], denied: known.denied }),
  }
  return { known, facts }
}
