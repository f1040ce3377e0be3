import { plan, type PlanEvent } from '@passerelle/plan'
import { aHub } from './process.fixture.js'
import { scheduleReviewWhenPlanIsActivated } from './schedule-review-when-plan-is-activated.process.js'

const drafted: PlanEvent = {
  type: 'PlanDrafted',
  data: {
    planId: 'p-1',
    learnerId: 'l-1',
    kind: 'learning',
    template: 'quick',
    authors: ['u-1'],
    periodFrom: '2026-03-01',
    periodUntil: '2026-12-01',
  },
}
const activated: PlanEvent = { type: 'PlanActivated', data: { planVersion: 1, planHash: 'a'.repeat(64) } }
const scheduled = (reviewId: string, cadenceDays: number): PlanEvent => ({
  type: 'ReviewScheduled',
  data: { reviewId, dueBy: '2026-04-01', cadenceDays },
})
const held = (reviewId: string): PlanEvent => ({
  type: 'ReviewHeld',
  data: { reviewId, on: '2026-03-06', mode: 'inPerson', attendees: ['u-1'], oneToOne: true, durationMin: 30 },
})
const setUp = () => {
  const hub = aHub(scheduleReviewWhenPlanIsActivated)
  const say = (...events: PlanEvent[]) => hub.record(plan, 'p-1', () => events)
  const next = async () => Object.values((await hub.stateOf(plan, 'p-1')).reviews).find(({ status }) => status === 'scheduled')
  return { ...hub, say, next }
}

test('a plan that is not active, or ended before anybody came to it, gets no review', async () => {
  const { say, runner, followed } = setUp()
  await say(drafted)
  await say(activated, { type: 'PlanEndedEarly', data: { on: '2026-03-06', reason: 'moved' } })
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('a plan that has a next review gets no other', async () => {
  const { say, runner, followed } = setUp()
  await say(drafted, activated, scheduled('v-1', 14))
  await runner.catchUp()
  expect(await followed()).toEqual([])
})
test('R-5.1 an activated plan has a review 42 days later', async () => {
  const { say, runner, next } = setUp()
  await say(drafted, activated)
  await runner.catchUp()
  expect(await next()).toMatchObject({ dueBy: '2026-04-17', cadenceDays: 42 })
})
test('R-5.1 after a review the next follows in the plan’s own cadence; the shorter one after a high signal was for once', async () => {
  for (const [cadence, nextCadence] of [
    [28, 28],
    [14, 42],
  ] as const) {
    const { say, runner, next } = setUp()
    await say(drafted, activated, scheduled('v-1', cadence))
    await runner.catchUp()
    await say(held('v-1'))
    await runner.catchUp()
    expect(await next()).toMatchObject({ cadenceDays: nextCadence })
  }
})
test('R-5.1 the days to the next review count from the one that was held, not from when it was written down', async () => {
  for (const [on, dueBy] of [
    ['2026-03-04', '2026-04-15'],
    // Of an old record: nobody was there yet.
    ['9999-12-31', '2026-04-17'],
  ] as const) {
    const { say, runner, next } = setUp()
    await say(drafted, activated)
    await runner.catchUp()
    const { reviewId } = (await next())!
    const { data } = held(reviewId) as Extract<PlanEvent, { type: 'ReviewHeld' }>
    await say({ type: 'ReviewHeld', data: { ...data, on } })
    await runner.catchUp()
    expect(await next()).toMatchObject({ dueBy })
  }
})
test('R-5.1 a missed review is followed by another, and a plan that is taken up again has one', async () => {
  const missed = setUp()
  await missed.say(drafted, activated, scheduled('v-1', 42), { type: 'ReviewMissed', data: { reviewId: 'v-1', reason: 'ill' } })
  await missed.runner.catchUp()
  expect(await missed.next()).toMatchObject({ cadenceDays: 42 })
  const resumed = setUp()
  await resumed.say(drafted, activated, { type: 'PlanPutOnHold', data: { reason: 'ill' } })
  await resumed.runner.catchUp()
  expect(await resumed.next()).toBeUndefined()
  await resumed.say({ type: 'PlanResumed', data: {} })
  await resumed.runner.catchUp()
  expect(await resumed.next()).toBeDefined()
})
test('delivered twice, scheduled once', async () => {
  const { say, runner, followed, handleAllAgain } = setUp()
  await say(drafted, activated)
  await runner.catchUp()
  expect(await handleAllAgain()).toEqual([])
  expect(await followed()).toHaveLength(1)
})
