import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import { objectives, reviews } from './objectives.view.js'
import type { PlanEvent } from './plan.events.js'
import { plans } from './plans.view.js'

const told = (event: PlanEvent): Told => ({
  streamId: 'plan-p-1',
  subjectRef: 'l-1',
  occurredAt: '2026-03-01T09:00:00.000Z',
  ...event,
})
const drafted = told({
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
})
const wording = { objectiveId: 'o-1', text: 'Come to the workshop', skillRef: 'presence', supports: [], learnerAuthored: true }
const { skillRef: _, ...withoutSkill } = wording
const added = told({ type: 'ObjectiveAdded', data: wording })
const proposed = (planVersion: number) => told({ type: 'PlanProposed', data: { planVersion, warnings: ['AUTHOR_NOT_TRAINED'] } })
const answered = (planVersion: number, response: 'agree' | 'decline', respondent: 'learner' | 'guardian' = 'learner') =>
  told({ type: 'LearnerResponded', data: { planVersion, response, method: 'online', respondent } })
const activated = (planVersion: number) => told({ type: 'PlanActivated', data: { planVersion, planHash: 'a'.repeat(64) } })
const revised = told({
  type: 'PlanRevised',
  data: {
    fromVersion: 1,
    toVersion: 2,
    reviewId: 'r-1',
    reason: 'the bus does not run',
    diff: [{ objectiveId: 'o-1', change: 'dropped', fields: [] }],
    changes: [{ objectiveId: 'o-1', change: 'dropped' }],
  },
})
const inForce = [drafted, added, proposed(1), answered(1, 'agree'), activated(1)]
const planAfter = (...events: Told[]) => foldView(plans, ...events).get('p-1')

test('a guardian’s yes is shown as theirs: the plan waits for the learner', () => {
  expect(planAfter(drafted, added, proposed(1), answered(1, 'agree', 'guardian'))).toMatchObject({
    status: 'proposed',
    learnerResponse: null,
    guardianResponse: 'agree',
    warnings: ['AUTHOR_NOT_TRAINED'],
  })
  expect(planAfter(...inForce)).toMatchObject({ status: 'active', activeVersion: 1, learnerResponse: 'agree' })
})
test('R-5.2 a revision waits beside the version in force, with what it would change', () => {
  expect(planAfter(...inForce, revised, proposed(2))).toMatchObject({
    status: 'active',
    planVersion: 1,
    revisionStatus: 'proposed',
    revisionVersion: 2,
    revisionReason: 'the bus does not run',
    revisionChanges: [{ objectiveId: 'o-1', change: 'dropped' }],
  })
  expect(foldView(objectives, ...inForce, revised, proposed(2)).get('p-1|o-1')).toMatchObject({ status: 'open' })
})
test('R-5.2 declined, a revision is gone; agreed and activated, it is the plan', () => {
  expect(planAfter(...inForce, revised, proposed(2), answered(2, 'decline'))).toMatchObject({
    status: 'active',
    planVersion: 1,
    revisionStatus: null,
    revisionChanges: null,
  })
  expect(planAfter(...inForce, revised, proposed(2), answered(2, 'agree'), activated(2))).toMatchObject({
    status: 'active',
    planVersion: 2,
    activeVersion: 2,
    revisionStatus: null,
  })
})
test('R-5.1 the next review is the first to come; one that nobody scheduled takes nothing from it', () => {
  const scheduled = (reviewId: string, dueBy: string) =>
    told({ type: 'ReviewScheduled', data: { reviewId, dueBy, cadenceDays: 42 } })
  const held = (reviewId: string) =>
    told({
      type: 'ReviewHeld',
      data: { reviewId, on: '2026-03-20', mode: 'inPerson', attendees: ['u-1'], oneToOne: true, durationMin: 30 },
    })
  const two = [...inForce, scheduled('r-2', '2026-05-01'), scheduled('r-1', '2026-04-05')]
  const next = (...events: Told[]) => planAfter(...two, ...events)?.nextReviewDueBy
  expect(next()).toBe('2026-04-05')
  expect(next(held('by-chance'))).toBe('2026-04-05')
  expect(next(held('r-1'))).toBe('2026-05-01')
  expect(next(told({ type: 'ReviewMissed', data: { reviewId: 'r-2', reason: 'ill' } }))).toBe('2026-04-05')
  expect(next(held('r-1'), held('r-2'))).toBeNull()
})
test('R-1.2 a quick plan says until when it gets its assessment', () => {
  expect(planAfter(drafted)).toMatchObject({ assessmentDueBy: '2026-04-12' })
  expect(planAfter(drafted, told({ type: 'PlanBasisRecorded', data: { basisAssessmentId: 'a-1' } }))).toMatchObject({
    assessmentDueBy: null,
    basisAssessmentId: 'a-1',
  })
})
test('R-1.4 how each guardian took part is shown, absence too', () => {
  const invited = told({ type: 'GuardianInvolved', data: { guardianId: 'g-1', mode: 'invited' } })
  const absent = told({ type: 'GuardianInvolved', data: { guardianId: 'g-1', mode: 'absent' } })
  expect(planAfter(drafted, invited, absent)).toMatchObject({ guardians: [{ guardianId: 'g-1', mode: 'absent' }] })
})
test('an objective has the words of its last revision, its progress and what became of it', () => {
  const rows = foldView(
    objectives,
    added,
    told({
      type: 'ObjectiveRevised',
      data: { ...withoutSkill, needRef: 'n-1', dueDate: '2026-06-01', reason: 'earlier' },
    }),
    told({ type: 'ObjectiveProgressRated', data: { reviewId: 'r-1', objectiveId: 'o-1', value: 3, learnerView: 'slow' } }),
    told({ type: 'ObjectiveOutcomeRecorded', data: { objectiveId: 'o-1', outcome: 'partly', on: '2026-06-01' } }),
  )
  expect(rows.get('p-1|o-1')).toMatchObject({
    text: 'Come to the workshop',
    skillRef: null,
    needRef: 'n-1',
    dueDate: '2026-06-01',
    progress: 3,
    learnerView: 'slow',
    staffView: null,
    status: 'partly',
    changeReason: 'earlier',
  })
})
test('R-5.1 the next review is shown until it was held or missed', () => {
  const due = told({ type: 'ReviewScheduled', data: { reviewId: 'r-1', dueBy: '2026-04-12', cadenceDays: 42 } })
  const late = told({ type: 'ReviewOverdue', data: { reviewId: 'r-1', dueBy: '2026-04-12' } })
  const missed = told({ type: 'ReviewMissed', data: { reviewId: 'r-1', reason: 'illness' } })
  expect(planAfter(drafted, due)).toMatchObject({ nextReviewDueBy: '2026-04-12' })
  expect(planAfter(drafted, due, missed)).toMatchObject({ nextReviewDueBy: null })
  expect(foldView(reviews, due, late, missed).get('p-1|r-1')).toMatchObject({
    status: 'missed',
    overdue: true,
    missedReason: 'illness',
  })
})
test('that there is a plan and where it stands is all that may be known of it at existence', () => {
  expect(columnsFrom(plans, 'existence')).toEqual({ C3: ['planId', 'learnerId', 'status'] })
  expect([columnsFrom(objectives, 'existence'), columnsFrom(reviews, 'existence')]).toEqual([{}, {}])
  expect(columnsFrom(objectives, 'summary')['C3']).toEqual(['planId', 'objectiveId', 'learnerId', 'text', 'status', 'dueDate'])
})
