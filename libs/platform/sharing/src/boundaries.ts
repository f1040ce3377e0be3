import { comesOfAge, type Instant, type LearnerFacts, type Period, type Region } from './facts.js'
import { learnerAgencyId } from './roles.js'
import type { Purpose } from './vocabulary.js'

/** Every instant at which what this agency may see of the learner can change by itself, in order. Between two of them nothing changes. */
export function boundaries(facts: LearnerFacts, region: Region, agencyId: string, more: readonly Period[] = []): Instant[] {
  const until = region.agency(agencyId)?.until
  const assignments = facts.assignments.filter(assignment => assignment.agencyId === agencyId)
  return turns(facts, region, agencyId, undefined, [
    ...assignments,
    ...facts.breakGlass,
    ...more,
    ...(until === undefined ? [] : [{ from: until }]),
  ])
}

/** The instants at which the grounds of this agency for one purpose can change, whoever is assigned. Without a purpose: for any. */
export function turns(
  facts: LearnerFacts,
  region: Region,
  agencyId: string,
  purpose: Purpose | undefined,
  more: readonly Period[] = [],
): Instant[] {
  const instants = new Set<Instant>()
  const add = ({ from, until }: Period) => {
    instants.add(from)
    if (until !== undefined) instants.add(until)
  }
  const isFor = (purposes: readonly Purpose[] | undefined) => purpose === undefined || !purposes || purposes.includes(purpose)
  const touches = (scope: { agencyId?: string; purpose?: Purpose }) =>
    (scope.agencyId === undefined || scope.agencyId === agencyId) && isFor(scope.purpose && [scope.purpose])
  for (const standing of facts.standings) if (touches(standing) && isFor(standing.purposes)) add(standing)
  for (const mandate of facts.mandates) if (touches(mandate)) add(mandate)
  for (const objection of facts.objections) if (touches(objection)) add(objection)
  const answers = facts.answers.filter(touches)
  for (const { at, until } of answers) add({ from: at, until })
  facts.restrictions.forEach(add)
  facts.releases.forEach(add)
  for (const agreement of region.agreementsOf(agencyId)) if (isFor(agreement.purposes)) add(agreement)
  more.forEach(add)
  if (agencyId === learnerAgencyId || answers.some(a => a.guardianId !== undefined)) {
    for (const guardian of facts.guardians) [guardian, ...(guardian.exclusions ?? [])].forEach(add)
    facts.competences.forEach(add)
    const { ageOfDecision, ageLines = [] } = region.facts
    ageLines.forEach(add)
    for (const years of new Set(
      [ageOfDecision, ...ageLines].flatMap(lines => [lines.years, ...Object.values(lines.byCategory ?? {})]),
    )) {
      const birthday = comesOfAge(facts.birthDate, years)
      if (birthday) instants.add(birthday)
    }
  }
  return [...instants].sort()
}
