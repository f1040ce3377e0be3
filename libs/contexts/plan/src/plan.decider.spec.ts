import * as decide from './plan.decider.js'
import { type AddObjective, type Plan, plan, planRules } from './plan.decider.js'
import type { PlanEvent } from './plan.events.js'
import { smartFaults } from './smart.js'

const today = '2026-03-01'
const basis = { kind: 'initial', learnerId: 'l-1', completedOn: '2026-02-01' }
const drafting: decide.DraftPlan = {
  planId: 'p-1',
  learnerId: 'l-1',
  kind: 'learning',
  template: 'full',
  basisAssessmentId: 'a-1',
  authors: ['u-1'],
  periodFrom: '2026-03-01',
  periodUntil: '2026-12-01',
  today,
}
const objective = (objectiveId: string, more: Partial<AddObjective> = {}): AddObjective => ({
  objectiveId,
  text: 'Come to the workshop',
  skillRef: 'attendance',
  findingRef: 'f-1',
  supports: [],
  learnerAuthored: true,
  measure: { code: 'presence', unit: '%', baseline: 60, target: 90, direction: 'up' },
  dueDate: '2026-06-01',
  reviewBy: '2026-05-01',
  ...more,
})
const on = (state: Plan, ...events: readonly PlanEvent[]): Plan => events.reduce((s, e) => plan.evolve(s, e), state)
const does = (state: Plan, decision: (state: Plan) => readonly PlanEvent[]): Plan => on(state, ...decision(state))
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}
const facts = { trainedAuthors: ['u-1'], guardiansToInvite: [] }
const hash = (content: unknown) => `hash of ${JSON.stringify(content).length}`

const drafted = does(plan.initial, s => decide.draft(s, drafting, basis))
const ready = does(drafted, s => decide.addObjective(s, objective('o-1')))
const proposed = does(ready, s => decide.propose(s, facts))
const agreed = does(proposed, s => decide.respond(s, { response: 'agree', method: 'online', respondent: 'learner' }))
const active = does(agreed, s => decide.activate(s, hash))
const held: decide.HoldReview = {
  reviewId: 'r-1',
  on: '2026-04-01',
  mode: 'inPerson',
  attendees: ['u-1'],
  oneToOne: true,
  durationMin: 30,
}
const reviewed = does(
  does(active, s => decide.scheduleReview(s, { reviewId: 'r-1', today })),
  s => decide.holdReview(s, held),
)

describe('drafting', () => {
  test('R-1.2 a full plan without a completed initial assessment of this learner is refused', () => {
    for (const none of [
      undefined,
      { ...basis, completedOn: undefined },
      { ...basis, learnerId: 'l-2' },
      { ...basis, kind: 'digital' },
    ])
      expect(code(() => decide.draft(plan.initial, drafting, none))).toBe('PLAN.NO_ASSESSMENT')
    expect(code(() => decide.draft(plan.initial, { ...drafting, basisAssessmentId: undefined }, basis))).toBe(
      'PLAN.NO_ASSESSMENT',
    )
  })
  test('R-1.2 an assessment counts for 90 days', () => {
    expect(code(() => decide.draft(plan.initial, drafting, { ...basis, completedOn: '2025-11-30' }))).toBe(
      'PLAN.ASSESSMENT_TOO_OLD',
    )
    expect(decide.draft(plan.initial, drafting, { ...basis, completedOn: '2025-12-01' })).toHaveLength(1)
  })
  test('R-1.2 a quick plan needs none at first, and is overdue for one after 42 days', () => {
    const quick = does(plan.initial, s =>
      decide.draft(s, { ...drafting, template: 'quick', basisAssessmentId: undefined }, undefined),
    )
    expect(decide.isAssessmentOverdue(quick, '2026-04-12')).toBe(false)
    expect(decide.isAssessmentOverdue(quick, '2026-04-13')).toBe(true)
    expect(decide.isAssessmentOverdue(drafted, '2026-09-01')).toBe(false)
  })
  test('a plan without an author, or that ends before it begins, is refused', () => {
    expect(code(() => decide.draft(plan.initial, { ...drafting, authors: [] }, basis))).toBe('PLAN.NO_AUTHOR')
    expect(code(() => decide.draft(plan.initial, { ...drafting, periodUntil: '2026-03-01' }, basis))).toBe('PLAN.PERIOD')
  })
  test('drafted twice, nothing new; another plan under the same id is refused', () => {
    expect(decide.draft(drafted, drafting, basis)).toEqual([])
    expect(code(() => decide.draft(drafted, { ...drafting, learnerId: 'l-2' }, basis))).toBe('PLAN.EXISTS')
  })
  test('R-1.5 more than five objectives at once are refused, unless the region says otherwise', () => {
    const five = ['1', '2', '3', '4', '5'].reduce((s, n) => does(s, p => decide.addObjective(p, objective(`o-${n}`))), drafted)
    expect(code(() => decide.addObjective(five, objective('o-6')))).toBe('PLAN.TOO_MANY_OBJECTIVES')
    expect(decide.addObjective(five, objective('o-6'), { ...planRules, mostObjectives: 6 })).toHaveLength(1)
  })
  test('the same objective again is nothing new; another under its id is refused', () => {
    expect(decide.addObjective(ready, objective('o-1'))).toEqual([])
    expect(code(() => decide.addObjective(ready, objective('o-1', { dueDate: '2026-07-01' })))).toBe('PLAN.OBJECTIVE_EXISTS')
  })
})

describe('proposing', () => {
  test.each([
    ['S', { skillRef: undefined }],
    ['M', { measure: undefined }],
    ['M', { measure: { code: 'x', unit: '%', baseline: 60, target: 60, direction: 'up' as const } }],
    ['M', { measure: { code: 'x', unit: '%', baseline: 60, target: 70, direction: 'down' as const } }],
    ['R', { findingRef: undefined }],
    ['T', { dueDate: '2027-01-01' }],
    ['T', { dueDate: undefined }],
    ['T', { reviewBy: '2026-06-01' }],
  ])('R-1.1 an objective that is not SMART (%s) is named and the proposal refused', (letter, fault) => {
    const vague = does(drafted, s => decide.addObjective(s, objective('o-1', fault)))
    expect(smartFaults(vague)).toMatchObject([{ objectiveId: 'o-1', letter }])
    expect(code(() => decide.propose(vague, facts))).toBe('PLAN.NOT_SMART')
  })
  test('R-1.1 a barrier that nothing helps against makes the objectives that it touches not achievable', () => {
    const barrier = { barrierId: 'b-1', code: 'transport', objectiveIds: ['o-1'] }
    const blocked = does(ready, s => decide.identifyBarrier(s, barrier))
    expect(smartFaults(blocked)).toMatchObject([{ objectiveId: 'o-1', letter: 'A' }])
    expect(smartFaults(does(blocked, s => decide.identifyBarrier(s, { ...barrier, supportId: 's-1' })))).toEqual([])
  })
  test('R-1.3 an author without training warns and does not block', () => {
    expect(decide.propose(ready, { ...facts, trainedAuthors: [] })).toMatchObject([
      { type: 'PlanProposed', data: { warnings: ['AUTHOR_NOT_TRAINED'] } },
    ])
    expect(decide.propose(ready, facts)).toMatchObject([{ data: { warnings: [] } }])
  })
  test('R-1.4 under the age line guardians are invited, and their absence is recorded and blocks nothing', () => {
    const invited = does(ready, s => decide.propose(s, { ...facts, guardiansToInvite: ['g-1'] }))
    expect(invited.guardians).toEqual({ 'g-1': 'invited' })
    const absent = does(invited, s => decide.involveGuardian(s, { guardianId: 'g-1', mode: 'absent' }))
    expect(decide.involveGuardian(absent, { guardianId: 'g-1', mode: 'absent' })).toEqual([])
    const yes = does(absent, s => decide.respond(s, { response: 'agree', method: 'online', respondent: 'learner' }))
    expect(decide.activate(yes, hash)).toHaveLength(1)
  })
  test('an empty plan is not proposed, and one is proposed once', () => {
    expect(code(() => decide.propose(drafted, facts))).toBe('PLAN.NO_OBJECTIVE')
    expect(decide.propose(proposed, facts)).toEqual([])
  })
})

describe('the learner’s answer', () => {
  test('nothing becomes active without the learner’s yes', () => {
    for (const state of [drafted, proposed]) expect(code(() => decide.activate(state, hash))).toBe('PLAN.NOT_AGREED')
    const declined = does(proposed, s => decide.respond(s, { response: 'decline', method: 'online', respondent: 'learner' }))
    expect(code(() => decide.activate(declined, hash))).toBe('PLAN.NOT_AGREED')
    expect(declined.status).toBe('draft')
  })
  test('a guardian’s or proxy’s yes is recorded as theirs and agrees to nothing', () => {
    for (const respondent of ['guardian', 'proxy'] as const) {
      const state = does(proposed, s => decide.respond(s, { response: 'agree', method: 'paper', respondent }))
      expect(code(() => decide.activate(state, hash))).toBe('PLAN.NOT_AGREED')
    }
  })
  test('agreed with remarks is agreed; answered and activated twice, nothing new', () => {
    const remarks = does(proposed, s =>
      decide.respond(s, { response: 'agreeWithRemarks', remarks: 'mornings', method: 'inPerson', respondent: 'learner' }),
    )
    expect(remarks.status).toBe('agreed')
    expect(decide.respond(agreed, { response: 'agree', method: 'online', respondent: 'learner' })).toEqual([])
    expect(decide.activate(active, hash)).toEqual([])
  })
  test('a proposal that is changed has to be proposed again', () => {
    const changed = does(proposed, s =>
      decide.reviseObjective(s, { ...objective('o-1', { dueDate: '2026-07-01' }), reason: 'exam' }),
    )
    expect(changed.status).toBe('draft')
    expect(code(() => decide.respond(changed, { response: 'agree', method: 'online', respondent: 'learner' }))).toBe(
      'PLAN.NOT_PROPOSED',
    )
  })
})

describe('reviews', () => {
  test('R-5.1 every 42 days, 14 after a high signal, or as the region or the plan says', () => {
    expect(decide.scheduleReview(active, { reviewId: 'r-9', today })).toMatchObject([
      { data: { dueBy: '2026-04-12', cadenceDays: 42 } },
    ])
    expect(decide.scheduleReview(active, { reviewId: 'r-9', today, afterHighSignal: true })).toMatchObject([
      { data: { dueBy: '2026-03-15' } },
    ])
    expect(decide.scheduleReview(active, { reviewId: 'r-9', today }, { ...planRules, reviewCadenceDays: 30 })).toMatchObject([
      { data: { cadenceDays: 30 } },
    ])
    expect(decide.scheduleReview(active, { reviewId: 'r-9', today, cadenceDays: 7 })).toMatchObject([
      { data: { dueBy: '2026-03-08' } },
    ])
    expect(decide.scheduleReview(reviewed, { reviewId: 'r-1', today })).toEqual([])
    expect(code(() => decide.scheduleReview(drafted, { reviewId: 'r-9', today }))).toBe('PLAN.NOT_ACTIVE')
  })
  test('R-5.1 a review that is late is said to be late, once', () => {
    const scheduled = does(active, s => decide.scheduleReview(s, { reviewId: 'r-1', today }))
    expect(decide.noticeOverdueReview(scheduled, '2026-04-12')).toEqual([])
    const late = does(scheduled, s => decide.noticeOverdueReview(s, '2026-04-13'))
    expect(decide.noticeOverdueReview(late, '2026-04-14')).toEqual([])
    expect(decide.noticeOverdueReview(reviewed, '2026-09-01')).toEqual([])
  })
  test('progress and feedback belong to a review that was held', () => {
    expect(code(() => decide.rateProgress(active, { reviewId: 'r-1', objectiveId: 'o-1', value: 3 }))).toBe('PLAN.NO_REVIEW')
    expect(code(() => decide.giveFeedback(active, { reviewId: 'r-1', text: 'x' }))).toBe('PLAN.NO_REVIEW')
    expect(code(() => decide.holdReview(active, { ...held, attendees: [] }))).toBe('PLAN.NOBODY_THERE')
    expect(decide.rateProgress(reviewed, { reviewId: 'r-1', objectiveId: 'o-1', value: 3 })).toHaveLength(1)
    expect(decide.holdReview(reviewed, held)).toEqual([])
  })
})

describe('revisions', () => {
  const change = { reviewId: 'r-1', reason: 'the bus does not run', revise: [{ ...objective('o-1', { dueDate: '2026-07-01' }) }] }
  test('R-5.2 an agreed plan does not change without a review and a reason', () => {
    expect(code(() => decide.addObjective(active, objective('o-2')))).toBe('PLAN.NEEDS_REVIEW')
    expect(code(() => decide.reviseObjective(agreed, { ...objective('o-1'), reason: 'x' }))).toBe('PLAN.NEEDS_REVIEW')
    expect(code(() => decide.dropObjective(active, { objectiveId: 'o-1', reason: 'x' }))).toBe('PLAN.NEEDS_REVIEW')
    expect(code(() => decide.revise(active, change))).toBe('PLAN.NO_REVIEW')
    expect(code(() => decide.revise(reviewed, { ...change, reason: ' ' }))).toBe('PLAN.NO_REASON')
    expect(code(() => decide.revise(reviewed, { reviewId: 'r-1', reason: 'x' }))).toBe('PLAN.NO_CHANGE')
  })
  test('R-5.2 the difference is shown and the learner is asked again', () => {
    const events = decide.revise(reviewed, { ...change, add: [objective('o-2')] })
    expect(events.at(-1)).toMatchObject({
      type: 'PlanRevised',
      data: {
        fromVersion: 1,
        toVersion: 2,
        diff: [
          { objectiveId: 'o-2', change: 'added' },
          { objectiveId: 'o-1', change: 'revised', fields: ['dueDate'] },
        ],
      },
    })
    const revised = on(reviewed, ...events)
    expect(revised).toMatchObject({ status: 'draft', planVersion: 2, activeVersion: 1, learnerAgreed: false })
    expect(code(() => decide.activate(revised, hash))).toBe('PLAN.NOT_AGREED')
    const again = does(
      does(
        does(revised, s => decide.propose(s, facts)),
        s => decide.respond(s, { response: 'agree', method: 'online', respondent: 'learner' }),
      ),
      s => decide.activate(s, hash),
    )
    expect(again).toMatchObject({ status: 'active', activeVersion: 2 })
    expect(code(() => decide.revise(again, change))).toBe('PLAN.REVIEW_USED')
  })
  test('what was agreed has a hash that changes with the content', () => {
    expect(decide.contentOf(active)).toEqual(decide.contentOf(agreed))
    expect(decide.contentOf(on(reviewed, ...decide.revise(reviewed, change)))).not.toEqual(decide.contentOf(active))
  })
})

describe('the end', () => {
  const outcome = { objectiveId: 'o-1', outcome: 'achieved', on: '2026-06-01' } as const
  test('a plan is completed once every objective has an outcome', () => {
    expect(code(() => decide.complete(active, '2026-06-01'))).toBe('PLAN.OPEN_OBJECTIVES')
    expect(code(() => decide.recordOutcome(drafted, outcome))).toBe('PLAN.NO_OBJECTIVE')
    expect(code(() => decide.recordOutcome(ready, outcome))).toBe('PLAN.NOT_ACTIVE')
    const done = does(active, s => decide.recordOutcome(s, outcome))
    expect(decide.recordOutcome(done, outcome)).toEqual([])
    expect(decide.complete(done, '2026-06-01')).toHaveLength(1)
    expect(
      code(() =>
        decide.addObjective(
          does(done, s => decide.complete(s, '2026-06-01')),
          objective('o-3'),
        ),
      ),
    ).toBe('PLAN.CLOSED')
  })
  test('on hold and back, each said once; ended early for a reason', () => {
    const paused = does(active, s => decide.putOnHold(s, 'illness'))
    expect(decide.putOnHold(paused, 'illness')).toEqual([])
    expect(does(paused, decide.resume).status).toBe('active')
    expect(decide.resume(active)).toEqual([])
    expect(code(() => decide.resume(drafted))).toBe('PLAN.NOT_ON_HOLD')
    const ended = does(active, s => decide.endEarly(s, { on: today, reason: 'moved' }))
    expect(decide.endEarly(ended, { on: today, reason: 'moved' })).toEqual([])
  })
})
