import { type Acting, dayOf, idOfStream } from '@passerelle/event-log'
import { plan, planEvents, planRules, scheduleReview } from '@passerelle/plan'
import { defineProcess, type Ports } from './ports.js'

/**
 * an active plan always has a next review: from its activation, when it is taken up again, and after each review that was held
 * or missed. The plan's own cadence goes on; the shorter one after a high signal was for once.
 */
export const scheduleReviewWhenPlanIsActivated = defineProcess('schedule-review-when-plan-is-activated', {
  from: [planEvents],
  on: {
    PlanActivated: ({ streamId, occurredAt }, ports) => schedule(idOfStream(streamId), occurredAt, undefined, ports),
    PlanResumed: ({ streamId, occurredAt }, ports) => schedule(idOfStream(streamId), occurredAt, undefined, ports),
    ReviewHeld: ({ streamId, occurredAt, data }, ports) => schedule(idOfStream(streamId), occurredAt, data.reviewId, ports),
    ReviewMissed: ({ streamId, occurredAt, data }, ports) => schedule(idOfStream(streamId), occurredAt, data.reviewId, ports),
  },
})

async function schedule(
  planId: string,
  at: string,
  after: string | undefined,
  { decide, idFrom }: Acting & Ports,
): Promise<void> {
  const reviewId = idFrom('review')
  await decide(plan, planId, state => {
    const isNextKnown = Object.values(state.reviews).some(({ status }) => status === 'scheduled')
    if (state.status !== 'active' || isNextKnown) return []
    const before = after === undefined ? undefined : state.reviews[after]?.cadenceDays
    const cadenceDays = before === planRules.reviewCadenceAfterHighSignalDays ? undefined : before
    return scheduleReview(state, { reviewId, today: dayOf(new Date(at)), cadenceDays })
  })
}
