import type { ContestEvent } from '@passerelle/consent'
import { learners, guardians } from '@passerelle/learner'
import { agencies } from '@passerelle/agency'
import { plans } from '@passerelle/plan'
import { erased } from '@passerelle/keyring'
import { categories } from '@passerelle/sharing'
import { foldView, type Told } from '@passerelle/testing'
import { contestable } from './contestable.js'

const target = { view: 'learners', key: ['l-1'] }
const registered: Told = {
  streamId: 'learner-l-1',
  subjectRef: 'l-1',
  type: 'PersonRegistered',
  data: { learnerId: 'l-1', agencyId: 'school', givenName: 'Lena', familyName: 'Larsen' },
}
const said = (event: ContestEvent, contestId = 'x-1', subjectRef = 'l-1'): Told => ({
  streamId: `contest-${contestId}`,
  subjectRef,
  ...event,
})
const contested = (words: string, contestId = 'x-1', learnerId = 'l-1') =>
  said(
    {
      type: 'LearnerContested',
      data: {
        contestId,
        learnerId,
        by: 'learner',
        target,
        category: 'C1',
        agencyId: 'school',
        words: { C1: words },
        on: '2026-03-01',
      },
    },
    contestId,
    learnerId,
  )
const answered = said({
  type: 'ContestationAnswered',
  data: { target, outcome: 'stands', answeredBy: 'u-1', words: { C1: 'So it is in the passport' }, on: '2026-03-05' },
})
const view = contestable(learners)
const rowAfter = (...told: Told[]) => foldView(view, registered, ...told).get('l-1')

test('R-4.4 what is contested stands beside the row, and the answer beside it', () => {
  expect(rowAfter()).toMatchObject({ contest: null, contests: null })
  expect(rowAfter(contested('My name is spelt wrong'))).toMatchObject({
    givenName: 'Lena',
    contest: 'open',
    contests: [{ contestId: 'x-1', on: '2026-03-01', words: 'My name is spelt wrong' }],
  })
  expect(rowAfter(contested('My name is spelt wrong'), answered)).toMatchObject({
    contest: 'stands',
    contests: [
      { words: 'My name is spelt wrong', outcome: 'stands', answeredOn: '2026-03-05', answer: 'So it is in the passport' },
    ],
  })
})
test('R-4.4 several stand beside one another, and one that is let go goes alone', () => {
  const gone = said({ type: 'ContestationWithdrawn', data: { target, by: 'learner' } })
  expect(rowAfter(contested('a'), contested('b', 'x-2'), gone)).toMatchObject({
    contest: 'open',
    contests: [{ contestId: 'x-2' }],
  })
  expect(rowAfter(contested('a'), gone)).toMatchObject({ contest: null, contests: null })
})
test('nobody writes beside the row of somebody else, nor beside a row of another view', () => {
  expect(rowAfter(contested('not mine', 'x-1', 'l-2'))).toMatchObject({ contests: null })
  expect(foldView(contestable(guardians), contested('elsewhere')).size).toBe(0)
})
test('once forgotten the words say nothing', () => {
  const forgotten = contested('a')
  const data = { ...(forgotten.data as object), words: { C1: erased } }
  expect(rowAfter({ ...forgotten, data } as Told)).toMatchObject({ contest: 'open', contests: [{ words: null }] })
})
test('R-4.4 that there is a contest is seen by whoever sees the row, its words by whoever sees all of it', () => {
  const columns = (of: typeof plans | typeof guardians) => {
    const { contest, contests } = contestable(of).columns as Record<string, { category: string; from: string }>
    return [contest, contests].map(column => `${column!.category} ${column!.from}`)
  }
  expect(columns(plans)).toEqual(['C3 existence', 'C3 full'])
  // A row that hides from whoever does not see all of it does not appear by being contested.
  expect(columns(guardians)).toEqual(['C1 full', 'C1 full'])
})
test('a view about no learner is as it was, and the events seal words by each category there is', () => {
  expect(contestable(agencies)).toBe(agencies)
  const { personal } = view.definitions.get('LearnerContested')!
  expect(personal[0]!.map(({ category }) => category).sort()).toEqual([...categories].sort())
})
