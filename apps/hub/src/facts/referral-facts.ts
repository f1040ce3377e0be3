import { sharingAgreements, agencies } from '@passerelle/agency'
import { consents } from '@passerelle/consent'
import type { Database } from '@passerelle/database'
import { services } from '@passerelle/directory'
import { learners } from '@passerelle/learner'
import { HubRows, type RowOf } from './hub-rows.js'
import {
  type Basis,
  misfitOf,
  ReferralFacts,
  type ServiceFacts,
  type ServiceOffer,
  type ServiceTerms,
  type SharingFacts,
} from '@passerelle/referral'
import { categories as everyCategory, type Category, type Restriction } from '@passerelle/sharing'
import { type FactsRow, learnerFacts } from '@passerelle/views'
import { regionCalendar } from './region-calendar.js'
import { ageOn } from './age.js'

/** Of a consent, what referrals need to know. */
export type AnsweredConsent = Pick<
  RowOf<typeof consents>,
  'consentId' | 'learnerId' | 'recipientAgencyId' | 'status' | 'asked' | 'given' | 'validUntil' | 'dataFrom' | 'dataUntil'
>

/** What referrals need to know of the directory, of consents, agreements and restrictions: answered by the hub's views. */
export class HubReferralFacts extends ReferralFacts {
  private readonly rows: HubRows

  /** With `answered`, a consent counts as it would be answered, not as it is recorded. */
  constructor(
    private readonly db: Database,
    private readonly now: () => Date,
    private readonly answered?: AnsweredConsent,
  ) {
    super()
    this.rows = new HubRows(db)
  }

  /** As they would be once a consent were answered so. */
  withAnswer(answered: AnsweredConsent): HubReferralFacts {
    return new HubReferralFacts(this.db, this.now, answered)
  }

  async serviceFor(serviceId: string, learnerId: string): Promise<ServiceFacts> {
    const [listed] = await this.rows.find(services, { serviceId })
    const [learner] = await this.rows.find(learners, { learnerId })
    const age = ageOn(learner?.birthDate ?? undefined, this.today())
    const applicant = { ...(age !== undefined && { age }), ...(learner?.municipality && { areas: [learner.municipality] }) }
    if (!listed) return { applicant, alternatives: [] }
    const others = (await this.rows.find(services, { status: 'active' })).filter(
      other => other.serviceId !== serviceId && (other.types ?? []).some(type => listed.types?.includes(type)),
    )
    const alternatives: string[] = []
    for (const other of others)
      if (!misfitOf({ offer: await this.offerOf(other), applicant })) alternatives.push(other.serviceId!)
    return { offer: await this.offerOf(listed), applicant, alternatives: alternatives.slice(0, 10) }
  }

  async termsOf(serviceId: string): Promise<ServiceTerms> {
    const [listed] = await this.rows.find(services, { serviceId })
    const days = (value: number | null | undefined) => value ?? undefined
    return {
      acceptWithinDays: days(listed?.acceptWithinDays),
      firstContactWithinDays: days(listed?.firstContactWithinDays),
      outcomeWithinDays: days(listed?.outcomeWithinDays),
      calendar: regionCalendar,
    }
  }

  async sharingBetween(learnerId: string, fromAgencyId: string, toAgencyId: string): Promise<SharingFacts> {
    const today = this.today()
    const asked = await this.consentsFor(learnerId, toAgencyId)
    // A referral goes on for as long as it takes: a yes to data of one period carries none.
    const given = asked.filter(
      c => c.status === 'given' && c.validUntil !== null && c.validUntil > today && !c.dataFrom && !c.dataUntil,
    )
    const inForce = (await this.rows.find(sharingAgreements, { status: 'inForce' })).filter(
      a => a.validFrom! <= today && a.validUntil! > today && [fromAgencyId, toAgencyId].every(id => a.agencyIds?.includes(id)),
    )
    const bases: Basis[] = [
      ...given.map(c => ({ kind: 'consent' as const, categories: c.given ?? [], consentId: c.consentId! })),
      ...inForce.map(a => ({
        kind: 'agreement' as const,
        categories: a.categories ?? [],
        agreementId: a.agreementId!,
        statute: a.statute!,
      })),
    ]
    const yes = new Set(given.flatMap(c => c.given ?? []))
    const noes = asked.filter(c => c.status === 'refused' || c.status === 'withdrawn').flatMap(c => c.asked ?? [])
    return { bases, denied: [...noes.filter(category => !yes.has(category)), ...(await this.restricted(learnerId, toAgencyId))] }
  }

  private async consentsFor(learnerId: string, recipientAgencyId: string): Promise<AnsweredConsent[]> {
    const recorded = await this.rows.find(consents, { learnerId, recipientAgencyId })
    if (this.answered?.learnerId !== learnerId || this.answered.recipientAgencyId !== recipientAgencyId) return recorded
    return [...recorded.filter(({ consentId }) => consentId !== this.answered!.consentId), this.answered]
  }

  private async restricted(learnerId: string, agencyId: string): Promise<Category[]> {
    const [facts] = (await this.rows.find(learnerFacts, { learnerId })) as unknown as FactsRow[]
    const at = this.now().toISOString()
    const live = (r: Omit<Restriction, 'restrictionId'>) =>
      r.from <= at && (r.until === undefined || at < r.until) && (!r.agencyIds?.length || r.agencyIds.includes(agencyId))
    return Object.values(facts?.restrictions ?? {})
      .filter(live)
      .flatMap(r => r.categories ?? everyCategory)
  }

  private async offerOf(listed: RowOf<typeof services>): Promise<ServiceOffer> {
    const { serviceId, agencyId, status, minimumAge, maximumAge, areas } = listed
    const [agency] = agencyId ? await this.rows.find(agencies, { agencyId }) : []
    return {
      serviceId: serviceId!,
      status: status!,
      ...(agencyId && agency?.status === 'open' && { agencyId, sector: agency.sector! }),
      ...(minimumAge !== null && { minimumAge }),
      ...(maximumAge !== null && { maximumAge }),
      areas: areas ?? [],
    }
  }

  private today(): string {
    return this.now().toISOString().slice(0, 10)
  }
}
