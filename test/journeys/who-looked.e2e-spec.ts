import { ChainVerifier } from '@passerelle/sharing'
import { type Answer, people, StoryHub, until, type Who } from './story-hub.fixture.js'

const learnerId = 'learner-1'
const inEmergency = { 'x-passerelle-emergency': 'true' }
const minute = 60_000
const day = 24 * 60 * minute

let story: StoryHub
let offsetMs = 0
const now = () => new Date(Date.now() + offsetMs)

beforeAll(async () => {
  story = await StoryHub.open({ now })
  const today = now().toISOString().slice(0, 10)
  for (const [agencyId, sector] of Object.entries({ school: 'education', social: 'social', clinic: 'health' }))
    await story.records('admin', 'registerAgency', { agencyId, name: `The ${agencyId}`, sector, region: 'ZZ11' })
  const staff = [
    'coordinator',
    'nurse',
    'clinicOfficer',
    'lead',
    'socialWorker',
    'socialOfficer',
    'officer',
    'regionCoordinator',
  ] as const
  for (const userId of staff) {
    const { agencyId, role } = people[userId]
    await story.records('admin', 'registerStaffMember', { userId, name: userId, issuer: story.issuer, subject: userId })
    await story.does('admin', 'assignStaffRole', { userId, agencyId, role, from: today })
  }
  const registered = { learnerId, givenName: 'Lena', familyName: 'Larsen', birthDate: '2010-05-01' }
  await story.does('coordinator', 'registerLearner', registered)
  await story.does('coordinator', 'linkLearnerAccount', { learnerId, issuer: story.issuer, subject: 'learner' })
  await story.does('coordinator', 'enrolLearner', { enrolmentId: 'enrolment-1', learnerId, from: today })
}, 120_000)
afterAll(() => story?.close())

const question = `query($id: ID!) {
  learner(id: $id) { learnerId givenName familyName enrolments(first: 5) { totalCount } }
  enrolments(first: 5, where: { learnerId: { eq: $id } }) { totalCount nodes { enrolmentId learnerId } }
}`
const look = (who: Who, headers = {}, id = learnerId) => story.ask(who, question, { id }, headers)
const nothing = { learner: null, enrolments: { totalCount: 0, nodes: [] } }
const breaks = (who: Who, more: object = {}) =>
  story.ask(
    who,
    `mutation($input: UseBreakGlassInput!) { useBreakGlass(input: $input) { id version visible learner { learnerId givenName } } }`,
    {
      input: { learnerId, categories: ['C1'], reasonCode: 'healthInDanger', reason: 'Found unconscious.', minutes: 45, ...more },
    },
  )
const told = async (first = 100, before?: string, language = 'en') => {
  const fields = 'id at who what why basis role userId categories'
  const query = `query($id: ID!, $first: Int!, $before: ID) { learner(id: $id) { disclosures(first: $first, before: $before) { ${fields} } } }`
  const answer = await story.ask('learner', query, { id: learnerId, first, before }, { 'accept-language': language })
  return answer.data.learner.disclosures as {
    id: string
    who: string
    what: string[]
    why: string
    basis: string[]
    userId: string
  }[]
}
const rows = async (who: Who, view: string) => (await story.everything(who))[view] ?? []
const shape = ({ status, codes, data }: Answer) => {
  const { id, ...more } = data.useBreakGlass
  expect(id).toMatch(/^[0-9a-f]{32}$/)
  return { status, codes, ...more }
}

describe('R-V.4 an emergency', () => {
  test('before anybody has said so, whoever works elsewhere sees nothing, with the header or without', async () => {
    for (const who of ['nurse', 'clinicOfficer', 'socialWorker', 'lead'] as const)
      for (const headers of [{}, inEmergency]) expect((await look(who, headers)).data).toEqual(nothing)
    expect((await look('coordinator')).data.learner).toMatchObject({ givenName: 'Lena' })
    // In an emergency nobody sees what they see in their ordinary work.
    expect((await look('coordinator', inEmergency)).data).toEqual(nothing)
    expect((await look('nurse', { 'x-passerelle-emergency': 'yes' })).status).toBe(400)
  })
  test('is refused for signals, for what the role never sees, for more than an hour, and to those who work with nobody', async () => {
    for (const categories of [['C1', 'C16'], ['C15'], []])
      expect((await breaks('nurse', { categories })).codes).toEqual([
        categories.length ? 'BREAK_GLASS.INVALID_CATEGORIES' : 'INPUT.INVALID',
      ])
    for (const minutes of [0, 61]) expect((await breaks('nurse', { minutes })).codes).toEqual(['INPUT.INVALID'])
    expect((await breaks('clinicOfficer')).codes).toEqual(['FORBIDDEN'])
  })
  test('answers the same for a learner who does not exist, and then shows nothing', async () => {
    const unknown = shape(await breaks('socialWorker', { learnerId: 'learner-0' }))
    const known = shape(await breaks('nurse'))
    expect(known).toEqual(unknown)
    expect(known).toEqual({ status: 200, codes: [], version: 0, visible: true, learner: null })
    expect((await look('socialWorker', inEmergency, 'learner-0')).data).toEqual(nothing)
  })
  test('opens at once what was named, to the one person who asked, and to them only where they say that it is one', async () => {
    const { data } = await look('nurse', inEmergency)
    expect(data.learner).toMatchObject({ learnerId, givenName: 'Lena', familyName: 'Larsen', enrolments: { totalCount: 0 } })
    expect(data.enrolments).toEqual(nothing.enrolments)
    expect((await look('nurse')).data).toEqual(nothing)
    for (const who of ['clinicOfficer', 'socialWorker', 'lead'] as const)
      expect((await look(who, inEmergency)).data).toEqual(nothing)
  })
  test('asked again it is the same hour; another is refused until the first was reviewed', async () => {
    expect(shape(await breaks('nurse'))).toMatchObject({ version: 0, codes: [] })
    expect((await breaks('nurse', { categories: ['C1', 'C6'] })).codes).toEqual(['BREAK_GLASS.UNREVIEWED'])
    expect((await breaks('nurse', { learnerId: 'learner-0' })).codes).toEqual(['BREAK_GLASS.UNREVIEWED'])
  })
  test('is told at once to the officer of the agency and to the learner, and stands in the log', async () => {
    const [row] = await until('the officer is told', async () => {
      const found = await rows('clinicOfficer', 'breakGlasses')
      return found.length > 0 && found
    })
    expect(row).toMatchObject({ status: 'used', userId: 'nurse', reasonCode: 'healthInDanger', reason: 'Found unconscious.' })
    expect(await rows('learner', 'breakGlasses')).toMatchObject([{ userId: 'nurse', categories: ['C1'], status: 'used' }])
    expect((await told()).find(({ userId }) => userId === 'nurse')).toMatchObject({
      who: 'Doctor, nurse or other health professional, The clinic',
      what: ['who you are and how to reach you'],
      why: 'to care for your health',
      basis: ['it was an emergency'],
    })
    expect(await rows('coordinator', 'breakGlasses')).toEqual([])
  })
  test('ends by the clock, whatever the models have read', async () => {
    await story.stopWorker()
    offsetMs += 44 * minute
    expect((await look('nurse', inEmergency)).data.learner).toMatchObject({ givenName: 'Lena' })
    offsetMs += 2 * minute
    expect((await look('nurse', inEmergency)).data).toEqual(nothing)
    await story.startWorker()
  })
  test('is reviewed by the officer of the agency that did it, after which there may be another', async () => {
    const [row] = await rows('clinicOfficer', 'breakGlasses')
    const { breakGlassId, version } = row as { breakGlassId: string; version: number }
    const review = { breakGlassId, version, outcome: 'justified', remark: 'There was no time to ask.' }
    expect((await story.tries('nurse', 'reviewBreakGlass', review)).codes).toEqual(['FORBIDDEN'])
    await story.does('clinicOfficer', 'reviewBreakGlass', review)
    expect(await rows('learner', 'breakGlasses')).toMatchObject([
      { status: 'reviewed', outcome: 'justified', reviewedBy: 'clinicOfficer' },
    ])
    // It opens nothing again.
    expect((await look('nurse', inEmergency)).data).toEqual(nothing)
    expect(shape(await breaks('nurse', { categories: ['C1', 'C2'] }))).toMatchObject({ codes: [], visible: true })
    expect((await look('nurse', inEmergency)).data.enrolments.totalCount).toBe(1)
  })
  test('of which the learner is not told, for their safety, stands with safeguarding, and comes into their log later', async () => {
    const before = await told()
    const both = await rows('learner', 'breakGlasses')
    expect(both).toMatchObject([{ userId: 'nurse' }, { userId: 'nurse' }])
    expect(shape(await breaks('lead', { reasonCode: 'safeguarding', reason: 'Threatened.' }))).toMatchObject({ visible: true })
    expect((await look('lead', inEmergency)).data.learner).toMatchObject({ givenName: 'Lena' })
    expect(await rows('learner', 'breakGlasses')).toEqual(both)
    expect(await rows('learner', 'keptBreakGlasses')).toEqual([])
    // Nothing but the learner's own looks came to it.
    const kept = (await told()).filter(({ id }) => !before.some(each => each.id === id))
    expect(kept.filter(({ who }) => who !== 'You')).toEqual([])
    offsetMs += 93 * day
    expect((await told()).filter(({ userId }) => userId === 'lead')).toMatchObject([{ basis: ['it was an emergency'] }])
  })
  test('that nobody reviewed by the day goes up to the region’s officer, who sees that and nothing else, and may review it', async () => {
    const row = await until('the officer of the region is told', async () =>
      (await rows('officer', 'breakGlasses')).find(({ userId }) => userId === 'nurse'),
    )
    expect(row).toMatchObject({ status: 'used', overdue: true, userId: 'nurse', reason: 'Found unconscious.' })
    const kept = await until('also of the one that is kept', async () => {
      const found = await rows('officer', 'keptBreakGlasses')
      return found.length > 0 && found
    })
    expect(kept).toMatchObject([{ status: 'used', overdue: true, userId: 'lead', reason: null, agencyId: null }])
    for (const view of ['enrolments', 'learners', 'consents']) expect([view, await rows('officer', view)]).toEqual([view, []])
    expect(await rows('regionCoordinator', 'breakGlasses')).toEqual([])
    const own = await rows('learner', 'breakGlasses')
    expect(own.map(({ status, overdue }) => [status, overdue]).sort()).toEqual([
      ['reviewed', false],
      ['used', true],
    ])
    expect(await rows('learner', 'keptBreakGlasses')).toEqual([])
    expect((await breaks('nurse', { categories: ['C1', 'C6'] })).codes).toEqual(['BREAK_GLASS.UNREVIEWED'])
    const { breakGlassId, version } = row as { breakGlassId: string; version: number }
    const review = { breakGlassId, version, outcome: 'unjustified' }
    expect((await story.tries('socialOfficer', 'reviewBreakGlass', review)).codes).toEqual(['NOT_FOUND'])
    await story.does('officer', 'reviewBreakGlass', review)
    expect(shape(await breaks('nurse', { categories: ['C1', 'C6'] }))).toMatchObject({ codes: [], visible: true })
  })
  test('is over as soon as the review finds it unjustified, whatever is left of its minutes', async () => {
    expect((await look('nurse', inEmergency)).data.learner).toMatchObject({ givenName: 'Lena' })
    const open = (await rows('learner', 'breakGlasses')).find(({ status, overdue }) => status === 'used' && !overdue)!
    const review = { breakGlassId: open.breakGlassId, version: open.version, outcome: 'unjustified' }
    await story.does('clinicOfficer', 'reviewBreakGlass', review)
    expect((await look('nurse', inEmergency)).data).toEqual(nothing)
  })
})

describe('R-V.5 who looked', () => {
  test('is told in words, in the language the learner asks for, page by page', async () => {
    const all = await told()
    expect(all.find(({ userId }) => userId === 'coordinator')).toMatchObject({
      who: 'Education coordinator, The school',
      why: 'to support you at school or in training',
      basis: ['it belongs to their work'],
    })
    const [first, ...rest] = await told(2)
    expect(await told(1, first!.id)).toMatchObject([{ id: rest[0]!.id }])
    expect((await told(100, undefined, 'fr')).find(({ userId }) => userId === 'coordinator')).toMatchObject({
      who: 'Coordination éducative, The school',
      basis: ['cela fait partie de leur travail'],
    })
    expect(JSON.stringify(all)).not.toMatch(/Lena|Larsen/)
  })
  test('stands in a chain for each agency, whose head is told to those who answer for it', async () => {
    const { disclosures } = story.hub
    const heads = await disclosures.heads()
    const verifier = new ChainVerifier(heads)
    for (const head of heads) for await (const each of disclosures.chain(head)) verifier.take(each)
    expect(verifier.faults()).toEqual([])
    expect(heads.map(({ agencyId }) => agencyId)).toEqual(['authority', 'clinic', 'learner', 'school', 'social'])
    const headOf = async (who: Who) =>
      (await story.read(who, '{ disclosureLogHead { agencyId sequence hash } }')).disclosureLogHead
    expect(await headOf('clinicOfficer')).toEqual(heads[1])
    for (const who of ['nurse', 'lead', 'socialWorker'] as const) expect(await headOf(who)).toBeNull()
    expect((await story.read('admin', '{ disclosureLogHeads { agencyId } }')).disclosureLogHeads).toBeNull()
  })
  test('every entry has a basis and the position that was read up to', async () => {
    const { disclosures } = story.hub
    let entries = 0
    for (const head of await disclosures.heads())
      for await (const { entry } of disclosures.chain(head)) {
        expect(entry.basis).toBe(entry.agencyId === 'learner' || entry.purpose === 'audit' ? 'legalObligation' : 'publicTask')
        for (const seen of entry.learners) expect(seen.position).toMatch(/\S/)
        entries++
      }
    expect(entries).toBeGreaterThan(10)
  })
  test('where it cannot be written down, no answer leaves, read or read back, and nothing personal is in the error', async () => {
    await story.hub.db.exec('alter table audit.disclosures rename to elsewhere')
    try {
      for (const answer of [await look('coordinator'), await look('learner')]) {
        expect(answer.data ?? null).toBeNull()
        expect(answer.codes).toEqual(['INTERNAL'])
        expect(answer.text).not.toMatch(/Lena|Larsen|audit|learner-1/)
      }
    } finally {
      await story.hub.db.exec('alter table audit.elsewhere rename to disclosures')
    }
    expect((await look('coordinator')).data.learner).toMatchObject({ givenName: 'Lena' })
  })
})
