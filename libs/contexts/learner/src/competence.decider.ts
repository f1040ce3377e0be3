import { addDays, Refused, sameValue } from '@passerelle/event-log'
import { type AgeLines, categories as everyCategory, type Category, type Role } from '@passerelle/sharing'
import { reachedBy } from './deciding.js'
import { type CompetenceRecord, type DataOf, type Learner, refuseGone, refuseUnknown } from './learner.decider.js'
import type { LearnerEvent } from './learner.events.js'

/** Who may find a minor able to decide, and on what: professionals in the matters of their own profession, the safeguarding lead on any. */
export const judges: Readonly<Partial<Record<Role, readonly Category[]>>> = {
  healthProfessional: ['C5', 'C6', 'C7', 'C8'],
  schoolPsychologist: ['C5', 'C7', 'C8'],
  safeguardingLead: everyCategory,
}
/** After this it is looked at again: children grow, and so does what they are asked. */
export const competenceLongestDays = 366

/** Who found it stands in the event, and until when it holds without being looked at again. */
export function recordCompetence(learner: Learner, command: CompetenceRecord, role: Role, today: string): LearnerEvent[] {
  refuseGone(learner)
  const data = { ...command, categories: [...new Set(command.categories)] }
  const { competenceId, categories, from, reviewBy } = data
  const known = learner.competences[competenceId]
  if (known && sameValue(known, data)) return []
  if (known)
    throw new Refused(
      'LEARNER.COMPETENCE_EXISTS',
      'Another finding has this id.',
      'End it, and record the new one under its own id.',
      {
        competenceId,
      },
    )
  if (categories.length === 0)
    throw new Refused('LEARNER.NO_CATEGORY', 'A finding names the matters that it is about.', 'Name at least one category.')
  const notTheirs = categories.filter(category => !judges[role]?.includes(category))
  if (notTheirs.length > 0)
    throw new Refused(
      'LEARNER.NOT_THEIRS_TO_JUDGE',
      'This is not for this role to judge.',
      'Leave these out, or ask the safeguarding lead.',
      {
        categories: notTheirs,
      },
    )
  if (from > today || reviewBy <= today || reviewBy <= from)
    throw new Refused('LEARNER.PERIOD', 'A finding is about now, until a day to come.', 'Choose another day.', { from, reviewBy })
  const latest = addDays(today, competenceLongestDays)
  if (reviewBy > latest)
    throw new Refused('LEARNER.REVIEW_TOO_LATE', 'It is to be looked at again earlier.', 'Choose an earlier day.', {
      reviewBy,
      latest,
    })
  return [{ type: 'CompetenceRecorded', data }]
}

export function endCompetence(learner: Learner, command: DataOf<'CompetenceEnded'>): LearnerEvent[] {
  refuseUnknown(learner)
  return learner.competences[command.competenceId] ? [{ type: 'CompetenceEnded', data: command }] : []
}

/** The clock's: reads follow the day by themselves; this says it, where there is a guardian whose say ends with it. */
export function reachAgeOfDecision(learner: Learner, today: string, lines: AgeLines): LearnerEvent[] {
  if (learner.forgotten || Object.keys(learner.guardians).length === 0) return []
  const categories = reachedBy(learner, today, lines, everyCategory)
  return categories.length > 0 ? [{ type: 'AgeOfDecisionReached', data: { categories } }] : []
}
