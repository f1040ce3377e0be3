import { consent, expire, give, invalidate, recall, request, withdraw } from '@passerelle/consent'
import type { Category } from '@passerelle/sharing'
import type { Disclosures } from './ports.js'
import { aHub } from './process.fixture.js'
import { tellRecipientsWhenConsentIsWithdrawn } from './tell-recipients-when-consent-is-withdrawn.process.js'

const now = new Date('2026-03-06T09:00:00Z')
const own = { controllerAgencyId: 'learner' }
const question = {
  consentId: 'c-1',
  learnerId: 'l-1',
  requestedByAgencyId: 'school',
  recipientAgencyId: 'social',
  purpose: 'socialSupport',
  categories: ['C3', 'C9', 'C5'],
  noticeVersion: 'n1',
  language: 'fr',
  easyRead: false,
  validUntil: '2026-12-01',
  now,
} as const

async function setUp() {
  const asked: unknown[] = []
  const disclosures: Disclosures = {
    readings: async which => {
      asked.push(which)
      return [{ learnerId: 'l-1', agencyId: 'social', role: 'socialWorker', categories: ['C3', 'C5'] }]
    },
  }
  const hub = aHub(tellRecipientsWhenConsentIsWithdrawn, { disclosures })
  const { record, runner, followed, stateOf } = hub
  const yesTo = (...categories: Category[]) =>
    record(consent, 'c-1', s => give(s, { by: 'learner', categories, method: 'online', now }, { mayDecide: true }), own)
  const takeBack = (...categories: Category[]) =>
    record(consent, 'c-1', s => withdraw(s, { by: 'learner', ...(categories.length > 0 && { categories }) }), own)
  const recalls = async () => {
    await runner.catchUp()
    const told = (await followed()).filter(({ type }) => type === 'RecipientTold')
    return Promise.all(told.map(async ({ streamId }) => stateOf(recall, streamId.slice('recall-'.length))))
  }
  await record(consent, 'c-1', s => request(s, question, { readsLanguages: [] }))
  return { ...hub, asked, yesTo, takeBack, recalls }
}

test('nobody is told of a question, a yes, or a no to what was never given', async () => {
  const { yesTo, recalls } = await setUp()
  await yesTo('C3', 'C9')
  expect(await recalls()).toEqual([])
})
test('of a withdrawal the recipient is told, for every category that it takes back', async () => {
  const { yesTo, takeBack, recalls, asked, followed } = await setUp()
  await yesTo('C3', 'C9')
  await takeBack()
  expect(await recalls()).toMatchObject([
    { status: 'told', learnerId: 'l-1', agencyId: 'social', askedByAgencyId: 'school', categories: ['C3', 'C9'] },
  ])
  expect(await followed()).toMatchObject([{ type: 'RecipientTold', controllerAgencyId: 'school' }])
  expect(asked).toEqual([
    {
      agencyIds: ['social'],
      learnerId: 'l-1',
      purposes: ['socialSupport'],
      categories: ['C3', 'C9'],
      since: now.toISOString(),
    },
  ])
})
test('of a part it is told of that part, and of the rest when the rest goes', async () => {
  const { yesTo, takeBack, recalls } = await setUp()
  await yesTo('C3', 'C9', 'C5')
  await takeBack('C9')
  await takeBack()
  expect((await recalls()).map(({ categories }) => categories)).toEqual([['C9'], ['C3', 'C5']])
})
test('given anew for less, it is told what is not given any more; for the same or more, nothing', async () => {
  const { yesTo, recalls } = await setUp()
  await yesTo('C3', 'C9')
  await yesTo('C3', 'C9', 'C5')
  expect(await recalls()).toEqual([])
  await yesTo('C5')
  expect((await recalls()).map(({ categories }) => categories)).toEqual([['C3', 'C9']])
})
describe('given anew for data of fewer days', () => {
  const yesOf = (days: { dataFrom?: string; dataUntil?: string }, ...categories: Category[]) => ({ days, categories })
  const because = async (...answers: ReturnType<typeof yesOf>[]) => {
    const { record, runner, handleAllAgain, saidIn } = await setUp()
    for (const { days, categories } of answers)
      await record(consent, 'c-1', s => give(s, { by: 'learner', categories, method: 'online', now, ...days }, capable), own)
    await runner.catchUp()
    expect(await handleAllAgain()).toEqual([])
    return (await saidIn('RecipientTold')).map(told => [told['because'], told['categories']])
  }
  const capable = { mayDecide: true }

  test('the recipient is told of what stays only in part, and by itself of what goes', async () => {
    expect(await because(yesOf({}, 'C3', 'C9'), yesOf({ dataFrom: '2026-01-01' }, 'C3', 'C9'))).toEqual([
      ['fewerDays', ['C3', 'C9']],
    ])
    const year = { dataFrom: '2025-01-01', dataUntil: '2025-12-31' }
    expect(await because(yesOf(year, 'C3', 'C9'), yesOf({ ...year, dataUntil: '2025-06-30' }, 'C3'))).toEqual([
      ['narrowed', ['C9']],
      ['fewerDays', ['C3']],
    ])
  })
  test('other days are fewer of the days before', async () => {
    expect(await because(yesOf({ dataUntil: '2025-12-31' }, 'C3'), yesOf({ dataFrom: '2026-01-01' }, 'C3'))).toEqual([
      ['fewerDays', ['C3']],
    ])
  })
  test('of as many days or more nobody is told', async () => {
    expect(await because(yesOf({ dataFrom: '2026-01-01' }, 'C3'), yesOf({ dataFrom: '2025-01-01' }, 'C3'))).toEqual([])
    expect(await because(yesOf({ dataFrom: '2026-01-01' }, 'C3'), yesOf({}, 'C3', 'C9'))).toEqual([])
  })
})
test('each time is told by itself, though the process slept through all of them', async () => {
  const { yesTo, takeBack, recalls } = await setUp()
  await yesTo('C3', 'C9')
  await takeBack()
  await yesTo('C5')
  await takeBack()
  expect((await recalls()).map(({ categories }) => categories)).toEqual([['C3', 'C9'], ['C5']])
})
test('a consent that ran out, or should never have counted, is told as well', async () => {
  for (const ends of [(s: never) => expire(s, '2026-12-01'), (s: never) => invalidate(s, 'wrongPerson')]) {
    const { yesTo, record, recalls } = await setUp()
    await yesTo('C9')
    await record(consent, 'c-1', s => ends(s as never))
    expect(await recalls()).toMatchObject([{ categories: ['C9'] }])
  }
})
test('handled again after a crash, nobody is told twice', async () => {
  const { yesTo, takeBack, recalls, handleAllAgain } = await setUp()
  await yesTo('C3', 'C9')
  await takeBack('C3')
  await takeBack()
  const once = await recalls()
  expect(await handleAllAgain()).toEqual([])
  expect(await recalls()).toEqual(once)
})
