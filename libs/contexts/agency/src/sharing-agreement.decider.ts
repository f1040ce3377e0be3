import { type Decider, Refused } from '@passerelle/event-log'
import type { Category, Purpose } from '@passerelle/sharing'
import { type SharingAgreementEvent, sharingAgreementEvents } from './sharing-agreement.events.js'

export interface SharingAgreement {
  readonly status: 'none' | 'drafted' | 'inForce' | 'ended'
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
  readonly agencyIds: readonly string[]
  readonly purposes: readonly Purpose[]
  readonly categories: readonly Category[]
  /** The law that lets these agencies share for these purposes. */
  readonly statute: string
  readonly validFrom: string
  readonly validUntil: string
}

export function draft(agreement: SharingAgreement, command: DraftSharingAgreement): SharingAgreementEvent[] {
  const { agreementId, statute, validFrom, validUntil } = command
  const [agencyIds, purposes, categories] = [unique(command.agencyIds), unique(command.purposes), unique(command.categories)]
  if (agreement.status !== 'none') {
    const same =
      sameSet(agreement.agencyIds, agencyIds) &&
      sameSet(agreement.purposes, purposes) &&
      sameSet(agreement.categories, categories)
    if (same && agreement.validFrom === validFrom && agreement.validUntil === validUntil) return []
    throw new Refused('AGREEMENT.EXISTS', 'Another agreement has this id.', 'What was drafted is never changed: draft anew.', {
      agreementId,
    })
  }
  if (agencyIds.length < 2)
    throw new Refused('AGREEMENT.INVALID_PARTIES', 'An agreement has at least two parties.', 'Name the agencies that share.')
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
      data: { agreementId, agencyIds, purposes, categories, statute, validFrom, validUntil },
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

export const sharingAgreement: Decider<SharingAgreement, SharingAgreementEvent> = {
  events: sharingAgreementEvents,
  initial: { status: 'none', agencyIds: [], signedBy: [], purposes: [], categories: [] },
  subject: () => undefined,
  evolve(state, event) {
    switch (event.type) {
      case 'SharingAgreementDrafted': {
        const { agencyIds, purposes, categories, validFrom, validUntil } = event.data
        return { status: 'drafted', agencyIds, signedBy: [], purposes, categories, validFrom, validUntil }
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

function refuseUndrafted({ status }: SharingAgreement): void {
  if (status === 'none') throw new Refused('AGREEMENT.UNKNOWN', 'No agreement has this id.', 'Draft it first.')
}
