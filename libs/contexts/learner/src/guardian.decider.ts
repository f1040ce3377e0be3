import { Refused, sameValue } from '@passerelle/event-log'
import {
  type DataOf,
  type ExclusionRecord,
  type GuardianRecord,
  type Learner,
  refuseGone,
  refuseUnknown,
} from './learner.decider.js'
import type { LearnerEvent } from './learner.events.js'

/** A guardian acts for the learner once the relation is verified, until the last day, and never in the categories that are kept from them. */
export function recordGuardian(learner: Learner, command: GuardianRecord): LearnerEvent[] {
  refuseGone(learner)
  const { from, until, authority, verified } = command
  if (until !== undefined && until <= from)
    throw new Refused('LEARNER.PERIOD', 'The guardianship would end before it begins.', 'Choose a later last day.', {
      from,
      until,
    })
  if (!verified && authority.some(power => power !== 'informed'))
    throw new Refused(
      'LEARNER.GUARDIAN_UNVERIFIED',
      'Nobody consents or signs for a learner before the relation is verified.',
      'Verify it, or record what they may be told.',
      {
        guardianId: command.guardianId,
      },
    )
  const known = learner.guardians[command.guardianId]
  return known && sameValue(known, command) ? [] : [{ type: 'GuardianRecorded', data: command }]
}

export function linkGuardianAccount(learner: Learner, command: DataOf<'GuardianAccountLinked'>): LearnerEvent[] {
  refuseGone(learner)
  const guardian = learner.guardians[command.guardianId]
  if (!guardian)
    throw new Refused('LEARNER.NO_GUARDIAN', 'The learner has no such guardian.', 'Record them first.', {
      guardianId: command.guardianId,
    })
  if (!guardian.verified)
    throw new Refused(
      'LEARNER.GUARDIAN_UNVERIFIED',
      'Nobody signs in as a guardian before the relation is verified.',
      'Verify it first.',
      { guardianId: command.guardianId },
    )
  return learner.guardianAccounts[command.guardianId] === command.accountHash
    ? []
    : [{ type: 'GuardianAccountLinked', data: command }]
}

export function endGuardian(learner: Learner, command: DataOf<'GuardianEnded'>): LearnerEvent[] {
  refuseUnknown(learner)
  return learner.guardians[command.guardianId] ? [{ type: 'GuardianEnded', data: command }] : []
}

/** A court, a protection order or a conflict of interest keeps something from one guardian: they neither see it nor decide on it, others do. */
export function excludeGuardian(learner: Learner, command: ExclusionRecord): LearnerEvent[] {
  refuseGone(learner)
  const { exclusionId, guardianId, categories, from, until } = command
  const data = { ...command, categories: [...new Set(categories)] }
  const known = learner.exclusions[exclusionId]
  if (known && sameValue(known, data)) return []
  if (known)
    throw new Refused(
      'LEARNER.EXCLUSION_EXISTS',
      'Another exclusion has this id.',
      'End it, and record the new one under its own id.',
      {
        exclusionId,
      },
    )
  if (!learner.guardians[guardianId])
    throw new Refused('LEARNER.NO_GUARDIAN', 'The learner has no such guardian.', 'Record them first.', { guardianId })
  if (categories.length === 0)
    throw new Refused('LEARNER.NO_CATEGORY', 'An exclusion names what it keeps.', 'Name at least one category.')
  if (until !== undefined && until <= from)
    throw new Refused('LEARNER.PERIOD', 'It would end before it begins.', 'Choose a later last day.', { from, until })
  return [{ type: 'GuardianExcluded', data }]
}

export function endExclusion(learner: Learner, command: DataOf<'GuardianExclusionEnded'>): LearnerEvent[] {
  refuseUnknown(learner)
  return learner.exclusions[command.exclusionId] ? [{ type: 'GuardianExclusionEnded', data: command }] : []
}
