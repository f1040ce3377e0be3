import { type Consent, consent, type ConsentEvent, give, type Party, refuse, request, withdraw } from '@passerelle/consent'
import { dayOf } from '@passerelle/event-log'
import { BadQuery, type AccessChange, type Category, saidOfRows, type Purpose, type Role, sentenceOf } from '@passerelle/sharing'

export interface WhatIfInput {
  readonly answer: 'give' | 'refuse' | 'withdraw'
  readonly consentId?: string | null
  readonly recipientAgencyId?: string | null
  readonly recipientRole?: Role | null
  readonly purpose?: Purpose | null
  readonly categories?: readonly Category[] | null
  readonly validUntil?: string | null
  readonly dataFrom?: string | null
  readonly dataUntil?: string | null
}

interface Change extends Pick<AccessChange, 'agencyId' | 'role' | 'purpose' | 'category' | 'someoneNow'> {
  readonly dataFrom?: string
  readonly dataUntil?: string
  readonly before: string
  readonly after: string
  readonly ownBefore: string
  readonly ownAfter: string
  readonly why: string
}
export interface WhatIf {
  readonly opens: readonly Change[]
  readonly closes: readonly Change[]
  readonly stays: readonly Change[]
  /** That would be sent or taken back at once, as they would be then. */
  readonly referrals: readonly { readonly referralId: string; readonly status: string }[]
  readonly validUntil?: string
}

/** A question that nobody asked yet, as if the recipient had. @throws Refused as asking it would be; BadQuery where it names too little */
export function questionOf(learnerId: string, input: WhatIfInput, now: Date): readonly ConsentEvent[] {
  const { recipientAgencyId, recipientRole, purpose, categories, validUntil } = input
  if (!recipientAgencyId || !purpose || !categories?.length)
    throw new BadQuery('Too little is named.', 'Name a consent, or a recipient, a purpose and categories.')
  return request(
    consent.initial,
    {
      consentId: unasked,
      learnerId,
      requestedByAgencyId: recipientAgencyId,
      recipientAgencyId,
      ...(recipientRole && { recipientRole }),
      purpose,
      categories,
      noticeVersion: unasked,
      language: 'und',
      easyRead: false,
      validUntil: validUntil ?? inTwelveMonths(now),
      now,
    },
    { readsLanguages: [] },
  )
}
/** Of a consent that nobody asked for. */
export const unasked = 'unasked'

/** What the answer would record. @throws Refused as giving it would be; BadQuery where a yes names no category (R-C.4) */
export function answerOf(
  state: Consent,
  input: WhatIfInput,
  party: Party,
  mayDecide: boolean,
  now: Date,
): readonly ConsentEvent[] {
  const { answer, validUntil, dataFrom, dataUntil } = input
  const categories = input.categories ?? undefined
  if (answer === 'withdraw') return withdraw(state, { ...party, categories })
  if (answer === 'refuse') return refuse(state, { ...party, today: dayOf(now) }, { mayDecide })
  if (!categories) throw new BadQuery('A yes names its categories: nothing is filled in.', 'Name at least one category.')
  return give(
    state,
    {
      ...party,
      categories,
      method: 'online',
      now,
      ...(validUntil && { validUntil }),
      ...(dataFrom && { dataFrom }),
      ...(dataUntil && { dataUntil }),
    },
    { mayDecide },
  )
}

/** As it is told. What stays is told of the recipient of the consent alone: the rest is not what was asked about. */
export function toWhatIf(
  changes: readonly AccessChange[],
  { recipientAgencyId, recipientRole, purpose }: Consent,
): Pick<WhatIf, 'opens' | 'closes' | 'stays'> {
  const asked = (change: AccessChange) =>
    change.agencyId === recipientAgencyId && change.purpose === purpose && (recipientRole ?? change.role) === change.role
  const told = (kind: AccessChange['change']) =>
    changes.filter(each => each.change === kind && (kind !== 'stays' || asked(each))).map(toChange)
  return { opens: told('opens'), closes: told('closes'), stays: told('stays') }
}

const toChange = ({ before, after, change: _, dataPeriod, ...who }: AccessChange): Change => {
  const why = sentenceOf(after.because, who.role, who.purpose)
  return {
    ...who,
    ...(dataPeriod?.from && { dataFrom: dataPeriod.from }),
    ...(dataPeriod?.until && { dataUntil: dataPeriod.until }),
    before: before.level,
    after: after.level,
    ownBefore: before.ownLevel,
    ownAfter: after.ownLevel,
    why: dataPeriod ? saidOfRows(dataPeriod, why) : why,
  }
}

const inTwelveMonths = (now: Date): string => {
  const today = now.toISOString().slice(0, 10)
  return `${Number(today.slice(0, 4)) + 1}${today.slice(4)}`
}
