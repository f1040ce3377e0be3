import { type Acting, dayOf, earlier, idOfStream } from '@passerelle/event-log'
import { plan, planEvents, planRules, scheduleReview } from '@passerelle/plan'
import { defineProcess, type Ports } from './ports.js'

/**
 * an active plan always has a next review: from its activation, when it is taken up again, and after each review that was held
 * or missed. The plan's own cadence goes on, from the day on which the last was held; the shorter one after a high signal was for once.
 */
export const scheduleReviewWhenPlanIsActivated = defineProcess('schedule-review-when-plan-is-activated', {
  from: [planEvents],
  on: {
    PlanActivated: (event, ports) => schedule(idOfStream(event.streamId), recordedOn(event), undefined, ports),
    PlanResumed: (event, ports) => schedule(idOfStream(event.streamId), recordedOn(event), undefined, ports),
    // Held last week and written down today: the days count from then.
    ReviewHeld: (event, ports) =>
      schedule(idOfStream(event.streamId), earlier(event.data.on, recordedOn(event)), event.data.reviewId, ports),
    ReviewMissed: (event, ports) => schedule(idOfStream(event.streamId), recordedOn(event), event.data.reviewId, ports),
  },
})

const recordedOn = ({ occurredAt }: { readonly occurredAt: string }) => dayOf(new Date(occurredAt))

async function schedule(
  planId: string,
  from: string,
  after: string | undefined,
  { decide, idFrom }: Acting & Ports,
): Promise<void> {
  const reviewId = idFrom('review')
  await decide(plan, planId, state => {
    const isNextKnown = Object.values(state.reviews).some(({ status }) => status === 'scheduled')
    if (state.status !== 'active' || isNextKnown) return []
    const before = after === undefined ? undefined : state.reviews[after]?.cadenceDays
    const cadenceDays = before === planRules.reviewCadenceAfterHighSignalDays ? undefined : before
    return scheduleReview(state, { reviewId, today: from, cadenceDays })
  })
}
