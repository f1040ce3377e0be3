import type { Decider, DomainEvent } from '@passerelle/event-log'
import {
  categories,
  type Category,
  type Closing,
  deciding,
  type Decision,
  Grounds,
  indexed,
  type LearnerFacts,
  type Purpose,
  rankOf,
  roleTerms,
} from '@passerelle/sharing'
import type { Happening, Post } from '../proof/happenings.js'
import type { KnownFacts } from './known-facts.js'

/** Less for somebody than if it had not happened, from some instant on. */
export interface Loss {
  readonly learnerId: string
  readonly viewer: Post & { readonly emergency?: boolean }
  readonly purpose: Purpose
  readonly category: Category
  readonly at: string
  readonly before: Decision
  readonly after: Decision
  /** Agreements on which rested what was lost. */
  readonly agreementIds: readonly string[]
}

/** All that an event takes from anybody, now or at an instant to come, as the oracle says. */
export function* takenBy(
  before: KnownFacts,
  after: KnownFacts,
  posts: readonly Post[],
  instants: readonly string[],
): Generator<Loss> {
  for (const learnerId of before.learnerIds) {
    if (after.isAsBefore(before, learnerId)) continue
    const known = before.learner(learnerId)!
    for (const viewer of viewersOf(known, posts))
      for (const purpose of roleTerms[viewer.role].purposes)
        for (const at of instants) yield* lost(before, after, { learnerId, viewer, purpose, at })
  }
}

/** In an emergency, too, whoever broke the glass. */
const viewersOf = (known: LearnerFacts, posts: readonly Post[]): Loss['viewer'][] =>
  posts.flatMap(post =>
    known.breakGlass.some(
      ({ userId, agencyId, role }) => userId === post.userId && agencyId === post.agencyId && role === post.role,
    )
      ? [post, { ...post, emergency: true }]
      : [post],
  )

function* lost(
  before: KnownFacts,
  after: KnownFacts,
  asked: Pick<Loss, 'learnerId' | 'viewer' | 'purpose' | 'at'>,
): Generator<Loss> {
  const { learnerId, viewer, purpose, at } = asked
  const known = before.learner(learnerId)!
  const seen = seenBy(before, asked)
  if (seen.length === 0) return
  const decidedAfter = deciding(after, viewer, purpose, at, learnerId)
  for (const [category, was] of seen) {
    const is = decidedAfter(category)
    if (!isLess(is, was)) continue
    const sight = new Grounds(known, indexed(before.region), viewer.agencyId, purpose, at).sight(viewer.role, category)
    const onlyOthers = rankOf[is.ownLevel] >= rankOf[was.ownLevel]
    const agreed = [...(onlyOthers ? [] : [sight.because]), ...(sight.byAgreement ? [sight.byAgreement] : [])]
    yield {
      ...{ ...asked, category, before: was, after: is },
      agreementIds: (agreed.length > 0 ? agreed : was.because).flatMap(({ rule, ref }) =>
        rule === 'agreement' && ref ? [ref] : [],
      ),
    }
  }
}

type Seen = readonly (readonly [Category, Decision])[]
const answered = new WeakMap<LearnerFacts, Map<string, Seen>>()

/** What somebody sees at all: who sees nothing has nothing to lose. Asked once of the same facts. */
function seenBy(
  facts: KnownFacts,
  { learnerId, viewer, purpose, at }: Pick<Loss, 'learnerId' | 'viewer' | 'purpose' | 'at'>,
): Seen {
  const known = facts.learner(learnerId)!
  const already = answered.get(known) ?? new Map<string, Seen>()
  answered.set(known, already)
  const key = [viewer.userId, viewer.agencyId, viewer.role, viewer.emergency, purpose, at].join()
  if (!already.has(key)) {
    const decided = deciding(facts, viewer, purpose, at, learnerId)
    const of = (category: Category) => [category, decided(category)] as const
    const isNobody = of('C1')[1].because.some(({ rule }) => ofNobody.includes(rule))
    already.set(key, isNobody ? [] : categories.map(of).filter(([, { ownLevel }]) => ownLevel !== 'none'))
  }
  return already.get(key)!
}
/** Why somebody sees nothing in any category. */
const ofNobody = ['unknown', 'sector', 'agencyClosed', 'purpose', 'role', 'assignment']

const isLess = (is: Decision, was: Decision): boolean =>
  rankOf[is.level] < rankOf[was.level] ||
  rankOf[is.ownLevel] < rankOf[was.ownLevel] ||
  (is.when !== was.when && is.when !== undefined && is.level !== 'none')

/** What the event's own stream says that it closes. */
export const closedBy = (decider: Decider<any, DomainEvent>, before: KnownFacts, { id, event }: Happening): readonly Closing[] =>
  decider.closes?.(before.stateOf(decider, id), event) ?? []

/** Whether this closing keeps what was lost from whom it was taken, as the deny list reads it. */
export const keeps = (
  { learnerId, userId, exceptUserId, agencyId, role, purpose, categories: of, from, agreementId }: Closing,
  loss: Loss,
): boolean =>
  (learnerId === undefined || learnerId === loss.learnerId) &&
  (userId === undefined || userId === loss.viewer.userId) &&
  exceptUserId !== loss.viewer.userId &&
  (agencyId === undefined || agencyId === loss.viewer.agencyId) &&
  (role === undefined || role === loss.viewer.role) &&
  (purpose === undefined || (!loss.viewer.emergency && purpose === loss.purpose)) &&
  (of === undefined || of.includes(loss.category)) &&
  (from === undefined || from <= loss.at) &&
  (agreementId === undefined || loss.agreementIds.includes(agreementId))
