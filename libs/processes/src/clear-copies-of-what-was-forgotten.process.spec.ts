import { forgetCategory, forgetLearner, learner, register } from '@passerelle/learner'
import { categories, type Category } from '@passerelle/sharing'
import { clearCopiesOfWhatWasForgotten } from './clear-copies-of-what-was-forgotten.process.js'
import { aHub } from './process.fixture.js'

async function setUp() {
  const cleared: (readonly [string, readonly Category[] | 'everything'])[] = []
  const hub = aHub(clearCopiesOfWhatWasForgotten, { copies: { clear: async (...what) => void cleared.push(what) } })
  await hub.record(learner, 'l-1', s =>
    register(s, { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family' }, '2026-03-01'),
  )
  return { ...hub, cleared }
}
const skeleton = { what: 'skeleton', statute: 'GDPR17-3-b' }

test('GDPR 17 copies of a category go with it', async () => {
  const { record, runner, cleared } = await setUp()
  await record(learner, 'l-1', s => forgetCategory(s, { category: 'C11', reason: 'erasureRequest', retained: [] }))
  await runner.catchUp()
  expect(cleared).toEqual([['l-1', ['C11']]])
})
test('GDPR 17 of a whole person everything goes, but for a category that a law keeps', async () => {
  const { record, runner, cleared } = await setUp()
  await record(learner, 'l-1', s => forgetLearner(s, { reason: 'erasureRequest', retained: [skeleton] }))
  await runner.catchUp()
  expect(cleared).toEqual([['l-1', 'everything']])
  const other = await setUp()
  const kept = { ...skeleton, category: 'C18' as const }
  await other.record(learner, 'l-1', s => forgetLearner(s, { reason: 'erasureRequest', retained: [kept] }))
  await other.runner.catchUp()
  expect(other.cleared).toEqual([['l-1', categories.filter(c => c !== 'C18')]])
})
