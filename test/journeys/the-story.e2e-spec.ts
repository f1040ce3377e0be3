import { printSchema } from 'graphql'
import { addDays } from '@passerelle/event-log'
import { agencySectors, people, schemaOf, stores, StoryHub, until, type Who } from './story-hub.fixture.js'

const today = new Date().toISOString().slice(0, 10)
const learnerId = 'learner-1'
const [planId, assessmentId, referralId, caseId] = ['plan-1', 'assessment-1', 'referral-1', 'case-1']
const [needId, diagnosisId] = ['need-1', 'diagnosis-1']
/** What health alone may say: no body of any other agency's face may ever hold either. */
const diagnosis = { code: 'ICD-Z99.8', description: 'Zebrastripe syndrome, confirmed by the clinic' }
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
const birthDate = `${Number(today.slice(0, 4)) - 18}-01-15`
const consents = {
  social: { consentId: 'consent-social', purpose: 'socialSupport', categories: ['C3', 'C5', 'C9', 'C12'] },
  clinic: { consentId: 'consent-clinic', purpose: 'healthCare', categories: ['C3'] },
  jobs: { consentId: 'consent-jobs', purpose: 'employmentSupport', categories: ['C3'] },
} as const

/** All of C3 that the agencies of this story are shown: a case and its team belong to it as the plan does. */
const planViews = ['caseFiles', 'objectives', 'plans', 'reviews', 'teamMembers']

type Row = Readonly<Record<string, unknown>>
/** What a row says, and the fields of which it says that they are withheld. */
const shown = ({ redactions: _, ...row }: Row): Row =>
  Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null))
const withheld = ({ redactions }: Row): string[] => (redactions as { field: string }[]).map(({ field }) => field)

describe.each(stores)('the story of one learner, on %s', store => {
  let story: StoryHub
  /** Instants of the story, to look back at. */
  const at: Record<string, string> = {}

  beforeAll(async () => {
    story = await StoryHub.open({ store })
    await foundRegion()
  }, 180_000)
  afterAll(() => story?.close())

  const whatIf = async (input: object) =>
    (
      await story.read(
        'learner',
        `query($input: WhatIfInput!) { whatIf(input: $input) { referrals { referralId status }
           opens { ...change } closes { ...change } stays { ...change } } }
         fragment change on AccessChange { agencyId role category after someoneNow }`,
        { input },
      )
    ).whatIf

  test('R-1.2 a plan is drafted on a completed assessment of the learner, and on none that is not', async () => {
    const plan = {
      planId,
      learnerId,
      kind: 'learning',
      template: 'full',
      basisAssessmentId: assessmentId,
      authors: ['teacher'],
      periodFrom: today,
      periodUntil: addDays(today, 180),
    }
    expect(await story.refusal('otherTeacher', 'draftPlan', plan)).toEqual(['NOT_FOUND'])
    expect(await story.refusal('teacher', 'draftPlan', plan)).toEqual(['PLAN.NO_ASSESSMENT'])

    const instrument = { code: 'regional-intake', version: '1', licence: 'CC0-1.0' }
    const begun = { assessmentId, learnerId, kind: 'initial', mode: 'human', instrument, on: today }
    await story.does('teacher', 'startAssessment', begun)
    expect(await story.refusal('teacher', 'draftPlan', plan)).toEqual(['PLAN.NO_ASSESSMENT'])
    const need = { needCode: 'reading', description: 'Long texts take very long' }
    await story.does('teacher', 'recordNeed', { assessmentId, findingId: 'finding-need', ...need })
    expect(await story.refusal('teacher', 'completeAssessment', { assessmentId, on: today })).toEqual(['ASSESSMENT.NO_STRENGTHS'])
    await story.does('teacher', 'recordStrength', {
      assessmentId,
      findingId: 'finding-strength',
      description: 'Retells what she hears',
    })
    await story.does('teacher', 'completeAssessment', { assessmentId, on: today })
    await story.does('teacher', 'draftPlan', plan)
  })

  test('R-1.1 nothing is proposed before it is SMART, and nothing is in force before the learner’s own yes', async () => {
    await story.does('teacher', 'addObjective', { planId, objective: { ...objective, measure: null } })
    expect(await story.refusal('teacher', 'proposePlan', { planId })).toEqual(['PLAN.NOT_SMART'])
    await story.does('teacher', 'reviseObjective', { planId, objective, reason: 'It says how she will know' })
    await story.does('teacher', 'proposePlan', { planId })
    expect(await story.refusal('teacher', 'activatePlan', { planId })).toEqual(['PLAN.NOT_AGREED'])
    expect(schemaOf('education').getMutationType()!.getFields()).not.toHaveProperty('respondToPlan')
    await story.does('learner', 'respondToPlan', { planId, response: 'agree', method: 'online' })
    await story.does('teacher', 'activatePlan', { planId })
    expect(await rowsOf('learner', 'plans')).toMatchObject([
      { status: 'active', planVersion: 1, learnerResponse: 'agree', warnings: [] },
    ])
  })

  test('a teacher refers and reads nothing of it afterwards, while the learner reads all of it', async () => {
    const referral = { referralId, learnerId, serviceId: 'family-support', reasonCode: 'familySupport', urgency: 'routine' }
    const picked = { picked: ['C3', 'C5'], message: 'Mornings are hard at home' }
    expect(await story.refusal('otherTeacher', 'draftReferral', { ...referral, ...picked })).toEqual(['NOT_FOUND'])
    expect(await story.refusal('teacher', 'draftReferral', { ...referral, picked: ['C10'] })).toEqual(['REFERRAL.NEVER_SHARED'])
    await story.does('teacher', 'draftReferral', { ...referral, ...picked })
    expect(await story.everything('teacher')).not.toHaveProperty('referrals')
    expect((await story.everything('learner')).referrals).toMatchObject([
      { referralId, status: 'draft', recipientAgencyId: 'social', message: picked.message, targetAgencyId: null },
    ])
  })

  test('before consent the social worker sees nothing, not even that there is something', async () => {
    await seesNothing('socialWorker')
    expect(await story.refusal('otherTeacher', 'requestConsent', asked('social'))).toEqual(['NOT_FOUND'])
    await story.does('teacher', 'requestConsent', asked('social'))
    expect(schemaOf('social').getMutationType()!.getFields()).not.toHaveProperty('giveConsent')
    await seesNothing('socialWorker')
    expect((await story.everything('learner')).referrals).toMatchObject([{ status: 'draft' }])
  })

  test('with the learner’s yes the referral leaves by itself, and whoever takes it in sees the name and what goes along', async () => {
    expect(await story.refusal('learner', 'giveConsent', { ...yes('social'), categories: ['C4'] })).toEqual(['CONSENT.NOT_ASKED'])
    const { opens, referrals } = await whatIf({ answer: 'give', ...askedOf('social') })
    expect(referrals).toEqual([{ referralId, status: 'requested' }])
    expect(opens).toContainEqual(
      expect.objectContaining({ agencyId: 'social', role: 'socialWorker', category: 'C1', after: 'summary' }),
    )
    await story.does('learner', 'giveConsent', yes('social'))
    const sent = await until('the referral is sent', async () => {
      const [referral] = await rowsOf('learner', 'referrals')
      return referral?.status === 'requested' && referral
    })
    expect(sent).toMatchObject({ basis: 'consent', consentId: 'consent-social', sharedCategories: ['C12', 'C9', 'C3', 'C5'] })
    story.sawVersion(referralId, sent.version as number)
    for (const who of ['socialWorker', 'otherSocialWorker'] as const) {
      const seen = await story.everything(who)
      expect(Object.keys(seen)).toEqual(['assessedNeeds', 'learners', 'objectives', 'plans', 'referrals', 'reviews'])
      expect(seen.learners!.map(shown)).toEqual([{ learnerId, givenName: 'Lena', familyName: 'Larsen' }])
    }
    expect(await story.everything('teacher')).not.toHaveProperty('referrals')
    // nobody lets themself in by a case of their own.
    const ownCase = { caseId: 'case-social', learnerId, until: addDays(today, 90) }
    expect(await story.refusal('socialWorker', 'openCase', ownCase)).toEqual(['CASE.NO_STANDING'])
    expect(await story.refusal('nurse', 'openCase', ownCase)).toEqual(['NOT_FOUND'])
  })

  test('accepted, it is one social worker’s, who sees the summary that the matrix grants and no more', async () => {
    expect(await story.refusal('nurse', 'acceptReferral', { referralId })).toEqual(['NOT_FOUND'])
    await story.does('socialWorker', 'acceptReferral', { referralId })
    expect(await story.everything('otherSocialWorker')).toEqual({})

    const { referrals, consents: asked, ...seen } = await story.everything('socialWorker')
    expect(Object.fromEntries(Object.entries(seen).map(([view, rows]) => [view, rows.map(shown)]))).toEqual({
      learners: [{ learnerId, givenName: 'Lena', familyName: 'Larsen', birthDate, version: expect.any(Number) }],
      plans: [
        {
          planId,
          learnerId,
          status: 'active',
          kind: 'learning',
          authors: ['teacher'],
          periodFrom: today,
          periodUntil: addDays(today, 180),
          planVersion: 1,
          activeVersion: 1,
          nextReviewDueBy: addDays(today, 42),
        },
      ],
      objectives: [
        {
          planId,
          objectiveId: objective.objectiveId,
          learnerId,
          text: objective.text,
          status: 'open',
          dueDate: objective.dueDate,
        },
      ],
      reviews: [
        { planId, reviewId: expect.any(String), learnerId, status: 'scheduled', dueBy: addDays(today, 42), overdue: false },
      ],
      assessedNeeds: [{ findingId: 'finding-need', assessmentId, learnerId }],
    })
    expect(Object.fromEntries(Object.entries(seen).map(([view, rows]) => [view, rows.flatMap(withheld)]))).toEqual({
      learners: [],
      plans: [
        ...[
          'template',
          'basisAssessmentId',
          'assessmentDueBy',
          'longTermGoal',
          'postSecondaryPlan',
          'careerObjective',
          'supports',
        ],
        ...['barriers', 'planHash', 'learnerResponse', 'learnerRemarks', 'guardianResponse', 'guardians', 'warnings'],
        'reviewsToCome',
        ...['revisionReason', 'revisionDiff', 'revisionChanges', 'endReason', 'contests'],
      ],
      objectives: [
        ...['reviewBy', 'measure', 'skillRef', 'needRef', 'findingRef', 'supports', 'learnerAuthored'],
        ...['progress', 'learnerView', 'staffView', 'changeReason', 'contests'],
      ],
      reviews: ['mode', 'attendees', 'oneToOne', 'durationMin', 'feedback', 'missedReason', 'contests'],
      assessedNeeds: [],
    })
    expect(referrals).toMatchObject([{ referralId, status: 'accepted', message: 'Mornings are hard at home', redactions: [] }])
    expect(asked).toMatchObject([{ consentId: 'consent-social', status: 'given' }])
  })

  test('health keeps what it is called to itself, and says what helps: the teacher reads an instruction and never a diagnosis', async () => {
    const found = { diagnosisId, learnerId, ...diagnosis, on: today }
    const need = {
      needId,
      learnerId,
      needCode: 'reading.longTexts',
      instruction: 'Give texts as audio, and a quarter more time',
      description: 'Decoding long texts exhausts her',
    }
    await seesNothing('nurse')
    expect(await story.refusal('nurse', 'recordDiagnosis', found)).toEqual(['NOT_FOUND'])
    expect(await story.refusal('nurse', 'identifyNeed', need)).toEqual(['NOT_FOUND'])
    for (const { face } of Object.values(people).filter(({ face: name }) => name !== 'health' && name !== 'learner'))
      expect(printSchema(schemaOf(face))).not.toMatch(/diagnos(i|es)s?(?!tic)(?=[A-Z"])/)
    await story.does('coordinator', 'openCase', { caseId, learnerId, until: addDays(today, 90) })
    const member = { caseId, until: addDays(today, 90) }
    expect(await story.refusal('teacher', 'addTeamMember', { ...member, ...post('nurse'), purpose: 'healthCare' })).toEqual([
      'NOT_FOUND',
    ])
    await story.does('coordinator', 'addTeamMember', { ...member, ...post('nurse'), purpose: 'healthCare' })
    await story.does('coordinator', 'addTeamMember', { ...member, ...post('jobAdviser'), purpose: 'employmentSupport' })

    await story.does('nurse', 'recordDiagnosis', found)
    await story.does('nurse', 'identifyNeed', need)
    expect((await rowsOf('nurse', 'diagnoses')).map(shown)).toMatchObject([diagnosis])
    const [asTaught] = await rowsOf('teacher', 'supportNeeds')
    expect(shown(asTaught!)).toEqual({ needId, learnerId, status: 'open', instruction: need.instruction })
    expect(withheld(asTaught!)).toEqual(['description', 'needCode', 'source', 'contests'])
    expect((await rowsOf('socialWorker', 'supportNeeds')).map(shown)).toEqual([shown(asTaught!)])
    expect(await rowsOf('jobAdviser', 'supportNeeds')).toEqual([])
    expect(await story.everything('otherTeacher')).toEqual({})
  })

  test('R-5.2 the plan is revised after a review and with a reason, and is in force once the learner agrees again', async () => {
    const revise = [{ ...objective, text: 'Listen to one article a week and retell it', dueDate: addDays(today, 75) }]
    const scheduled = await until('a review is scheduled', async () => (await rowsOf('teacher', 'reviews'))[0])
    const reviewId = scheduled.reviewId as string
    const revision = { planId, reviewId, reason: 'Listening works better than reading', revise }
    story.sawVersion(planId, (await rowsOf('teacher', 'plans'))[0]!.version as number)
    expect(await story.refusal('teacher', 'revisePlan', revision)).toEqual(['PLAN.NO_REVIEW'])
    const review = { on: today, mode: 'inPerson', attendees: ['teacher', learnerId], oneToOne: true, durationMin: 30 }
    await story.does('teacher', 'holdReview', { planId, reviewId, ...review })
    // The next one is due at once: a process sees to it.
    await until('another is scheduled', async () => (await rowsOf('teacher', 'reviews')).length === 2)
    story.sawVersion(planId, (await rowsOf('teacher', 'plans'))[0]!.version as number)
    await story.does('teacher', 'revisePlan', revision)
    expect(await story.refusal('teacher', 'activatePlan', { planId })).toEqual(['PLAN.NOT_AGREED'])
    await story.does('teacher', 'proposePlan', { planId })
    expect(await story.refusal('teacher', 'activatePlan', { planId })).toEqual(['PLAN.NOT_AGREED'])
    expect(await rowsOf('learner', 'plans')).toMatchObject([
      {
        activeVersion: 1,
        revisionVersion: 2,
        revisionStatus: 'proposed',
        revisionReason: revision.reason,
        revisionDiff: [{ objectiveId: objective.objectiveId, change: 'revised', fields: ['text', 'dueDate'] }],
      },
    ])
    expect(await rowsOf('socialWorker', 'objectives')).toMatchObject([{ text: objective.text }])
    at.beforeRevision = new Date().toISOString()

    await story.does('learner', 'respondToPlan', {
      planId,
      response: 'agreeWithRemarks',
      remarks: 'Podcasts too',
      method: 'inPerson',
    })
    await story.does('teacher', 'activatePlan', { planId })
    for (const who of ['learner', 'teacher', 'socialWorker'] as const) {
      expect(await rowsOf(who, 'plans')).toMatchObject([
        { status: 'active', planVersion: 2, activeVersion: 2, revisionStatus: null },
      ])
      expect(await rowsOf(who, 'objectives')).toMatchObject([{ text: revise[0]!.text, dueDate: revise[0]!.dueDate }])
    }
  })

  test('R-C.1 each recipient is asked for by itself, and one yes opens nothing to another', async () => {
    for (const [who, agencyId] of [
      ['nurse', 'clinic'],
      ['jobAdviser', 'jobs'],
    ] as const) {
      await story.does('teacher', 'requestConsent', asked(agencyId))
      expect(await rowsOf(who, 'plans')).toEqual([])
      const asksAgain = () => story.tries('teacher', 'requestConsent', { ...asked(agencyId), consentId: 'asked-again' })
      const waiting = await asksAgain()
      expect(waiting.codes).toEqual(['CONSENT.ASKED'])
      await story.does('learner', 'giveConsent', yes(agencyId))
      // Whoever sees no consents is not told by asking once more that it was answered.
      expect((await asksAgain()).text).toBe(waiting.text)
      expect(await rowsOf(who, 'plans')).toMatchObject([{ planVersion: 2, status: 'active' }])
    }
    at.shared = new Date().toISOString()
  })

  test('R-V.7 consent is withdrawn and the very next read anywhere is without it, while no view knows of it yet', async () => {
    expect(schemaOf('social').getMutationType()!.getFields()).not.toHaveProperty('withdrawConsent')
    await story.stopWorker()
    const left: Who[] = ['jobAdviser', 'nurse', 'socialWorker']
    const rested = {
      jobs: planViews,
      clinic: planViews,
      social: [...planViews, 'assessedNeeds', 'referrals', 'supportNeeds'],
    }
    for (const agencyId of ['jobs', 'clinic', 'social'] as const) {
      const who = left.shift()!
      const before = await story.everything(who)
      expect(Object.keys(before)).toEqual(expect.arrayContaining(rested[agencyId]))
      // What is foretold is what comes about: the referral to the social worker rests on their yes, and all else there on the referral.
      const { closes, stays: kept, referrals } = await whatIf({ answer: 'withdraw', consentId: consents[agencyId].consentId })
      expect(closes).toContainEqual(expect.objectContaining({ agencyId, category: 'C3', after: 'none' }))
      const isSocial = agencyId === 'social'
      expect(referrals).toEqual(isSocial ? [{ referralId, status: 'cancelled' }] : [])
      expect(kept.some(({ someoneNow, role }: any) => someoneNow && role === people[who].role)).toBe(!isSocial)
      const withdrawn = await story.records('learner', 'withdrawConsent', { consentId: consents[agencyId].consentId })
      expect(withdrawn).toMatchObject({ position: expect.any(String), visible: false })
      const stays = Object.keys(before).filter(view => !rested[agencyId].includes(view))
      expect(Object.keys(await story.everything(who))).toEqual(stays)
      const past = await story.everything(who, at.shared)
      for (const view of rested[agencyId]) expect(past).not.toHaveProperty(view)
      // The others rest on a yes of their own.
      for (const other of left) expect(await rowsOf(other, 'plans')).toHaveLength(1)
    }
    at.withdrawn = new Date().toISOString()
  })

  test('what rested on the consent is taken back: to the social worker it is as if there had never been anything', async () => {
    await story.startWorker()
    await until('the referral is taken back', async () => (await rowsOf('learner', 'referrals'))[0]?.status === 'cancelled')
    await until('the social worker is done', async () => Object.keys(await story.everything('socialWorker')).length === 0)
    await seesNothing('socialWorker')
    for (const who of ['nurse', 'jobAdviser'] as const) expect(await rowsOf(who, 'plans')).toEqual([])
    expect(await rowsOf('nurse', 'diagnoses')).toHaveLength(1)
    expect(await rowsOf('teacher', 'plans')).toHaveLength(1)
  })

  test('asOf shows past facts under present permission', async () => {
    for (const asOf of [at.shared, at.beforeRevision]) {
      expect(await story.everything('socialWorker', asOf)).toEqual({})
      for (const who of ['nurse', 'jobAdviser'] as const) expect(await story.everything(who, asOf)).not.toHaveProperty('plans')
    }
    const then = await story.everything('teacher', at.beforeRevision)
    expect(then.plans).toMatchObject([{ planVersion: 1, activeVersion: 1, revisionStatus: 'proposed' }])
    expect(then.objectives).toMatchObject([{ text: objective.text, dueDate: objective.dueDate }])
    expect(then).not.toHaveProperty('referrals')
    expect(await rowsOf('teacher', 'plans')).toMatchObject([{ planVersion: 2 }])
    expect((await story.everything('learner', at.shared)).referrals).toMatchObject([{ status: 'accepted' }])
    const toCome = await story.ask('teacher', '{ learners(first: 1, asOf: "2999-01-01T00:00:00.000Z") { totalCount } }')
    expect(toCome.codes).toEqual(['QUERY.INVALID'])
  })

  test('R-V.5 the learner sees who looked at what, when and why, and nobody else does', async () => {
    for (const face of ['education', 'social', 'health', 'employment', 'authority'])
      expect(schemaOf(face).getType('Disclosure')).toBeUndefined()
    const disclosures = await allDisclosures()
    const looks = (who: Who) => disclosures.filter(({ userId }) => userId === who)
    expect(looks('otherTeacher')).toEqual([])
    for (const [who, purpose, categories] of [
      ['teacher', 'educationSupport', ['C1', 'C3', 'C5']],
      ['socialWorker', 'socialSupport', ['C1', 'C3', 'C5', 'C12']],
      ['otherSocialWorker', 'socialSupport', ['C1', 'C12']],
      ['nurse', 'healthCare', ['C3', 'C6']],
      ['jobAdviser', 'employmentSupport', ['C3']],
    ] as const) {
      const { agencyId, role } = people[who]
      for (const look of looks(who)) expect(look).toMatchObject({ agencyId, role, purpose, act: 'read' })
      expect([...new Set(looks(who).flatMap(look => look.categories))]).toEqual(expect.arrayContaining([...categories]))
    }
    // Nothing of the plan was shown to those whose consent was withdrawn, after they had lost it.
    const lastOfPlan = (who: Who) => looks(who).find(({ categories }) => categories.includes('C3'))!.at
    for (const who of ['socialWorker', 'nurse', 'jobAdviser'] as const) expect(lastOfPlan(who) < at.withdrawn!).toBe(true)
    const times = disclosures.map(each => each.at)
    expect(times).toEqual([...times].sort().reverse())
    expect(JSON.stringify(disclosures)).not.toMatch(/Lena|Larsen|Zebra|article/)
  })

  test('no answer of any face but health’s and the learner’s own ever held the diagnosis', () => {
    const holding = story.answered.filter(({ text }) => text.includes(diagnosis.code) || text.includes(diagnosis.description))
    expect([...new Set(holding.map(({ face }) => face))].sort()).toEqual(['health', 'learner'])
    expect(story.answered.length).toBeGreaterThan(300)
  })

  const unknown = 'learner-0'
  /** Asked for this learner and for one who does not exist, the answers are the same to the letter. */
  async function seesNothing(who: Who) {
    expect(await story.everything(who)).toEqual({})
    const lists = 'pageInfo { hasNextPage startCursor endCursor } totalCount nodes { learnerId }'
    const question = `query($id: ID!) {
      learner(id: $id) { learnerId givenName plans(first: 5) { totalCount } redactions { field } }
      learners(first: 10, where: { learnerId: { eq: $id } }) { ${lists} }
      referrals(first: 10, where: { learnerId: { eq: $id } }) { ${lists} }
      plans(first: 10, where: { learnerId: { eq: $id } }, orderBy: { column: status, direction: DESC }) { ${lists} }
    }`
    const [known, none] = [await story.ask(who, question, { id: learnerId }), await story.ask(who, question, { id: unknown })]
    expect(known).toEqual(none)
    expect(known).toMatchObject({ status: 200, codes: [], data: { learner: null, referrals: { totalCount: 0, nodes: [] } } })
    const accept = (id: string) => story.tries(who, 'acceptReferral', { referralId: id, version: 0 })
    const [real, invented] = [await accept(referralId), await accept('referral-0')]
    expect(real.codes).toEqual(['NOT_FOUND'])
    expect(real.text.replaceAll(referralId, 'referral-0')).toBe(invented.text)
  }

  const asked = (agencyId: keyof typeof consents) => ({
    ...consents[agencyId],
    learnerId,
    recipientAgencyId: agencyId,
    noticeVersion: '2026-1',
    language: 'en',
    easyRead: true,
    validUntil: addDays(today, 180),
  })
  const askedOf = (agencyId: keyof typeof consents) => {
    const { consentId, categories } = consents[agencyId]
    return { consentId, categories }
  }
  const yes = (agencyId: keyof typeof consents) => ({ ...askedOf(agencyId), method: 'online' })
  const post = (who: Who) => ({ userId: who, agencyId: people[who].agencyId, role: people[who].role })
  const rowsOf = async (who: Who, view: string) => (await story.everything(who))[view] ?? []

  async function allDisclosures(): Promise<{ at: string; userId: string; categories: string[] }[]> {
    const query = `query($id: ID!, $before: ID) {
      learner(id: $id) { disclosures(first: 100, before: $before) { id at userId agencyId role purpose categories act } }
    }`
    const all = []
    for (let before: string | null = null; ;) {
      const { disclosures }: any = (await story.read('learner', query, { id: learnerId, before })).learner
      if (disclosures.length === 0) return all
      all.push(...disclosures)
      before = disclosures.at(-1).id
    }
  }

  /** Agencies and staff by the authority, the service by its listing, the learner and the class by the school. */
  async function foundRegion() {
    for (const [agencyId, sector] of Object.entries(agencySectors))
      await story.records('admin', 'registerAgency', { agencyId, name: `The ${agencyId}`, sector, region: 'ZZ11' })
    for (const [userId, { agencyId, role }] of Object.entries(people)) {
      if (userId === 'admin' || agencyId === 'learner') continue
      await story.records('admin', 'registerStaffMember', { userId, name: userId, issuer: story.issuer, subject: userId })
      await story.does('admin', 'assignStaffRole', { userId, agencyId, role, from: today })
    }
    await story.does('admin', 'recordStaffTraining', {
      userId: 'teacher',
      training: 'planAuthoring',
      validUntil: addDays(today, 365),
    })
    await story.does('admin', 'listOrganization', { organizationId: 'organization-1', name: 'Youth welfare' })
    await story.does('admin', 'listService', {
      serviceId: 'family-support',
      organizationId: 'organization-1',
      agencyId: 'social',
      name: 'Family support',
      status: 'active',
      types: ['familySupport'],
      minimumAge: 12,
      maximumAge: 25,
      areas: [],
      locations: [],
    })
    await story.does('coordinator', 'registerLearner', { learnerId, givenName: 'Lena', familyName: 'Larsen', birthDate })
    await story.does('coordinator', 'linkLearnerAccount', { learnerId, issuer: story.issuer, subject: 'learner' })
    await story.does('coordinator', 'openClass', { classId: 'class-1', title: '10B' })
    await story.does('coordinator', 'assignTeacher', { classId: 'class-1', userId: 'teacher', from: today })
    await story.does('coordinator', 'enrolLearner', { enrolmentId: 'enrolment-1', learnerId, classId: 'class-1', from: today })
  }
})
