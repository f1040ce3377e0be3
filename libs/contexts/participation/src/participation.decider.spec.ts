import { assignTeacher, closeClass, openClass, retitle, teachingClass, unassignTeacher } from './class.decider.js'
import { endEnrolment, enrol, type Enrol, enrolment, recordResult, type RecordResult } from './enrolment.decider.js'

const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}

describe('a class', () => {
  const opening = { classId: 'c-1', agencyId: 'school', title: 'Metal work 1' }
  const open = teachingClass.evolve(teachingClass.initial, openClass(teachingClass.initial, opening)[0]!)
  const teacher = { userId: 'u-1', from: '2026-09-01' }
  const taught = teachingClass.evolve(open, assignTeacher(open, teacher)[0]!)
  test('nothing happens in a class that is not open', () => {
    for (const act of [
      () => retitle(teachingClass.initial, 'x'),
      () => assignTeacher(teachingClass.initial, teacher),
      () => unassignTeacher(teachingClass.initial, { userId: 'u-1', reason: 'x' }),
      () => closeClass(teachingClass.initial, 'x'),
    ])
      expect(code(act)).toBe('CLASS.UNKNOWN')
    const closed = teachingClass.evolve(taught, closeClass(taught, 'over')[0]!)
    expect(code(() => assignTeacher(closed, teacher))).toBe('CLASS.CLOSED')
    expect(closeClass(closed, 'over')).toEqual([])
    expect(closed.teachers).toEqual({})
  })
  test('an assignment that ends before it begins is refused', () => {
    expect(code(() => assignTeacher(open, { ...teacher, until: '2026-09-01' }))).toBe('CLASS.PERIOD')
  })
  test('said twice, nothing new', () => {
    expect(openClass(open, opening)).toEqual([])
    expect(code(() => openClass(open, { ...opening, agencyId: 'other' }))).toBe('CLASS.EXISTS')
    expect(retitle(open, 'Metal work 1')).toEqual([])
    expect(assignTeacher(taught, teacher)).toEqual([])
    expect(assignTeacher(taught, { ...teacher, until: '2027-07-01' })).toHaveLength(1)
    const without = teachingClass.evolve(taught, unassignTeacher(taught, { userId: 'u-1', reason: 'left' })[0]!)
    expect(unassignTeacher(without, { userId: 'u-1', reason: 'left' })).toEqual([])
  })
})

describe('an enrolment', () => {
  const command: Enrol = { enrolmentId: 'e-1', learnerId: 'l-1', agencyId: 'school', classId: 'c-1', from: '2026-09-01' }
  const enrolled = enrolment.evolve(enrolment.initial, enrol(enrolment.initial, command)[0]!)
  const result: RecordResult = { resultId: 'r-1', title: 'Test 1', status: 'fullyGraded', score: 12, on: '2026-10-01' }
  test('that ends before it begins, or takes another’s id, is refused', () => {
    expect(code(() => enrol(enrolment.initial, { ...command, until: '2026-09-01' }))).toBe('ENROLMENT.PERIOD')
    expect(code(() => enrol(enrolled, { ...command, learnerId: 'l-2' }))).toBe('ENROLMENT.EXISTS')
  })
  test('the same row again is nothing new, a changed one is one event', () => {
    expect(enrol(enrolled, command)).toEqual([])
    expect(enrol(enrolled, { ...command, until: '2027-07-01' })).toMatchObject([{ type: 'EnrolmentChanged' }])
  })
  test('ends once, and is not taken up again', () => {
    expect(code(() => endEnrolment(enrolment.initial, { on: '2026-12-01', reason: 'left' }))).toBe('ENROLMENT.UNKNOWN')
    const ended = enrolment.evolve(enrolled, endEnrolment(enrolled, { on: '2026-12-01', reason: 'left' })[0]!)
    expect(endEnrolment(ended, { on: '2026-12-01', reason: 'left' })).toEqual([])
    expect(code(() => enrol(ended, command))).toBe('ENROLMENT.ENDED')
  })
  test('R-0.2 a result that says something else is a correction that names what it corrects, and why', () => {
    expect(code(() => recordResult(enrolment.initial, result))).toBe('ENROLMENT.UNKNOWN')
    const graded = enrolment.evolve(enrolled, { ...recordResult(enrolled, result)[0]!, eventId: 'e-1' })
    expect(recordResult(graded, result)).toEqual([])
    expect(recordResult(graded, { ...result, score: 13 }, 'regraded')).toMatchObject([
      { type: 'ResultCorrected', data: { score: 13, reason: 'regraded', correctsEventId: 'e-1' } },
    ])
    const [regraded] = recordResult(graded, { ...result, score: 13 }, 'regraded')
    const again = enrolment.evolve(graded, { ...regraded!, eventId: 'e-2' })
    expect(recordResult(again, { ...result, score: 14 })).toMatchObject([{ data: { correctsEventId: 'e-2', reason: 'resent' } }])
  })
})
