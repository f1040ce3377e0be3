import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { BreakGlassEvent } from './break-glass.events.js'
import { breakGlasses, keptBreakGlasses } from './break-glasses.view.js'

const told = (event: BreakGlassEvent): Told => ({ streamId: 'breakGlass-b-1', subjectRef: 'l-1', ...event })
const used = (more: object = { reason: 'Found unconscious.', kept: false }) =>
  told({
    type: 'BreakGlassUsed',
    data: {
      breakGlassId: 'b-1',
      learnerId: 'l-1',
      userId: 'u-1',
      agencyId: 'clinic',
      role: 'healthProfessional',
      categories: ['C6'],
      reasonCode: 'healthInDanger',
      at: '2026-03-05T21:30:00.000Z',
      until: '2026-03-05T22:15:00.000Z',
      reviewDueOn: '2026-03-13',
      kept: false,
      ...more,
    },
  })
const reviewed = (more: object) => told({ type: 'BreakGlassReviewed', data: { outcome: 'justified', by: 'officer', ...more } })

test('R-V.4 an emergency and its review stand where learner and officer see them', () => {
  expect(foldView(breakGlasses, used(), reviewed({ remark: 'Right.' })).get('b-1')).toMatchObject({
    status: 'reviewed',
    userId: 'u-1',
    agencyId: 'clinic',
    categories: ['C6'],
    reason: 'Found unconscious.',
    outcome: 'justified',
    reviewedBy: 'officer',
    remark: 'Right.',
  })
  expect(foldView(keptBreakGlasses, used(), reviewed({})).size).toBe(0)
})
test('R-V.4 one of which the learner is not told stands with safeguarding alone', () => {
  const kept = used({ reasonCode: 'safeguarding', kept: true, keptReason: 'Threatened at home.' })
  expect(foldView(breakGlasses, kept, reviewed({ keptRemark: 'Right.' })).size).toBe(0)
  expect(foldView(keptBreakGlasses, kept, reviewed({ keptRemark: 'Right.' })).get('b-1')).toMatchObject({
    reason: 'Threatened at home.',
    remark: 'Right.',
  })
  expect(Object.values(keptBreakGlasses.columns).every(({ category }) => category === 'C10')).toBe(true)
})
test('an officer, who may know that it exists, learns who has to answer and by when, and no more', () => {
  expect(columnsFrom(keptBreakGlasses, 'existence')).toEqual({
    C10: ['breakGlassId', 'learnerId', 'status', 'userId', 'reviewDueOn', 'overdue'],
  })
  expect(columnsFrom(breakGlasses, 'existence')).toEqual({ C14: ['breakGlassId', 'learnerId', 'status'] })
})
test('R-V.4 that nobody reviewed it by the day stands where the use stands, and nowhere else', () => {
  const overdue = told({ type: 'BreakGlassReviewOverdue', data: { dueOn: '2026-03-13', toldAgencyId: 'authority' } })
  const kept = used({ reasonCode: 'safeguarding', kept: true, keptReason: 'Threatened at home.' })
  expect(foldView(breakGlasses, used()).get('b-1')).toMatchObject({ overdue: false, toldAgencyId: null })
  expect(foldView(breakGlasses, used(), overdue).get('b-1')).toMatchObject({
    status: 'used',
    overdue: true,
    toldAgencyId: 'authority',
  })
  expect(foldView(breakGlasses, kept, overdue).size).toBe(0)
  expect(foldView(keptBreakGlasses, kept, overdue).get('b-1')).toMatchObject({ overdue: true })
  expect(foldView(keptBreakGlasses, used(), overdue).size).toBe(0)
})
test('the agency that did it owns the row, and so does who was told that it is overdue', () => {
  for (const view of [breakGlasses, keptBreakGlasses])
    expect([view.columns.agencyId.owner, view.columns.toldAgencyId.owner]).toEqual([true, true])
})
