import { categories, roles } from '@passerelle/sharing'
import { breakGlass, type BreakGlass, noticeOverdueBreakGlass, review, use, type UseBreakGlass } from './break-glass.decider.js'
import type { BreakGlassEvent } from './break-glass.events.js'

const calendar = { closed: [{ from: '2026-03-06', until: '2026-03-06' }] }
/** A Thursday evening. */
const now = '2026-03-05T21:30:00.000Z'
const command: UseBreakGlass = {
  breakGlassId: 'b-1',
  learnerId: 'l-1',
  userId: 'u-1',
  agencyId: 'clinic',
  role: 'healthProfessional',
  categories: ['C1', 'C6'],
  reasonCode: 'healthInDanger',
  reason: 'Found unconscious, medication unknown.',
  minutes: 45,
}
const nothing: BreakGlass = { status: 'none' }
const after = (...events: readonly BreakGlassEvent[]) => events.reduce((state, event) => breakGlass.evolve(state, event), nothing)
const decided = (glass: BreakGlass, more: Partial<UseBreakGlass> = {}, at = now) =>
  use(glass, { ...command, ...more }, at, calendar)
const used = after(...decided(nothing))

describe('R-V.4 the glass is not broken', () => {
  test('while the last use of the person was not reviewed, for the same learner or another', () => {
    for (const more of [
      { learnerId: 'l-2' },
      { categories: ['C6' as const] },
      { reasonCode: 'lifeInDanger' as const },
      { agencyId: 'other' },
    ])
      expect(() => decided(used, more)).toThrow(expect.objectContaining({ code: 'BREAK_GLASS.UNREVIEWED' }))
    expect(() => decided(used, {}, '2026-03-05T22:15:00.000Z')).toThrow(
      expect.objectContaining({ code: 'BREAK_GLASS.UNREVIEWED' }),
    )
  })
  test('and why not says nothing of the learner', () => {
    let refusal: unknown
    try {
      decided(used, { learnerId: 'l-2' })
    } catch (error) {
      refusal = error
    }
    expect(JSON.stringify({ ...(refusal as object), message: String(refusal) })).not.toMatch(/l-[12]|unconscious/)
  })
  test('for signals, nor for what the matrix never gives the role', () => {
    for (const role of roles)
      expect(() => decided(nothing, { role, categories: ['C16'] })).toThrow(
        expect.objectContaining({ code: 'BREAK_GLASS.INVALID_CATEGORIES' }),
      )
    for (const [role, category] of [
      ['socialWorker', 'C6'],
      ['teacher', 'C9'],
      ['healthProfessional', 'C15'],
      ['placementTutor', 'C1'],
      ['dataProtectionOfficer', 'C1'],
      ['learner', 'C1'],
    ] as const)
      expect(() => decided(nothing, { role, categories: ['C1', category] })).toThrow(
        expect.objectContaining({
          code: 'BREAK_GLASS.INVALID_CATEGORIES',
          which: { categories: expect.arrayContaining([category]) },
        }),
      )
  })
  test('without a category, for no time, or for more than an hour', () => {
    expect(() => decided(nothing, { categories: [] })).toThrow(
      expect.objectContaining({ code: 'BREAK_GLASS.INVALID_CATEGORIES' }),
    )
    for (const minutes of [0, -1, 61, 1.5, NaN])
      expect(() => decided(nothing, { minutes })).toThrow(expect.objectContaining({ code: 'BREAK_GLASS.INVALID_TIME' }))
    for (const minutes of [1, 60]) expect(decided(nothing, { minutes })).toHaveLength(1)
  })
})

test('R-V.4 a use says what, why, until when, and by when it has to be reviewed: five working days', () => {
  expect(decided(nothing, { categories: ['C6', 'C1', 'C6'] })).toEqual([
    {
      type: 'BreakGlassUsed',
      data: {
        breakGlassId: 'b-1',
        learnerId: 'l-1',
        userId: 'u-1',
        agencyId: 'clinic',
        role: 'healthProfessional',
        categories: ['C6', 'C1'],
        reasonCode: 'healthInDanger',
        reason: command.reason,
        kept: false,
        at: now,
        until: '2026-03-05T22:15:00.000Z',
        // Friday is closed, then a weekend.
        reviewDueOn: '2026-03-13',
      },
    },
  ])
})
test('what is said of safeguarding is sealed with safeguarding, and the learner is not told', () => {
  const [event] = decided(nothing, { reasonCode: 'safeguarding' })
  expect(event).toMatchObject({ data: { kept: true, keptReason: command.reason } })
  expect(event!.data).not.toHaveProperty('reason')
  expect(review(after(event!), { outcome: 'justified', by: 'officer', remark: 'Right.' })).toEqual([
    { type: 'BreakGlassReviewed', data: { outcome: 'justified', by: 'officer', keptRemark: 'Right.' } },
  ])
})
test('asked twice while it is open, nothing new happens: the hour does not begin again', () => {
  expect(decided(used, {}, '2026-03-05T22:14:59.999Z')).toEqual([])
  expect(decided(used, { categories: ['C6', 'C1'], reason: 'In other words.' })).toEqual([])
})

describe('a review', () => {
  test('is of something that was used, and by somebody else', () => {
    expect(() => review(nothing, { outcome: 'justified', by: 'officer' })).toThrow(
      expect.objectContaining({ code: 'BREAK_GLASS.NOT_USED' }),
    )
    expect(() => review(used, { outcome: 'justified', by: 'u-1' })).toThrow(
      expect.objectContaining({ code: 'BREAK_GLASS.SAME_PERSON' }),
    )
  })
  test('stands: said again it is nothing new, said otherwise it is refused', () => {
    const reviewed = after(...decided(nothing), ...review(used, { outcome: 'unjustified', by: 'officer', remark: 'No danger.' }))
    expect(reviewed).toMatchObject({ status: 'reviewed', outcome: 'unjustified' })
    expect(review(reviewed, { outcome: 'unjustified', by: 'officer' })).toEqual([])
    expect(() => review(reviewed, { outcome: 'justified', by: 'officer' })).toThrow(
      expect.objectContaining({ code: 'BREAK_GLASS.REVIEWED' }),
    )
  })
  test('does not lengthen what was open, nor open it again', () => {
    const reviewed = after(...decided(nothing), ...review(used, { outcome: 'justified', by: 'officer' }))
    expect(() => decided(reviewed)).toThrow(expect.objectContaining({ code: 'BREAK_GLASS.UNREVIEWED' }))
  })
})

test('every category is somebody’s in an emergency, but for signals', () => {
  const open = categories.filter(category =>
    roles.some(role => {
      try {
        return decided(nothing, { role, categories: [category] }).length > 0
      } catch {
        return false
      }
    }),
  )
  expect(open).toEqual(categories.filter(category => category !== 'C16'))
})

test('R-V.4 what was not justified ends at once; what was justified runs to its end', () => {
  const closes = (outcome: 'justified' | 'unjustified') => breakGlass.closes!(used, review(used, { outcome, by: 'officer' })[0]!)
  expect(closes('justified')).toEqual([])
  expect(closes('unjustified')).toEqual([
    { learnerId: used.use!.learnerId, agencyId: used.use!.agencyId, userId: used.use!.userId },
  ])
})

describe('R-V.4 a review that nobody did by the day', () => {
  const due = '2026-03-13'
  const late = noticeOverdueBreakGlass(used, 'authority', '2026-03-14')
  test('is not overdue on the day itself, nor where nothing was used, nor where it was reviewed', () => {
    expect(noticeOverdueBreakGlass(used, 'authority', due)).toEqual([])
    expect(noticeOverdueBreakGlass(nothing, 'authority', '2027-01-01')).toEqual([])
    const reviewed = after(...decided(nothing), ...review(used, { outcome: 'justified', by: 'officer' }))
    expect(noticeOverdueBreakGlass(reviewed, 'authority', '2026-03-14')).toEqual([])
  })
  test('goes up on the next day, once, also where another would be told by now', () => {
    expect(late).toEqual([{ type: 'BreakGlassReviewOverdue', data: { dueOn: due, toldAgencyId: 'authority' } }])
    const told = after(...decided(nothing), ...late)
    expect(noticeOverdueBreakGlass(told, 'authority', '2026-03-15')).toEqual([])
    expect(noticeOverdueBreakGlass(told, 'another', '2026-03-15')).toEqual([])
  })
  test('still blocks the next use, and is a review like any other once it is done', () => {
    const told = after(...decided(nothing), ...late)
    expect(() => decided(told, { learnerId: 'l-2' }, '2026-03-20T08:00:00.000Z')).toThrow(
      expect.objectContaining({ code: 'BREAK_GLASS.UNREVIEWED' }),
    )
    expect(() => review(told, { outcome: 'justified', by: 'u-1' })).toThrow(
      expect.objectContaining({ code: 'BREAK_GLASS.SAME_PERSON' }),
    )
    expect(after(...decided(nothing), ...late, ...review(told, { outcome: 'unjustified', by: 'officer' })).status).toBe(
      'reviewed',
    )
  })
})
