import {
  answerSubjectRequest,
  receiveSubjectRequest,
  type Retention,
  subjectRequest,
  type SubjectRequestOutcome,
} from '@passerelle/consent'
import { learner, register } from '@passerelle/learner'
import { categories, type Category } from '@passerelle/sharing'
import { forgetWhenErasureIsGranted } from './forget-when-erasure-is-granted.process.js'
import { aHub } from './process.fixture.js'

const skeleton: Retention = { what: 'skeleton', statute: 'GDPR17-3-b' }
const payments: Retention = { what: 'payments', category: 'C18', statute: 'FiscalCode-147' }

async function answered(
  asked: readonly Category[],
  outcome: SubjectRequestOutcome,
  {
    retained = [skeleton],
    categories: named,
    kind = 'erasure' as const,
  }: { retained?: Retention[]; categories?: Category[]; kind?: 'erasure' | 'access' } = {},
) {
  const hub = aHub(forgetWhenErasureIsGranted)
  const { record } = hub
  await record(learner, 'l-1', s =>
    register(s, { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family' }),
  )
  const request = { requestId: 'q-1', learnerId: 'l-1', kind, by: 'learner', agencyId: 'authority', today: '2026-03-06' } as const
  await record(subjectRequest, 'q-1', s => receiveSubjectRequest(s, { ...request, categories: [...asked] }))
  const words = outcome === 'fulfilled' ? {} : { statute: 'GDPR17-3-b', complaintTo: 'The authority' }
  const command = { outcome, answeredBy: 'dpo', retained, ...(named && { categories: named }), ...words, today: '2026-03-06' }
  await record(subjectRequest, 'q-1', s => answerSubjectRequest(s, command, { heldForSafety: false, found: [] }))
  await hub.runner.catchUp()
  return { ...hub, forgotten: (await hub.followed()).map(({ type }) => type), state: await hub.stateOf(learner, 'l-1') }
}

test('GDPR 17 whoever asked for everything is forgotten as a whole', async () => {
  const { forgotten, state } = await answered([], 'fulfilled')
  expect(forgotten).toEqual(['LearnerForgotten'])
  expect(state).toMatchObject({ forgotten: true, erased: [...categories] })
})
test('GDPR 17(3) a category that a law keeps stays, and everything else of the person goes', async () => {
  const { forgotten, state } = await answered([], 'partly', { retained: [skeleton, payments] })
  expect(forgotten).toEqual(['LearnerForgotten'])
  expect(state.erased).toEqual(categories.filter(category => category !== 'C18'))
})
test('whoever asked for some categories keeps the others, and goes on', async () => {
  const { forgotten, state } = await answered(['C11', 'C13'], 'fulfilled')
  expect(forgotten).toEqual(['CategoryKeyDestroyed', 'CategoryKeyDestroyed'])
  expect(state).toMatchObject({ forgotten: false, erased: ['C11', 'C13'] })
})
test('granted in part, no more than that is forgotten', async () => {
  const { state } = await answered([], 'partly', { categories: ['C13'] })
  expect(state).toMatchObject({ forgotten: false, erased: ['C13'] })
})
test('refused, or another kind of request: nothing is forgotten', async () => {
  expect((await answered([], 'refused')).forgotten).toEqual([])
  expect((await answered([], 'fulfilled', { kind: 'access' })).forgotten).toEqual([])
})
test('delivered twice, forgotten once', async () => {
  const { handleAllAgain, followed } = await answered([], 'fulfilled')
  expect(await handleAllAgain()).toEqual([])
  expect(await followed()).toHaveLength(1)
})
