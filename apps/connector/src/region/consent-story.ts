import { addDays } from '@passerelle/event-log'
import { consent, expire, give, invalidate, issueReceipt, refuse, request, withdraw } from '@passerelle/consent'
import type { Category, Purpose } from '@passerelle/sharing'
import type { Person, StoryTime } from './learner-story.js'
import { colleague } from './learner-story.js'
import type { Chance } from './random.js'
import { dayAt, step, type Step } from './step.js'

export interface GivenConsent {
  readonly consentId: string
  readonly recipientAgencyId: string
  readonly categories: readonly Category[]
  readonly givenOn: string
  readonly validUntil: string
  /** The day on which it was withdrawn in whole. */
  readonly withdrawnOn?: string
}

const endings = [
  'given',
  'given',
  'refused',
  'partlyWithdrawn',
  'withdrawn',
  'requested',
  'given',
  'expired',
  'given',
  'invalidated',
] as const

/** Consents asked for, given, refused, withdrawn in whole and in part, expired: asked by the school, for what each recipient needs. */
export function* askForConsents(person: Person, { start, endDay }: StoryTime, chance: Chance): Generator<Step, GivenConsent[]> {
  const { learnerId, number, district, schoolClass, guardian, isMinor, self } = person
  const given: GivenConsent[] = []
  const asks: [string, Purpose, Category[]][] = [
    [district.social, 'socialSupport', ['C3', 'C5', 'C8', 'C9', 'C12']],
    [district.health, 'healthCare', ['C3', 'C5', 'C8', 'C12']],
    [district.employment, 'employmentSupport', ['C3', 'C4', 'C12', 'C17']],
  ]
  const coordinator = colleague(person, schoolClass.agencyId, 'educationCoordinator')
  for (const [i, [recipientAgencyId, purpose, categories]] of asks.entries()) {
    if ((number + i) % 2 === 1) continue
    const consentId = chance.uuid()
    const ending = endings[(Math.floor(number / 2) + i * 3) % endings.length]!
    const asked = dayAt(start, chance.int(70, 110))
    const validUntil = ending === 'expired' ? addDays(asked, 60) : addDays(asked, 360)
    const at = (day: string) => new Date(`${day}T09:00:00.000Z`)
    yield step(coordinator, asked, consent, consentId, state =>
      request(
        state,
        {
          consentId,
          learnerId,
          requestedByAgencyId: coordinator.agencyId,
          recipientAgencyId,
          purpose,
          categories,
          noticeVersion: '2025-1',
          language: 'en',
          easyRead: true,
          validUntil,
          now: at(asked),
        },
        { readsLanguages: [] },
      ),
    )
    if (ending === 'requested') continue
    const answered = addDays(asked, chance.int(1, 12))
    const byGuardian = isMinor && guardian?.verified && number % 4 === 0
    const party = byGuardian ? { by: 'guardian' as const, guardianId: guardian.guardianId } : { by: 'learner' as const }
    const who = byGuardian
      ? { userId: guardian.guardianId, agencyId: 'learner', role: 'guardian' as const, onBehalfOf: learnerId }
      : self
    const capacity = { mayDecide: true }
    if (ending === 'refused') {
      yield step(who, answered, consent, consentId, state =>
        refuse(state, { ...party, reason: 'Not now', today: answered }, capacity),
      )
      continue
    }
    const yes = chance.yes(70) ? categories : categories.filter(category => category === 'C12' || chance.yes(60))
    yield step(
      who,
      answered,
      consent,
      consentId,
      state => give(state, { ...party, categories: yes, method: 'online', now: at(answered) }, capacity),
      state => issueReceipt(state, `${consentId}-receipt`, at(answered)),
    )
    const later = addDays(answered, 120 + (number % 60))
    const base = { consentId, recipientAgencyId, categories: yes, givenOn: answered, validUntil }
    if (ending === 'withdrawn' && later < endDay) {
      yield step(who, later, consent, consentId, state => withdraw(state, { ...party, reason: 'I do not want this any more' }))
      given.push({ ...base, withdrawnOn: later })
    } else if (ending === 'partlyWithdrawn' && later < endDay && yes.length > 1) {
      yield step(who, later, consent, consentId, state => withdraw(state, { ...party, categories: [yes[0]!] }))
      given.push({ ...base, categories: yes.slice(1) })
    } else if (ending === 'expired')
      yield step(coordinator, addDays(validUntil, 1), consent, consentId, state => expire(state, addDays(validUntil, 1)))
    else if (ending === 'invalidated')
      yield step(coordinator, addDays(answered, 5), consent, consentId, state => invalidate(state, 'wrongNotice'))
    else given.push(base)
  }
  return given
}
