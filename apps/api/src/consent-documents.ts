import { agencies } from '@passerelle/agency'
import {
  consents,
  type ConsentRecord,
  type FhirConsentResource,
  type RecordedConsent,
  type RecordFacts,
  type RecordParty,
  type ShownConsent,
  toConsentReceipt,
  toFhirConsent,
} from '@passerelle/consent'
import { services } from '@passerelle/directory'
import type { RecordTerms } from '@passerelle/hub'
import type { View } from '@passerelle/projections'
import type { Reads } from './reads.js'

type Row = Readonly<Record<string, any>>

/**
 * Consents as documents that leave the hub: read through the same door as everything else, so that nobody takes home what they may not see. Undefined
 * where there is none, or none that may be known of: the two are the same.
 */
export class ConsentDocuments {
  constructor(
    private readonly reads: Reads,
    private readonly terms: RecordTerms,
  ) {}

  /** The receipt that the person was handed (ISO/IEC TS 27560). */
  async receipt(consentId: string, receiptId: string): Promise<ConsentRecord | undefined> {
    const consent = await this.consent(consentId)
    if (!consent?.history?.length) return undefined
    const facts = await this.factsOf(consent as unknown as RecordedConsent)
    return toConsentReceipt(consent as unknown as RecordedConsent, facts, receiptId)
  }

  /** The consent as FHIR R4; undefined as well where the reader sees too little of it. */
  async fhir(consentId: string): Promise<FhirConsentResource | undefined> {
    const consent = await this.consent(consentId)
    return consent && toFhirConsent(consent as unknown as ShownConsent)
  }

  private consent = (consentId: string) => this.row(consents, { consentId: { eq: consentId } })

  private async factsOf({ requestedByAgencyId, recipientAgencyId }: RecordedConsent): Promise<RecordFacts> {
    return {
      controller: await this.partyOf(requestedByAgencyId),
      recipient: await this.partyOf(recipientAgencyId),
      ...this.terms,
    }
  }

  /** As the region's registers name it. Who is not in the directory is reached through the data protection officer of its region. */
  private async partyOf(agencyId: string): Promise<RecordParty> {
    const agency = await this.row(agencies, { agencyId: { eq: agencyId } })
    const service = await this.row(services, { agencyId: { eq: agencyId } })
    const name = agency?.name ?? agencyId
    const [place] = (service?.locations ?? []) as readonly { readonly address?: string }[]
    const { url, phone } = service ?? {}
    return {
      id: agencyId,
      name,
      address: place?.address ?? `${name}, ${agency?.region ?? this.terms.jurisdiction}`,
      contact: phone ?? url ?? `The data protection officer of ${name}`,
      ...(url && { url }),
      ...(phone && { phone }),
    }
  }

  private async row(view: View, where: object): Promise<Row | undefined> {
    const [row] = (await this.reads.page(view, { columns: Object.keys(view.columns), where: where as never, first: 1 })).rows
    return row?.values
  }
}
