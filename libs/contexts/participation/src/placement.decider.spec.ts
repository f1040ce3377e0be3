import {
  cancelPlacement,
  changeTutor,
  endPlacement,
  type Placement,
  placement,
  planPlacement,
  reschedulePlacement,
  startPlacement,
} from './placement.decider.js'
import type { PlacementEvent } from './placement.events.js'

const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}
const after = (state: Placement, events: readonly PlacementEvent[]) => events.reduce(placement.evolve, state)
const held = { isHeld: true }
const command = {
  placementId: 'p-1',
  learnerId: 'l-1',
  agencyId: 'jobs',
  hostAgencyId: 'bakery',
  tutorUserId: 'tutor-1',
  occupationUri: 'http://data.europa.eu/esco/occupation/baker',
  from: '2026-03-02',
  until: '2026-04-01',
}
const planned = after(placement.initial, planPlacement(placement.initial, command, held))
const running = after(planned, startPlacement(planned, '2026-03-03'))
const ended = after(running, endPlacement(running, { on: '2026-03-20', reason: 'completed' }))
const cancelled = after(planned, cancelPlacement(planned, 'hostClosed'))

describe('a placement is refused', () => {
  test('R-8.8 without a tutor who is one at the host', () => {
    expect(code(() => planPlacement(placement.initial, command, { isHeld: false }))).toBe('PLACEMENT.NOT_A_TUTOR')
    expect(code(() => changeTutor(running, 'tutor-2', { isHeld: false }))).toBe('PLACEMENT.NOT_A_TUTOR')
  })
  test('with days on which it would end before it begins', () => {
    const outOfOrder = { from: '2026-04-01', until: '2026-04-01' }
    expect(code(() => planPlacement(placement.initial, { ...command, ...outOfOrder }, held))).toBe('PLACEMENT.PERIOD')
    expect(code(() => reschedulePlacement(planned, outOfOrder))).toBe('PLACEMENT.PERIOD')
    expect(code(() => startPlacement(planned, '2026-04-01'))).toBe('PLACEMENT.PERIOD')
    expect(code(() => reschedulePlacement(running, { from: command.from, until: '2026-03-03' }))).toBe('PLACEMENT.PERIOD')
  })
  test('under the id of another', () => {
    expect(code(() => planPlacement(planned, { ...command, learnerId: 'l-2' }, held))).toBe('PLACEMENT.EXISTS')
  })
  test('where there is none, or it is over', () => {
    const acts = [
      (state: Placement) => reschedulePlacement(state, { from: '2026-03-02', until: '2026-05-01' }),
      (state: Placement) => changeTutor(state, 'tutor-2', held),
      (state: Placement) => startPlacement(state, '2026-03-05'),
    ]
    for (const act of [...acts, (s: Placement) => cancelPlacement(s, 'x'), (s: Placement) => endPlacement(s, whole)])
      expect(code(() => act(placement.initial))).toBe('PLACEMENT.UNKNOWN')
    for (const act of acts) for (const over of [ended, cancelled]) expect(code(() => act(over))).toBe('PLACEMENT.OVER')
  })
  const whole = { on: '2026-04-01', reason: 'completed' as const }
  test('once it has begun: another first day, and to be cancelled', () => {
    expect(code(() => reschedulePlacement(running, { from: '2026-03-01', until: '2026-04-01' }))).toBe('PLACEMENT.BEGUN')
    expect(code(() => startPlacement(running, '2026-03-04'))).toBe('PLACEMENT.BEGUN')
    expect(code(() => cancelPlacement(running, 'x'))).toBe('PLACEMENT.BEGUN')
  })
  test('to be ended before it began, or on a day on which it does not run: an end gives nobody more time', () => {
    expect(code(() => endPlacement(planned, whole))).toBe('PLACEMENT.NOT_BEGUN')
    for (const on of ['2026-03-02', '2026-04-02'])
      expect(code(() => endPlacement(running, { ...whole, on }))).toBe('PLACEMENT.PERIOD')
  })
})

test('a placement is planned, moved, begun and ended', () => {
  expect(planned).toMatchObject({ status: 'planned', plan: command })
  const moved = after(planned, reschedulePlacement(planned, { from: '2026-03-09', until: '2026-04-08' }))
  expect(moved.plan).toMatchObject({ from: '2026-03-09', until: '2026-04-08', occupationUri: command.occupationUri })
  expect(running).toMatchObject({ status: 'running', startedOn: '2026-03-03' })
  expect(ended).toMatchObject({ status: 'ended', endedOn: '2026-03-20' })
  expect(cancelled.status).toBe('cancelled')
  expect(placement.subject(placement.initial)).toBeUndefined()
  expect(placement.subject(ended)).toBe('l-1')
})
test('asked twice, nothing new', () => {
  expect(planPlacement(planned, command, { isHeld: false })).toEqual([])
  expect(reschedulePlacement(planned, { from: command.from, until: command.until })).toEqual([])
  expect(changeTutor(planned, 'tutor-1', { isHeld: false })).toEqual([])
  expect(startPlacement(running, '2026-03-03')).toEqual([])
  expect(endPlacement(ended, { on: '2026-03-25', reason: 'other' })).toEqual([])
  expect(cancelPlacement(cancelled, 'again')).toEqual([])
})

describe('R-V.7 what takes the learner from the host says so', () => {
  const closes = (state: Placement, event: PlacementEvent) => placement.closes!(state, event)
  const host = { learnerId: 'l-1', agencyId: 'bakery' }
  test('an end closes the learner to the whole host from its day on', () => {
    expect(closes(running, { type: 'PlacementEnded', data: { on: '2026-03-20', reason: 'hired' } })).toEqual([
      { ...host, from: '2026-03-20T00:00:00.000Z' },
    ])
  })
  test('a nearer last day, too; a later one closes nothing', () => {
    const moved = (until: string) => closes(running, { type: 'PlacementRescheduled', data: { from: command.from, until } })
    expect(moved('2026-03-10')).toEqual([{ ...host, from: '2026-03-10T00:00:00.000Z' }])
    expect(moved('2026-05-01')).toEqual([])
  })
  test('another tutor closes it to the one before', () => {
    const changed: PlacementEvent = { type: 'PlacementTutorChanged', data: { tutorUserId: 'tutor-2' } }
    expect(closes(running, changed)).toEqual([{ ...host, userId: 'tutor-1' }])
    expect(closes(planned, changed)).toEqual([])
  })
  test('what has not begun opened nothing and closes nothing', () => {
    expect(closes(planned, { type: 'PlacementCancelled', data: { reason: 'x' } })).toEqual([])
    expect(closes(planned, { type: 'PlacementStarted', data: { on: '2026-03-03' } })).toEqual([])
  })
})
