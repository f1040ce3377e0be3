import * as agreeing from './agreeing.decider.js'
import * as drafting from './drafting.decider.js'
import type { AddObjective } from './drafting.decider.js'
import * as ending from './ending.decider.js'
import { type Plan, plan, planRules } from './plan.decider.js'
import type { PlanEvent } from './plan.events.js'
import * as reviewing from './reviewing.decider.js'
import { smartFaults } from './smart.js'

const today = '2026-03-01'
const basis = { kind: 'initial', learnerId: 'l-1', completedOn: '2026-02-01' }
const toDraft: drafting.DraftPlan = {
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

const drafted = does(plan.initial, s => drafting.draft(s, toDraft, basis))
const ready = does(drafted, s => drafting.addObjective(s, objective('o-1')))
const proposed = does(ready, s => agreeing.propose(s, facts))
const agreed = does(proposed, s => agreeing.respond(s, { response: 'agree', method: 'online', respondent: 'learner' }))
const active = does(agreed, s => agreeing.activate(s, hash))
const held: reviewing.HoldReview = {
  reviewId: 'r-1',
  on: '2026-04-01',
  mode: 'inPerson',
  attendees: ['u-1'],
  oneToOne: true,
  durationMin: 30,
}
const reviewed = does(
  does(active, s => reviewing.scheduleReview(s, { reviewId: 'r-1', today })),
  s => reviewing.holdReview(s, held, ['u-1']),
)

describe('drafting', () => {
  test('R-1.2 a full plan without a completed initial assessment of this learner is refused', () => {
    for (const none of [
      undefined,
      { ...basis, completedOn: undefined },
      { ...basis, learnerId: 'l-2' },
      { ...basis, kind: 'digital' },
    ])
      expect(code(() => drafting.draft(plan.initial, toDraft, none))).toBe('PLAN.NO_ASSESSMENT')
    expect(code(() => drafting.draft(plan.initial, { ...toDraft, basisAssessmentId: undefined }, basis))).toBe(
      'PLAN.NO_ASSESSMENT',
    )
  })
  test('R-1.2 an assessment counts for 90 days', () => {
    expect(code(() => drafting.draft(plan.initial, toDraft, { ...basis, completedOn: '2025-11-30' }))).toBe(
      'PLAN.ASSESSMENT_TOO_OLD',
    )
    expect(drafting.draft(plan.initial, toDraft, { ...basis, completedOn: '2025-12-01' })).toHaveLength(1)
  })
  test('R-1.2 a quick plan needs none at first, and is overdue for one after 42 days', () => {
    const quick = does(plan.initial, s =>
      drafting.draft(s, { ...toDraft, template: 'quick', basisAssessmentId: undefined }, undefined),
    )
    expect(drafting.isAssessmentOverdue(quick, '2026-04-12')).toBe(false)
    expect(drafting.isAssessmentOverdue(quick, '2026-04-13')).toBe(true)
    expect(drafting.isAssessmentOverdue(drafted, '2026-09-01')).toBe(false)
  })
  test('R-1.2 a quick plan that got no assessment in time is not proposed until it has one', () => {
    const quick = does(
      does(plan.initial, s => drafting.draft(s, { ...toDraft, template: 'quick', basisAssessmentId: undefined }, undefined)),
      s => drafting.addObjective(s, objective('o-1')),
    )
    expect(agreeing.propose(quick, { ...facts, today: '2026-04-12' })).toHaveLength(1)
    expect(code(() => agreeing.propose(quick, { ...facts, today: '2026-04-13' }))).toBe('PLAN.ASSESSMENT_DUE')
    const late = { basisAssessmentId: 'a-1', today: '2026-04-20' }
    expect(code(() => drafting.recordBasis(quick, late, { ...basis, learnerId: 'l-2' }))).toBe('PLAN.NO_ASSESSMENT')
    expect(code(() => drafting.recordBasis(quick, late, { ...basis, completedOn: '2026-01-01' }))).toBe('PLAN.ASSESSMENT_TOO_OLD')
    const based = does(quick, s => drafting.recordBasis(s, late, { ...basis, completedOn: '2026-04-19' }))
    expect(agreeing.propose(based, { ...facts, today: '2026-04-20' })).toHaveLength(1)
    expect(drafting.recordBasis(based, late, undefined)).toEqual([])
    expect(code(() => drafting.recordBasis(based, { ...late, basisAssessmentId: 'a-2' }, basis))).toBe('PLAN.HAS_BASIS')
  })
  test('said twice, nothing new: goals, supports, barriers, subjects, and what comes after school', () => {
    const say: ((state: Plan) => readonly PlanEvent[])[] = [
      s => drafting.setLongTermGoal(s, { goalId: 'g-1', text: 'Become a carpenter' }),
      s => drafting.planSupport(s, { supportId: 's-1', kind: 'tutoring', hoursPerWeek: 2, provider: 'u-1' }),
      s => drafting.identifyBarrier(s, { barrierId: 'b-1', code: 'transport', objectiveIds: ['o-1'] }),
      s => drafting.chooseSubject(s, { courseRef: 'wood-1', chosenBy: 'learner' }),
      s => drafting.setPostSecondaryPlan(s, { targetIscedLevel: '4', preparationSteps: ['visit the workshop'] }),
      s => drafting.setCareerObjective({ ...s, kind: 'career' }, { escoOccupationUri: 'esco:7115', horizonMonths: 24 }),
    ]
    for (const said of say) {
      const once = does(ready, said)
      expect(once).not.toEqual(ready)
      expect(said(once)).toEqual([])
      expect(code(() => said(plan.initial))).toBe('PLAN.CLOSED')
    }
    const goal = does(ready, say[0]!)
    expect(code(() => drafting.setLongTermGoal(goal, { goalId: 'g-1', text: 'Become a cook' }))).toBe('PLAN.GOAL_EXISTS')
    const support = { supportId: 's-1', kind: 'tutoring', hoursPerWeek: 4, provider: 'u-1' }
    expect(code(() => drafting.planSupport(does(ready, say[1]!), support))).toBe('PLAN.SUPPORT_EXISTS')
    expect(code(() => drafting.setCareerObjective(ready, { escoOccupationUri: 'esco:7115', horizonMonths: 24 }))).toBe(
      'PLAN.NOT_A_CAREER_PLAN',
    )
  })
  test('a plan without an author, by nobody’s staff, or that ends before it begins, is refused', () => {
    expect(code(() => drafting.draft(plan.initial, { ...toDraft, authors: ['u-1', 'nobody'], staff: ['u-1'] }, basis))).toBe(
      'PLAN.UNKNOWN_AUTHOR',
    )
    expect(code(() => drafting.draft(plan.initial, { ...toDraft, authors: [] }, basis))).toBe('PLAN.NO_AUTHOR')
    expect(code(() => drafting.draft(plan.initial, { ...toDraft, periodUntil: '2026-03-01' }, basis))).toBe('PLAN.PERIOD')
  })
  test('drafted twice, nothing new; another plan under the same id is refused', () => {
    expect(drafting.draft(drafted, toDraft, basis)).toEqual([])
    expect(code(() => drafting.draft(drafted, { ...toDraft, learnerId: 'l-2' }, basis))).toBe('PLAN.EXISTS')
  })
  test('R-1.5 more than five objectives at once are refused, unless the region says otherwise', () => {
    const five = ['1', '2', '3', '4', '5'].reduce((s, n) => does(s, p => drafting.addObjective(p, objective(`o-${n}`))), drafted)
    expect(code(() => drafting.addObjective(five, objective('o-6')))).toBe('PLAN.TOO_MANY_OBJECTIVES')
    expect(drafting.addObjective(five, objective('o-6'), { ...planRules, mostObjectives: 6 })).toHaveLength(1)
  })
  test('the same objective again is nothing new; another under its id is refused', () => {
    expect(drafting.addObjective(ready, objective('o-1'))).toEqual([])
    expect(code(() => drafting.addObjective(ready, objective('o-1', { dueDate: '2026-07-01' })))).toBe('PLAN.OBJECTIVE_EXISTS')
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
    const vague = does(drafted, s => drafting.addObjective(s, objective('o-1', fault)))
    expect(smartFaults(vague)).toMatchObject([{ objectiveId: 'o-1', letter }])
    expect(code(() => agreeing.propose(vague, facts))).toBe('PLAN.NOT_SMART')
  })
  test('R-1.1 a barrier that nothing helps against makes the objectives that it touches not achievable', () => {
    const barrier = { barrierId: 'b-1', code: 'transport', objectiveIds: ['o-1'] }
    const blocked = does(ready, s => drafting.identifyBarrier(s, barrier))
    expect(smartFaults(blocked)).toMatchObject([{ objectiveId: 'o-1', letter: 'A' }])
    expect(smartFaults(does(blocked, s => drafting.identifyBarrier(s, { ...barrier, supportId: 's-1' })))).toEqual([])
  })
  test('R-1.1 what the learner declined is not achievable as it stands: changed, it can be proposed again', () => {
    const declined = does(proposed, s => agreeing.respond(s, { response: 'decline', method: 'online', respondent: 'learner' }))
    expect(code(() => agreeing.propose(declined, facts))).toBe('PLAN.DECLINED')
    const changed = does(declined, s =>
      drafting.reviseObjective(s, { ...objective('o-1', { dueDate: '2026-07-01' }), reason: 'x' }),
    )
    expect(agreeing.propose(changed, facts)).toHaveLength(1)
  })
  test('R-1.3 an author without training warns and does not block', () => {
    expect(agreeing.propose(ready, { ...facts, trainedAuthors: [] })).toMatchObject([
      { type: 'PlanProposed', data: { warnings: ['AUTHOR_NOT_TRAINED'] } },
    ])
    expect(agreeing.propose(ready, facts)).toMatchObject([{ data: { warnings: [] } }])
  })
  test('R-1.4 under the age line guardians are invited, and their absence is recorded and blocks nothing', () => {
    const invited = does(ready, s => agreeing.propose(s, { ...facts, guardiansToInvite: ['g-1'] }))
    expect(invited.guardians).toEqual({ 'g-1': 'invited' })
    const absent = does(invited, s =>
      agreeing.involveGuardian(s, { guardianId: 'g-1', mode: 'absent' }, { isAllowed: false, isSeen: true }),
    )
    expect(agreeing.involveGuardian(absent, { guardianId: 'g-1', mode: 'absent' }, { isAllowed: false, isSeen: true })).toEqual(
      [],
    )
    const yes = does(absent, s => agreeing.respond(s, { response: 'agree', method: 'online', respondent: 'learner' }))
    expect(agreeing.activate(yes, hash)).toHaveLength(1)
  })
  test('an empty plan is not proposed, and one is proposed once', () => {
    expect(code(() => agreeing.propose(drafted, facts))).toBe('PLAN.NO_OBJECTIVE')
    expect(agreeing.propose(proposed, facts)).toEqual([])
  })
})

describe('the learner’s answer', () => {
  test('nothing becomes active without the learner’s yes', () => {
    for (const state of [drafted, proposed]) expect(code(() => agreeing.activate(state, hash))).toBe('PLAN.NOT_AGREED')
    const declined = does(proposed, s => agreeing.respond(s, { response: 'decline', method: 'online', respondent: 'learner' }))
    expect(code(() => agreeing.activate(declined, hash))).toBe('PLAN.NOT_AGREED')
    expect(declined.status).toBe('draft')
  })
  test('a guardian’s or proxy’s yes is recorded as theirs and agrees to nothing', () => {
    for (const respondent of ['guardian', 'proxy'] as const) {
      const state = does(proposed, s => agreeing.respond(s, { response: 'agree', method: 'paper', respondent }))
      expect(code(() => agreeing.activate(state, hash))).toBe('PLAN.NOT_AGREED')
    }
  })
  test('R-1.4 a guardian signs with the power to, each for themself, and without it is refused', () => {
    const answer = { response: 'agree', method: 'online', respondent: 'guardian' } as const
    const by = (guardianId: string, maySign = true) => ({ guardianId, maySign })
    expect(code(() => agreeing.respond(proposed, answer, by('g-1', false)))).toBe('PLAN.NO_AUTHORITY')
    const signed = does(proposed, s => agreeing.respond(s, answer, by('g-1')))
    expect(signed.guardians).toEqual({ 'g-1': 'coSigned' })
    expect(agreeing.respond(signed, answer, by('g-1'))).toEqual([])
    expect(does(signed, s => agreeing.respond(s, answer, by('g-2'))).guardians).toEqual({ 'g-1': 'coSigned', 'g-2': 'coSigned' })
    const declined = does(proposed, s => agreeing.respond(s, { ...answer, response: 'decline' }, by('g-1')))
    expect(declined.guardians).toEqual({})
    expect(code(() => agreeing.activate(signed, hash))).toBe('PLAN.NOT_AGREED')
  })
  test('R-1.4 of whoever lost custody in the middle of a plan nothing is recorded but that they were absent', () => {
    for (const mode of ['informed', 'consulted', 'coSigned', 'invited'] as const)
      expect(
        code(() => agreeing.involveGuardian(proposed, { guardianId: 'g-1', mode }, { isAllowed: false, isSeen: true })),
      ).toBe('PLAN.NO_AUTHORITY')
    expect(
      agreeing.involveGuardian(proposed, { guardianId: 'g-1', mode: 'absent' }, { isAllowed: false, isSeen: true }),
    ).toHaveLength(1)
  })
  test('of a guardian whom the caller does not see is said what is said of one who is none, unless the plan names them', () => {
    const hidden = { isAllowed: true, isSeen: false }
    for (const mode of ['informed', 'consulted', 'coSigned', 'absent'] as const)
      for (const isAllowed of [true, false])
        expect(code(() => agreeing.involveGuardian(proposed, { guardianId: 'g-1', mode }, { ...hidden, isAllowed }))).toBe(
          'PLAN.NO_GUARDIAN',
        )
    const invited = does(ready, s => agreeing.propose(s, { ...facts, guardiansToInvite: ['g-1'] }))
    expect(agreeing.involveGuardian(invited, { guardianId: 'g-1', mode: 'consulted' }, hidden)).toHaveLength(1)
  })
  test('a guardian who says the same again says nothing new, and who changes their mind does', () => {
    const guardian = { response: 'agree', method: 'paper', respondent: 'guardian' } as const
    const said = does(proposed, s => agreeing.respond(s, guardian))
    expect(agreeing.respond(said, guardian)).toEqual([])
    expect(agreeing.respond(said, { ...guardian, response: 'decline' })).toHaveLength(1)
  })
  test('until it is in force the learner may take a yes back', () => {
    const back = does(agreed, s => agreeing.respond(s, { response: 'decline', method: 'online', respondent: 'learner' }))
    expect(back.status).toBe('draft')
    expect(code(() => agreeing.activate(back, hash))).toBe('PLAN.NOT_AGREED')
    expect(code(() => agreeing.respond(active, { response: 'decline', method: 'online', respondent: 'learner' }))).toBe(
      'PLAN.NOT_PROPOSED',
    )
  })
  test('agreed with remarks is agreed; answered and activated twice, nothing new', () => {
    const remarks = does(proposed, s =>
      agreeing.respond(s, { response: 'agreeWithRemarks', remarks: 'mornings', method: 'inPerson', respondent: 'learner' }),
    )
    expect(remarks.status).toBe('agreed')
    expect(agreeing.respond(agreed, { response: 'agree', method: 'online', respondent: 'learner' })).toEqual([])
    expect(agreeing.activate(active, hash)).toEqual([])
  })
  test('a proposal that is changed has to be proposed again', () => {
    const changed = does(proposed, s =>
      drafting.reviseObjective(s, { ...objective('o-1', { dueDate: '2026-07-01' }), reason: 'exam' }),
    )
    expect(changed.status).toBe('draft')
    expect(code(() => agreeing.respond(changed, { response: 'agree', method: 'online', respondent: 'learner' }))).toBe(
      'PLAN.NOT_PROPOSED',
    )
  })
})

describe('reviews', () => {
  test('R-5.1 every 42 days, 14 after a high signal, or as the region or the plan says', () => {
    expect(reviewing.scheduleReview(active, { reviewId: 'r-9', today })).toMatchObject([
      { data: { dueBy: '2026-04-12', cadenceDays: 42 } },
    ])
    expect(reviewing.scheduleReview(active, { reviewId: 'r-9', today, afterHighSignal: true })).toMatchObject([
      { data: { dueBy: '2026-03-15' } },
    ])
    expect(reviewing.scheduleReview(active, { reviewId: 'r-9', today }, { ...planRules, reviewCadenceDays: 30 })).toMatchObject([
      { data: { cadenceDays: 30 } },
    ])
    expect(reviewing.scheduleReview(active, { reviewId: 'r-9', today, cadenceDays: 7 })).toMatchObject([
      { data: { dueBy: '2026-03-08' } },
    ])
    expect(reviewing.scheduleReview(reviewed, { reviewId: 'r-1', today })).toEqual([])
    expect(code(() => reviewing.scheduleReview(drafted, { reviewId: 'r-9', today }))).toBe('PLAN.NOT_ACTIVE')
  })
  test('R-5.1 a review that is late is said to be late, once', () => {
    const scheduled = does(active, s => reviewing.scheduleReview(s, { reviewId: 'r-1', today }))
    expect(reviewing.noticeOverdueReview(scheduled, '2026-04-12')).toEqual([])
    const late = does(scheduled, s => reviewing.noticeOverdueReview(s, '2026-04-13'))
    expect(reviewing.noticeOverdueReview(late, '2026-04-14')).toEqual([])
    expect(reviewing.noticeOverdueReview(reviewed, '2026-09-01')).toEqual([])
  })
  test('progress and feedback belong to a review that was held', () => {
    expect(code(() => reviewing.rateProgress(active, { reviewId: 'r-1', objectiveId: 'o-1', value: 3 }))).toBe('PLAN.NO_REVIEW')
    expect(code(() => reviewing.giveFeedback(active, { reviewId: 'r-1', text: 'x' }))).toBe('PLAN.NO_REVIEW')
    expect(code(() => reviewing.holdReview(active, { ...held, attendees: [] }, []))).toBe('PLAN.NOBODY_THERE')
    expect(reviewing.rateProgress(reviewed, { reviewId: 'r-1', objectiveId: 'o-1', value: 3 })).toHaveLength(1)
    expect(reviewing.holdReview(reviewed, held, [])).toEqual([])
    expect(() => reviewing.holdReview(reviewed, { ...held, on: '2026-04-02', durationMin: 45 }, ['u-1'])).toThrow(
      expect.objectContaining({ code: 'PLAN.REVIEW_EXISTS', which: { fields: ['on', 'durationMin'] } }),
    )
    const said = does(
      does(reviewed, s => reviewing.rateProgress(s, { reviewId: 'r-1', objectiveId: 'o-1', value: 3 })),
      s => reviewing.giveFeedback(s, { reviewId: 'r-1', text: 'well done' }),
    )
    expect(reviewing.rateProgress(said, { reviewId: 'r-1', objectiveId: 'o-1', value: 3 })).toEqual([])
    expect(reviewing.giveFeedback(said, { reviewId: 'r-1', text: 'well done' })).toEqual([])
  })
  test('a review is not held before the plan was in force', () => {
    const since = on(agreed, ...agreeing.activate(agreed, hash).map(event => ({ ...event, occurredAt: '2026-03-05T10:00:00Z' })))
    expect(since.inForceSince).toBe('2026-03-05')
    const heldOn = (day: string) => () => reviewing.holdReview(since, { ...held, on: day }, ['u-1'])
    expect(code(heldOn('2026-03-04'))).toBe('PLAN.BEFORE_IN_FORCE')
    expect(heldOn('2026-03-05')()).toHaveLength(1)
  })
  test('whoever was at a review is the learner, staff, or a guardian whom the plan names or the caller sees', () => {
    const withThem = (...attendees: string[]) => reviewing.holdReview(active, { ...held, attendees }, ['u-2', 'g-2'])
    expect(code(() => withThem('u-1', 'nobody'))).toBe('PLAN.UNKNOWN_ATTENDEE')
    expect(withThem('l-1', 'u-1', 'u-2', 'g-2', 'u-1')).toMatchObject([{ data: { attendees: ['l-1', 'u-1', 'u-2', 'g-2'] } }])
  })
  test('a review that did not take place is said once; one that nobody scheduled was not missed', () => {
    const scheduled = does(active, s => reviewing.scheduleReview(s, { reviewId: 'r-1', today }))
    const missed = does(scheduled, s => reviewing.missReview(s, { reviewId: 'r-1', reason: 'illness' }))
    expect(reviewing.missReview(missed, { reviewId: 'r-1', reason: 'illness' })).toEqual([])
    expect(code(() => reviewing.missReview(active, { reviewId: 'r-9', reason: 'illness' }))).toBe('PLAN.NO_REVIEW')
  })
})

const agreedAgain = (state: Plan): Plan =>
  does(
    does(
      does(state, s => agreeing.propose(s, facts)),
      s => agreeing.respond(s, { response: 'agree', method: 'online', respondent: 'learner' }),
    ),
    s => agreeing.activate(s, hash),
  )

describe('revisions', () => {
  const change = { reviewId: 'r-1', reason: 'the bus does not run', revise: [{ ...objective('o-1', { dueDate: '2026-07-01' }) }] }
  test('R-5.2 an agreed plan does not change without a review and a reason', () => {
    expect(code(() => drafting.addObjective(active, objective('o-2')))).toBe('PLAN.NEEDS_REVIEW')
    expect(code(() => drafting.reviseObjective(agreed, { ...objective('o-1'), reason: 'x' }))).toBe('PLAN.NEEDS_REVIEW')
    expect(code(() => drafting.dropObjective(active, { objectiveId: 'o-1', reason: 'x' }))).toBe('PLAN.NEEDS_REVIEW')
    expect(code(() => reviewing.revise(active, change))).toBe('PLAN.NO_REVIEW')
    expect(code(() => reviewing.revise(reviewed, { ...change, reason: ' ' }))).toBe('PLAN.NO_REASON')
    expect(code(() => reviewing.revise(reviewed, { reviewId: 'r-1', reason: 'x' }))).toBe('PLAN.NO_CHANGE')
  })
  test('R-5.2 the difference is shown and the learner is asked again; until then the old version is in force', () => {
    const events = reviewing.revise(reviewed, { ...change, add: [objective('o-2')] })
    expect(events).toMatchObject([
      {
        type: 'PlanRevised',
        data: {
          fromVersion: 1,
          toVersion: 2,
          diff: [
            { objectiveId: 'o-2', change: 'added' },
            { objectiveId: 'o-1', change: 'revised', fields: ['dueDate'] },
          ],
        },
      },
    ])
    const revised = on(reviewed, ...events)
    expect(revised).toMatchObject({ status: 'active', activeVersion: 1, objectives: reviewed.objectives })
    expect(code(() => agreeing.activate(revised, hash))).toBe('PLAN.NOT_AGREED')
    const again = agreedAgain(revised)
    expect(again).toMatchObject({
      status: 'active',
      activeVersion: 2,
      objectives: { 'o-1': { dueDate: '2026-07-01' }, 'o-2': {} },
    })
    expect(code(() => reviewing.revise(again, change))).toBe('PLAN.REVIEW_USED')
  })
  test('R-5.2 nothing slips into a revision beside what the learner is shown', () => {
    const revised = does(reviewed, s => reviewing.revise(s, change))
    for (const state of [revised, does(revised, s => agreeing.propose(s, facts))]) {
      expect(code(() => drafting.addObjective(state, objective('o-9')))).toBe('PLAN.NEEDS_REVIEW')
      expect(code(() => drafting.reviseObjective(state, { ...objective('o-1', { dueDate: '2026-08-01' }), reason: 'x' }))).toBe(
        'PLAN.NEEDS_REVIEW',
      )
      expect(code(() => drafting.dropObjective(state, { objectiveId: 'o-1', reason: 'x' }))).toBe('PLAN.NEEDS_REVIEW')
    }
  })
  test('R-5.2 a revision that the learner declines is gone: the version in force stays as it was', () => {
    const revised = does(reviewed, s => reviewing.revise(s, change))
    const declined = does(
      does(revised, s => agreeing.propose(s, facts)),
      s => agreeing.respond(s, { response: 'decline', method: 'online', respondent: 'learner' }),
    )
    expect(declined).toMatchObject({ status: 'active', activeVersion: 1, revision: undefined, objectives: reviewed.objectives })
    expect(code(() => agreeing.propose(declined, facts))).toBe('PLAN.AGREED')
    expect(reviewing.revise(declined, change)).toMatchObject([{ data: { fromVersion: 1, toVersion: 3 } }])
  })
  test('R-5.2 another revision takes the place of the one that waits; the same again is nothing new', () => {
    const revised = does(reviewed, s => reviewing.revise(s, change))
    expect(reviewing.revise(revised, change)).toEqual([])
    const other = does(
      does(revised, s => agreeing.propose(s, facts)),
      s => reviewing.revise(s, { ...change, revise: [], drop: ['o-1'], add: [objective('o-2')] }),
    )
    expect(other.revision).toMatchObject({ status: 'draft', toVersion: 3 })
    expect(Object.values(agreedAgain(other).objectives).map(o => [o.objectiveId, o.status])).toEqual([
      ['o-1', 'dropped'],
      ['o-2', 'open'],
    ])
  })
  test('R-5.2 a revision names each objective once, and R-1.5 and R-1.1 hold for it as well', () => {
    expect(code(() => reviewing.revise(reviewed, { ...change, drop: ['o-1'] }))).toBe('PLAN.OBJECTIVE_TWICE')
    const five = ['2', '3', '4', '5', '6'].map(n => objective(`o-${n}`))
    expect(code(() => reviewing.revise(reviewed, { ...change, add: five }))).toBe('PLAN.TOO_MANY_OBJECTIVES')
    expect(reviewing.revise(reviewed, { ...change, revise: [], add: five, drop: ['o-1'] })).toHaveLength(1)
    const vague = does(reviewed, s => reviewing.revise(s, { ...change, add: [objective('o-2', { measure: undefined })] }))
    expect(code(() => agreeing.propose(vague, facts))).toBe('PLAN.NOT_SMART')
  })
  test('R-5.2 a revision whose words were erased cannot come into force', () => {
    const revised = does(reviewed, s => reviewing.revise(s, change))
    const erasedSince: Plan = { ...revised, revision: { ...revised.revision!, status: 'agreed', changes: undefined } }
    expect(code(() => agreeing.activate(erasedSince, hash))).toBe('PLAN.ERASED')
  })
  test('what was agreed has a hash that changes with the content, and is the same before and after it is in force', () => {
    expect(agreeing.contentOf(active)).toEqual(agreeing.contentOf(agreed))
    const revised = does(reviewed, s => reviewing.revise(s, change))
    expect(agreeing.contentOf(revised)).not.toEqual(agreeing.contentOf(active))
    expect(agreeing.contentOf(agreedAgain(revised))).toEqual(agreeing.contentOf(revised))
  })
})

describe('the end', () => {
  const outcome = { objectiveId: 'o-1', outcome: 'achieved', on: '2026-06-01' } as const
  test('a plan is completed once every objective has an outcome', () => {
    expect(code(() => ending.complete(active, '2026-06-01'))).toBe('PLAN.OPEN_OBJECTIVES')
    expect(code(() => ending.recordOutcome(drafted, outcome))).toBe('PLAN.NO_OBJECTIVE')
    expect(code(() => ending.recordOutcome(ready, outcome))).toBe('PLAN.NOT_ACTIVE')
    const done = does(active, s => ending.recordOutcome(s, outcome))
    expect(ending.recordOutcome(done, outcome)).toEqual([])
    expect(ending.complete(done, '2026-06-01')).toHaveLength(1)
    expect(
      code(() =>
        drafting.addObjective(
          does(done, s => ending.complete(s, '2026-06-01')),
          objective('o-3'),
        ),
      ),
    ).toBe('PLAN.CLOSED')
  })
  test('on hold and back, each said once; ended early for a reason', () => {
    const paused = does(active, s => ending.putOnHold(s, 'illness'))
    expect(ending.putOnHold(paused, 'illness')).toEqual([])
    expect(does(paused, ending.resume).status).toBe('active')
    expect(ending.resume(active)).toEqual([])
    expect(code(() => ending.resume(drafted))).toBe('PLAN.NOT_ON_HOLD')
    const ended = does(active, s => ending.endEarly(s, { on: today, reason: 'moved' }))
    expect(ending.endEarly(ended, { on: today, reason: 'moved' })).toEqual([])
  })
})
