import type { Sector } from '@passerelle/sharing'

/** A service of the directory as a referral needs to know it. */
export interface ServiceOffer {
  readonly serviceId: string
  readonly status: 'active' | 'inactive' | 'defunct' | 'temporarilyClosed'
  /** The agency that takes referrals for it; absent: listed only. */
  readonly agencyId?: string
  readonly sector?: Sector
  readonly minimumAge?: number
  readonly maximumAge?: number
  /** Area codes in which it serves; none: everywhere. */
  readonly areas: readonly string[]
}
/** Of the learner: whole years today, and the codes of the areas they live in, from the municipality up; as far as known. */
export interface Applicant {
  readonly age?: number
  readonly areas?: readonly string[]
}
/** What is decided on. `alternatives`: other services of the same kind that do fit, by id. */
export interface ServiceFacts {
  readonly offer?: ServiceOffer
  readonly applicant: Applicant
  readonly alternatives: readonly string[]
}

export type Misfit = 'unknown' | 'listedOnly' | 'notActive' | 'age' | 'area'

/** why the service does not fit; undefined where nothing speaks against it. What is not known speaks against nothing. */
export function misfitOf({ offer, applicant }: Pick<ServiceFacts, 'offer' | 'applicant'>): Misfit | undefined {
  if (!offer) return 'unknown'
  if (!offer.agencyId || !offer.sector) return 'listedOnly'
  if (offer.status !== 'active') return 'notActive'
  const { age, areas } = applicant
  if (age !== undefined && (age < (offer.minimumAge ?? 0) || age > (offer.maximumAge ?? Infinity))) return 'age'
  if (areas && areas.length > 0 && offer.areas.length > 0 && !offer.areas.some(area => areas.some(home => lies(home, area))))
    return 'area'
  return undefined
}

/** NUTS codes contain each other by their beginnings; all other codes are compared as they are. */
const nuts = /^[A-Z]{2}[0-9A-Z]{0,3}$/
const lies = (home: string, area: string) => home === area || (nuts.test(home) && nuts.test(area) && home.startsWith(area))
