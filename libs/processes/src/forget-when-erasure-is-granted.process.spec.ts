import {
  answerSubjectRequest,
  approveRestriction,
  forgetting,
  type Hold,
  holdForgetting,
  liftRestriction,
  proposeRestriction,
  receiveSubjectRequest,
  restriction,
  type Retention,
  subjectRequest,
  type SubjectRequestOutcome,
} from '@passerelle/consent'
import { learner, register } from '@passerelle/learner'
import { categories, type Category } from '@passerelle/sharing'
import { forgetWhenErasureIsGranted } from './forget-when-erasure-is-granted.process.js'
import { aHub, noWork } from './process.fixture.js'

const skeleton: Retention = { what: 'skeleton', statute: 'GDPR17-3-b' }
const payments: Retention = { what: 'payments', category: 'C18', statute: 'FiscalCode-147' }

interface Answering {
  readonly retained?: Retention[]
  readonly categories?: Category[]
  readonly kind?: 'erasure' | 'access'
}

async function granting(
  hub: ReturnType<typeof aHub>,
  asked: readonly Category[],
  outcome: SubjectRequestOutcome,
  { retained = [skeleton], categories: named, kind = 'erasure' }: Answering = {},
) {
  const { record } = hub
  await record(learner, 'l-1', s =>
    register(s, { learnerId: 'l-1', agencyId: 'school', givenName: 'Given', familyName: 'Family' }, '2026-03-01'),
  )
  const request = { requestId: 'q-1', learnerId: 'l-1', kind, by: 'learner', agencyId: 'authority', today: '2026-03-06' } as const
  await record(subjectRequest, 'q-1', s => receiveSubjectRequest(s, { ...request, categories: [...asked] }))
  const words = outcome === 'fulfilled' ? {} : { statute: 'GDPR17-3-b', complaintTo: 'The authority' }
  const command = { outcome, answeredBy: 'dpo', retained, ...(named && { categories: named }), ...words, today: '2026-03-06' }
  await record(subjectRequest, 'q-1', s => answerSubjectRequest(s, command, { heldForSafety: false, found: [] }))
}

async function answered(asked: readonly Category[], outcome: SubjectRequestOutcome, how: Answering = {}) {
  const hub = aHub(forgetWhenErasureIsGranted)
  await granting(hub, asked, outcome, how)
  await hub.runner.catchUp()
  return { ...hub, forgotten: await forgottenOf(hub), state: await hub.stateOf(learner, 'l-1') }
}
const forgottenOf = async ({ followed }: Pick<ReturnType<typeof aHub>, 'followed'>) =>
  (await followed()).filter(({ streamId }) => streamId.startsWith('learner-')).map(({ type }) => type)

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
  expect(await forgottenOf({ followed })).toEqual(['LearnerForgotten'])
})

describe('a restriction for safety that comes between the answer and its deed', () => {
  const danger: Hold = {
    ...{ restrictionId: 'r-1', learnerId: 'l-1', agencyIds: [], fromLearner: true, hidden: true },
    ...{ categories: ['C10'], grounds: 'safeguarding', until: '2026-05-01' },
  }
  const leadAgency = { controllerAgencyId: 'social' }
  const work = { ...noWork, erasuresToCarryOut: async () => ['q-1'] }

  async function held(hub: ReturnType<typeof aHub>) {
    await hub.record(restriction, 'r-1', s => proposeRestriction(s, danger, 'lead-1', '2026-03-06'), leadAgency)
    await hub.record(
      forgetting,
      'l-1',
      s => holdForgetting(s, 'l-1', { restrictionId: 'r-1', at: hub.clock.now.toISOString() }),
      leadAgency,
    )
    await hub.record(restriction, 'r-1', s => approveRestriction(s, 'lead-2', '2026-03-06'), leadAgency)
  }
  async function heldAfterGranted() {
    const hub = aHub(forgetWhenErasureIsGranted, { worklist: work })
    await granting(hub, [], 'fulfilled')
    await held(hub)
    await hub.runner.catchUp()
    await hub.runner.tick()
    return hub
  }

  test('GDPR 17(3) nothing is forgotten, and nothing is written or parked that would tell', async () => {
    const hub = await heldAfterGranted()
    expect(await hub.followed()).toEqual([])
    expect(await hub.runner.parked()).toEqual([])
    expect(await hub.stateOf(subjectRequest, 'q-1')).toMatchObject({ status: 'answered', answer: { outcome: 'fulfilled' } })
  })
  test('lifted, it goes on at once, in the name of who granted it and not of who lifted it', async () => {
    const hub = await heldAfterGranted()
    await hub.record(restriction, 'r-1', s => liftRestriction(s, 'safe'), leadAgency)
    await hub.runner.catchUp()
    expect(await forgottenOf(hub)).toEqual(['LearnerForgotten'])
    expect((await hub.followed()).map(each => each.controllerAgencyId)).toEqual(['authority', 'authority'])
    expect(await hub.handleAllAgain()).toEqual([])
    expect(await hub.followed()).toHaveLength(2)
  })
  test('over by its day, it goes on by the clock', async () => {
    const hub = await heldAfterGranted()
    hub.clock.now = new Date('2026-05-01T00:30:00.000Z')
    await hub.runner.tick()
    expect(await forgottenOf(hub)).toEqual(['LearnerForgotten'])
  })
  test('one that was announced and given up before it was placed holds it back for a quarter of an hour, and no longer', async () => {
    const hub = aHub(forgetWhenErasureIsGranted, { worklist: work })
    await granting(hub, [], 'fulfilled')
    await hub.record(restriction, 'r-1', s => proposeRestriction(s, danger, 'lead-1', '2026-03-06'), leadAgency)
    const announced = hub.clock.now.getTime()
    const announce = () =>
      hub.record(forgetting, 'l-1', s => holdForgetting(s, 'l-1', { restrictionId: 'r-1', at: hub.clock.now.toISOString() }))
    await announce()
    await hub.runner.catchUp()
    expect(await hub.followed()).toEqual([])
    hub.clock.now = new Date(announced + 15 * 60_000)
    await hub.runner.tick()
    expect(await hub.followed()).toEqual([])
    hub.clock.now = new Date(announced + 75 * 60_000)
    await hub.runner.tick()
    expect(await forgottenOf(hub)).toEqual(['LearnerForgotten'])
  })
  test('one that the views know and nobody announced holds it back too', async () => {
    let inForce = ['r-1']
    const hub = aHub(forgetWhenErasureIsGranted, { worklist: { ...work, safeguardingRestrictions: async () => inForce } })
    await granting(hub, ['C11'], 'fulfilled')
    await hub.runner.catchUp()
    expect(await hub.followed()).toEqual([])
    inForce = []
    await hub.runner.tick()
    expect(await forgottenOf(hub)).toEqual(['CategoryKeyDestroyed'])
  })
  test('one that is announced while the process looks holds it back', async () => {
    const meanwhile: (() => Promise<unknown>)[] = []
    const looking = async () => (await Promise.all(meanwhile.map(happen => happen())), [])
    const hub = aHub(forgetWhenErasureIsGranted, { worklist: { ...work, safeguardingRestrictions: looking } })
    meanwhile.push(() => held(hub))
    await granting(hub, [], 'fulfilled')
    await hub.runner.catchUp()
    expect(await hub.followed()).toEqual([])
  })
})
