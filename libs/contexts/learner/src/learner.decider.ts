import { correctedEvent, type Decider, Refused, sameValue } from '@passerelle/event-log'
import type { Erased } from '@passerelle/keyring'
import { categories, type Category } from '@passerelle/sharing'
import { closedBy } from './closed-by.js'
import { type LearnerEvent, learnerEvents } from './learner.events.js'

export type DataOf<T extends LearnerEvent['type']> = Extract<LearnerEvent, { type: T }>['data']

export interface Demographics {
  readonly givenName?: string | Erased
  readonly familyName?: string | Erased
  readonly birthDate?: string | Erased
}
export type GuardianRecord = DataOf<'GuardianRecorded'>
export type ExclusionRecord = DataOf<'GuardianExcluded'>
export type CompetenceRecord = DataOf<'CompetenceRecorded'>

export interface Learner extends Demographics {
  readonly learnerId?: string
  readonly registeredByAgencyId?: string
  readonly sex?: unknown
  readonly municipality?: unknown
  readonly contact?: unknown
  readonly firstLanguage?: string | Erased
  readonly languageOfInstruction?: string | Erased
  /** `agency|system|hash` of each identifier. */
  readonly identifiers: readonly string[]
  readonly standings: Readonly<Record<string, { readonly from?: string; readonly until?: string }>>
  readonly accountHash?: string
  readonly guardians: Readonly<Record<string, GuardianRecord>>
  readonly guardianAccounts: Readonly<Record<string, string>>
  /** What is kept from guardians, by the exclusion's id; those that ended are gone. */
  readonly exclusions: Readonly<Record<string, ExclusionRecord>>
  /** Where a minor decides alone, by id; what ended is gone. */
  readonly competences: Readonly<Record<string, CompetenceRecord>>
  /** Categories in which coming of age was said. */
  readonly ofAge: readonly Category[]
  readonly erased: readonly Category[]
  /** As a whole: nothing more is recorded. */
  readonly forgotten: boolean
  /** Events that said who this is, oldest first: what a correction may name. */
  readonly saidBy: readonly string[]
}

export type RegisterPerson = DataOf<'PersonRegistered'>

export function register(learner: Learner, command: RegisterPerson, today: string): LearnerEvent[] {
  if (learner.forgotten) refuseGone(learner)
  if (learner.learnerId === undefined) {
    refuseBirthDate(command.birthDate, today)
    return [{ type: 'PersonRegistered', data: command }]
  }
  const { givenName, familyName, birthDate } = command
  const same =
    sameValue(learner.givenName, givenName) &&
    sameValue(learner.familyName, familyName) &&
    sameValue(learner.birthDate, birthDate)
  if (learner.registeredByAgencyId === command.agencyId && same) return []
  throw new Refused('LEARNER.EXISTS', 'A person has this id already.', 'Correct their demographics, or choose another id.', {
    learnerId: command.learnerId,
  })
}

export function attachIdentifier(learner: Learner, command: DataOf<'IdentifierAttached'>): LearnerEvent[] {
  refuseGone(learner)
  return learner.identifiers.includes(identifierKey(command)) ? [] : [{ type: 'IdentifierAttached', data: command }]
}

export function recordStanding(learner: Learner, command: DataOf<'AgencyStandingRecorded'>): LearnerEvent[] {
  refuseGone(learner)
  const { agencyId, from, until } = command
  if (until !== undefined && until <= from)
    throw new Refused('LEARNER.PERIOD', 'It would end before it begins.', 'Choose a later last day.', { from, until })
  const known = learner.standings[agencyId]
  return known && known.from === from && known.until === until ? [] : [{ type: 'AgencyStandingRecorded', data: command }]
}

/** The agency works with the learner no more: its model loses them. */
export function endStanding(learner: Learner, command: DataOf<'AgencyStandingEnded'>): LearnerEvent[] {
  refuseUnknown(learner)
  return learner.standings[command.agencyId] ? [{ type: 'AgencyStandingEnded', data: command }] : []
}

/** Without `correctsEventId`: the last that said it. */
export type CorrectDemographics = Omit<DataOf<'DemographicsCorrected'>, 'correctsEventId'> & { readonly correctsEventId?: string }

/** R-0.2: names the event that it corrects. What it leaves out stays. */
export function correctDemographics(learner: Learner, command: CorrectDemographics, today: string): LearnerEvent[] {
  refuseGone(learner)
  const { givenName = learner.givenName, familyName = learner.familyName, birthDate = learner.birthDate } = command
  const same =
    sameValue(learner.givenName, givenName) &&
    sameValue(learner.familyName, familyName) &&
    sameValue(learner.birthDate, birthDate)
  if (same) return []
  refuseBirthDate(command.birthDate, today)
  const correctsEventId = correctedEvent(learner.saidBy, command.correctsEventId)
  return [{ type: 'DemographicsCorrected', data: { ...command, correctsEventId } }]
}

/** No living person is known to have been older than 122. */
const oldestYears = 130

/** Who decides hangs on the age: a mistyped year would give the word to another. */
function refuseBirthDate(birthDate: string | Erased | undefined, today: string): void {
  if (typeof birthDate !== 'string') return
  // Of a month or a year alone the first day counts.
  const isToCome = `${birthDate}-01-01`.slice(0, 10) > today
  if (isToCome || Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4)) > oldestYears)
    throw new Refused(
      'LEARNER.BIRTH_DATE',
      `The birth date is ${isToCome ? 'after today' : `more than ${oldestYears} years ago`}.`,
      'Look at its year; where the day is not known, leave it out.',
      { field: 'birthDate' },
    )
}

export function recordDemographics(learner: Learner, command: DataOf<'DemographicsRecorded'>): LearnerEvent[] {
  refuseGone(learner)
  const { sex = learner.sex, municipality = learner.municipality } = command
  return sameValue(learner.sex, sex) && sameValue(learner.municipality, municipality)
    ? []
    : [{ type: 'DemographicsRecorded', data: command }]
}

export function recordContact(learner: Learner, contact: DataOf<'ContactRecorded'>['contact']): LearnerEvent[] {
  refuseGone(learner)
  return sameValue(learner.contact, contact) ? [] : [{ type: 'ContactRecorded', data: { contact } }]
}

export function recordLanguages(learner: Learner, command: DataOf<'LanguagesRecorded'>): LearnerEvent[] {
  refuseGone(learner)
  const same =
    sameValue(learner.firstLanguage, command.firstLanguage) &&
    sameValue(learner.languageOfInstruction, command.languageOfInstruction)
  return same ? [] : [{ type: 'LanguagesRecorded', data: command }]
}

export function linkAccount(learner: Learner, accountHash: string): LearnerEvent[] {
  refuseGone(learner)
  return learner.accountHash === accountHash ? [] : [{ type: 'LearnerAccountLinked', data: { accountHash } }]
}

/** Writes down that the key of a category was destroyed, so that every model forgets and says what stays (GDPR 17(3)). */
export function forgetCategory(learner: Learner, command: DataOf<'CategoryKeyDestroyed'>): LearnerEvent[] {
  refuseUnknown(learner)
  return learner.erased.includes(command.category) ? [] : [{ type: 'CategoryKeyDestroyed', data: command }]
}

/** Forgetting waits as long as somebody is kept safe by what is known. */
export function unlessHeld(isHeld: boolean, decide: () => LearnerEvent[]): LearnerEvent[] {
  if (isHeld)
    throw new Refused(
      'LEARNER.FORGETTING_WAITS',
      'A safeguarding restriction is in force: nothing is forgotten meanwhile.',
      'Say nothing of it, and try again once the restriction has ended.',
    )
  return decide()
}

export type ForgetLearner = Omit<DataOf<'LearnerForgotten'>, 'categories' | 'guardianIds'>

/** All that is not kept by a law that is named. Asked twice, or after every category went by itself: what is left to say is said once. */
export function forgetLearner(learner: Learner, { retained, ...command }: ForgetLearner): LearnerEvent[] {
  refuseUnknown(learner)
  if (learner.forgotten) return []
  if (retained.length === 0)
    throw new Refused(
      'LEARNER.RETENTION_UNSAID',
      'Something always stays: ids, types and times, and who looked.',
      'Say in retained what stays and under what law (GDPR 17(3)).',
    )
  const kept = retained.flatMap(({ category }) => category ?? [])
  return [
    {
      type: 'LearnerForgotten',
      data: {
        ...command,
        retained,
        categories: categories.filter(category => !kept.includes(category)),
        guardianIds: Object.keys(learner.guardians),
      },
    },
  ]
}

export const learner: Decider<Learner, LearnerEvent> = {
  events: learnerEvents,
  initial: {
    identifiers: [],
    standings: {},
    guardians: {},
    guardianAccounts: {},
    exclusions: {},
    competences: {},
    ofAge: [],
    erased: [],
    forgotten: false,
    saidBy: [],
  },
  subject: state => state.learnerId,
  closes: closedBy,
  evolve(state, event) {
    switch (event.type) {
      case 'PersonRegistered': {
        const { agencyId, ...person } = event.data
        const standings = { ...state.standings, [agencyId]: {} }
        return { ...state, ...person, registeredByAgencyId: agencyId, standings, saidBy: also(state, event.eventId) }
      }
      case 'IdentifierAttached':
        return { ...state, identifiers: [...state.identifiers, identifierKey(event.data)] }
      case 'AgencyStandingRecorded': {
        const { agencyId, from, until } = event.data
        return { ...state, standings: { ...state.standings, [agencyId]: { from, until } } }
      }
      case 'AgencyStandingEnded': {
        const { [event.data.agencyId]: _gone, ...standings } = state.standings
        return { ...state, standings }
      }
      case 'DemographicsCorrected': {
        const { correctsEventId: _c, reason: _r, ...corrected } = event.data
        // Who was thought older comes of age anew.
        const ofAge = corrected.birthDate === undefined ? state.ofAge : []
        return { ...state, ...corrected, ofAge, saidBy: also(state, event.eventId) }
      }
      case 'DemographicsRecorded':
        return { ...state, ...event.data }
      case 'ContactRecorded':
        return { ...state, contact: event.data.contact }
      case 'LanguagesRecorded':
        return { ...state, ...event.data }
      case 'LearnerAccountLinked':
        return { ...state, accountHash: event.data.accountHash }
      case 'GuardianRecorded':
        return { ...state, guardians: { ...state.guardians, [event.data.guardianId]: event.data } }
      case 'GuardianAccountLinked':
        return { ...state, guardianAccounts: { ...state.guardianAccounts, [event.data.guardianId]: event.data.accountHash } }
      case 'GuardianEnded': {
        const { [event.data.guardianId]: _g, ...guardians } = state.guardians
        const { [event.data.guardianId]: _a, ...guardianAccounts } = state.guardianAccounts
        return { ...state, guardians, guardianAccounts }
      }
      case 'GuardianExcluded':
        return { ...state, exclusions: { ...state.exclusions, [event.data.exclusionId]: event.data } }
      case 'GuardianExclusionEnded': {
        const { [event.data.exclusionId]: _e, ...exclusions } = state.exclusions
        return { ...state, exclusions }
      }
      case 'CompetenceRecorded':
        return { ...state, competences: { ...state.competences, [event.data.competenceId]: event.data } }
      case 'CompetenceEnded': {
        const { [event.data.competenceId]: _c, ...competences } = state.competences
        return { ...state, competences }
      }
      case 'AgeOfDecisionReached':
        return { ...state, ofAge: [...state.ofAge, ...event.data.categories] }
      case 'CategoryKeyDestroyed':
        return { ...state, erased: [...state.erased, event.data.category] }
      case 'LearnerForgotten': {
        const { accountHash: _, ...rest } = state
        return {
          ...rest,
          forgotten: true,
          erased: [...new Set([...state.erased, ...event.data.categories])],
          identifiers: [],
          guardianAccounts: {},
        }
      }
    }
  },
}

const also = ({ saidBy }: Learner, eventId: string | undefined) => (eventId === undefined ? saidBy : [...saidBy, eventId])
const identifierKey = ({ agencyId, system, valueHash }: DataOf<'IdentifierAttached'>) => `${agencyId}|${system}|${valueHash}`
export function refuseUnknown(learner: Learner): void {
  if (learner.learnerId === undefined)
    throw new Refused('LEARNER.UNKNOWN', 'Nobody is registered under this id.', 'Register the person first.')
}
export function refuseGone(learner: Learner): void {
  refuseUnknown(learner)
  if (learner.forgotten)
    throw new Refused('LEARNER.FORGOTTEN', 'This person was forgotten.', 'Record nothing more under this id.')
}
