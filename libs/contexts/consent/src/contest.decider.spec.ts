import { answerContest, contest, type Contest, contestItem, noticeOverdueContest, withdrawContest } from './contest.decider.js'
import type { ContestEvent } from './contest.events.js'

const item = { target: { view: 'plans', key: ['p-1'] }, category: 'C3', agencyId: 'school' } as const
const said = { contestId: 'x-1', learnerId: 'l-1', by: 'learner', words: 'It was not like that', today: '2026-03-01' } as const
const answered = { outcome: 'stands', answeredBy: 'u-1', words: 'It was seen by two', today: '2026-03-05' } as const
const none = contest.initial
const after = (state: Contest, events: readonly ContestEvent[]) => events.reduce(contest.evolve, state)
const open = after(none, contestItem(none, said, { ...item, target: { view: 'plans', key: ['p-1'] } }))
const code = (f: () => unknown) => {
  try {
    f()
  } catch (e) {
    return (e as { code: string }).code
  }
}
const there = { ...item, target: { view: 'plans', key: ['p-1'] } }

test('R-4.4 the words are of the category of what is contested, so that they are seen and forgotten with it', () => {
  expect(contestItem(none, said, there)).toMatchObject([
    { type: 'LearnerContested', data: { ...there, words: { C3: said.words } } },
  ])
  expect(answerContest(open, answered)).toMatchObject([{ data: { target: there.target, words: { C3: answered.words } } }])
})
test('what is not there, or not for them, is not contested', () => {
  expect(code(() => contestItem(none, said, undefined))).toBe('CONTEST.NO_ITEM')
})
test('what no agency recorded is not contested: nobody could answer', () => {
  expect(code(() => contestItem(none, said, { ...there, agencyId: 'learner' }))).toBe('CONTEST.OWN_WORDS')
})
test('GDPR 12(3), 16 after a month it is late, which is said once, and of none that was answered or let go', () => {
  expect(noticeOverdueContest(none, '2027-01-01')).toEqual([])
  expect(noticeOverdueContest(open, '2026-04-01')).toEqual([])
  const late = noticeOverdueContest(open, '2026-04-02')
  expect(late).toEqual([{ type: 'ContestationOverdue', data: { dueBy: '2026-04-01' } }])
  expect(noticeOverdueContest(after(open, late), '2026-04-03')).toEqual([])
  expect(noticeOverdueContest(after(open, answerContest(open, answered)), '2026-04-02')).toEqual([])
  expect(noticeOverdueContest(after(open, withdrawContest(open, { by: 'learner' })), '2026-04-02')).toEqual([])
  expect(answerContest(after(open, late), answered)).toHaveLength(1)
})
test('contested, answered and let go twice is nothing new', () => {
  expect(contestItem(open, said, there)).toEqual([])
  const done = after(open, answerContest(open, answered))
  expect(answerContest(done, answered)).toEqual([])
  const gone = after(open, withdrawContest(open, { by: 'learner' }))
  expect(withdrawContest(gone, { by: 'learner' })).toEqual([])
})
test('an id is of one contest, and one answer is all there is', () => {
  expect(code(() => contestItem(open, { ...said, words: 'Something else.' }, there))).toBe('CONTEST.EXISTS')
  expect(code(() => contestItem(open, said, { ...there, target: { view: 'plans', key: ['p-2'] } }))).toBe('CONTEST.EXISTS')
  const done = after(open, answerContest(open, answered))
  expect(code(() => answerContest(done, { ...answered, outcome: 'corrected' }))).toBe('CONTEST.NOT_OPEN')
  expect(code(() => answerContest(none, answered))).toBe('CONTEST.NOT_OPEN')
  expect(code(() => withdrawContest(none, { by: 'learner' }))).toBe('CONTEST.UNKNOWN')
})
