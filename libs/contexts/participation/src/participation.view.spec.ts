import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { ClassEvent } from './class.events.js'
import type { EnrolmentEvent } from './enrolment.events.js'
import { classes, enrolments, results } from './participation.view.js'

const ofClass = (event: ClassEvent): Told => ({ streamId: 'class-c-1', ...event })
const of = (event: EnrolmentEvent): Told => ({ streamId: 'enrolment-e-1', subjectRef: 'l-1', ...event })
const enrolled = of({
  type: 'LearnerEnrolled',
  data: {
    enrolmentId: 'e-1',
    learnerId: 'l-1',
    agencyId: 'school',
    classId: 'c-1',
    grade: '10',
    from: '2026-09-01',
    until: '2027-07-01',
  },
})
const result = { resultId: 'r-1', title: 'Test 1', status: 'fullyGraded' as const, score: 12, textScore: 'B', on: '2026-10-01' }

describe('who reads what', () => {
  test('the summary is that somebody is enrolled where and when; class, grade and every result take the full level', () => {
    expect(columnsFrom(enrolments, 'existence')).toEqual({ C2: ['enrolmentId', 'learnerId', 'status'] })
    expect(columnsFrom(enrolments, 'summary')).toEqual({ C2: ['agencyId', 'from', 'until'] })
    expect([columnsFrom(results, 'existence'), columnsFrom(results, 'summary')]).toEqual([{}, {}])
  })
})

describe('classes', () => {
  const opened = ofClass({ type: 'ClassOpened', data: { classId: 'c-1', agencyId: 'school', title: 'Metal work 1' } })
  const assigned = (userId: string) => ofClass({ type: 'TeacherAssigned', data: { userId, from: '2026-09-01' } })
  test('show each teacher once, and nobody once closed', () => {
    const unassigned = ofClass({ type: 'TeacherUnassigned', data: { userId: 'u-1', reason: 'left' } })
    const all = [opened, assigned('u-1'), assigned('u-2'), assigned('u-1')]
    expect(foldView(classes, ...all).get('c-1')).toMatchObject({ teachers: ['u-2', 'u-1'], status: 'open' })
    expect(foldView(classes, ...all, unassigned).get('c-1')).toMatchObject({ teachers: ['u-2'] })
    const closed = ofClass({ type: 'ClassClosed', data: { reason: 'over' } })
    expect(foldView(classes, ...all, closed).get('c-1')).toMatchObject({ status: 'closed', teachers: [] })
  })
})

describe('enrolments and results', () => {
  test('an enrolment has the days and grade said last; left out, there is none', () => {
    const changed = of({ type: 'EnrolmentChanged', data: { from: '2026-09-08' } })
    expect(foldView(enrolments, enrolled, changed).get('e-1')).toMatchObject({ from: '2026-09-08', until: null, grade: null })
    const ended = of({ type: 'EnrolmentEnded', data: { on: '2026-12-01', reason: 'left' } })
    expect(foldView(enrolments, enrolled, ended).get('e-1')).toMatchObject({
      status: 'ended',
      until: '2026-12-01',
      endReason: 'left',
    })
  })
  test('R-0.2 a corrected result says what it says now, and why; nothing of the old one is left', () => {
    const recorded = of({ type: 'ResultRecorded', data: result })
    const corrected = of({
      type: 'ResultCorrected',
      data: { resultId: 'r-1', title: 'Test 1', status: 'exempt', correctsEventId: 'x', reason: 'ill' },
    })
    expect(foldView(results, enrolled, recorded).get('r-1')).toMatchObject({
      ...result,
      learnerId: 'l-1',
      enrolmentId: 'e-1',
      correctedFor: null,
    })
    expect(foldView(results, enrolled, recorded, corrected).get('r-1')).toEqual({
      resultId: 'r-1',
      learnerId: 'l-1',
      enrolmentId: 'e-1',
      title: 'Test 1',
      status: 'exempt',
      score: null,
      textScore: null,
      on: null,
      correctedFor: 'ill',
    })
  })
})
