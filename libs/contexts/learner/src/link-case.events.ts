import { defineEvents, type EventOf, fields, v1 } from '@passerelle/event-log'

const { id, code, num, list, oneOf, record } = fields
const weights = list(record({ field: code, weight: num }))
const pair = { survivor: id, absorbed: id }

export const linkCaseEvents = defineEvents('linkCase', {
  /**
   * Two records may be one person's (R-I.1). What was compared stands nowhere: weights by the name of the field, and the kinds of keys that brought
   * the two together.
   */
  LinkProposed: v1({
    linkCaseId: id,
    learnerId: id,
    otherLearnerId: id,
    score: num,
    fieldWeights: weights,
    blockingKey: code,
    band: oneOf(['automatic', 'review']),
    obstacles: list(code),
  }),
  /** They are one person's: somebody looked, or likelihood was enough and nothing stood against it. */
  LinkConfirmed: v1({ by: oneOf(['person', 'likelihood']) }),
  LinkRejected: v1({ reason: code }),
  /** From here on both are read as one person, under the survivor's id. No stream is rewritten (R-I.2). */
  PersonsMerged: v1(pair),
  /** They were two persons after all. Who looked meanwhile is assessed under `breachAssessmentId`. */
  PersonsUnmerged: v1({ ...pair, reason: code, breachAssessmentId: id }),
})
export type LinkCaseEvent = EventOf<typeof linkCaseEvents>
