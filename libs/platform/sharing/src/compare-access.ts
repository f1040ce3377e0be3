import { asOnePerson, type Recipient } from './anybody.js'
import { type DataPeriod, periodKey } from './data-period.js'
import { kindsOf } from './decide.js'
import { agenciesOf } from './entitlements-of.js'
import { indexed, type Instant, isLive, type LearnerFacts, type RegionFacts } from './facts.js'
import { learnerAgencyId, roleTerms, rolesOf } from './roles.js'
import { Grounds, rankOf, type Sight } from './sight.js'
import { categories, type Category, type Purpose, type Role } from './vocabulary.js'

/** What people of one role may see of one category for one purpose, before and after something was answered. */
export interface AccessChange {
  readonly agencyId: string
  readonly role: Role
  readonly purpose: Purpose
  readonly category: Category
  readonly change: 'opens' | 'closes' | 'stays'
  readonly before: Sight
  readonly after: Sight
  /** Of rows of this period alone; absent: of all. */
  readonly dataPeriod?: DataPeriod
  /** Whether anybody there holds the role and works with the learner now; else it is for those who will. */
  readonly someoneNow: boolean
}

/**
 * For every recipient what opens, what closes, and what is seen before and after alike; what is hidden both times is left out. Recipients are the roles of
 * all agencies that either of the facts names, for whoever works with the learner there: pure, nothing is written.
 */
export function compareAccess(before: LearnerFacts, after: LearnerFacts, facts: RegionFacts, at: Instant): AccessChange[] {
  const region = indexed(facts)
  const agencies = new Set([...agenciesOf(before), ...agenciesOf(after)])
  return [...agencies].flatMap(agencyId => {
    const agency = region.agency(agencyId)
    if (!agency || (agency.until !== undefined && agency.until <= at)) return []
    const roles = rolesOf(agency.sector)
    const purposes = new Set(roles.flatMap(role => roleTerms[role].purposes))
    return [...purposes].flatMap(purpose => {
      const was = new Grounds(before, region, agencyId, purpose, at)
      const is = new Grounds(after, region, agencyId, purpose, at)
      const periods = new Map([...was.periods, ...is.periods].map(period => [periodKey(period), period]))
      const ofPeriods = [...periods.values()].map(dataPeriod => ({ dataPeriod, was: was.of(dataPeriod), is: is.of(dataPeriod) }))
      return roles
        .filter(role => roleTerms[role].purposes.includes(purpose))
        .flatMap(role => {
          const someoneNow = isAnybodyThere(after, facts, { agencyId, role }, at)
          return categories.flatMap((category): AccessChange[] => {
            const ofAll = { before: was.sight(role, category), after: is.sight(role, category) }
            const more = ofPeriods.flatMap(({ dataPeriod, was, is }) => {
              const sights = { before: was.sight(role, category), after: is.sight(role, category) }
              return isAlike(sights, ofAll) ? [] : [{ ...sights, dataPeriod }]
            })
            return [ofAll, ...more].flatMap(sights => {
              const change = changeOf(sights.before, sights.after)
              return change ? [{ agencyId, role, purpose, category, change, ...sights, someoneNow }] : []
            })
          })
        })
    })
  })
}

function isAnybodyThere(learner: LearnerFacts, region: RegionFacts, { agencyId, role }: Recipient, at: Instant): boolean {
  const { facts, viewer } = asOnePerson(learner, region, { agencyId, role }, at)
  if (agencyId !== learnerAgencyId && !facts.region.staff.some(post => isLive(post, at))) return false
  return roleTerms[role].reach === 'agency' || kindsOf(facts.learner(learner.learnerId)!, viewer, at).size > 0
}

const seen = ({ level, ownLevel }: Sight) => rankOf[level] + rankOf[ownLevel]
type Sights = Pick<AccessChange, 'before' | 'after'>
/** Never less is seen of the rows of a period than of all: as much of both, before and after, is one thing to tell. */
const isAlike = (a: Sights, b: Sights) => seen(a.before) === seen(b.before) && seen(a.after) === seen(b.after)

function changeOf(before: Sight, after: Sight): AccessChange['change'] | undefined {
  if (seen(after) !== seen(before)) return seen(after) > seen(before) ? 'opens' : 'closes'
  return seen(after) > 0 ? 'stays' : undefined
}
