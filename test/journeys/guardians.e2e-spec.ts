import { addDays, addYears } from '@passerelle/event-log'
import { StoryHub, until, type Who } from './story-hub.fixture.js'

const today = new Date().toISOString().slice(0, 10)
const learnerId = 'learner-1'
const planId = 'plan-1'
const contact = { email: 'hidden.place@example.org', phone: '+32 400 00 00 00', address: 'Rue du Refuge 7' }
/** Sixteen tomorrow. */
const birthDate = addDays(addYears(today, -16), 1)
const guardians = ['mother', 'father', 'uncle'] as const
const objective = {
  objectiveId: 'objective-1',
  text: 'Read one article a week and retell it',
  needRef: 'finding-need',
  findingRef: 'finding-need',
  measure: { code: 'articles', unit: '{article}', baseline: 0, target: 6, direction: 'up' },
  dueDate: addDays(today, 60),
  reviewBy: addDays(today, 30),
  supports: [],
  learnerAuthored: true,
}

describe('a learner with several guardians', () => {
  let story: StoryHub
  let shiftMs = 0
  beforeAll(async () => {
    story = await StoryHub.open({ now: () => new Date(Date.now() + shiftMs) })
    await foundRegion()
  }, 120_000)
  afterAll(() => story?.close())

  const rowsOf = async (who: Who, view: string) => (await story.everything(who))[view] ?? []
  const ask = (consentId: string, guardianId: string) => ({
    consentId,
    learnerId,
    guardianId,
    recipientAgencyId: 'social',
    purpose: 'socialSupport',
    categories: ['C3'],
    noticeVersion: '2026-1',
    language: 'en',
    easyRead: false,
    validUntil: addDays(today, 180),
  })
  const yes = (consentId: string) => ({ consentId, categories: ['C3'], method: 'online' })

  test('whoever is a guardian sees nothing before the relation is verified and their time has begun', async () => {
    for (const who of guardians) expect(await story.everything(who).catch(() => ({}))).toEqual({})
    const record = { learnerId, relation: 'relative', name: 'Guardian', excluded: [], from: today }
    expect(
      await story.refusal('coordinator', 'recordGuardian', {
        ...record,
        guardianId: 'mother',
        verified: false,
        authority: ['signs'],
      }),
    ).toEqual(['LEARNER.GUARDIAN_UNVERIFIED'])
    for (const [guardianId, authority] of [
      ['mother', ['informed', 'consents', 'signs']],
      ['father', ['consents']],
      ['uncle', ['informed']],
    ] as const)
      await story.does('coordinator', 'recordGuardian', { ...record, guardianId, verified: true, authority })
    for (const guardianId of guardians)
      await story.does('coordinator', 'linkGuardianAccount', { learnerId, guardianId, issuer: story.issuer, subject: guardianId })
    for (const who of guardians) expect(await rowsOf(who, 'enrolments')).toHaveLength(1)
  })

  test('whoever sees no guardians names none: of one of them they are told what they are told of nobody', async () => {
    const asks = (who: Who, guardianId: string) => story.tries(who, 'requestConsent', ask('asked-in-vain', guardianId))
    const [hidden, unknown] = [await asks('teacher', 'mother'), await asks('teacher', 'nobody')]
    expect(hidden.codes).toEqual(['CONSENT.NO_GUARDIAN'])
    expect(hidden.text.replaceAll('mother', 'nobody')).toBe(unknown.text)
    expect((await asks('coordinator', 'nobody')).codes).toEqual(['CONSENT.NO_GUARDIAN'])
  })

  test('what is kept from one guardian is kept from them alone, from the next read on, in every way of asking', async () => {
    await story.stopWorker()
    const excluded = {
      learnerId,
      guardianId: 'uncle',
      exclusionId: 'exclusion-of-uncle',
      categories: ['C2'],
      ground: 'protectionOrder',
      from: today,
    }
    expect(await story.refusal('teacher', 'excludeGuardian', excluded)).toEqual(['FORBIDDEN'])
    await story.records('coordinator', 'excludeGuardian', excluded)
    const enrolments = `{ enrolments(first: 5, where: { learnerId: { eq: "${learnerId}" } }, orderBy: { column: classId }) {
      totalCount pageInfo { hasNextPage } nodes { enrolmentId } } learner(id: "${learnerId}") { givenName enrolments(first: 5) { totalCount } } }`
    const hidden = {
      enrolments: { totalCount: 0, pageInfo: { hasNextPage: false }, nodes: [] },
      learner: { givenName: 'Lena', enrolments: { totalCount: 0 } },
    }
    expect(await story.read('uncle', enrolments)).toEqual(hidden)
    await story.startWorker()
    await until('the views have it', async () => (await rowsOf('learner', 'guardianExclusions')).length === 1)
    expect(await story.read('uncle', enrolments)).toEqual(hidden)
    for (const who of ['mother', 'father'] as const) {
      const counted = async () => (await story.read(who, enrolments)).enrolments.totalCount === 1
      await until('the others see it as before', counted)
    }
  })

  test('no guardian learns of another one, of an order, or of an address', async () => {
    await story.does('learner', 'recordContact', { learnerId, ...contact })
    const before = story.answered.length
    for (const who of guardians) {
      await story.everything(who)
      for (const column of ['address', 'phone', 'email'])
        expect(
          (await story.ask(who, `{ learners(first: 5, where: { ${column}: { ne: null } }) { totalCount } }`)).text,
        ).not.toContain('"totalCount":1')
    }
    const told = story.answered
      .slice(before)
      .map(({ text }) => text)
      .join()
    for (const value of Object.values(contact)) expect(told).not.toContain(value)
    expect(told).not.toMatch(/protectionOrder|exclusion-of-uncle/)
    const [mothers, uncles] = [await story.everything('mother'), await story.everything('uncle')].map(rows =>
      JSON.stringify(rows),
    )
    expect(mothers).not.toMatch(/father|uncle/)
    expect(uncles).not.toMatch(/father|mother/)
    expect(await rowsOf('learner', 'guardians')).toHaveLength(3)
    expect(await rowsOf('learner', 'learners')).toMatchObject([contact])
  })

  test('each power is honoured by itself: to be told, to consent, to sign', async () => {
    await proposePlan()
    expect(await story.refusal('uncle', 'respondToPlan', { planId, response: 'agree', method: 'online' })).toEqual([
      'PLAN.NO_AUTHORITY',
    ])
    expect(await story.refusal('father', 'respondToPlan', { planId, response: 'agree', method: 'online' })).toEqual([
      'PLAN.NO_AUTHORITY',
    ])
    await story.does('mother', 'respondToPlan', { planId, response: 'agree', method: 'online' })
    expect(await rowsOf('teacher', 'plans')).toMatchObject([
      {
        guardians: expect.arrayContaining([
          { guardianId: 'mother', mode: 'coSigned' },
          { guardianId: 'uncle', mode: 'invited' },
        ]),
      },
    ])
    await story.does('coordinator', 'requestConsent', ask('of-uncle', 'uncle'))
    expect(await story.refusal('uncle', 'giveConsent', yes('of-uncle'))).toEqual(['CONSENT.NO_CAPACITY'])
    expect(await story.refusal('learner', 'giveConsent', yes('of-uncle'))).toEqual(['CONSENT.NO_CAPACITY'])
    const hold = { restrictionId: 'r-1', learnerId, categories: ['C3'], until: addDays(today, 30) }
    expect(await story.refusal('uncle', 'requestRestriction', hold)).toEqual(['RESTRICTION.NO_CAPACITY'])
  })

  test('GDPR 18 a guardian takes back what they asked to be held from everybody, and no other guardian knows of it', async () => {
    const hold = { restrictionId: 'of-mother', learnerId, categories: ['C3', 'C14'], until: addDays(today, 30) }
    // From whom there is not, nothing can be held back, or asked.
    expect(await story.refusal('mother', 'requestRestriction', { ...hold, agencyIds: ['social', 'nowhere'] })).toEqual([
      'AGENCY.UNKNOWN',
    ])
    for (const named of [{ agencyId: 'nowhere' }, { kind: 'objection', fromAgencyId: 'nowhere' }])
      expect(
        await story.refusal('mother', 'makeSubjectRequest', { requestId: 's-1', learnerId, kind: 'access', ...named }),
      ).toEqual(['AGENCY.UNKNOWN'])
    await story.does('mother', 'requestRestriction', hold)
    await story.does('schoolOfficer', 'approveRestriction', { restrictionId: 'of-mother' })
    expect([await rowsOf('teacher', 'plans'), await rowsOf('mother', 'plans')]).toEqual([[], []])
    expect(await rowsOf('father', 'restrictions')).toEqual([])
    const [held] = await rowsOf('mother', 'restrictions')
    expect(held).toMatchObject({ restrictionId: 'of-mother', status: 'placed' })
    const lifting = { restrictionId: 'of-mother', version: held!['version'], reason: 'settled' }
    expect(await story.refusal('father', 'liftRestriction', lifting)).toEqual(['NOT_FOUND'])
    await story.does('mother', 'liftRestriction', lifting)
    expect([await rowsOf('teacher', 'plans'), await rowsOf('mother', 'plans')]).toMatchObject([[{ planId }], [{ planId }]])
  })

  test('R-V.8 of two guardians who disagree the no counts, and neither hears of the other', async () => {
    await story.does('coordinator', 'requestConsent', ask('of-father', 'father'))
    await story.does('coordinator', 'requestConsent', ask('of-mother', 'mother'))
    expect(await story.refusal('father', 'giveConsent', yes('of-mother'))).toEqual(['NOT_FOUND'])
    await story.does('mother', 'giveConsent', yes('of-mother'))
    expect(await rowsOf('socialWorker', 'plans')).toHaveLength(1)
    await story.does('father', 'refuseConsent', { consentId: 'of-father' })
    expect(await rowsOf('socialWorker', 'plans')).toEqual([])
    // A no stands against a yes that comes later, too.
    await story.does('mother', 'giveConsent', { ...yes('of-mother'), validUntil: addDays(today, 90) })
    expect(await rowsOf('socialWorker', 'plans')).toEqual([])
    expect((await rowsOf('mother', 'consents')).map(row => row.consentId)).toEqual(['of-mother'])
  })

  test('custody lost in the middle of a plan cuts at once, and what hung on it follows', async () => {
    await story.stopWorker()
    await story.records('coordinator', 'endGuardian', { learnerId, guardianId: 'father', reason: 'custodyLost' })
    expect(await story.everything('father')).toEqual({})
    expect(await story.refusal('father', 'respondToPlan', { planId, response: 'decline', method: 'online', version: 9 })).toEqual(
      ['NOT_FOUND'],
    )
    await story.startWorker()
    await until('the other guardian’s yes counts', async () => (await rowsOf('socialWorker', 'plans')).length === 1)
    expect(await rowsOf('mother', 'plans')).toHaveLength(1)
    expect(await story.refusal('teacher', 'involveGuardian', { planId, guardianId: 'father', mode: 'consulted' })).toEqual([
      'PLAN.NO_AUTHORITY',
    ])
  })

  test('a minor found competent decides alone there, and no guardian sees it any more', async () => {
    await story.does('learner', 'recordLanguages', { learnerId, firstLanguage: 'fr', languageOfInstruction: 'nl' })
    expect(await rowsOf('mother', 'learners')).toMatchObject([{ languageOfInstruction: 'nl' }])
    const finding = { learnerId, competenceId: 'k-1', categories: ['C11'], from: today, reviewBy: addDays(today, 90) }
    expect(await story.refusal('teacher', 'recordCompetence', finding)).toEqual(['FORBIDDEN'])
    await story.stopWorker()
    await story.records('safeguardingLead', 'recordCompetence', finding)
    expect(await rowsOf('mother', 'learners')).toMatchObject([{ givenName: 'Lena', languageOfInstruction: null }])
    await story.startWorker()
    await until(
      'the learner sees who found it',
      async () => (await rowsOf('learner', 'competences'))[0]?.recordedBy === 'safeguardingLead',
    )
    expect(await rowsOf('mother', 'learners')).toMatchObject([{ givenName: 'Lena', languageOfInstruction: null }])
    expect(await rowsOf('mother', 'competences')).toEqual([])
  })

  test('on the day they come of age guardians see nothing, their yes is frozen, and the learner is asked', async () => {
    shiftMs = 86_400_000
    // No job has run: the reader’s own clock.
    expect(await story.everything('mother')).toEqual({})
    expect(await rowsOf('socialWorker', 'plans')).toEqual([])
    const asked = await until('the learner is asked the same', async () =>
      (await rowsOf('learner', 'consents')).find(row => row.status === 'requested' && row.guardianId === null),
    )
    expect(asked).toMatchObject({ recipientAgencyId: 'social', purpose: 'socialSupport', asked: ['C3'] })
    const frozen = (await rowsOf('learner', 'consents')).find(row => row.consentId === 'of-mother')
    expect(frozen).toMatchObject({ status: 'frozen', given: [] })
    expect(await story.refusal('mother', 'giveConsent', yes('of-mother'))).toEqual(['NOT_FOUND'])
    await story.does('learner', 'giveConsent', { ...yes(asked.consentId as string), version: 0 })
    expect(await rowsOf('socialWorker', 'plans')).toHaveLength(1)
  }, 120_000)

  async function foundRegion() {
    for (const [agencyId, sector] of Object.entries({ school: 'education', social: 'social' }))
      await story.records('admin', 'registerAgency', { agencyId, name: `The ${agencyId}`, sector, region: 'ZZ11' })
    for (const [userId, agencyId, role] of [
      ['coordinator', 'school', 'educationCoordinator'],
      ['teacher', 'school', 'teacher'],
      ['safeguardingLead', 'school', 'safeguardingLead'],
      ['schoolOfficer', 'school', 'dataProtectionOfficer'],
      ['socialWorker', 'social', 'socialWorker'],
    ] as const) {
      await story.records('admin', 'registerStaffMember', { userId, name: userId, issuer: story.issuer, subject: userId })
      await story.does('admin', 'assignStaffRole', { userId, agencyId, role, from: today })
    }
    await story.does('coordinator', 'registerLearner', { learnerId, givenName: 'Lena', familyName: 'Larsen', birthDate })
    await story.does('coordinator', 'linkLearnerAccount', { learnerId, issuer: story.issuer, subject: 'learner' })
    await story.does('coordinator', 'openClass', { classId: 'class-1', title: '10B' })
    await story.does('coordinator', 'assignTeacher', { classId: 'class-1', userId: 'teacher', from: today })
    await story.does('coordinator', 'enrolLearner', { enrolmentId: 'enrolment-1', learnerId, classId: 'class-1', from: today })
    const case1 = { caseId: 'case-1', until: addDays(today, 90) }
    await story.does('coordinator', 'openCase', { ...case1, learnerId })
    const worker = { userId: 'socialWorker', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport' }
    await story.does('coordinator', 'addTeamMember', { ...case1, ...worker })
  }

  /** A plan without an assessment yet, shown to the learner and their guardians. */
  async function proposePlan() {
    const period = { periodFrom: today, periodUntil: addDays(today, 180) }
    await story.does('teacher', 'draftPlan', {
      planId,
      learnerId,
      kind: 'learning',
      template: 'quick',
      authors: ['teacher'],
      ...period,
    })
    await story.does('teacher', 'addObjective', { planId, objective })
    // Whom the plan does not name yet, and the teacher does not see, is nobody to them, whatever that guardian may do.
    const involves = (guardianId: string) => story.tries('teacher', 'involveGuardian', { planId, guardianId, mode: 'consulted' })
    const nobody = await involves('nobody')
    expect(nobody.codes).toEqual(['PLAN.NO_GUARDIAN'])
    for (const guardianId of guardians)
      expect((await involves(guardianId)).text.replaceAll(guardianId, 'nobody')).toBe(nobody.text)
    await story.does('teacher', 'proposePlan', { planId })
  }
})
