import { recall } from '@passerelle/consent'
import { forgetCategory, forgetLearner, learner, register } from '@passerelle/learner'
import type { Reading } from './ports.js'
import { aHub } from './process.fixture.js'
import { tellRecipientsWhenSomebodyIsForgotten } from './tell-recipients-when-somebody-is-forgotten.process.js'

const read = (agencyId: string, ...categories: Reading['categories']): Reading => ({
  learnerId: 'l-1',
  agencyId,
  role: 'dataProtectionOfficer',
  categories,
})

async function setUp(readings: readonly Reading[]) {
  const asked: unknown[] = []
  const hub = aHub(tellRecipientsWhenSomebodyIsForgotten, {
    disclosures: { readings: async which => (asked.push(which), readings) },
  })
  const person = { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family' }
  await hub.record(learner, 'l-1', s => register(s, person, '2026-03-01'))
  return { ...hub, asked }
}
const authority = { controllerAgencyId: 'authority' }
const everything = { reason: 'erasureRequest' as const, retained: [{ what: 'skeleton', statute: 'GDPR17-3-b' }] }

test('GDPR 19 each agency that read of the person is told once, of what it read, and the learner and who forgets are not', async () => {
  const readings = [
    read('school', 'C1'),
    read('school', 'C3'),
    read('clinic', 'C6'),
    read('learner', 'C1'),
    read('authority', 'C14'),
  ]
  const { record, runner, followed, stateOf } = await setUp(readings)
  await record(learner, 'l-1', s => forgetLearner(s, everything), authority)
  await runner.catchUp()
  const told = await followed()
  expect(told.map(({ type, controllerAgencyId }) => [type, controllerAgencyId])).toEqual([
    ['RecipientTold', 'authority'],
    ['RecipientTold', 'authority'],
  ])
  const states = await Promise.all(told.map(({ streamId }) => stateOf(recall, streamId.slice('recall-'.length))))
  expect(states).toMatchObject([
    { status: 'told', agencyId: 'school', askedByAgencyId: 'authority', categories: ['C1', 'C3'] },
    { status: 'told', agencyId: 'clinic', categories: ['C6'] },
  ])
})
test('GDPR 19 of one category it asks who read that category, whenever it was', async () => {
  const { record, runner, followed, asked } = await setUp([])
  await record(learner, 'l-1', s => forgetCategory(s, { category: 'C11', reason: 'erasureRequest', retained: [] }), authority)
  await runner.catchUp()
  expect(asked).toMatchObject([{ learnerId: 'l-1', categories: ['C11'], since: '0001-01-01T00:00:00.000Z' }])
  expect(await followed()).toEqual([])
})
test('delivered twice, told once', async () => {
  const { record, runner, followed, handleAllAgain } = await setUp([read('school', 'C1')])
  await record(learner, 'l-1', s => forgetLearner(s, everything), authority)
  await runner.catchUp()
  expect(await handleAllAgain()).toEqual([])
  expect(await followed()).toHaveLength(1)
})
