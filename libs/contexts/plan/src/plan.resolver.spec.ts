import { EventStore, MemoryLog } from '@passerelle/event-log'
import { type Caller, Commands } from '@passerelle/http'
import { MemoryKeyring } from '@passerelle/keyring'
import type { Levels } from '@passerelle/sharing'
import { planRules } from './plan.decider.js'
import { PlanResolver } from './plan.resolver.js'

const context = { requestId: 'req-1', correlationId: 'c-1', language: 'fr', ownLearnerIds: [] } as const
const teacher: Caller = {
  ...context,
  userId: 'u-1',
  agencyId: 'school',
  sector: 'education',
  role: 'teacher',
  purpose: 'educationSupport',
}
const social: Caller = {
  ...context,
  userId: 'u-9',
  agencyId: 'social',
  sector: 'social',
  role: 'socialWorker',
  purpose: 'socialSupport',
}
const stranger: Caller = { ...teacher, userId: 'u-7', agencyId: 'mission' }
const own = { ...context, agencyId: 'learner', sector: 'learner', purpose: 'ownRecord', ownLearnerIds: ['l-1'] } as const
const learner: Caller = { ...own, userId: 'l-1', role: 'learner' }
const guardian: Caller = { ...own, userId: 'g-1', role: 'guardian' }

const levelsOf: Readonly<Record<string, Levels>> = {
  'u-1': { C3: 'full' },
  'u-9': { C3: 'summary' },
  'l-1': { C3: 'full' },
  'g-1': { C3: 'summary' },
}
const objective = {
  objectiveId: 'o-1',
  text: 'Come to the workshop',
  skillRef: 'presence',
  findingRef: 'f-1',
  measure: { code: 'presence', unit: '%', baseline: 60, target: 90, direction: 'up' },
  dueDate: '2026-06-01',
  reviewBy: '2026-05-01',
  supports: [],
  learnerAuthored: false,
} as const

async function setUp() {
  const store = new EventStore(new MemoryLog(), new MemoryKeyring())
  const commands = new Commands(store, {
    levelsOn: async caller => levelsOf[caller.userId] && { levels: levelsOf[caller.userId]!, ownLevels: {} },
    isForgotten: async () => false,
    isOpenAgency: async agencyId => agencyId !== 'nowhere',
    waitFor: async () => true,
    now: () => new Date('2026-03-01T09:00:00Z'),
  })
  const resolver = new PlanResolver(commands, {
    assessment: async () => undefined,
    proposal: async () => ({ trainedAuthors: ['u-1'], guardiansToInvite: [] }),
    guardianMay: async () => true,
    guardiansSeen: async (_caller, _learnerId, ids) => ids.filter(id => id === 'g-1'),
    staffAmong: async ids => ids.filter(id => id.startsWith('u-')),
    rules: () => planRules,
  })
  const drafting = {
    planId: 'p-1',
    learnerId: 'l-1',
    kind: 'learning',
    template: 'quick',
    authors: ['u-1'],
    periodFrom: '2026-03-01',
    periodUntil: '2026-12-01',
  } as const
  const code = (work: Promise<unknown>) =>
    work.then(
      () => 'done',
      error => (error as { code: string }).code,
    )
  const adding = (version: number) => ({ planId: 'p-1', version, objective: { ...objective, supports: [] } })
  return {
    resolver,
    code,
    adding,
    draft: (caller: Caller) => resolver.draftPlan({ ...drafting, authors: ['u-1'] }, caller),
    last: async () => (await store.log.readStream('plan-p-1', { direction: 'backwards', limit: 1 }))[0]!,
  }
}
const answer = (version: number, response: 'agree' | 'decline' = 'agree') =>
  ({ planId: 'p-1', version, response, method: 'online' }) as const

test('a plan is drafted and written by those who hold it in full; to everybody else it answers as if it did not exist', async () => {
  const { resolver, code, adding, draft } = await setUp()
  for (const caller of [stranger, social]) expect(await code(draft(caller))).toBe('NOT_FOUND')
  await draft(teacher)
  for (const caller of [stranger, social, guardian])
    expect(await code(resolver.addObjective(adding(0), caller))).toBe('NOT_FOUND')
  expect(await code(resolver.addObjective(adding(0), learner))).toBe('done')
  expect(await code(resolver.addObjective(adding(0), teacher))).toBe('STALE')
})
test('R-5.1 a review is held by today, with people whom the hub knows; what has not happened is not written down', async () => {
  const { resolver, code, adding, draft, last } = await setUp()
  await draft(teacher)
  await resolver.addObjective(adding(0), teacher)
  await resolver.proposePlan({ planId: 'p-1', version: 1 }, teacher)
  await resolver.respondToPlan(answer(2), learner)
  await resolver.activatePlan({ planId: 'p-1', version: 3 }, teacher)
  const review = { planId: 'p-1', version: 4, reviewId: 'r-1', mode: 'inPerson', oneToOne: false, durationMin: 30 } as const
  const hold = (on: string, ...attendees: string[]) => code(resolver.holdReview({ ...review, on, attendees }, teacher))
  expect(await hold('2026-03-02', 'u-1')).toBe('PLAN.IN_FUTURE')
  expect(await hold('9999-12-31', 'u-1')).toBe('PLAN.IN_FUTURE')
  expect(await hold('2026-02-28', 'u-1')).toBe('PLAN.BEFORE_IN_FORCE')
  expect(await hold('2026-03-01', 'u-1', 'l-1', 'g-1', 'nobody')).toBe('PLAN.UNKNOWN_ATTENDEE')
  expect(await code(resolver.holdReview({ ...review, on: '9999-12-31', attendees: ['u-1'] }, social))).toBe('NOT_FOUND')
  expect(await hold('2026-03-01', 'u-1', 'l-1', 'g-1')).toBe('done')
  expect(await last()).toMatchObject({ type: 'ReviewHeld', data: { attendees: ['u-1', 'l-1', 'g-1'] } })
  const outcome = { planId: 'p-1', version: 5, objectiveId: 'o-1', outcome: 'achieved', on: '2026-03-02' } as const
  expect(await code(resolver.recordObjectiveOutcome(outcome, teacher))).toBe('PLAN.IN_FUTURE')
})
test('what a learner writes is theirs', async () => {
  const { resolver, adding, draft, last } = await setUp()
  await draft(teacher)
  await resolver.addObjective(adding(0), learner)
  expect((await last()).data).toMatchObject({ learnerAuthored: true })
})
test('a guardian’s answer is recorded as theirs, on behalf of the learner, and puts nothing in force', async () => {
  const { resolver, code, adding, draft, last } = await setUp()
  await draft(teacher)
  await resolver.addObjective(adding(0), teacher)
  await resolver.proposePlan({ planId: 'p-1', version: 1 }, teacher)
  expect(await code(resolver.respondToPlan(answer(2), stranger))).toBe('NOT_FOUND')
  await resolver.respondToPlan(answer(2), guardian)
  expect(await last()).toMatchObject({
    type: 'LearnerResponded',
    data: { respondent: 'guardian' },
    actor: { userId: 'g-1', role: 'guardian', onBehalfOf: 'l-1' },
  })
  expect(await code(resolver.activatePlan({ planId: 'p-1', version: 4 }, teacher))).toBe('PLAN.NOT_AGREED')
  await resolver.respondToPlan(answer(4), learner)
  expect((await last()).data).toMatchObject({ respondent: 'learner' })
  expect(await code(resolver.activatePlan({ planId: 'p-1', version: 5 }, teacher))).toBe('done')
  expect((await last()).data).toMatchObject({ planHash: expect.stringMatching(/^[0-9a-f]{64}$/) })
})
