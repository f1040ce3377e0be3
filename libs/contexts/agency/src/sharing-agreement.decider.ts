import { type Decider, Refused } from '@passerelle/event-log'
import type { Category, Purpose } from '@passerelle/sharing'
import { type agreementKinds, type SharingAgreementEvent, sharingAgreementEvents } from './sharing-agreement.events.js'

export type AgreementKind = (typeof agreementKinds)[number]

export interface SharingAgreement {
  readonly status: 'none' | 'drafted' | 'inForce' | 'ended'
  readonly agreementId?: string
  /** Of those drafted before it was asked for, nobody knows. */
  readonly kind?: AgreementKind
  readonly processorAgencyIds?: readonly string[]
  /** Each must sign. */
  readonly agencyIds: readonly string[]
  readonly signedBy: readonly string[]
  readonly purposes: readonly Purpose[]
  readonly categories: readonly Category[]
  readonly validFrom?: string
  /** First day on which it holds no more. */
  readonly validUntil?: string
}

export interface DraftSharingAgreement {
  readonly agreementId: string
  readonly kind: AgreementKind
  readonly agencyIds: readonly string[]
  /** Of a processor’s: who acts for the other parties. */
  readonly processorAgencyIds?: readonly string[]
  readonly purposes: readonly Purpose[]
  readonly categories: readonly Category[]
  /** The law that lets these agencies share for these purposes. */
  readonly statute: string
  readonly validFrom: string
  readonly validUntil: string
}

export function draft(agreement: SharingAgreement, command: DraftSharingAgreement): SharingAgreementEvent[] {
  const { agreementId, kind, statute, validFrom, validUntil } = command
  const processors = unique(command.processorAgencyIds ?? [])
  const [agencyIds, purposes, categories] = [unique(command.agencyIds), unique(command.purposes), unique(command.categories)]
  if (agreement.status !== 'none') {
    const same =
      sameSet(agreement.agencyIds, agencyIds) &&
      sameSet(agreement.purposes, purposes) &&
      sameSet(agreement.categories, categories) &&
      agreement.kind === kind &&
      sameSet(agreement.processorAgencyIds ?? [], processors)
    if (same && agreement.validFrom === validFrom && agreement.validUntil === validUntil) return []
    throw new Refused('AGREEMENT.EXISTS', 'Another agreement has this id.', 'What was drafted is never changed: draft anew.', {
      agreementId,
    })
  }
  if (agencyIds.length < 2)
    throw new Refused('AGREEMENT.INVALID_PARTIES', 'An agreement has at least two parties.', 'Name the agencies that share.')
  refuseMisplacedProcessors(kind, agencyIds, processors)
  if (purposes.length === 0 || categories.length === 0)
    throw new Refused('AGREEMENT.INVALID_SCOPE', 'An agreement names what is shared and why.', 'Name a purpose and a category.')
  // What nobody but its owner ever holds by agreement: signals go to no further agency, safeguarding has its own law.
  const never = categories.filter(c => c === 'C10' || c === 'C16')
  if (never.length > 0)
    throw new Refused('AGREEMENT.INVALID_CATEGORY', 'These categories are not shared by agreement.', 'Leave them out.', {
      categories: never,
    })
  if (validUntil <= validFrom)
    throw new Refused('AGREEMENT.INVALID_PERIOD', 'It would end before it begins.', 'Choose a later last day.', {
      validFrom,
      validUntil,
    })
  return [
    {
      type: 'SharingAgreementDrafted',
      data: {
        agreementId,
        kind,
        agencyIds,
        ...(processors.length > 0 && { processorAgencyIds: processors }),
        purposes,
        categories,
        statute,
        validFrom,
        validUntil,
      },
    },
  ]
}

/** The last signature puts it in force. */
export function sign(agreement: SharingAgreement, agencyId: string, today: string): SharingAgreementEvent[] {
  refuseUndrafted(agreement)
  if (agreement.signedBy.includes(agencyId)) return []
  if (!agreement.agencyIds.includes(agencyId))
    throw new Refused('AGREEMENT.NOT_A_PARTY', 'Only its parties sign an agreement.', 'Draft one that names this agency.', {
      agencyId,
    })
  if (agreement.status === 'ended' || agreement.validUntil! <= today)
    throw new Refused('AGREEMENT.OVER', 'This agreement is over.', 'Draft it anew.', { validUntil: agreement.validUntil })
  const signed: SharingAgreementEvent = { type: 'SharingAgreementSigned', data: { agencyId } }
  const complete = agreement.signedBy.length + 1 === agreement.agencyIds.length
  return complete ? [signed, { type: 'SharingAgreementEnteredIntoForce', data: {} }] : [signed]
}

/** By any party alone, signed or not: nobody is held in it. */
export function end(agreement: SharingAgreement, reason: string): SharingAgreementEvent[] {
  refuseUndrafted(agreement)
  return agreement.status === 'ended' ? [] : [{ type: 'SharingAgreementEnded', data: { reason } }]
}

/** The clock's: reads end with the day by themselves, this writes it down. */
export function endOnLastDay(agreement: SharingAgreement, today: string): SharingAgreementEvent[] {
  const { status, validUntil } = agreement
  return status === 'none' || status === 'ended' || validUntil! > today ? [] : end(agreement, 'lastDay')
}

export const sharingAgreement: Decider<SharingAgreement, SharingAgreementEvent> = {
  events: sharingAgreementEvents,
  initial: { status: 'none', agencyIds: [], signedBy: [], purposes: [], categories: [] },
  subject: () => undefined,
  closes({ status, agreementId, agencyIds, purposes, categories }, event) {
    if (event.type !== 'SharingAgreementEnded' || status !== 'inForce') return []
    return agencyIds.flatMap(agencyId => purposes.map(purpose => ({ agencyId, purpose, categories, agreementId })))
  },
  evolve(state, event) {
    switch (event.type) {
      case 'SharingAgreementDrafted': {
        const { statute: _, ...drafted } = event.data
        return { status: 'drafted', signedBy: [], ...drafted }
      }
      case 'SharingAgreementSigned':
        return { ...state, signedBy: [...state.signedBy, event.data.agencyId] }
      case 'SharingAgreementEnteredIntoForce':
        return { ...state, status: 'inForce' }
      case 'SharingAgreementEnded':
        return { ...state, status: 'ended' }
    }
  },
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)]
const sameSet = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every(x => b.includes(x))

/** GDPR 26: all answer together. GDPR 28: some act for others, who answer for it. */
function refuseMisplacedProcessors(kind: AgreementKind, parties: readonly string[], processors: readonly string[]): void {
  const strangers = processors.filter(agencyId => !parties.includes(agencyId))
  if (strangers.length > 0)
    throw new Refused('AGREEMENT.INVALID_PROCESSOR', 'A processor is a party to the agreement.', 'Name it among the parties.', {
      agencyIds: strangers,
    })
  const fits = kind === 'processor' ? processors.length > 0 && processors.length < parties.length : processors.length === 0
  if (!fits)
    throw new Refused(
      'AGREEMENT.INVALID_PROCESSOR',
      kind === 'processor' ? 'Some parties act for the others, and not all of them.' : 'Joint controllers act for nobody.',
      'Say which of the parties are processors, or that all are joint controllers.',
      { kind },
    )
}

function refuseUndrafted({ status }: SharingAgreement): void {
  if (status === 'none') throw new Refused('AGREEMENT.UNKNOWN', 'No agreement has this id.', 'Draft it first.')
}
