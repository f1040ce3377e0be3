import { turns } from './boundaries.js'
import type { DataPeriod, PeriodLevels } from './data-period.js'
import { type Assignment, type Because, emergencyOf, type Entitlement } from './entitlement.js'
import {
  dawn,
  forever,
  type Guardian,
  type Instant,
  isKeptFrom,
  isLive,
  type LearnerFacts,
  type Period,
  type Region,
} from './facts.js'
import { counts, learnerAgencyId, roleTerms, rolesOf } from './roles.js'
import { cellOf } from './matrix.js'
import { emergencySight, Grounds, showsMore } from './sight.js'
import { categories, type Category, type Level, type Purpose, type Role, roles as allRoles } from './vocabulary.js'

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
    for (const purpose of new Set(seats.flatMap(role => roleTerms[role].purposes)))
      entitlements.push(...stretches(facts, region, agencyId, purpose, seats, agency.until ?? forever))
  }
  entitlements.push(...emergencies(facts, region))
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
  for (const { agencyId } of facts.breakGlass) named.add(agencyId)
  named.delete(learnerAgencyId)
  return [...[...named].sort(), learnerAgencyId]
}

function stretches(
  facts: LearnerFacts,
  region: Region,
  agencyId: string,
  purpose: Purpose,
  seats: readonly Role[],
  end: Instant,
): Entitlement[] {
  const roles = seats.filter(role => roleTerms[role].purposes.includes(purpose))
  const open = new Map<Role, { readonly seen: Seen; readonly entitlement: Entitlement }>()
  const done: Entitlement[] = []
  const close = (role: Role, at: Instant) => {
    const row = open.get(role)
    if (row) done.push({ ...row.entitlement, validUntil: at })
    open.delete(role)
  }
  for (const at of [dawn, ...turns(facts, region, agencyId, purpose)]) {
    if (at >= end) break
    const grounds = new Grounds(facts, region, agencyId, purpose, at)
    const { common } = grounds
    const ofPeriods = grounds.periods.map(period => ({ period, grounds: grounds.of(period) }))
    for (const role of roles) {
      const seen =
        common === undefined || role === 'guardian'
          ? seenWithPeriods(grounds, ofPeriods, role)
          : seenInCommon(region, grounds, common, role)
      if ((open.get(role)?.seen.text ?? '') === seen.text) continue
      close(role, at)
      if (seen.text === '') continue
      const { text: _, ...levels } = seen
      const entitlement = {
        learnerId: facts.learnerId,
        agencyId,
        role,
        purpose,
        ...levels,
        validFrom: at,
        validUntil: end,
      }
      open.set(role, { seen, entitlement })
    }
  }
  for (const role of roles) close(role, end)
  return done
}

/** What single people see for an hour: for as long as they hold the role, and under a purpose that nobody else looks for. */
function emergencies(facts: LearnerFacts, region: Region): Entitlement[] {
  const people = new Map(facts.breakGlass.map(b => [[b.userId, b.agencyId, b.role].join('|'), b]))
  return [...people.values()].flatMap(({ userId, agencyId, role }) => {
    const agency = region.agency(agencyId)
    if (!agency || !roleTerms[role].sectors.includes(agency.sector)) return []
    const posts = region.held(userId, agencyId).filter(post => post.role === role)
    const end = agency.until ?? forever
    const edges = [...posts, ...facts.breakGlass, ...facts.restrictions].flatMap(({ from, until = forever }) => [from, until])
    const instants = [...new Set([dawn, ...edges])].sort().filter(at => at < end)
    return instants.flatMap((at, i): Entitlement[] => {
      const sights: Sights = { sight: (_role, category) => emergencySight(facts, { userId, agencyId, role }, category, at) }
      const { text, levels, ownLevels, because } = seenBy(sights, role)
      if (text === '' || !posts.some(post => isLive(post, at))) return []
      const held = { learnerId: facts.learnerId, agencyId, role, purpose: emergencyOf(userId) }
      const validUntil = i + 1 < instants.length ? instants[i + 1]! : end
      return [{ ...held, levels, ownLevels, because, validFrom: at, validUntil }]
    })
  })
}

/** What a role sees on some grounds. The same text for the same sights, and only then: ids in it hold no blank. Nothing: ''. */
interface Seen extends Pick<Entitlement, 'levels' | 'ownLevels' | 'periods' | 'because'> {
  readonly text: string
}

const seenInRegion = new WeakMap<Region, Map<string, Seen>>()

/** Most learners of an agency stand on the same grounds: looked at once for a region. */
function seenInCommon(region: Region, grounds: Grounds, common: string, role: Role): Seen {
  let known = seenInRegion.get(region)
  if (!known) seenInRegion.set(region, (known = new Map()))
  const key = `${role} ${common}`
  let seen = known.get(key)
  if (!seen) {
    if (known.size >= 10_000) known.clear()
    known.set(key, (seen = seenBy(grounds, role)))
  }
  return seen
}

type Sights = Pick<Grounds, 'sight'>
const ofTheRole = new Set(['publicTask', 'oversight', 'ownRecord', 'guardian', 'recording', 'intake'])

/** Categories of which a role may ever see something. */
const openTo = Object.fromEntries(
  allRoles.map(role => [role, categories.filter(category => cellOf(category, role).all || cellOf(category, role).own)]),
) as unknown as Readonly<Record<Role, readonly Category[]>>

function seenBy(grounds: Sights, role: Role): Seen {
  const levels: Partial<Record<Category, Level>> = {}
  const ownLevels: Partial<Record<Category, Level>> = {}
  const because: Because[] = []
  let text = ''
  for (const category of openTo[role]) {
    const sight = grounds.sight(role, category)
    if (sight.ownLevel === 'none') continue
    if (sight.level !== 'none') levels[category] = sight.level
    ownLevels[category] = sight.ownLevel
    text += `${category} ${sight.level} ${sight.ownLevel} `
    for (const reason of [sight.because, ...(sight.byAgreement ? [sight.byAgreement] : [])]) {
      const { rule, basis = '-', ref = '-' } = reason
      if (ofTheRole.has(rule)) continue
      because.push(reason)
      text += `${rule} ${basis} ${ref} `
    }
  }
  return { text, levels, ownLevels, because }
}

interface OfPeriod {
  readonly period: DataPeriod
  readonly grounds: Grounds
}
/** With what more is seen of rows of single periods, and why. */
function seenWithPeriods(grounds: Grounds, ofPeriods: readonly OfPeriod[], role: Role): Seen {
  const seen = seenBy(grounds, role)
  const periods: PeriodLevels[] = []
  const because = [...seen.because]
  let text = seen.text
  for (const { period, grounds } of ofPeriods) {
    const more = seenBy(grounds, role)
    const risen = new Set(openTo[role].filter(category => showsMore(shownOf(more, category), shownOf(seen, category))))
    if (risen.size === 0) continue
    periods.push({ ...period, levels: more.levels, ownLevels: more.ownLevels })
    because.push(...more.because.filter(({ category, rule }) => rule === 'consent' && risen.has(category)))
    text += `| ${period.from ?? '-'} ${period.until ?? '-'} ${more.text}`
  }
  return periods.length === 0 ? seen : { ...seen, periods, because, text }
}

const shownOf = ({ levels, ownLevels }: Seen, category: Category) => ({
  level: levels[category] ?? 'none',
  ownLevel: ownLevels[category] ?? 'none',
})

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
  for (const fact of facts.assignments) {
    if (fact.userId === undefined) {
      if (fact.role) add(fact.agencyId, undefined, fact.role, fact.kind, fact)
      continue
    }
    for (const post of region.held(fact.userId, fact.agencyId))
      if (fact.role === undefined || fact.role === post.role) add(fact.agencyId, fact.userId, post.role, fact.kind, fact, post)
  }
  return [...found.values(), ...facts.guardians.flatMap(guardian => guardianshipsOf(learnerId, guardian))]
}

/** A guardian's assignment, one after another where what is kept from them changes. */
function guardianshipsOf(learnerId: string, guardian: Guardian): (Assignment & { readonly role: Role })[] {
  const { guardianId: userId, verified, from, until = forever, exclusions = [] } = guardian
  if (!verified) return []
  const turning = [...new Set([from, until, ...exclusions.flatMap(e => [e.from, e.until ?? forever])])]
    .filter(at => at >= from && at <= until)
    .sort()
  return turning.slice(1).map((validUntil, i) => {
    const validFrom = turning[i]!
    const kept = categories.filter(category => isKeptFrom(guardian, category, validFrom))
    const period = { validFrom, validUntil }
    return { learnerId, agencyId: learnerAgencyId, userId, role: 'guardian', kind: 'guardian', kept, ...period }
  })
}
