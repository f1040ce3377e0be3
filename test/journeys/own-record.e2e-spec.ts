import { caseFile, type CaseFileEvent } from '@passerelle/casework'
import { restriction, type RestrictionEvent } from '@passerelle/consent'
import { addDays, addMonths, type CommandContext } from '@passerelle/event-log'
import { learner, forgetCategory } from '@passerelle/learner'
import { agencySchema } from '@passerelle/projections'
import { categories } from '@passerelle/sharing'
import { diagnosis } from '@passerelle/support'
import { canary, seedCanaries } from './canaries.fixture.js'
import { people, StoryHub, until, type Who } from './story-hub.fixture.js'

const learnerId = 'learner-1'
const today = new Date().toISOString().slice(0, 10)
let story: StoryHub

const tokensIn = (text: string): string[] => [...new Set(text.match(new RegExp(`${canary}C[0-9]+-[0-9]+`, 'g')) ?? [])].sort()
const record = async (query = '') => {
  const answer = await story.download('learner', `/record/${learnerId}${query}`)
  expect(answer.status).toBe(200)
  return answer.text
}
const json = async (query = '') => JSON.parse(await record(query))
const by = (
  agencyId: string,
  userId: string,
  role: 'teacher' | 'safeguardingLead' | 'dataProtectionOfficer' | 'healthProfessional' | 'schoolPsychologist',
): CommandContext => ({
  actor: { userId, agencyId, role },
  controllerAgencyId: agencyId,
  purpose: 'educationSupport',
  legalBasis: { kind: 'publicTask' },
  occurredAt: new Date().toISOString(),
  correlationId: 'c',
  causationId: 'c',
  language: 'en',
})
const arrived = async ({ position }: { position: string | undefined }) => story.arrived(position!)

const hold = async (event: RestrictionEvent) =>
  arrived(await story.hub.store.handle(restriction, 'danger', by('social', 'lead', 'safeguardingLead'), () => [event]))
const placed: RestrictionEvent = {
  type: 'RestrictionPlaced',
  data: {
    restrictionId: 'danger',
    learnerId,
    categories: ['C13'],
    agencyIds: [],
    fromLearner: true,
    hidden: true,
    grounds: 'safeguarding',
    approvedBy: 'other',
    until: '2099-01-01',
  },
}
const quarrel: CaseFileEvent[] = [
  {
    type: 'CaseOpened',
    data: {
      caseId: 'quarrel',
      learnerId,
      leadUserId: 'teacher',
      leadAgencyId: 'school',
      leadRole: 'teacher',
      purpose: 'educationSupport',
      until: '2099-01-01',
    },
  },
  {
    type: 'TeamMemberAdded',
    data: { userId: 'nurse', agencyId: 'clinic', role: 'healthProfessional', purpose: 'healthCare', until: '2099-01-01' },
  },
  {
    type: 'TeamMemberAdded',
    data: { userId: 'lead', agencyId: 'social', role: 'safeguardingLead', purpose: 'safeguarding', until: '2099-01-01' },
  },
  {
    type: 'NoteAdded',
    data: {
      noteId: 'note-quarrel',
      authorUserId: 'teacher',
      visibility: 'team',
      categories: ['C13'],
      text: 'Lena quarrelled with Mikkel Nygaard; Tina Teach and Nora Nurse were there, and mikkel said sorry.',
    },
  },
]

beforeAll(async () => {
  story = await StoryHub.open()
  for (const [agencyId, sector] of Object.entries({ school: 'education', social: 'social', clinic: 'health' }))
    await story.records('admin', 'registerAgency', { agencyId, name: `The ${agencyId}`, sector, region: 'ZZ11' })
  const staff = { coordinator: 'Cora Cole', teacher: 'Tina Teach', lead: 'Leo Lead' }
  const keepers = { safeguardingLead: 'Sara Safe', schoolOfficer: 'Olga Office' }
  const others = { nurse: 'Nora Nurse', clinicOfficer: 'Ole Office', socialOfficer: 'Odd Office', officer: 'Oda Office' }
  for (const [userId, name] of Object.entries({ ...staff, ...keepers, ...others })) {
    await story.records('admin', 'registerStaffMember', { userId, name, issuer: story.issuer, subject: userId })
    const { agencyId, role } = people[userId as 'teacher']
    await story.does('admin', 'assignStaffRole', { userId, agencyId, role, from: today })
  }
  for (const [id, givenName, familyName] of [
    [learnerId, 'Lena', 'Larsen'],
    ['learner-2', 'Mikkel', 'Nygaard'],
  ])
    await story.does('coordinator', 'registerLearner', { learnerId: id, givenName, familyName })
  await story.does('coordinator', 'linkLearnerAccount', { learnerId, issuer: story.issuer, subject: 'learner' })
  await seedCanaries(story.hub)
  await arrived(await story.hub.store.handle(caseFile, 'quarrel', by('school', 'teacher', 'teacher'), () => quarrel))
}, 180_000)
afterAll(() => story?.close())

test('another person’s record answers as one that is not there, to whoever asks', async () => {
  const answers = [await story.download('learner', '/record/learner-2'), await story.download('learner', '/record/nobody')]
  expect(answers.map(({ status }) => status)).toEqual([404, 404])
  const [other, nobody] = answers.map(({ text }) => JSON.parse(text) as object)
  expect({ ...other, which: undefined }).toEqual({ ...nobody, which: undefined })
  expect((await story.download('teacher', `/record/${learnerId}`)).status).toBe(404)
  expect((await story.download('learner', `/record/${learnerId}?format=pdf`)).status).toBe(422)
})

test('GDPR 15 it holds what the learner reads on their face, row by row and word by word, and nothing that they do not', async () => {
  const shown = await story.everything('learner')
  const { records, format, version } = await json()
  expect([format, version]).toEqual(['passerelle-learner-record', 1])
  const rows = Object.fromEntries(records.map(({ view, rows: of }: any) => [view, of.length]))
  for (const [view, of] of Object.entries(shown)) if (view in rows) expect([view, rows[view]]).toEqual([view, of.length])
  expect(Object.keys(rows).length).toBeGreaterThan(12)
  expect(tokensIn(JSON.stringify(records))).toEqual(tokensIn(JSON.stringify(shown)))
  expect(tokensIn(JSON.stringify(records)).length).toBeGreaterThan(20)
})

test('GDPR 15(1)(c) who holds what: every agency that may, whatever it has to do with them', async () => {
  expect((await json()).whoHoldsWhat).toMatchObject([
    { agencyId: 'clinic', name: 'The clinic', sector: 'health', since: today, holds: { C6: 'in full' } },
    { agencyId: 'school', name: 'The school', sector: 'education', holds: { C1: 'in full' } },
    { agencyId: 'social', name: 'The social', sector: 'social', since: today, holds: { C10: 'in full' } },
  ])
  expect(await record('?format=html')).toMatch(/<li>The clinic, since [-0-9]+: .*your health and your treatment, in full/)
})

test('the page for people says the same in words', async () => {
  const page = await record('?format=html')
  expect(tokensIn(page)).toEqual(tokensIn(JSON.stringify((await json()).records)))
  expect(page).toContain('Who holds what')
  expect(page).not.toMatch(/<script/i)
})

test('other people are not in it: staff by role and agency, other learners and their names not at all', async () => {
  for (const text of [await record(), await record('?format=html')]) {
    expect(text).not.toMatch(/Tina Teach|Nora Nurse|Mikkel|Nygaard|learner-2/i)
    expect(text).toContain('Lena quarrelled with [another person]')
    expect(text).toContain('[a member of staff]')
  }
  const cases = (await json()).records.find(({ view }: any) => view === 'caseFiles').rows
  expect(cases.find(({ caseId }: any) => caseId === 'quarrel').leadUserId).toBe('Teacher, trainer, school')
})

test('R-4.3 what safeguarding keeps back is not in it, and nothing tells', async () => {
  const before = await json()
  await hold(placed)
  const after = await record()
  expect(tokensIn(JSON.stringify(before.records)).filter(token => token.includes('C13-')).length).toBeGreaterThan(0)
  expect(tokensIn(after).filter(token => token.includes('C13-'))).toEqual([])
  expect(after).not.toMatch(/danger|note added/i)
  expect(JSON.parse(after).notIncluded).toBe(before.notIncluded)
  // Whoever is there to protect them and for nothing else.
  expect(JSON.parse(after).whoHoldsWhat.map(({ agencyId }: any) => agencyId)).toEqual(['clinic', 'school'])
  await hold({ type: 'RestrictionLifted', data: { reason: 'safe' } })
})

test('GDPR 20 what the learner gave is a part of it, to take along', async () => {
  await story.does('learner', 'makeSubjectRequest', { requestId: 'q-1', learnerId, kind: 'portability', text: 'I move away' })
  const all = await json()
  const taken = await json('?scope=portability')
  const views = (of: any) => of.records.map(({ view }: any) => view)
  expect(views(all)).toEqual(expect.arrayContaining(views(taken)))
  expect(views(taken)).toEqual(expect.arrayContaining(['learners', 'subjectRequests']))
  expect(views(taken)).not.toContain('diagnoses')
  expect([taken.whoHoldsWhat, taken.disclosures]).toEqual([[], []])
})

test('R-4.4 what they contest, and every request with its day, is in it', async () => {
  await story.does('learner', 'contestItem', {
    contestId: 'x-1',
    learnerId,
    view: 'notes',
    key: ['note-quarrel'],
    words: 'He began',
  })
  const notes = (await json()).records.find(({ view }: any) => view === 'notes').rows
  expect(notes.find(({ noteId }: any) => noteId === 'note-quarrel')).toMatchObject({
    contest: 'open',
    contests: [{ contestId: 'x-1', words: 'He began' }],
  })
  expect(
    (
      await story.ask('learner', 'mutation($input: ContestItemInput!) { contestItem(input: $input) { id } }', {
        input: { contestId: 'x-2', learnerId, view: 'notes', key: ['no-such'], words: 'x' },
      })
    ).codes,
  ).toEqual(['CONTEST.NO_ITEM'])
})

describe('GDPR 12(3), 16 what is contested of an agency that does not work with the learner reaches its officer', () => {
  const [wrong, wrongAtSchool] = ['They never examined me', 'The psychologist guessed']
  const seenBy = async (who: Who) => (await story.everything(who))['contestedItems'] ?? []
  const ids = async (who: Who) => (await seenBy(who)).map(row => row['contestId']).sort()
  beforeAll(async () => {
    const found = { code: 'F81', description: 'Not what it seems', on: today }
    const recorders = [
      ['d-clinic', by('clinic', 'nurse', 'healthProfessional')],
      ['d-school', by('school', 'psychologist', 'schoolPsychologist')],
    ] as const
    for (const [diagnosisId, recorder] of recorders)
      await arrived(
        await story.hub.store.handle(diagnosis, diagnosisId, recorder, () => [
          { type: 'DiagnosisRecorded' as const, data: { diagnosisId, learnerId, ...found } },
        ]),
      )
    const said = { learnerId, view: 'diagnoses' }
    await story.does('learner', 'contestItem', { ...said, contestId: 'x-clinic', key: ['d-clinic'], words: wrong })
    await story.does('learner', 'contestItem', { ...said, contestId: 'x-school', key: ['d-school'], words: wrongAtSchool })
  })

  test('words that say nothing are not taken, and what nobody but they recorded nobody answers', async () => {
    const said = { contestId: 'x-blank', learnerId, view: 'diagnoses', key: ['d-clinic'] }
    expect(await story.refusal('learner', 'contestItem', { ...said, words: ' ' })).toEqual(['INPUT.INVALID'])
    expect(
      await story.refusal('learner', 'contestItem', { ...said, view: 'contestedItems', key: ['x-clinic'], words: 'x' }),
    ).toEqual(['CONTEST.OWN_WORDS'])
  })
  test('nobody else is shown that there is such an item: neither another agency’s officer, whatever it recorded, nor staff', async () => {
    for (const who of ['coordinator', 'teacher', 'safeguardingLead', 'nurse', 'lead', 'socialOfficer', 'officer'] as const)
      expect([who, await ids(who)]).toEqual([who, []])
    expect(await ids('schoolOfficer')).toEqual(['contest-1', 'x-1', 'x-school'])
    // The agency's own part of the database holds no more than its officer is shown.
    for (const [agencyId, held] of [
      ['school', ['contest-1', 'x-1', 'x-school']],
      ['clinic', ['x-clinic']],
      ['social', []],
      ['authority', []],
    ] as const)
      expect(
        (
          await story.hub.db.query<{ id: string }>(
            `select contest_id as id from "${agencySchema(agencyId)}".contested_items order by 1`,
          )
        ).map(({ id }) => id),
      ).toEqual(held)
    const before = await story.refusal('schoolOfficer', 'answerContest', {
      contestId: 'x-clinic',
      version: 0,
      outcome: 'stands',
      words: 'x',
    })
    expect(before).toEqual(
      await story.refusal('schoolOfficer', 'answerContest', { contestId: 'x-none', version: 0, outcome: 'stands', words: 'x' }),
    )
    expect(before).toEqual(['NOT_FOUND'])
  })
  test('the officer of the agency that recorded it reads which item, what is wrong about it and by when to answer, and nobody’s name', async () => {
    expect(await seenBy('clinicOfficer')).toMatchObject([
      {
        ...{ contestId: 'x-clinic', learnerId, agencyId: 'clinic', view: 'diagnoses', key: ['d-clinic'], category: 'C6' },
        ...{ words: wrong, by: 'learner', on: today, dueBy: addMonths(today, 1), overdue: false, status: 'open', version: 0 },
      },
    ])
    const shown = await story.everything('clinicOfficer')
    expect(Object.keys(shown).sort()).toEqual(['contestedItems'])
    expect(JSON.stringify(shown)).not.toMatch(new RegExp(`Lena|Not what it seems|${canary}`))
  })
  test('and answers; the learner reads state and day, and the words beside the item', async () => {
    expect((await seenBy('learner')).find(row => row['contestId'] === 'x-clinic')).toMatchObject({ status: 'open', words: wrong })
    const answer = { contestId: 'x-clinic', version: 0, outcome: 'corrected', words: 'You are right' }
    await story.does('clinicOfficer', 'answerContest', answer)
    const outcome = { status: 'answered', outcome: 'corrected', answeredOn: today }
    for (const who of ['clinicOfficer', 'learner'] as const)
      expect((await seenBy(who)).find(row => row['contestId'] === 'x-clinic')).toMatchObject(outcome)
    const beside = (await story.everything('learner'))['diagnoses']!.find(row => row['diagnosisId'] === 'd-clinic')
    expect(beside).toMatchObject({ contest: 'corrected', contests: [{ words: wrong, answer: 'You are right' }] })
  })
  test('what they let go, the officer reads no more', async () => {
    await story.does('learner', 'withdrawContest', { contestId: 'x-school', version: 0 })
    expect((await seenBy('schoolOfficer')).find(row => row['contestId'] === 'x-school')).toMatchObject({
      ...{ status: 'withdrawn', words: null },
    })
  })
})

describe('GDPR 18 what is held back can be ended by whoever keeps it, whatever it holds', () => {
  const held = [['C10'], ['C14'], categories] as const
  const agencies = [[], ['school']] as const
  const cases = held.flatMap(of => agencies.map(agencyIds => ({ categories: of, agencyIds, until: addDays(today, 30) })))
  const named = (of: readonly string[]) => (of.length > 1 ? 'all' : of[0]!)
  const found = async (who: Who, view: string, restrictionId: string) =>
    ((await story.everything(who))[view] ?? []).find(row => row['restrictionId'] === restrictionId)

  test.each(cases)(
    'what the learner asked for ($categories, $agencyIds): by the officer, who sees it and tells the learner before (18(3))',
    async hold => {
      const restrictionId = `asked-${named(hold.categories)}-${hold.agencyIds.length}`
      const shared = async () => (await story.everything('coordinator'))['consents'] ?? []
      const before = await shared()
      await story.does('learner', 'requestRestriction', { restrictionId, learnerId, ...hold })
      await story.does('schoolOfficer', 'approveRestriction', { restrictionId })
      expect(await shared()).toEqual(hold.categories.includes('C14' as never) ? [] : before)
      const shown = await found('schoolOfficer', 'restrictions', restrictionId)
      expect(shown).toMatchObject({ status: 'placed', grounds: 'gdpr18' })
      await story.does('schoolOfficer', 'liftRestriction', { restrictionId, version: shown!['version'], reason: 'settled' })
      const told = await found('learner', 'restrictions', restrictionId)
      expect(told).toMatchObject({ status: 'placed', reason: 'settled', until: addDays(today, 7) })
      await story.does('learner', 'liftRestriction', { restrictionId, version: told!['version'], reason: 'agreed' })
      expect(await found('learner', 'restrictions', restrictionId)).toMatchObject({ status: 'lifted', reason: 'agreed' })
      expect(await shared()).toEqual(before)
    },
  )

  test.each(cases)(
    'R-4.3 for safety ($categories, $agencyIds): by a lead it is not kept from, and the learner is not told',
    async hold => {
      const restrictionId = `safe-${named(hold.categories)}-${hold.agencyIds.length}`
      const told = async () => {
        const { consents, restrictions, subjectRequests } = await story.everything('learner')
        return { consents, restrictions, subjectRequests }
      }
      const before = await told()
      const secret = { ...hold, fromLearner: true, hidden: true }
      await story.does('safeguardingLead', 'proposeSafeguardingRestriction', { restrictionId, learnerId, ...secret })
      await story.does('schoolOfficer', 'approveRestriction', { restrictionId })
      expect(await told()).toEqual(before)
      expect(await story.refusal('learner', 'liftRestriction', { restrictionId, reason: 'mine' })).toEqual(['NOT_FOUND'])
      const seen = await found('safeguardingLead', 'hiddenRestrictions', restrictionId)
      const isKeptFromLead = hold.agencyIds.length > 0 && hold.categories.includes('C10' as never)
      expect(seen).toEqual(isKeptFromLead ? undefined : expect.objectContaining({ status: 'placed', grounds: 'safeguarding' }))
      const by = isKeptFromLead ? 'schoolOfficer' : 'safeguardingLead'
      const shown = await found(by, 'hiddenRestrictions', restrictionId)
      await story.does(by, 'liftRestriction', { restrictionId, version: shown!['version'], reason: 'safe' })
    },
  )

  test('GDPR 12(3), 16 a request and a contest are answered while everything is held from everybody', async () => {
    const request = { requestId: 'hold-all', learnerId, kind: 'restriction', agencyId: 'school' }
    await story.does('learner', 'makeSubjectRequest', request)
    await until(
      'it is proposed',
      async () => (await found('schoolOfficer', 'restrictions', 'hold-all'))?.['status'] === 'proposed',
    )
    await story.does('schoolOfficer', 'approveRestriction', { restrictionId: 'hold-all', version: 0 })
    await story.does('schoolOfficer', 'answerSubjectRequest', {
      requestId: 'hold-all',
      version: 0,
      outcome: 'fulfilled',
      ledTo: ['hold-all'],
    })
    await story.does('schoolOfficer', 'answerContest', { contestId: 'x-1', outcome: 'stands', words: 'He did' })
    await story.does('learner', 'liftRestriction', { restrictionId: 'hold-all', version: 1, reason: 'settled' })
  })
})

test('that it was taken is written down as an export, before it leaves', async () => {
  const { disclosures } = await json()
  expect(disclosures.some(({ act }: any) => act === 'export')).toBe(true)
  expect(JSON.stringify(disclosures)).not.toContain('userId')
})

test('what was forgotten reads as erased', async () => {
  await arrived(
    await story.hub.store.handle(learner, learnerId, by('authority', 'officer', 'dataProtectionOfficer'), state =>
      forgetCategory(state, { category: 'C13', reason: 'erasureRequest', retained: [] }),
    ),
  )
  const { records, erased } = await json()
  expect(erased).toEqual(['C13'])
  expect(tokensIn(JSON.stringify(records)).filter(token => token.includes('C13-'))).toEqual([])
  // The officer's copy of what they said against a note is forgotten with the notes.
  const asked = (await story.everything('schoolOfficer'))['contestedItems']!.find(row => row['contestId'] === 'x-1')
  expect(asked).toMatchObject({ status: 'answered', category: 'C13', words: null })
  expect(records.find(({ view }: any) => view === 'learners').rows[0].familyName).toContain(`${canary}C1-`)
})
