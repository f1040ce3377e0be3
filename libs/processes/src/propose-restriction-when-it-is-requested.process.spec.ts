import { receiveSubjectRequest, restriction, subjectRequest, type SubjectRequestKind } from '@passerelle/consent'
import { categories } from '@passerelle/sharing'
import { aHub } from './process.fixture.js'
import { proposeRestrictionWhenItIsRequested } from './propose-restriction-when-it-is-requested.process.js'

const ask = (hub: ReturnType<typeof aHub>, kind: SubjectRequestKind, more = {}) =>
  hub.record(subjectRequest, 'q-1', state =>
    receiveSubjectRequest(state, {
      ...{ requestId: 'q-1', learnerId: 'l-1', kind, by: 'learner', agencyId: 'authority', categories: [], today: '2026-03-06' },
      ...more,
    }),
  )

test('GDPR 18 a restriction that is asked for waits for the officer, and holds nothing before', async () => {
  const hub = aHub(proposeRestrictionWhenItIsRequested)
  await ask(hub, 'restriction', { fromAgencyId: 'school' })
  await hub.runner.catchUp()
  expect(await hub.stateOf(restriction, 'q-1')).toMatchObject({
    status: 'proposed',
    proposedBy: 'l-1',
    hold: { categories: [...categories], agencyIds: ['school'], grounds: 'gdpr18', until: '2026-06-06' },
  })
})
test('no other kind of request proposes one', async () => {
  const hub = aHub(proposeRestrictionWhenItIsRequested)
  await ask(hub, 'objection')
  await hub.runner.catchUp()
  expect(await hub.followed()).toEqual([])
})
test('delivered twice, proposed once', async () => {
  const hub = aHub(proposeRestrictionWhenItIsRequested)
  await ask(hub, 'restriction', { categories: ['C9'] })
  await hub.runner.catchUp()
  expect(await hub.handleAllAgain()).toEqual([])
  expect(await hub.followed()).toHaveLength(1)
})
