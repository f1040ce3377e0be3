import { addDays, dayOf, type Decider, Refused, shorterFrom, startOf, type Traced } from '@passerelle/event-log'
import {
  type Category,
  cellOf,
  type DataPeriod,
  daysOf,
  liesIn,
  mayChoose,
  periodKey,
  type Purpose,
  type Role,
  rolesOf,
  roleTerms,
  type Sector,
} from '@passerelle/sharing'
import { type ConsentEvent, consentEvents } from './consent.events.js'

export interface Consent {
  readonly status: 'none' | 'requested' | 'given' | 'refused' | 'withdrawn' | 'expired' | 'invalidated' | 'frozen' | 'cancelled'
  readonly learnerId?: string
  readonly requestedByAgencyId?: string
  readonly recipientAgencyId?: string
  /** Who of the recipient may have it; absent: whoever's task it is there. */
  readonly recipientRole?: Role
  readonly purpose?: Purpose
  readonly asked: readonly Category[]
  /** Said yes to and not withdrawn since. */
  readonly given: readonly Category[]
  /** Last day that was asked for (exclusive). */
  readonly askedUntil?: string
  readonly validUntil?: string
  /** Of which rows it is: absent of all, whatever their days. */
  readonly dataPeriod?: DataPeriod
  readonly receipts: readonly string[]
  /** The end of which the person was reminded. */
  readonly remindedOf?: string
  /** When it was first said yes to. */
  readonly givenSince?: string
  /** What each event took away of what was given, by its id: what recipients are told. */
  readonly taken: Readonly<Record<string, readonly Category[]>>
  /** Of what each yes given anew left the data of fewer days, by its id: what recipients are told besides. */
  readonly shortened: Readonly<Record<string, readonly Category[]>>
  /** As it was asked, for it to be asked anew. */
  readonly question?: Omit<RequestConsent, 'now'>
  /** The guardian who was asked, or who answered last; absent where it is the learner. */
  readonly guardianId?: string
  /** What was frozen, by the consent under which the learner is asked the same. */
  readonly anew: Readonly<Record<string, readonly Category[]>>
}

export type Party = { readonly by: 'learner' } | { readonly by: 'guardian'; readonly guardianId: string }

export interface RequestConsent {
  readonly consentId: string
  readonly learnerId: string
  /** Who is asked, where the learner is too young to be. */
  readonly guardianId?: string
  readonly requestedByAgencyId: string
  readonly recipientAgencyId: string
  readonly recipientRole?: Role
  readonly purpose: Purpose
  readonly categories: readonly Category[]
  readonly noticeVersion: string
  readonly language: string
  readonly easyRead: boolean
  readonly validUntil: string
  readonly now: Date
}
/** A notice must exist in a language that the person reads (R-C.3). */
export interface NoticeReader {
  /** As far as whoever asks may know them: a refusal tells of a language that it is none of these. */
  readonly readsLanguages: readonly string[]
  /** Whether there is a notice of this version, in this language and form; absent where it was read outside the hub: an imported consent. */
  readonly noticeIsPublished?: boolean
}
/** What is known of a question besides; absent where it was put outside the hub, or was put here before. */
export interface RequestFacts extends NoticeReader {
  /** What kind of agency the recipient is; null: no open agency has that id. */
  readonly recipientSector?: Sector | null
  /**
   * Questions of the same agency to the same person about the same recipient and purpose that wait for an answer; of whose answers whoever asks does not
   * see, all that are not over.
   */
  readonly asked?: readonly { readonly consentId: string; readonly categories: readonly Category[] }[]
  /** Whether whoever asks sees a guardian of the learner under that id. Of one whom they may not see they hear what they would of one who is none. */
  readonly seesGuardian?: boolean
}

export function request(consent: Consent, command: RequestConsent, facts: RequestFacts): ConsentEvent[] {
  const { now: _now, ...asked } = command
  if (consent.status !== 'none') {
    if (
      consent.learnerId === asked.learnerId &&
      consent.requestedByAgencyId === asked.requestedByAgencyId &&
      consent.recipientAgencyId === asked.recipientAgencyId &&
      consent.recipientRole === asked.recipientRole &&
      consent.purpose === asked.purpose
    )
      return []
    throw new Refused('CONSENT.EXISTS', 'This consent was already asked for something else.', 'Ask with a new id.', {
      consentId: asked.consentId,
    })
  }
  if (asked.categories.length === 0)
    throw new Refused('CONSENT.NO_CATEGORY', 'A consent names what it is about.', 'Name at least one category.')
  if (asked.recipientRole && !mayReceive(asked.recipientRole, asked.purpose))
    throw new Refused(
      'CONSENT.NOT_A_RECIPIENT',
      'This role never looks for this purpose, so the consent would open nothing.',
      'Name a role that works for the purpose, or none.',
      { recipientRole: asked.recipientRole, purpose: asked.purpose },
    )
  refuseInVain(asked, facts)
  if (facts.noticeIsPublished === false)
    throw new Refused(
      'CONSENT.NO_NOTICE',
      'There is no such notice for the person to read.',
      'Choose one of the notices, in one of its languages and forms.',
      { noticeVersion: asked.noticeVersion, language: asked.language, easyRead: asked.easyRead },
    )
  if (facts.readsLanguages.length > 0 && !readsAny(facts.readsLanguages, [asked.language]))
    throw new Refused(
      'CONSENT.LANGUAGE',
      'The person does not read the language of this notice.',
      'Use a notice in a language they read.',
      // Which they read tells where they come from, to whoever may ask.
      { language: asked.language },
    )
  refuseTooLong(asked.validUntil, command.now)
  refuseAsked(asked.categories, facts)
  return [{ type: 'ConsentRequested', data: { ...asked, categories: [...new Set(asked.categories)] } }]
}

export type GiveConsent = Party & {
  /** Each said yes to by itself: nothing is ticked beforehand (R-C.4). */
  readonly categories: readonly Category[]
  readonly method: 'inPerson' | 'online' | 'paper' | 'imported'
  readonly now: Date
  /** Only rows whose days all lie from here */
  readonly dataFrom?: string
  /** to here, both days included. */
  readonly dataUntil?: string
  /** Default: what was asked for, or what holds now where that is longer. */
  readonly validUntil?: string
}
/** Whether this person may decide for the learner: capacity, verified guardianship, no conflict of interest. */
export interface Capacity {
  readonly mayDecide: boolean
  /** Whether what they were asked with is there in a language that they read (R-C.3); absent where that is not known. */
  readonly canRead?: boolean
}

export function give(consent: Consent, command: GiveConsent, capacity: Capacity): ConsentEvent[] {
  refuseUnasked(consent)
  const latest = reachOf(consent)
  const { validUntil = latest } = command
  const isSame = sameSet(consent.given, command.categories) && samePeriod(consent.dataPeriod, periodOf(command))
  if (consent.status === 'given' && isSame && consent.validUntil === validUntil) return []
  // What was said elsewhere was asked there as well.
  const isImported = command.method === 'imported'
  refuseEnded(consent, toThePerson, isImported ? undefined : dayOf(command.now))
  const events = sayYes(consent, { ...command, validUntil }, capacity)
  if (validUntil > latest && !isImported)
    throw new Refused(
      'CONSENT.NOT_ASKED',
      `A yes reaches only what was asked, which is until ${latest}.`,
      'Choose that day or an earlier one, or have yourself asked anew.',
      { validUntil, latest },
    )
  return events
}

function sayYes(consent: Consent, command: GiveConsent & { readonly validUntil: string }, capacity: Capacity): ConsentEvent[] {
  const { now, validUntil, dataFrom, dataUntil, categories: yes, method, ...party } = command
  refuseIncapable(capacity)
  if (capacity.canRead === false)
    throw new Refused(
      'CONSENT.LANGUAGE',
      'What you were asked with is in no language that you are recorded to read.',
      'Have yourself asked with a notice that you can read, or correct your languages.',
    )
  const notAsked = yes.filter(c => !consent.asked.includes(c))
  if (notAsked.length > 0)
    throw new Refused('CONSENT.NOT_ASKED', 'A yes reaches only what was asked.', 'Leave these out.', {
      categories: notAsked,
    })
  if (yes.length === 0)
    throw new Refused('CONSENT.NO_CATEGORY', 'A yes to nothing is no consent.', 'Refuse instead, or name a category.')
  refuseTooLong(validUntil, now)
  if (dataFrom && dataUntil && dataUntil < dataFrom)
    throw new Refused('CONSENT.NO_DAY', 'The period ends before it begins, so the yes would be to nothing.', 'Name its days.', {
      dataFrom,
      dataUntil,
    })
  const categories = consent.asked.filter(c => yes.includes(c))
  return [
    {
      type: 'ConsentGiven',
      data: {
        categories,
        ...party,
        method,
        at: now.toISOString(),
        ...(dataFrom && { dataFrom }),
        ...(dataUntil && { dataUntil }),
        validUntil,
      },
    },
  ]
}

export function refuse(
  consent: Consent,
  { today, ...command }: Party & { readonly reason?: string; readonly today: string },
  capacity: Capacity,
): ConsentEvent[] {
  refuseUnasked(consent)
  if (consent.status === 'refused') return []
  refuseEnded(consent, toThePerson, today)
  if (consent.status !== 'requested')
    throw new Refused('CONSENT.ANSWERED', 'This was answered already.', 'Withdraw it instead.', { status: consent.status })
  refuseIncapable(capacity)
  return [{ type: 'ConsentRefused', data: { categories: [...consent.asked], ...command } }]
}

/** In whole, or only some categories. Takes no more steps than giving (R-C.2): one command, no reason needed. */
export function withdraw(
  consent: Consent,
  command: Party & { reason?: string; categories?: readonly Category[] },
): ConsentEvent[] {
  refuseUnasked(consent)
  if (consent.status === 'withdrawn' || isEnded(consent)) return []
  if (consent.status !== 'given')
    throw new Refused('CONSENT.NOT_GIVEN', 'There is nothing to withdraw: it was never given.', 'Refuse it instead.')
  const { categories, reason, ...party } = command
  const withdrawn = categories && consent.given.filter(c => categories.includes(c))
  if (withdrawn && withdrawn.length < consent.given.length)
    return withdrawn.length === 0 ? [] : [{ type: 'ConsentPartlyWithdrawn', data: { categories: withdrawn, ...party } }]
  return [{ type: 'ConsentWithdrawn', data: { ...party, ...(reason && { reason }) } }]
}

export type RenewConsent = GiveConsent & { readonly validUntil: string }

/**
 * Said yes to anew before it ends: for what holds now or less of it, and for longer (R-C.5: again twelve months at most). A yes to data of one period stays
 * one to data of that period.
 */
export function renew(consent: Consent, command: RenewConsent, capacity: Capacity): ConsentEvent[] {
  refuseUnasked(consent)
  const { validUntil, categories, now } = command
  if (consent.status !== 'given' || consent.validUntil! <= dayOf(now))
    throw new Refused('CONSENT.NOT_GIVEN', 'There is nothing to renew: it does not hold.', toThePerson)
  const period = periodOf(command) ?? consent.dataPeriod
  const isSame = sameSet(consent.given, categories) && samePeriod(consent.dataPeriod, period)
  if (validUntil === consent.validUntil && isSame) return []
  if (validUntil <= consent.validUntil!)
    throw new Refused('CONSENT.NOT_LONGER', 'It would end no later than it does now.', 'Choose a later day, or withdraw it.', {
      validUntil: consent.validUntil,
    })
  const more = categories.filter(c => !consent.given.includes(c))
  if (more.length > 0)
    throw new Refused('CONSENT.NOT_HELD', 'A renewal reaches only what holds now.', 'Give these by themselves.', {
      categories: more,
    })
  if (!isWithin(period, consent.dataPeriod))
    throw new Refused('CONSENT.NOT_HELD', 'A renewal reaches only what holds now.', 'Name no other days, or none.', {
      ...consent.dataPeriod,
    })
  const { from, until } = period ?? {}
  return sayYes(consent, { ...command, ...(from && { dataFrom: from }), ...(until && { dataUntil: until }) }, capacity)
}

/** Days before its end on which the person is reminded. */
export const remindDaysBefore = 30

/** The clock's: told once for each end. */
export function remind(consent: Consent, today: string): ConsentEvent[] {
  const { status, validUntil, remindedOf } = consent
  if (status !== 'given' || validUntil! <= today || remindedOf === validUntil) return []
  return addDays(today, remindDaysBefore) < validUntil! ? [] : [{ type: 'ConsentRenewalDue', data: { validUntil: validUntil! } }]
}

export interface Freeze {
  readonly reason: Extract<ConsentEvent, { type: 'ConsentFrozen' }>['data']['reason']
  /** Absent: every one. */
  readonly categories?: readonly Category[]
  /** Absent: whichever guardian it was. */
  readonly guardianId?: string
  /** Under which consent the learner is asked the same; absent: they are not. */
  readonly anewId?: string
}

/** What a guardian said, or was asked, in categories where they have no say any more. What the learner said stands. */
export function freeze(consent: Consent, { reason, categories: only, guardianId, anewId }: Freeze): ConsentEvent[] {
  if (consent.guardianId === undefined || (guardianId !== undefined && consent.guardianId !== guardianId)) return []
  const open = consent.status === 'given' ? consent.given : consent.status === 'requested' ? consent.asked : []
  const categories = open.filter(category => only?.includes(category) ?? true)
  return categories.length > 0 ? [{ type: 'ConsentFrozen', data: { categories, reason, ...(anewId && { anewId }) } }] : []
}

/** The same question to the learner, about what was frozen for it, for as long as it would have held; undefined where that is nothing, or over. */
export function anew(consent: Consent, consentId: string, now: Date): RequestConsent | undefined {
  const { question, validUntil = consent.askedUntil!, anew: frozen } = consent
  const categories = frozen[consentId]
  if (!question || !categories || validUntil <= now.toISOString().slice(0, 10)) return undefined
  const { guardianId: _, ...asked } = question
  return { ...asked, consentId, categories, validUntil, now }
}

/** The clock's: reads end at `validUntil` by themselves, this writes it down; and a question that nobody answered is over with the day it asked for. */
export function expire(consent: Consent, today: string): ConsentEvent[] {
  if (consent.status !== 'given' && consent.status !== 'requested') return []
  const on = consent.status === 'given' ? consent.validUntil! : consent.askedUntil!
  return on > today ? [] : [{ type: 'ConsentExpired', data: { on } }]
}

/** By the agency that asked: the person is asked no more. What was answered is theirs. */
export function cancelRequest(consent: Consent, agencyId: string): ConsentEvent[] {
  refuseUnasked(consent)
  if (consent.status === 'cancelled') return []
  refuseEnded(consent, 'Nobody is asked any more; if it is needed, ask under another id.')
  if (consent.status !== 'requested')
    throw new Refused('CONSENT.ANSWERED', 'This was answered already.', 'What was said is the person’s to take back.', {
      status: consent.status,
    })
  return [{ type: 'ConsentRequestCancelled', data: { agencyId } }]
}

export function invalidate(consent: Consent, reason: string): ConsentEvent[] {
  refuseUnasked(consent)
  return consent.status === 'invalidated' ? [] : [{ type: 'ConsentInvalidated', data: { reason } }]
}

export function issueReceipt(consent: Consent, receiptId: string, now: Date): ConsentEvent[] {
  if (consent.receipts.includes(receiptId)) return []
  if (consent.status !== 'given')
    throw new Refused('CONSENT.NOT_GIVEN', 'A receipt is for a consent that was given.', 'Give it first.')
  return [{ type: 'ReceiptIssued', data: { receiptId, at: now.toISOString() } }]
}

export const consent: Decider<Consent, ConsentEvent> = {
  events: consentEvents,
  initial: { status: 'none', asked: [], given: [], receipts: [], taken: {}, shortened: {}, anew: {} },
  subject: state => state.learnerId,
  closes(state, event) {
    const { learnerId, recipientAgencyId: agencyId, purpose, given, validUntil, dataPeriod } = state
    const closed = (categories: readonly Category[], more: { readonly from?: string } = {}) =>
      categories.length === 0 ? [] : [{ learnerId, agencyId, purpose, categories, ...more }]
    switch (event.type) {
      case 'ConsentRequested':
      case 'ConsentRequestCancelled':
      case 'ConsentRenewalDue':
      case 'ReceiptIssued':
        return []
      // A no stands above every agreement too.
      case 'ConsentRefused':
      case 'ConsentPartlyWithdrawn':
        return closed(event.data.categories)
      case 'ConsentFrozen':
        return closed(given.filter(category => event.data.categories.includes(category)))
      case 'ConsentWithdrawn':
      case 'ConsentInvalidated':
        return closed(given)
      case 'ConsentExpired':
        return closed(given, { from: startOf(event.data.on) })
      case 'ConsentGiven': {
        // Of fewer days than before: all of it, until it is known of which.
        const isAsWide = isWithin(dataPeriod, periodOf(event.data))
        const kept = isAsWide ? given.filter(category => event.data.categories.includes(category)) : []
        const shorter = shorterFrom({ until: validUntil }, { until: event.data.validUntil })
        return [...closed(given.filter(category => !kept.includes(category))), ...(shorter ? closed(kept, shorter) : [])]
      }
    }
  },
  evolve(state, event) {
    switch (event.type) {
      case 'ConsentRequested': {
        const { learnerId, requestedByAgencyId, recipientAgencyId, recipientRole, purpose, categories, validUntil } = event.data
        const recipient = { recipientAgencyId, ...(recipientRole && { recipientRole }) }
        const who = event.data.guardianId === undefined ? {} : { guardianId: event.data.guardianId }
        const asked = { question: event.data, ...who, asked: categories, askedUntil: validUntil }
        return { ...state, status: 'requested', learnerId, requestedByAgencyId, ...recipient, purpose, ...asked }
      }
      case 'ConsentGiven': {
        const { categories, validUntil, at } = event.data
        const { guardianId: _, dataPeriod: _period, ...before } = left(shortenedBy(state, event), event, categories)
        const dataPeriod = periodOf(event.data)
        const who = event.data.guardianId === undefined ? {} : { guardianId: event.data.guardianId }
        const period = dataPeriod && { dataPeriod }
        return { ...before, ...who, ...period, status: 'given', validUntil, givenSince: state.givenSince ?? at }
      }
      case 'ConsentRefused':
        return { ...state, status: 'refused' }
      case 'ConsentPartlyWithdrawn':
        return left(
          state,
          event,
          state.given.filter(c => !event.data.categories.includes(c)),
        )
      case 'ConsentWithdrawn':
        return { ...left(state, event, []), status: 'withdrawn' }
      case 'ConsentExpired':
        return { ...left(state, event, []), status: 'expired' }
      case 'ConsentInvalidated':
        return { ...left(state, event, []), status: 'invalidated' }
      case 'ConsentRequestCancelled':
        return { ...state, status: 'cancelled' }
      case 'ConsentRenewalDue':
        return { ...state, remindedOf: event.data.validUntil }
      case 'ConsentFrozen': {
        const without = (of: readonly Category[]) => of.filter(c => !event.data.categories.includes(c))
        // Learners' own yes stands whatever becomes of their guardians.
        const given = state.status === 'given' && state.guardianId === undefined ? state.given : without(state.given)
        const asked = without(state.asked)
        const isOver = (state.status === 'given' ? given : asked).length === 0
        const { anewId, categories } = event.data
        const frozen = anewId === undefined ? {} : { anew: { ...state.anew, [anewId]: categories } }
        return { ...left(state, event, given), asked, ...frozen, ...(isOver && { status: 'frozen' }) }
      }
      case 'ReceiptIssued':
        return { ...state, receipts: [...state.receipts, event.data.receiptId] }
    }
  },
}

/** What is given from this event on, and what it took away. */
function left(state: Consent, { eventId }: Traced, given: readonly Category[]): Consent {
  const gone = state.given.filter(c => !given.includes(c))
  return { ...state, given, ...(eventId && gone.length > 0 && { taken: { ...state.taken, [eventId]: gone } }) }
}

/** A day that is not named any more is taken back of every category that stays. */
function shortenedBy(state: Consent, { eventId, data }: Extract<ConsentEvent, { type: 'ConsentGiven' }> & Traced): Consent {
  const stays = state.given.filter(category => data.categories.includes(category))
  if (!eventId || stays.length === 0 || isWithin(state.dataPeriod, periodOf(data))) return state
  return { ...state, shortened: { ...state.shortened, [eventId]: stays } }
}

function refuseUnasked(consent: Consent): void {
  if (consent.status === 'none') throw new Refused('CONSENT.NOT_REQUESTED', 'Nobody asked for this consent.', 'Check the id.')
}
/** Only an agency asks. */
const toThePerson = 'You need do nothing. Whoever needs it asks you again.'
const isEnded = ({ status }: Consent): boolean =>
  status === 'expired' || status === 'invalidated' || status === 'frozen' || status === 'cancelled'
/** Until when a yes may reach: what was asked, or what holds now, once it was renewed. */
const reachOf = ({ status, validUntil, askedUntil }: Consent): string =>
  status === 'given' && validUntil! > askedUntil! ? validUntil! : askedUntil!
/** Over, also where the clock has not come by yet. */
function refuseEnded(consent: Consent, next: string, today?: string): void {
  const isOver = today !== undefined && reachOf(consent) <= today
  if (isOver || isEnded(consent))
    throw new Refused('CONSENT.ENDED', `This consent is ${isEnded(consent) ? consent.status : 'expired'}.`, next)
}
/** A question that nobody could answer, or whose yes would open nothing. */
function refuseInVain(asked: Omit<RequestConsent, 'now'>, { recipientSector: sector, seesGuardian }: RequestFacts): void {
  const { recipientAgencyId, recipientRole, purpose, guardianId } = asked
  if (guardianId !== undefined && seesGuardian === false)
    throw new Refused(
      'CONSENT.NO_GUARDIAN',
      'You see no guardian of the learner with this id.',
      'Name one whom you see, or none; or let a colleague ask who sees the guardians.',
      { guardianId },
    )
  if (sector === null)
    throw new Refused('CONSENT.NO_RECIPIENT', 'No open agency has this id.', 'Name one of the agencies.', { recipientAgencyId })
  if (sector === undefined) return
  const receiving = rolesOf(sector).filter(role => (recipientRole ?? role) === role && mayReceive(role, purpose))
  const inVain = asked.categories.filter(category => !receiving.some(role => isOpened(category, role)))
  if (inVain.length > 0)
    throw new Refused(
      'CONSENT.NOT_A_RECIPIENT',
      'Nobody there may see this for this purpose, whatever is said: the consent would open nothing.',
      'Leave these categories out, or name another recipient, role or purpose.',
      { recipientAgencyId, ...(recipientRole && { recipientRole }), purpose, categories: [...new Set(inVain)] },
    )
}
/** Whether a yes may open anything of the category to the role: rows of others. A referral goes out on it, and is its recipient's own from then on. */
const isOpened = (category: Category, role: Role): boolean => {
  const { all, own } = cellOf(category, role)
  return (all !== undefined && all.basis !== 'release') || (category === 'C12' && own !== undefined)
}
/** R-C.1: a question is of one category for one purpose to one recipient, and nobody is asked it again while they think. */
function refuseAsked(categories: readonly Category[], { asked = [] }: RequestFacts): void {
  for (const { consentId, categories: before } of asked) {
    const twice = before.filter(category => categories.includes(category))
    if (twice.length > 0)
      throw new Refused(
        'CONSENT.ASKED',
        'Your agency has asked this already.',
        'Wait for the answer. Who sees it may take the question back, or ask again once there is one; other categories may be asked.',
        { consentId, categories: twice },
      )
  }
}
/** Learners and guardians act for themselves: nothing is shared with them by consent. */
const mayReceive = (role: Role, purpose: Purpose) => !roleTerms[role].sectors.includes('learner') && mayChoose(role, purpose)
function refuseIncapable({ mayDecide }: Capacity): void {
  if (!mayDecide)
    throw new Refused(
      'CONSENT.NO_CAPACITY',
      'This person may not decide this for the learner.',
      'Ask the learner, or a guardian whose authority is verified.',
    )
}
/** R-C.5: twelve months at most, and not over before it begins. */
function refuseTooLong(validUntil: string, now: Date): void {
  const today = now.toISOString().slice(0, 10)
  const latest = `${Number(today.slice(0, 4)) + 1}${today.slice(4)}`
  if (validUntil <= today)
    throw new Refused('CONSENT.OVER', 'It would end before it begins.', 'Choose a later day.', { validUntil })
  if (validUntil > latest)
    throw new Refused('CONSENT.TOO_LONG', 'A consent lasts twelve months at most.', 'Choose an earlier day.', {
      validUntil,
      latest,
    })
}
/** Undefined: data of all days. */
const periodOf = ({ dataFrom, dataUntil }: Pick<GiveConsent, 'dataFrom' | 'dataUntil'>): DataPeriod | undefined =>
  dataFrom || dataUntil ? { ...(dataFrom && { from: dataFrom }), ...(dataUntil && { until: dataUntil }) } : undefined
const samePeriod = (a: DataPeriod = {}, b: DataPeriod = {}) => periodKey(a) === periodKey(b)
/** Whether every row of the one is of the other. */
const isWithin = (one: DataPeriod = {}, other: DataPeriod = {}) => liesIn(daysOf(one), other)
const sameSet = (a: readonly string[], b: readonly string[]) => a.length === new Set(b).size && a.every(x => b.includes(x))
/** Whether any of these languages is one of those that somebody reads, whatever its region or script. */
export const readsAny = (reads: readonly string[], languages: readonly string[]): boolean =>
  languages.some(language => reads.some(each => primary(each) === primary(language)))
const primary = (tag: string) => tag.split('-')[0]!.toLowerCase()
