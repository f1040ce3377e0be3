import { sameValue, shorterFrom, startOf } from '@passerelle/event-log'
import { type Closing, learnerAgencyId } from '@passerelle/sharing'
import type { GuardianRecord, Learner } from './learner.decider.js'
import type { LearnerEvent } from './learner.events.js'

/**
 * What an event about who the learner is takes from readers. With a guardian's authority to consent, or the day of birth, goes what guardians said yes to,
 * wherever that was: the whole record waits for the models.
 */
export function closedBy(state: Learner, event: LearnerEvent): readonly Closing[] {
  const { learnerId } = state
  switch (event.type) {
    case 'AgencyStandingEnded':
      return [{ learnerId, agencyId: event.data.agencyId }]
    case 'AgencyStandingRecorded': {
      const { agencyId } = event.data
      const known = state.standings[agencyId]
      const shorter = known && shorterFrom(known, event.data)
      return shorter ? [{ learnerId, agencyId, ...shorter }] : []
    }
    case 'GuardianEnded': {
      const { guardianId } = event.data
      const saidYes = state.guardians[guardianId]?.authority.includes('consents') ?? true
      return [saidYes ? { learnerId } : { learnerId, userId: guardianId, agencyId: learnerAgencyId }]
    }
    case 'GuardianRecorded': {
      const known = state.guardians[event.data.guardianId]
      return known && grantsLess(known, event.data) ? [{ learnerId }] : []
    }
    case 'LearnerAccountLinked':
      return state.accountHash ? [{ userId: learnerId, agencyId: learnerAgencyId }] : []
    case 'GuardianAccountLinked': {
      const { guardianId } = event.data
      return state.guardianAccounts[guardianId] ? [{ userId: guardianId, agencyId: learnerAgencyId }] : []
    }
    case 'DemographicsCorrected': {
      const { birthDate = state.birthDate } = event.data
      // Who is of no known age counts as of age, where no guardian decides: to learn it only opens.
      return state.birthDate === undefined || sameValue(birthDate, state.birthDate) ? [] : [{ learnerId }]
    }
    case 'CategoryKeyDestroyed': {
      const { category } = event.data
      return [category === 'C1' ? { learnerId } : { learnerId, categories: [category] }]
    }
    case 'LearnerForgotten':
      return [{ learnerId }]
    case 'GuardianExcluded': {
      const { categories, from } = event.data
      return [{ learnerId, categories, from: startOf(from) }]
    }
    case 'CompetenceRecorded':
      return [{ learnerId, categories: event.data.categories }]
    case 'GuardianExclusionEnded':
    case 'CompetenceEnded':
    // Reads follow the day by themselves.
    case 'AgeOfDecisionReached':
    case 'PersonRegistered':
    case 'IdentifierAttached':
    case 'DemographicsRecorded':
    case 'ContactRecorded':
    case 'LanguagesRecorded':
      return []
  }
}

/** Whether anything that the guardian may do or see, or its time, is not there any more. */
const grantsLess = (before: GuardianRecord, now: GuardianRecord): boolean =>
  (before.verified && !now.verified) ||
  before.authority.some(power => !now.authority.includes(power)) ||
  now.excluded.some(category => !before.excluded.includes(category)) ||
  shorterFrom(before, now) !== undefined
