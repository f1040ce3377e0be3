import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { PlacementEvent } from './placement.events.js'
import { placements } from './placements.view.js'

const of = (event: PlacementEvent): Told => ({ streamId: 'placement-p-1', subjectRef: 'l-1', ...event })
const planned = of({
  type: 'PlacementPlanned',
  data: {
    placementId: 'p-1',
    learnerId: 'l-1',
    agencyId: 'jobs',
    hostAgencyId: 'bakery',
    tutorUserId: 'tutor-1',
    occupationUri: 'esco:baker',
    hoursPerWeek: 20,
    from: '2026-03-02',
    until: '2026-04-01',
  },
})
const begun = of({ type: 'PlacementStarted', data: { on: '2026-03-03' } })
const row = (...events: readonly Told[]) => foldView(placements, planned, ...events).get('p-1')

test('that there is one says nothing of where; by whose hand and why it ended takes the full level', () => {
  expect(columnsFrom(placements, 'existence')).toEqual({ C17: ['placementId', 'learnerId', 'status'] })
  expect(columnsFrom(placements, 'summary')).toEqual({ C17: ['hostAgencyId', 'occupationUri', 'from', 'until', 'startedOn'] })
  expect(placements.columns.hostAgencyId.owner).toBe(true)
})
test('a placement shows its days and tutor as they were said last, and how it ended', () => {
  const moved = of({ type: 'PlacementRescheduled', data: { from: '2026-03-02', until: '2026-05-01' } })
  const changed = of({ type: 'PlacementTutorChanged', data: { tutorUserId: 'tutor-2' } })
  expect(row()).toMatchObject({ status: 'planned', startedOn: null, hostAgencyId: 'bakery', agencyId: 'jobs' })
  expect(row(moved, changed, begun)).toMatchObject({
    status: 'running',
    startedOn: '2026-03-03',
    until: '2026-05-01',
    tutorUserId: 'tutor-2',
    occupationUri: 'esco:baker',
  })
  const ended = of({ type: 'PlacementEnded', data: { on: '2026-03-20', reason: 'hired' } })
  expect(row(begun, ended)).toMatchObject({ status: 'ended', until: '2026-03-20', endReason: 'hired' })
  expect(row(of({ type: 'PlacementCancelled', data: { reason: 'ill' } }))).toMatchObject({
    status: 'cancelled',
    endReason: 'ill',
  })
})
