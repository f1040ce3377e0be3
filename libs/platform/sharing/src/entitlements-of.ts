import { boundaries } from './boundaries.js'
import type { Assignment, Because, Entitlement, Levels } from './entitlement.js'
import { dawn, forever, type Instant, type LearnerFacts, type Period, type Region } from './facts.js'
import { counts, learnerAgencyId, roleTerms, rolesOf } from './roles.js'
import { Grounds } from './sight.js'
import { categories, type Category, type Level, type Purpose, type Role } from './vocabulary.js'

/**
 * What {@link decide} says of this learner for every agency, role and purpose that sees anything, now and later: one row for each stretch of
 * time in which the answer stays the same. The rows depend on the facts alone; `now` only leaves out what is past. Roles that nobody ever held
 * in an agency have no row, nor roles that need an assignment where none counts. `because` names what decided besides the role's own task.
 */
export function entitlementsOf(
  facts: LearnerFacts,
  region: Region,
  now: Instant,
): { readonly entitlements: Entitlement[]; readonly assignments: Assignment[] } {
  const assignments = assignmentsOf(facts, region)
  const entitlements: Entitlement[] = []
  for (const agencyId of agenciesOf(facts)) {
    const agency = region.agency(agencyId)
    if (!agency) continue
    const held = region.rolesHeld(agencyId)
    const seats = rolesOf(agency.sector).filter(
      role =>
        held.has(role) &&
        (roleTerms[role].reach === 'agency' || assignments.some(a => a.agencyId === agencyId && a.role === role)),
    )
    if (seats.length === 0) continue
    const starts = [dawn, ...boundaries(facts, region, agencyId)]
    for (const purpose of new Set(seats.flatMap(role => roleTerms[role].purposes)))
      entitlements.push(...stretches(facts, region, agencyId, purpose, seats, starts, agency.until ?? forever))
  }
  return {
    entitlements: entitlements.filter(e => e.validUntil > now),
    assignments: assignments.filter(a => a.validUntil > now),
  }
}

/** Agencies that the facts name, and the learner's own. */
export function agenciesOf(facts: LearnerFacts): readonly string[] {
  const named = new Set<string>()
  for (const { agencyId } of facts.standings) named.add(agencyId)
  for (const { agencyId } of facts.mandates) named.add(agencyId)
  for (const { agencyId, answer } of facts.answers) if (answer === 'given' && agencyId !== undefined) named.add(agencyId)
  named.delete(learnerAgencyId)
  return [...[...named].sort(), learnerAgencyId]
}

function stretches(
  facts: LearnerFacts,
  region: Region,
  agencyId: string,
  purpose: Purpose,
  seats: readonly Role[],
  starts: readonly Instant[],
  end: Instant,
): Entitlement[] {
  const roles = seats.filter(role => roleTerms[role].purposes.includes(purpose))
  const open = new Map<Role, Entitlement & { readonly same: string }>()
  const done: Entitlement[] = []
  const close = (role: Role, at: Instant) => {
    const row = open.get(role)
    open.delete(role)
    if (!row) return
    const { same: _, ...entitlement } = row
    done.push({ ...entitlement, validUntil: at })
  }
  for (const at of starts) {
    if (at >= end) break
    const grounds = new Grounds(facts, region, agencyId, purpose, at)
    for (const role of roles) {
      const seen = seenBy(grounds, role)
      const same = seen ? JSON.stringify(seen) : ''
      if (open.get(role)?.same === same) continue
      close(role, at)
      if (seen)
        open.set(role, { learnerId: facts.learnerId, agencyId, role, purpose, ...seen, validFrom: at, validUntil: end, same })
    }
  }
  for (const role of roles) close(role, end)
  return done
}

const ofTheRole = new Set(['publicTask', 'ownRecord', 'guardian', 'recording', 'intake'])

function seenBy(grounds: Grounds, role: Role): Pick<Entitlement, 'levels' | 'ownLevels' | 'because'> | undefined {
  const levels: Partial<Record<Category, Level>> = {}
  const ownLevels: Partial<Record<Category, Level>> = {}
  const because: Because[] = []
  for (const category of categories) {
    const sight = grounds.sight(role, category)
    if (sight.ownLevel === 'none') continue
    if (sight.level !== 'none') levels[category] = sight.level
    ownLevels[category] = sight.ownLevel
    if (!ofTheRole.has(sight.because.rule)) because.push(sight.because)
  }
  return Object.keys(ownLevels).length > 0 ? { levels: levels as Levels, ownLevels: ownLevels as Levels, because } : undefined
}

/** Who works with the learner: as the facts say, each for as long as the person holds the role. */
function assignmentsOf(facts: LearnerFacts, region: Region): (Assignment & { readonly role: Role })[] {
  const { learnerId } = facts
  const found = new Map<string, Assignment & { role: Role }>()
  const add = (
    agencyId: string,
    userId: string | undefined,
    role: Role,
    kind: Assignment['kind'],
    ...periods: readonly Period[]
  ) => {
    const validFrom = periods.map(p => p.from).reduce((a, b) => (a > b ? a : b))
    const validUntil = periods.map(p => p.until ?? forever).reduce((a, b) => (a < b ? a : b))
    if (validFrom >= validUntil || !counts(role, kind)) return
    found.set([agencyId, userId, role, kind, validFrom, validUntil].join('|'), {
      learnerId,
      agencyId,
      userId,
      role,
      kind,
      validFrom,
      validUntil,
    })
  }
  add(learnerAgencyId, learnerId, 'learner', 'self', { from: dawn })
  for (const guardian of facts.guardians)
    if (guardian.verified) add(learnerAgencyId, guardian.guardianId, 'guardian', 'guardian', guardian)
  for (const fact of facts.assignments) {
    if (fact.userId === undefined) {
      if (fact.role) add(fact.agencyId, undefined, fact.role, fact.kind, fact)
      continue
    }
    for (const post of region.held(fact.userId, fact.agencyId))
      if (fact.role === undefined || fact.role === post.role) add(fact.agencyId, fact.userId, post.role, fact.kind, fact, post)
  }
  return [...found.values()]
}
