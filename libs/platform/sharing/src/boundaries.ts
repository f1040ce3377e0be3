import { comesOfAge, type Instant, type LearnerFacts, type Period, type Region } from './facts.js'
import { learnerAgencyId } from './roles.js'
import { categories } from './vocabulary.js'

/** Every instant at which what this agency may see of the learner can change by itself, in order. Between two of them nothing changes. */
export function boundaries(facts: LearnerFacts, region: Region, agencyId: string, more: readonly Period[] = []): Instant[] {
  const instants = new Set<Instant>()
  const add = ({ from, until }: Period) => {
    instants.add(from)
    if (until !== undefined) instants.add(until)
  }
  const touches = (scope: { agencyId?: string }) => scope.agencyId === undefined || scope.agencyId === agencyId
  for (const standing of facts.standings) if (touches(standing)) add(standing)
  for (const assignment of facts.assignments) if (touches(assignment)) add(assignment)
  for (const mandate of facts.mandates) if (touches(mandate)) add(mandate)
  const answers = facts.answers.filter(touches)
  for (const { at, until } of answers) add({ from: at, until })
  facts.restrictions.forEach(add)
  facts.releases.forEach(add)
  facts.breakGlass.forEach(add)
  region.agreementsOf(agencyId).forEach(add)
  more.forEach(add)
  const until = region.agency(agencyId)?.until
  if (until !== undefined) instants.add(until)
  if (agencyId === learnerAgencyId || answers.some(a => a.guardianId !== undefined)) {
    facts.guardians.forEach(add)
    for (const years of new Set(categories.map(category => region.ageLine(category)))) {
      const birthday = comesOfAge(facts.birthDate, years)
      if (birthday) instants.add(birthday)
    }
  }
  return [...instants].sort()
}
