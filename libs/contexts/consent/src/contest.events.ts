import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'
import { categories, type Category } from '@passerelle/sharing'

const { id, day, code, text, list, category, personal, oneOf, optional, record } = fields

export const contestOutcomes = ['corrected', 'partlyCorrected', 'stands'] as const

/** Words about what is contested, sealed with its category: forgotten with it, and seen by whoever sees it. */
const words = record(
  Object.fromEntries(categories.map(of => [of, optional(personal(of, text))])) as Record<
    Category,
    ReturnType<typeof optional<ReturnType<typeof personal<typeof text>>>>
  >,
)
/** The row that is contested: the view that shows it, and its key. */
const target = record({ view: code, key: list(id) })

/** What a learner says against something that stands about them, and what whoever recorded it answers. */
export const contestEvents = defineEvents('contest', {
  LearnerContested: v1({
    contestId: id,
    learnerId: id,
    by: oneOf(['learner', 'guardian']),
    guardianId: optional(id),
    target,
    targetEventId: optional(id),
    category,
    agencyId: id,
    words,
    on: day,
  }),
  /** It stays beside what it is about, with the answer, also where that stands. */
  ContestationAnswered: v1({ target, outcome: oneOf(contestOutcomes), answeredBy: id, words, on: day }),
  /** The month went by without an answer (GDPR 12(3)). */
  ContestationOverdue: v1({ dueBy: day }),
  /** The learner lets it go: nothing stands beside it any more. */
  ContestationWithdrawn: v1({ target, by: oneOf(['learner', 'guardian']), guardianId: optional(id) }),
})
export type ContestEvent = EventOf<typeof contestEvents>
