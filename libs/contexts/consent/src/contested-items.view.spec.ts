import { erased } from '@passerelle/keyring'
import { columnsFrom, foldView, type Told } from '@passerelle/testing'
import type { ContestEvent } from './contest.events.js'
import { contestedItems } from './contested-items.view.js'

const told = (event: ContestEvent): Told => ({ streamId: 'contest-x-1', subjectRef: 'l-1', ...event })
const contested = (words: unknown = 'They never examined me') =>
  told({
    type: 'LearnerContested',
    data: {
      ...{ contestId: 'x-1', learnerId: 'l-1', by: 'learner', category: 'C6', agencyId: 'clinic', on: '2026-01-31' },
      ...{ target: { view: 'diagnoses', key: ['d-1'] }, words: { C6: words } },
    } as never,
  })
const target = { view: 'diagnoses', key: ['d-1'] }
const rowAfter = (...events: Told[]) => foldView(contestedItems, ...events).get('x-1')

test('GDPR 12(3), 16 what has to be answered, and by when: within a month', () => {
  expect(rowAfter(contested())).toMatchObject({
    ...{ status: 'open', agencyId: 'clinic', view: 'diagnoses', key: ['d-1'], category: 'C6' },
    ...{ words: 'They never examined me', on: '2026-01-31', dueBy: '2026-02-28', overdue: false, outcome: null },
  })
  expect(rowAfter(contested(), told({ type: 'ContestationOverdue', data: { dueBy: '2026-02-28' } }))).toMatchObject({
    ...{ status: 'open', overdue: true },
  })
})
test('what the agency says in words stands beside the item alone', () => {
  const answer = { outcome: 'stands', answeredBy: 'u-1', words: { C6: 'It was seen by two' }, on: '2026-02-05' } as const
  const row = rowAfter(contested(), told({ type: 'ContestationAnswered', data: { target, ...answer } }))
  expect(row).toMatchObject({ status: 'answered', outcome: 'stands', answeredOn: '2026-02-05' })
  expect(JSON.stringify(row)).not.toContain('seen by two')
})
test('words that were let go, or forgotten with the item, are there no more', () => {
  const gone = told({ type: 'ContestationWithdrawn', data: { target, by: 'learner' } })
  expect(rowAfter(contested(), gone)).toMatchObject({ status: 'withdrawn', words: null })
  expect(rowAfter(contested(erased))).toMatchObject({ status: 'open', words: null })
  expect(contestedItems.columns.words).toMatchObject({ category: 'C14', sealedWith: 'category' })
})
test('it is addressed to whoever has to answer, and what stays of it names no item', () => {
  expect(contestedItems.addressed).toBe(true)
  expect(contestedItems.columns.agencyId.owner).toBe(true)
  const { C14: stays } = columnsFrom(contestedItems, 'existence') as { C14: string[] }
  for (const name of ['view', 'key', 'category', 'words']) expect(stays).not.toContain(name)
})
