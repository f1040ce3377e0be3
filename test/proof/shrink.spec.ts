import type { Happening, Story } from './happenings.js'
import { shrink } from './shrink.js'
import type { Finding } from './tally.js'

const look = { userId: 'school.teacher', agencyId: 'school', role: 'teacher', purpose: 'educationSupport' } as const
const finding: Finding = { kind: 'differential', face: 'education', look, asked: 'plans', expected: [], got: ['learner-1'] }

const happens = (streamCategory: string, id: string, data: object = {}): Happening =>
  ({ decider: { events: { streamCategory } }, id, event: { type: 'Happened', data }, at: '2026-03-01', by: look }) as never
const happenings = [
  ...['school', 'college', 'clinic'].map(id => happens('agency', id)),
  ...['school.teacher', 'school.mentor', 'clinic.nurse'].map(id => happens('staff', id)),
  ...[1, 2, 3, 4].flatMap(n => [
    happens('learner', `learner-${n}`),
    ...[1, 2, 3].map(i => happens('plan', `plan.learner-${n}.${i}`)),
    ...[1, 2].map(i => happens('caseFile', `caseFile.learner-${n}.${i}`, { agencyId: 'clinic' })),
  ]),
]
const story: Story = { now: '2026-03-15T10:00:00.000Z', learnerIds: [1, 2, 3, 4].map(n => `learner-${n}`), posts: [], happenings }

/** Goes wrong wherever all of these happened. */
const wrongAfter = (...needed: readonly Happening[]) => {
  const tried: number[] = []
  const fails = async ({ happenings: some }: Story) => {
    tried.push(some.length)
    return needed.every(one => some.includes(one)) ? { ...finding, got: some.length } : undefined
  }
  return { fails, tried }
}
const of = (id: string) => happenings.find(one => one.id === id)!

test('a story is cut down to what it takes, in the order in which it happened, and told with what is found in it', async () => {
  const needed = [of('school'), of('school.teacher'), of('plan.learner-1.2')]
  const short = await shrink(story, finding, wrongAfter(...needed).fails, Infinity)
  expect(short.story.happenings).toEqual(needed)
  expect(short.finding.got).toBe(3)
})

test('what it takes may be about somebody whom the finding does not name', async () => {
  const needed = [of('clinic.nurse'), of('plan.learner-1.1'), of('caseFile.learner-3.2')]
  expect((await shrink(story, finding, wrongAfter(...needed).fails, Infinity)).story.happenings).toEqual(needed)
})

test('where everything is needed nothing is left out; where there is no time nothing is tried', async () => {
  const { fails, tried } = wrongAfter(...happenings)
  expect(await shrink(story, finding, fails, Infinity)).toEqual({ story, finding })
  tried.length = 0
  expect(await shrink(story, finding, fails, 0)).toEqual({ story, finding })
  expect(tried).toEqual([])
})
