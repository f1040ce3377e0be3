import type { Days } from './data-period.js'
import type { Because } from './entitlement.js'
import {
  forever,
  type Guardian,
  indexed,
  type Instant,
  isKeptFrom,
  isLive,
  type LearnerFacts,
  type RegionFacts,
} from './facts.js'
import { cellOf } from './matrix.js'
import type { Circumstance } from './readings.js'
import { counts, learnerAgencyId, mayChoose, roleTerms } from './roles.js'
import { emergencySight, Grounds } from './sight.js'
import type { Category, Level, Purpose, Role } from './vocabulary.js'
import { boundaries } from './boundaries.js'

/** Who looks: a person, in one role, for one agency (`learner` for learners, under their learner id, and guardians, under their guardian id). */
export interface Viewer {
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
  /** Looks at what they broke the glass for, and at nothing else (R-V.4). */
  readonly emergency?: boolean
}

export interface Facts {
  learner(learnerId: string): LearnerFacts | undefined
  readonly region: RegionFacts
}

export interface Decision {
  /** Of rows whoever recorded them. */
  readonly level: Level
  /** Of rows that count as the viewer's agency's own. */
  readonly ownLevel: Level
  /** Where set, `level` holds only for rows of which this is true. */
  readonly when?: Circumstance
  /** Where set, what `ownLevel` is above `level` holds only for rows of which this is true. */
  readonly ownWhen?: Circumstance
  readonly because: readonly Because[]
  /** When to ask again (exclusive): the answer does not change before, as far as the facts go. */
  readonly validUntil: Instant
}

/**
 * The truth about who may see what: pure, without SQL and without rules of a library. Deny by default. A level needs a role that may hold the
 * category, held by this person now, a purpose that the role may choose, an agency with standing on the learner, an
 * assignment of the person, and a basis. Every other way to an answer is tested against this one. `days`: of a row of these days, for which a consent
 * may count that is about data of one period; absent: of any row.
 */
export const decide = (
  facts: Facts,
  viewer: Viewer,
  purpose: Purpose,
  now: Instant,
  learnerId: string,
  category: Category,
  days?: Days,
): Decision => deciding(facts, viewer, purpose, now, learnerId, days)(category)

/** The same, for one category after another: what they have in common is looked up once. */
export function deciding(
  facts: Facts,
  viewer: Viewer,
  purpose: Purpose,
  now: Instant,
  learnerId: string,
  days?: Days,
): (category: Category) => Decision {
  const region = indexed(facts.region)
  const learner = facts.learner(learnerId)
  const agency = region.agency(viewer.agencyId)
  const { userId, agencyId, role } = viewer
  const posts = region.held(userId, agencyId).filter(post => post.role === role)
  const validUntil = (learner && agency && boundaries(learner, region, agencyId, posts).find(at => at > now)) ?? forever
  const no = (category: Category, rule: string): Decision => ({
    level: 'none',
    ownLevel: 'none',
    because: [{ category, level: 'none', rule }],
    validUntil,
  })
  const nothing = (rule: string) => (category: Category) => no(category, rule)
  if (!learner || !agency) return nothing('unknown')
  if (!roleTerms[role].sectors.includes(agency.sector)) return nothing('sector')
  if (agency.until !== undefined && agency.until <= now) return nothing('agencyClosed')
  if (!mayChoose(role, purpose)) return nothing('purpose')
  if (agencyId !== learnerAgencyId && !posts.some(post => isLive(post, now))) return nothing('role')
  const kinds = kindsOf(learner, viewer, now)
  if (!viewer.emergency && roleTerms[role].reach !== 'agency' && kinds.size === 0) return nothing('assignment')

  const grounds = viewer.emergency ? undefined : new Grounds(learner, region, agencyId, purpose, now, days)
  const guardians = guardiansOf(learner, viewer, now)
  return category => {
    const sight = grounds?.sight(role, category) ?? emergencySight(learner, viewer, category, now)
    if (sight.ownLevel !== 'none' && guardians.some(g => isKeptFrom(g, category, now))) return no(category, 'custody')
    const { all, own } = cellOf(category, role)
    if (!viewer.emergency && (all?.when === 'ownClass' || own?.when === 'ownClass') && !kinds.has('class'))
      return no(category, 'ownClass')
    const { level, ownLevel, because } = sight
    return { level, ownLevel, ...whens(all?.when, own ? own.when : all?.when), because: [because], validUntil }
  }
}

/** The guardian who looks, as the learner's facts know them now: with more than one record, none may keep it from them. */
const guardiansOf = ({ guardians }: LearnerFacts, { userId, role }: Viewer, now: Instant): readonly Guardian[] =>
  role === 'guardian' ? guardians.filter(g => g.guardianId === userId && g.verified && isLive(g, now)) : []

/** The live assignments that count for this person in this role. */
export function kindsOf(learner: LearnerFacts, { userId, agencyId, role }: Viewer, now: Instant): ReadonlySet<string> {
  const kinds = new Set<string>()
  if (role === 'learner' && userId === learner.learnerId) kinds.add('self')
  if (guardiansOf(learner, { userId, agencyId, role }, now).length > 0) kinds.add('guardian')
  for (const a of learner.assignments)
    if (
      a.agencyId === agencyId &&
      (a.userId === undefined ? a.role === role : a.userId === userId && (a.role === undefined || a.role === role)) &&
      counts(role, a.kind) &&
      isLive(a, now)
    )
      kinds.add(a.kind)
  return kinds
}

/** Circumstances of the row; that of the assignment was settled before. */
function whens(when: Circumstance | undefined, ownWhen: Circumstance | undefined): Pick<Decision, 'when' | 'ownWhen'> {
  return { ...(when && when !== 'ownClass' && { when }), ...(ownWhen && ownWhen !== 'ownClass' && { ownWhen }) }
}
