import { setTimeout as delay } from 'node:timers/promises'
import { agencyEvents } from '@passerelle/agency'
import { caseFileEvents } from '@passerelle/casework'
import { consentEvents, restrictionEvents } from '@passerelle/consent'
import { addDays, type DomainEvent } from '@passerelle/event-log'
import { learnerEvents } from '@passerelle/learner'
import { type Category, learnerAgencyId } from '@passerelle/sharing'
import { schemaOf } from '../journeys/story-hub.fixture.js'
import { Doors, type Somebody } from './doors.fixture.js'

/** Why somebody sees what they see, or saw; and what an answer would change. Through the faces. */
const people = {
  coordinator: { sector: 'education', agencyId: 'school', role: 'educationCoordinator' },
  teacher: { sector: 'education', agencyId: 'school', role: 'teacher' },
  sam: { sector: 'social', agencyId: 'social', role: 'socialWorker' },
  officeOfJobs: { sector: 'employment', agencyId: 'jobs', role: 'employmentOfficer' },
  nurse: { sector: 'health', agencyId: 'clinic', role: 'healthProfessional' },
  officer: { sector: 'authority', agencyId: 'authority', role: 'dataProtectionOfficer' },
  admin: { sector: 'authority', agencyId: 'authority', role: 'regionAdmin' },
  ann: { sector: 'learner', agencyId: learnerAgencyId, role: 'learner' },
  ben: { sector: 'learner', agencyId: learnerAgencyId, role: 'learner' },
  mother: { sector: 'learner', agencyId: learnerAgencyId, role: 'guardian' },
} satisfies Record<string, Somebody>
type Who = keyof typeof people
const today = new Date().toISOString().slice(0, 10)
const validUntil = addDays(today, 180)

let doors: Doors<Who>
const times: Record<string, string> = {}
beforeAll(async () => {
  doors = await Doors.open<Who>(people)
  times['start'] = await moment()
  await registered('ann', 'ann', 18)
  await registered('ben', 'ben', 18)
  await registered('child', undefined, 10)
  await happened(learnerEvents, 'child', 'school', 'child', [
    {
      type: 'GuardianRecorded',
      data: {
        guardianId: 'mother',
        relation: 'mother',
        name: 'A mother',
        verified: true,
        authority: ['informed', 'consents'],
        excluded: [],
        from: '2020-01-01',
      },
    },
    { type: 'GuardianAccountLinked', data: { guardianId: 'mother', accountHash: doors.accountOf('mother') } },
  ])
  await happened(learnerEvents, 'ann', 'social', 'ann', [standing('social')])
  await happened(caseFileEvents, 'case-1', 'social', 'ann', [
    {
      type: 'CaseOpened',
      data: {
        caseId: 'case-1',
        learnerId: 'ann',
        leadUserId: 'sam',
        leadAgencyId: 'social',
        leadRole: 'socialWorker',
        purpose: 'socialSupport',
        until: validUntil,
      },
    },
  ])
  await happened(learnerEvents, 'ann', 'jobs', 'ann', [standing('jobs')])
  await happened(caseFileEvents, 'case-1', 'social', 'ann', [
    {
      type: 'TeamMemberAdded',
      data: {
        userId: 'officeOfJobs',
        agencyId: 'jobs',
        role: 'employmentOfficer',
        purpose: 'employmentSupport',
        until: validUntil,
      },
    },
  ])
  await doors.projected()
}, 120_000)
afterAll(() => doors?.close())

const happened = (
  events: typeof learnerEvents | typeof agencyEvents | any,
  id: string,
  by: string,
  about: string,
  some: DomainEvent[],
) => doors.happened(events, id, by, some, about)
const standing = (agencyId: string): DomainEvent => ({ type: 'AgencyStandingRecorded', data: { agencyId, from: '2020-01-01' } })
const registered = (learnerId: string, account: Who | undefined, age: number) =>
  happened(learnerEvents, learnerId, 'school', learnerId, [
    {
      type: 'PersonRegistered',
      data: {
        learnerId,
        agencyId: 'school',
        givenName: 'A',
        familyName: 'B',
        birthDate: `${Number(today.slice(0, 4)) - age}-01-15`,
      },
    },
    ...(account ? [{ type: 'LearnerAccountLinked', data: { accountHash: doors.accountOf(account) } }] : []),
  ])
const asked = (consentId: string, learnerId: string, categories: Category[], more: object = {}): DomainEvent => ({
  type: 'ConsentRequested',
  data: {
    consentId,
    learnerId,
    requestedByAgencyId: 'school',
    recipientAgencyId: 'social',
    purpose: 'socialSupport',
    categories,
    noticeVersion: 'n1',
    language: 'en',
    easyRead: false,
    validUntil,
    ...more,
  },
})
const yes = (categories: Category[]): DomainEvent => ({
  type: 'ConsentGiven',
  data: { categories, by: 'learner', method: 'online', at: new Date().toISOString(), validUntil },
})
const consented = (consentId: string, learnerId: string, ...some: DomainEvent[]) =>
  happened(consentEvents, consentId, learnerAgencyId, learnerId, some)
/** A moment by itself: nothing else was recorded in the same millisecond. */
async function moment(): Promise<string> {
  await delay(5)
  const at = new Date().toISOString()
  await delay(5)
  return at
}

const explaining = `query($learnerId: ID!, $agencyId: ID, $role: Role!, $purpose: Purpose!, $at: DateTime) {
  explainAccess(learnerId: $learnerId, agencyId: $agencyId, role: $role, purpose: $purpose, at: $at) {
    learnerId agencyId role purpose at record { recordedUntil position policyVersion matrixDigest }
    categories { category level ownLevel why rule basis ref forMore validUntil review
      periods { dataFrom dataUntil level ownLevel why ref validUntil } } } }`
const aboutSam = { learnerId: 'ann', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport' }
const ask = (who: Who, more: object = {}) => doors.ask(who, explaining, { ...aboutSam, ...more })
async function explained(who: Who, more: object = {}) {
  const { data, codes, text } = await ask(who, more)
  if (codes.length > 0) throw new Error(text)
  return data.explainAccess
}
const of = (explanation: any, category: Category) => explanation.categories.find((each: any) => each.category === category)

describe('who may ask', () => {
  test('C14 an agency of itself, about learners it knows of; nobody else of it, and it of nobody else', async () => {
    expect(of(await explained('sam'), 'C9')).toMatchObject({ level: 'full', rule: 'publicTask', basis: 'publicTask' })
    expect(await explained('sam', { agencyId: null })).toEqual(expect.objectContaining({ agencyId: 'social' }))
    expect(await explained('sam', { agencyId: 'school', role: 'teacher', purpose: 'educationSupport' })).toBeNull()
    expect(await explained('coordinator')).toBeNull()
    // The matrix gives neither anything of the access record.
    expect(await explained('teacher', { agencyId: 'school', role: 'teacher', purpose: 'educationSupport' })).toBeNull()
    expect(await explained('admin')).toBeNull()
  })
  test('a learner whom the caller may not know of answers as one whom nobody knows, to the byte', async () => {
    const [hidden, unknown] = await Promise.all(
      ['ann', 'nobody'].map(learnerId => ask('nurse', { learnerId, agencyId: 'clinic' })),
    )
    expect(hidden!.text).toBe(unknown!.text)
    expect(hidden!.data).toEqual({ explainAccess: null })
  })
  test('the learner of themself, and no other learner; a guardian not', async () => {
    expect(of(await explained('ann'), 'C9').level).toBe('full')
    expect(await explained('ben')).toBeNull()
    expect(await explained('mother', { learnerId: 'child' })).toBeNull()
  })
  test('the data protection officer of the authority about everybody, and of nobody who is not known', async () => {
    expect(of(await explained('officer'), 'C9').level).toBe('full')
    expect(
      of(await explained('officer', { agencyId: 'clinic', role: 'healthProfessional', purpose: 'healthCare' }), 'C6'),
    ).toMatchObject({
      level: 'none',
      rule: 'assignment',
    })
    expect(await explained('officer', { learnerId: 'nobody' })).toBeNull()
  })
  test('nobody is told what will be seen on a day that has not come', async () => {
    expect((await ask('ann', { at: '2099-01-01T00:00:00Z' })).codes).toEqual(['QUERY.INVALID'])
  })
  test('R-V.5 that somebody asked is written down where the learner reads it', async () => {
    await explained('sam')
    const log = await doors.hub.disclosures.of('ann', { first: 50, categories: ['C14'] })
    expect(log).toContainEqual(expect.objectContaining({ userId: 'sam', agencyId: 'social', categories: ['C14'] }))
    expect(log.some(({ userId }) => userId === 'nurse' || userId === 'coordinator')).toBe(false)
  })
})

describe('what is asked about the past', () => {
  test('each moment under the facts that were recorded by then', async () => {
    times['before'] = await moment()
    await consented('c1', 'ann', asked('c1', 'ann', ['C3', 'C5']), yes(['C3', 'C5']))
    await doors.projected()
    times['given'] = await moment()
    await consented('c1', 'ann', { type: 'ConsentWithdrawn', data: { by: 'learner' } })
    await doors.projected()
    for (const who of ['ann', 'sam', 'officer'] as const) {
      expect(of(await explained(who, { at: times['before'] }), 'C3')).toMatchObject({ level: 'none', rule: 'noBasis', ref: null })
      expect(of(await explained(who, { at: times['given'] }), 'C3')).toMatchObject({
        level: 'summary',
        rule: 'consent',
        basis: 'consent',
        ref: 'c1',
        validUntil: `${validUntil}T00:00:00.000Z`,
      })
      expect(of(await explained(who), 'C3')).toMatchObject({ level: 'none', rule: 'withdrawal', ref: 'c1' })
    }
  })
  test('it says under which record and policy it was decided', async () => {
    expect(await explained('officer', { at: times['given'] })).toMatchObject({
      at: times['given'],
      record: {
        recordedUntil: times['given'],
        position: null,
        policyVersion: expect.any(Number),
        matrixDigest: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    })
    const now = await explained('officer')
    expect(now.record.position).toBe(await doors.hub.log.head())
  })
  test('since when others have known the learner is not told: before anything was recorded it is as where nothing was shared', async () => {
    expect(of(await explained('sam', { at: times['start'] }), 'C9')).toMatchObject({ level: 'none', rule: 'assignment' })
  })
  test('the past opens nothing: whoever may not know of the learner now is told nothing of then', async () => {
    await happened(caseFileEvents, 'case-1', 'social', 'ann', [
      { type: 'TeamMemberRemoved', data: { userId: 'sam', reason: 'moved' } },
    ])
    await doors.projected()
    expect(await explained('sam', { at: times['given'] })).toBeNull()
    expect(of(await explained('officer', { at: times['given'] }), 'C3').level).toBe('summary')
    await happened(caseFileEvents, 'case-1', 'social', 'ann', [
      {
        type: 'TeamMemberAdded',
        data: { userId: 'sam', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport', until: validUntil },
      },
    ])
    await doors.projected()
    expect(of(await explained('sam', { at: times['given'] }), 'C3').level).toBe('summary')
  })
})

test('R-4.3 a hidden restriction is told to nobody from whom it is hidden, and to the officer in its own name', async () => {
  const ofJobs = { agencyId: 'jobs', role: 'employmentOfficer', purpose: 'employmentSupport' }
  const before = { ann: (await explained('ann')).categories, jobs: (await explained('officeOfJobs', ofJobs)).categories }
  expect(before.jobs).toContainEqual(expect.objectContaining({ category: 'C17', level: 'full' }))
  const ofClinic = { agencyId: 'clinic', role: 'healthProfessional', purpose: 'safeguarding' }
  const uninvolved = (await explained('ann', { ...ofClinic, at: times['given'] })).categories
  await happened(caseFileEvents, 'case-2', 'clinic', 'ann', [
    {
      type: 'CaseOpened',
      data: {
        ...{ caseId: 'case-2', learnerId: 'ann', leadUserId: 'nurse', leadAgencyId: 'clinic', leadRole: 'healthProfessional' },
        ...{ purpose: 'safeguarding', until: validUntil },
      },
    },
  ])
  await doors.projected()
  const opened = await moment()
  expect(of(await explained('ann', { ...ofClinic, at: opened }), 'C6').level).toBe('full')
  await happened(restrictionEvents, 'r1', 'school', 'ann', [
    {
      type: 'RestrictionPlaced',
      data: {
        restrictionId: 'r1',
        learnerId: 'ann',
        categories: ['C9', 'C17'],
        agencyIds: [],
        fromLearner: true,
        grounds: 'safeguarding',
        hidden: true,
        approvedBy: 'somebody',
        until: validUntil,
      },
    },
  ])
  await doors.projected()
  expect((await explained('ann')).categories).toEqual(before.ann)
  // Nor what was done before it was placed: asked of then, it is kept as of now.
  for (const at of [opened, null]) expect((await explained('ann', { ...ofClinic, at })).categories).toEqual(uninvolved)
  expect((await explained('officeOfJobs', ofJobs)).categories).toEqual(before.jobs)
  expect(of(await explained('officer'), 'C9')).toMatchObject({ level: 'none', rule: 'restriction', ref: 'r1' })
  // A social worker may know what safeguarding does (C10), but another agency's restriction is not theirs to look up.
  expect(of(await explained('sam'), 'C9')).toMatchObject({ level: 'none', rule: 'restriction', ref: null })
})

describe('what if', () => {
  const trying = `query($input: WhatIfInput!) { whatIf(input: $input) { validUntil
    opens { ...change } closes { ...change } stays { ...change } } }
    fragment change on AccessChange { agencyId role purpose category dataFrom dataUntil before after ownBefore ownAfter why someoneNow }`
  const tryOut = (who: Who, input: object) => doors.ask(who, trying, { input })
  const whatIf = async (who: Who, input: object) => {
    const { data, codes, text } = await tryOut(who, input)
    if (codes.length > 0) throw new Error(text)
    return data.whatIf
  }
  const forSam = (changes: any[]) =>
    changes.filter(each => each.role === 'socialWorker').map(({ category, before, after }) => `${category} ${before} ${after}`)

  beforeAll(async () => {
    await consented('c2', 'ann', asked('c2', 'ann', ['C3', 'C5', 'C9']))
    await consented('c3', 'ann', asked('c3', 'ann', ['C11']), yes(['C11']))
    await consented('other', 'ben', asked('other', 'ben', ['C3']))
    await doors.projected()
  })

  test('saying yes shows what would open, to whom and until when; saying no shows that nothing closes', async () => {
    const { opens, closes, stays, validUntil: end } = await whatIf('ann', { consentId: 'c2', answer: 'give', categories: ['C3'] })
    expect(forSam(opens)).toEqual(['C3 none summary'])
    expect(opens.every((each: any) => each.agencyId === 'social' && each.purpose === 'socialSupport')).toBe(true)
    expect(opens.find((each: any) => each.role === 'socialWorker')).toMatchObject({
      someoneNow: true,
      why: expect.stringContaining('a live consent names this recipient'),
    })
    expect([closes, end]).toEqual([[], validUntil])
    expect(forSam(stays)).toContain('C11 summary summary')
    expect(await whatIf('ann', { consentId: 'c2', answer: 'refuse' })).toMatchObject({ opens: [], closes: [], validUntil: null })
  })
  test('taking back shows what would close, and what stays because it rests on something else', async () => {
    const { opens, closes, stays } = await whatIf('ann', { consentId: 'c3', answer: 'withdraw' })
    expect([opens, forSam(closes)]).toEqual([[], ['C11 summary none']])
    expect(forSam(stays)).toContain('C1 full full')
  })
  test('in every other state it answers, or is refused, as the answer itself would be', async () => {
    expect(forSam((await whatIf('ann', { consentId: 'c1', answer: 'give', categories: ['C3'] })).opens)).toEqual([
      'C3 none summary',
    ])
    expect(await whatIf('ann', { consentId: 'c1', answer: 'withdraw' })).toMatchObject({ opens: [], closes: [] })
    expect((await tryOut('ann', { consentId: 'c2', answer: 'withdraw' })).codes).toEqual(['CONSENT.NOT_GIVEN'])
    expect((await tryOut('ann', { consentId: 'c2', answer: 'give', categories: ['C6'] })).codes).toEqual(['CONSENT.NOT_ASKED'])
    expect((await tryOut('ann', { consentId: 'c3', answer: 'refuse' })).codes).toEqual(['CONSENT.ANSWERED'])
    const noDay = { dataFrom: '2026-06-30', dataUntil: '2026-03-01' }
    expect((await tryOut('ann', { consentId: 'c2', answer: 'give', categories: ['C3'], ...noDay })).codes).toEqual([
      'CONSENT.NO_DAY',
    ])
    // R-C.4: nothing is filled in.
    expect((await tryOut('ann', { consentId: 'c2', answer: 'give' })).codes).toEqual(['QUERY.INVALID'])
  })
  test('a yes to data of one period shows that its rows would open, and which they are', async () => {
    const ofSpring = { answer: 'give', categories: ['C3'], dataFrom: '2026-03-01', dataUntil: '2026-06-30' }
    const { opens, closes } = await whatIf('ann', { consentId: 'c2', ...ofSpring })
    expect([forSam(opens), closes]).toEqual([['C3 none summary'], []])
    expect(opens.find((each: any) => each.role === 'socialWorker')).toMatchObject({
      dataFrom: '2026-03-01',
      dataUntil: '2026-06-30',
      why: expect.stringMatching(/^Of rows of 1 March 2026 to 30 June 2026, .* a live consent names this recipient/),
    })
    // Of what is open whatever its days, less: the rows of other days close.
    const instead = await whatIf('ann', { ...ofSpring, consentId: 'c3', categories: ['C11'] })
    expect([forSam(instead.opens), forSam(instead.closes)]).toEqual([[], ['C11 summary none']])
    expect(instead.stays.find((each: any) => each.role === 'socialWorker' && each.category === 'C11')).toMatchObject({
      dataFrom: '2026-03-01',
      after: 'summary',
    })
  })
  test('a question that nobody asked can be tried out, down to the role', async () => {
    const question = { answer: 'give', recipientAgencyId: 'social', purpose: 'socialSupport', categories: ['C5'] }
    const { opens } = await whatIf('ann', { ...question, recipientRole: 'mentor' })
    expect(new Set(opens.map((each: any) => each.role))).toEqual(new Set(['mentor']))
    expect(opens[0].someoneNow).toBe(false)
    expect((await tryOut('ann', { answer: 'give', categories: ['C3'] })).codes).toEqual(['QUERY.INVALID'])
    expect((await tryOut('ann', { ...question, recipientRole: 'teacher' })).codes).toEqual(['CONSENT.NOT_A_RECIPIENT'])
  })
  test('what a consent for data of one period shows is explained with its days, to whoever may be told of the consent', async () => {
    const period = { dataFrom: '2026-03-01', dataUntil: '2026-06-30' }
    const [given] = [yes(['C5'])].map(event => ({ ...event, data: { ...(event.data as object), ...period } }))
    await consented('c4', 'ann', asked('c4', 'ann', ['C5']), given!)
    await doors.projected()
    for (const who of ['ann', 'sam'] as const)
      expect(of(await explained(who), 'C5')).toMatchObject({
        level: 'none',
        // Of rows of other days goes on holding what was said before.
        rule: 'withdrawal',
        periods: [
          { ...period, level: 'summary', ref: 'c4', why: expect.stringContaining('rows of 1 March 2026 to 30 June 2026') },
        ],
      })
    expect(of(await explained('ann'), 'C9').periods).toEqual([])
  })
  test('a consent of somebody else answers as one that is not there', async () => {
    const [other, none] = await Promise.all(
      ['other', 'none'].map(consentId => tryOut('ann', { consentId, answer: 'give', categories: ['C3'] })),
    )
    expect(other!.text).toBe(none!.text)
    expect(other!.data).toEqual({ whatIf: null })
  })
  test('a guardian may try out what was asked of them and they may decide, and nothing else', async () => {
    await consented('g1', 'child', asked('g1', 'child', ['C3'], { guardianId: 'mother' }))
    await consented('g2', 'child', asked('g2', 'child', ['C3']))
    await doors.projected()
    const give = { answer: 'give', categories: ['C3'] }
    expect((await whatIf('mother', { ...give, consentId: 'g1' })).opens).toContainEqual(
      expect.objectContaining({ role: 'socialWorker', category: 'C3', after: 'summary', someoneNow: false }),
    )
    expect(await whatIf('mother', { ...give, consentId: 'g2' })).toBeNull()
    expect(await whatIf('mother', { ...give, consentId: 'c2' })).toBeNull()
  })
  test('nothing is written, and what was shown is what comes about', async () => {
    const head = await doors.hub.log.head()
    const { opens } = await whatIf('ann', { consentId: 'c2', answer: 'give', categories: ['C3', 'C5'] })
    expect(await doors.hub.log.head()).toBe(head)
    await consented('c2', 'ann', yes(['C3', 'C5']))
    await doors.projected()
    const now = await explained('ann')
    for (const { category, after, why } of opens.filter((each: any) => each.role === 'socialWorker'))
      expect(of(now, category)).toMatchObject({ level: after, why })
  })
  test('only learners and guardians have it', async () => {
    for (const face of ['education', 'social', 'health', 'employment', 'authority'])
      expect(schemaOf(face).getQueryType()!.getFields()).not.toHaveProperty('whatIf')
  })
})
