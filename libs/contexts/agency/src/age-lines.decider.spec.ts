import { foldView, type Told } from '@passerelle/testing'
import { ageLines, ageLinesOn, defaultAgeLines, type SetAgeLines, setAgeLines } from './age-lines.decider.js'
import { ageLinesInForce } from './age-lines.view.js'

const today = '2026-03-15'
const set: SetAgeLines = { from: '2026-09-01', years: 15, byCategory: [{ category: 'C6', years: 16 }], statute: 'law-1' }
const code = (change: Partial<SetAgeLines>) => {
  try {
    setAgeLines(ageLines.initial, { ...set, ...change }, today)
    return 'done'
  } catch (error) {
    return (error as { code: string }).code
  }
}

test('age lines are never set for days gone by: what was decided under the old ones was rightly decided', () => {
  expect([code({ from: '2026-03-14' }), code({ from: today })]).toEqual(['AGE_LINES.PAST', 'done'])
})
test.each([11, 19, 0, -1])('no law lets a child of %i decide, and none keeps an adult from it', years => {
  expect([code({ years }), code({ byCategory: [{ category: 'C6', years }] })]).toEqual([
    'AGE_LINES.OUT_OF_RANGE',
    'AGE_LINES.OUT_OF_RANGE',
  ])
})
test('a category has one age line', () => {
  expect(code({ byCategory: ['C6' as const, 'C6' as const].map(category => ({ category, years: 16 })) })).toBe('AGE_LINES.TWICE')
})
test('set twice is nothing new, and set anew for a day to come replaces what was set for it', () => {
  const [event] = setAgeLines(ageLines.initial, set, today)
  const state = ageLines.evolve(ageLines.initial, event!)
  expect(setAgeLines(state, set, '2027-01-01')).toEqual([])
  const other = setAgeLines(state, { ...set, years: 14 }, today)
  const told = [event!, ...other].map((each): Told => ({ streamId: 'ageLines-region', ...each }))
  expect([...foldView(ageLinesInForce, ...told).values()]).toEqual([{ ...set, years: 14 }])
})
test('until the first day of new lines the old ones hold', () => {
  const [event] = setAgeLines(ageLines.initial, set, today)
  const state = ageLines.evolve(ageLines.initial, event!)
  expect(ageLinesOn(ageLines.initial, today)).toEqual(defaultAgeLines)
  expect(ageLinesOn(state, '2026-08-31')).toEqual(defaultAgeLines)
  expect(ageLinesOn(state, '2026-09-01')).toMatchObject({ years: 15, byCategory: { C6: 16 } })
})

describe('R-1.4 where learners decide younger than before', () => {
  const state = ageLines.evolve(ageLines.initial, { type: 'AgeLinesSet', data: set })
  const closes = (data: SetAgeLines) => ageLines.closes!(state, { type: 'AgeLinesSet', data })

  test('what guardians said yes to waits for the models from that day on, in these categories alone', () => {
    const lowered = { ...set, from: '2026-10-01', byCategory: [...set.byCategory, { category: 'C5' as const, years: 13 }] }
    expect(closes(lowered)).toEqual([{ categories: ['C5'], from: '2026-10-01T00:00:00.000Z' }])
  })
  test('later than before, or set back for the same day, closes nothing', () => {
    expect(closes({ ...set, from: '2026-10-01', years: 17 })).toEqual([])
    expect(closes(set)).toEqual([])
  })
})
