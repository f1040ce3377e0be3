import { draft, end, sharingAgreement, sign } from '@passerelle/agency'
import { recall } from '@passerelle/consent'
import type { Disclosures, Reading } from './ports.js'
import { aHub } from './process.fixture.js'
import { tellRecipientsWhenAnAgreementEnds } from './tell-recipients-when-an-agreement-ends.process.js'

const agreement = {
  agreementId: 'a-1',
  kind: 'jointControllers',
  agencyIds: ['school', 'social'],
  purposes: ['caseCoordination'],
  categories: ['C3', 'C9'],
  statute: 'FR-CASF-L226',
  validFrom: '2026-01-01',
  validUntil: '2027-01-01',
} as const
const readings: Reading[] = [
  // The plan is a social worker’s on a stated basis; their own cases’ social circumstances are their task.
  { learnerId: 'l-1', agencyId: 'social', role: 'socialWorker', categories: ['C3', 'C9'] },
  { learnerId: 'l-2', agencyId: 'social', role: 'socialWorker', categories: ['C9'] },
  { learnerId: 'l-1', agencyId: 'school', role: 'educationCoordinator', categories: ['C3', 'C9'] },
]

async function setUp(...parties: string[]) {
  const asked: unknown[] = []
  const disclosures: Disclosures = { readings: async which => (asked.push(which), readings) }
  const hub = aHub(tellRecipientsWhenAnAgreementEnds, { disclosures })
  await hub.record(sharingAgreement, 'a-1', s => draft(s, agreement))
  for (const party of parties) await hub.record(sharingAgreement, 'a-1', s => sign(s, party, '2026-01-01'))
  await hub.record(sharingAgreement, 'a-1', s => end(s, 'terminated'))
  await hub.runner.catchUp()
  const told = (await hub.followed()).filter(({ type }) => type === 'RecipientTold')
  return { ...hub, asked, told: await Promise.all(told.map(each => hub.stateOf(recall, each.streamId.slice('recall-'.length)))) }
}

test('an agreement that was never in force opened nothing: nobody is told of its end', async () => {
  expect((await setUp('school')).told).toEqual([])
})
test('each party is told what it read of whom on the agreement, and not what it sees by its own task', async () => {
  const { told, asked } = await setUp('school', 'social')
  expect(told.map(({ learnerId, agencyId, categories }) => [learnerId, agencyId, categories])).toEqual([
    ['l-1', 'social', ['C3']],
    ['l-1', 'school', ['C9']],
  ])
  expect(asked).toMatchObject([
    { agencyIds: ['school', 'social'], purposes: ['caseCoordination'], since: '2026-01-01T00:00:00.000Z' },
  ])
})
test('handled again after a crash, nobody is told twice', async () => {
  const { handleAllAgain, followed } = await setUp('school', 'social')
  expect(await handleAllAgain()).toEqual([])
  expect(await followed()).toHaveLength(2)
})
