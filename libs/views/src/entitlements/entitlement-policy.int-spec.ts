import { ageLinesEvents, agencyContext, agencyEvents, sharingAgreementEvents, staffEvents } from '@passerelle/agency'
import { caseFileEvents } from '@passerelle/casework'
import { consentEvents, consents, restrictionEvents, subjectRequestEvents, subjectRequests } from '@passerelle/consent'
import { PgDatabase } from '@passerelle/database'
import { type DomainEvent, type EventDefinitions, EventStore, MemoryLog } from '@passerelle/event-log'
import { MemoryKeyring } from '@passerelle/keyring'
import { learnerEvents, learners } from '@passerelle/learner'
import { classEvents, enrolmentEvents, enrolments } from '@passerelle/participation'
import { planEvents, plans } from '@passerelle/plan'
import { agencySchema, defineHub, prepare, Projector, type View } from '@passerelle/projections'
import { referralEvents, referrals } from '@passerelle/referral'
import { type Category, DenyList, learnerAgencyId, type Purpose, Reader, type Role, type ValidViewer } from '@passerelle/sharing'
import { type FreshDatabase, freshDatabase } from '@passerelle/testing'
import { entitlementPolicy } from './entitlement-policy.js'

/** The whole way from events to what people read: facts, policy, engine, agency models, reader. */
const today = new Date('2026-03-15T10:00:00.000Z')
const hub = defineHub({
  views: [...agencyContext.views, learners, plans, referrals, consents, enrolments, subjectRequests],
  policy: entitlementPolicy,
  forgetting: { from: learnerEvents, on: { CategoryKeyDestroyed: ({ data }) => [data.category as Category] } },
})
const reader = new Reader({
  schemaOf: agencySchema,
  cursorKey: Buffer.alloc(32),
  now: () => today.toISOString(),
  statementTimeoutMs: 20_000,
})
const denials = new DenyList(agencySchema)

let database: FreshDatabase
let db: PgDatabase
let store: EventStore
let projector: Projector
beforeEach(async () => {
  database = await freshDatabase()
  db = new PgDatabase({ url: database.url })
  store = new EventStore(new MemoryLog(() => today), new MemoryKeyring())
  await prepare({ db, store, hub })
  await denials.create(db)
  projector = new Projector({ db, store, hub, now: () => today })
  await region()
})
afterEach(async () => {
  await projector.close()
  await db.close()
  await database.drop()
})

/** Writes down what happened, without asking whether it may, and waits for the models. */
async function happened(
  events: EventDefinitions,
  id: string,
  by: string,
  some: readonly DomainEvent[],
  about?: string,
): Promise<string> {
  const decider = { events, initial: {}, evolve: (state: object) => state, subject: () => about }
  const { position } = await store.handle(
    decider,
    id,
    {
      actor: { userId: 'somebody', agencyId: by, role: 'teacher' },
      controllerAgencyId: by,
      purpose: 'educationSupport',
      legalBasis: { kind: 'publicTask' },
      occurredAt: today.toISOString(),
      correlationId: 'c',
      causationId: 'c',
      language: 'en',
    },
    () => some,
  )
  await projector.catchUp()
  return position!
}
const hash = (n: number) => String(n).repeat(64)
const employ = (userId: string, agencyId: string, role: Role) =>
  happened(
    staffEvents,
    userId,
    agencyId,
    [
      { type: 'StaffMemberRegistered', data: { userId, accountHash: hash(1), name: userId } },
      { type: 'StaffRoleAssigned', data: { agencyId, role, from: '2026-01-01' } },
    ],
    userId,
  )

async function region(): Promise<void> {
  for (const [agencyId, sector] of [
    ['school', 'education'],
    ['social', 'social'],
    ['clinic', 'health'],
  ])
    await happened(agencyEvents, agencyId!, 'region', [
      { type: 'AgencyRegistered', data: { agencyId, name: agencyId, sector, region: 'FR10' } },
    ])
  await employ('tina', 'school', 'teacher')
  await employ('carl', 'school', 'educationCoordinator')
  await employ('sam', 'social', 'socialWorker')
  await employ('sue', 'social', 'socialWorker')
  await employ('hans', 'clinic', 'healthProfessional')
}
async function ann(): Promise<void> {
  await happened(
    learnerEvents,
    'ann',
    'school',
    [
      {
        type: 'PersonRegistered',
        data: { learnerId: 'ann', agencyId: 'school', givenName: 'Ann', familyName: 'Able', birthDate: '2012-05-01' },
      },
    ],
    'ann',
  )
  await happened(
    planEvents,
    'p1',
    'school',
    [
      {
        type: 'PlanDrafted',
        data: {
          planId: 'p1',
          learnerId: 'ann',
          kind: 'learning',
          template: 'full',
          authors: [],
          periodFrom: '2026-01-01',
          periodUntil: '2026-12-31',
        },
      },
      { type: 'LongTermGoalSet', data: { goalId: 'g1', text: 'To be a cook' } },
    ],
    'ann',
  )
}
const teach = async () => {
  await happened(classEvents, 'k1', 'school', [
    { type: 'ClassOpened', data: { classId: 'k1', agencyId: 'school', title: '3B' } },
    { type: 'TeacherAssigned', data: { userId: 'tina', from: '2026-01-01' } },
  ])
  await happened(
    enrolmentEvents,
    'e1',
    'school',
    [
      {
        type: 'LearnerEnrolled',
        data: { enrolmentId: 'e1', learnerId: 'ann', agencyId: 'school', classId: 'k1', from: '2026-01-01' },
      },
    ],
    'ann',
  )
}
const consent = (
  id: string,
  categories: Category[],
  answer: DomainEvent,
  purpose: Purpose = 'socialSupport',
  recipientRole?: Role,
) =>
  happened(
    consentEvents,
    id,
    learnerAgencyId,
    [
      {
        type: 'ConsentRequested',
        data: {
          consentId: id,
          learnerId: 'ann',
          requestedByAgencyId: 'school',
          recipientAgencyId: 'social',
          purpose,
          categories,
          noticeVersion: 'v1',
          language: 'en',
          easyRead: false,
          validUntil: '2026-12-01',
          ...(recipientRole && { recipientRole }),
        },
      },
      answer,
    ],
    'ann',
  )
const given = (categories: Category[], more = {}): DomainEvent => ({
  type: 'ConsentGiven',
  data: { categories, by: 'learner', method: 'online', at: today.toISOString(), validUntil: '2026-12-01', ...more },
})
const refer = (...some: DomainEvent[]) => happened(referralEvents, 'r1', 'school', some, 'ann')
const drafted: DomainEvent = {
  type: 'ReferralDrafted',
  data: {
    referralId: 'r1',
    learnerId: 'ann',
    requesterAgencyId: 'school',
    requestedBy: 'tina',
    serviceId: 's1',
    targetAgencyId: 'social',
    targetSector: 'social',
    reasonCode: 'housing',
    urgency: 'routine',
    sharedCategories: [],
  },
}
const sent: DomainEvent[] = [
  { type: 'ReferralConsentChecked', data: { basis: 'consent', categories: ['C12'], consentId: 'c1' } },
  { type: 'ReferralSent', data: { taskId: 't1', acceptBy: '2026-03-22' } },
]
const accepted: DomainEvent = { type: 'ReferralAccepted', data: { by: 'sam', firstContactBy: '2026-03-29' } }

const people: Record<string, ValidViewer & { purpose: Purpose }> = {
  ann: { userId: 'ann', agencyId: learnerAgencyId, role: 'learner', purpose: 'ownRecord' },
  father: { userId: 'father', agencyId: learnerAgencyId, role: 'guardian', purpose: 'ownRecord' },
  mother: { userId: 'mother', agencyId: learnerAgencyId, role: 'guardian', purpose: 'ownRecord' },
  tina: { userId: 'tina', agencyId: 'school', role: 'teacher', purpose: 'educationSupport' },
  carl: { userId: 'carl', agencyId: 'school', role: 'educationCoordinator', purpose: 'educationSupport' },
  sam: { userId: 'sam', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport' },
  sue: { userId: 'sue', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport' },
  hans: { userId: 'hans', agencyId: 'clinic', role: 'healthProfessional', purpose: 'healthCare' },
  dora: { userId: 'dora', agencyId: 'authority', role: 'dataProtectionOfficer', purpose: 'audit' },
}
const sees = async (who: string, view: View, ...columns: string[]) => {
  const { purpose, ...viewer } = people[who]!
  const page = await reader.as(db, viewer, sql => reader.read(sql, viewer, purpose, view, { columns, first: 10 }))
  return page.rows.map(row => Object.values(row.values))
}

test('a role that came and went before the models read of it leaves nobody closed and nothing standing still', async () => {
  await ann()
  await happened(
    staffEvents,
    'gone',
    'school',
    [
      { type: 'StaffMemberRegistered', data: { userId: 'gone', accountHash: hash(2), name: 'gone' } },
      { type: 'StaffRoleAssigned', data: { agencyId: 'school', role: 'schoolLeader', from: '2026-01-01' } },
      { type: 'StaffRoleEnded', data: { agencyId: 'school', role: 'schoolLeader', reason: 'left' } },
    ],
    'gone',
  )
  expect(await db.query(`select view from projections.checkpoints where status = 'stopped'`)).toEqual([])
  expect(await db.query(`select role from hub.staff_roles where user_id = 'gone'`)).toEqual([])
})

test('the learner sees their own record from the first event, a stranger nothing', async () => {
  await ann()
  expect(await sees('ann', plans, 'planId', 'longTermGoal')).toEqual([['p1', 'To be a cook']])
  expect(await sees('carl', plans, 'longTermGoal')).toEqual([['To be a cook']])
  for (const stranger of ['tina', 'sam', 'sue', 'hans', 'mother']) {
    expect(await sees(stranger, learners, 'learnerId', 'givenName')).toEqual([])
    expect(await sees(stranger, plans, 'planId')).toEqual([])
  }
})

test('a teacher sees the learners of the class, until they no longer teach it', async () => {
  await ann()
  await teach()
  expect(await sees('tina', plans, 'longTermGoal')).toEqual([['To be a cook']])
  expect(await sees('tina', enrolments, 'classId')).toEqual([['k1']])
  await happened(classEvents, 'k1', 'school', [{ type: 'TeacherUnassigned', data: { userId: 'tina', reason: 'moved' } }])
  expect(await sees('tina', plans, 'planId')).toEqual([])
})

test('R-8.5 leaving the agency ends access at once', async () => {
  await ann()
  await teach()
  await happened(
    staffEvents,
    'tina',
    'school',
    [{ type: 'StaffRoleEnded', data: { agencyId: 'school', role: 'teacher', reason: 'left' } }],
    'tina',
  )
  expect(await sees('tina', plans, 'planId')).toEqual([])
  expect(await sees('carl', plans, 'planId')).toEqual([['p1']])
})

test('before consent a social worker sees nothing; a sent referral tells the name and itself; acceptance ties it to one person', async () => {
  await ann()
  await refer(drafted)
  expect([await sees('sam', learners, 'learnerId'), await sees('sam', referrals, 'referralId')]).toEqual([[], []])
  await consent('c1', ['C3', 'C12'], given(['C3', 'C12']))
  expect(await sees('sam', plans, 'planId')).toEqual([])
  await refer(...sent)
  for (const worker of ['sam', 'sue']) {
    expect(await sees(worker, learners, 'givenName', 'birthDate')).toEqual([['Ann', null]])
    expect(await sees(worker, referrals, 'reasonCode')).toEqual([['housing']])
    expect(await sees(worker, plans, 'kind', 'longTermGoal')).toEqual([['learning', null]])
  }
  await refer(accepted)
  expect(await sees('sam', learners, 'givenName', 'birthDate')).toEqual([['Ann', '2012-05-01']])
  expect(await sees('sue', learners, 'learnerId')).toEqual([])
  await refer({ type: 'ReferralClosed', data: { loop: 'closed', by: 'carl' } })
  expect(await sees('sam', learners, 'learnerId')).toEqual([])
})

test('a referral that goes elsewhere leaves the first target nothing', async () => {
  await ann()
  await refer(drafted, ...sent)
  await refer({ type: 'ReferralDeclined', data: { reasonCode: 'full' } })
  expect(await sees('sam', referrals, 'referralId')).toEqual([])
  await refer({ type: 'ReferralReRouted', data: { serviceId: 's2', targetAgencyId: 'clinic', targetSector: 'health' } })
  expect(await sees('hans', referrals, 'referralId')).toEqual([])
  await refer(...sent)
  expect([await sees('sam', referrals, 'referralId'), await sees('hans', referrals, 'referralId')]).toEqual([[], [['r1']]])
})

test('a referral on a legal obligation carries what was picked, and no other referral', async () => {
  await ann()
  await refer(
    drafted,
    { type: 'ReferralConsentChecked', data: { basis: 'legalObligation', categories: ['C12', 'C3'] } },
    sent[1]!,
    accepted,
  )
  await happened(
    referralEvents,
    'r2',
    'school',
    [{ ...drafted, data: { ...(drafted.data as object), referralId: 'r2', targetAgencyId: 'clinic', targetSector: 'health' } }],
    'ann',
  )
  expect(await sees('sam', plans, 'kind')).toEqual([['learning']])
  expect(await sees('sam', referrals, 'referralId')).toEqual([['r1']])
})

test('R-V.7 a withdrawal holds from the next read on, before and after the models know', async () => {
  await ann()
  await refer(drafted, ...sent, accepted)
  await consent('c1', ['C3', 'C12'], given(['C3', 'C12']))
  expect(await sees('sam', plans, 'kind')).toEqual([['learning']])
  const denial = {
    denialId: 'w1',
    learnerId: 'ann',
    agencyId: 'social',
    purpose: 'socialSupport' as const,
    categories: ['C3'] as const,
    ref: 'c1',
  }
  const { position } = await denials.around(
    db,
    denial,
    async () => {
      expect(await sees('sam', plans, 'kind')).toEqual([])
      return {
        position: await happened(
          consentEvents,
          'c1',
          learnerAgencyId,
          [{ type: 'ConsentPartlyWithdrawn', data: { categories: ['C3'], by: 'learner' } }],
          'ann',
        ),
      }
    },
    () => false,
  )
  expect(await sees('sam', plans, 'kind')).toEqual([])
  await denials.settle(db, position)
  expect(await sees('sam', plans, 'kind')).toEqual([])
  expect(await sees('sam', referrals, 'referralId')).toEqual([['r1']])
})

test('consents: refused, of another purpose, expired or invalidated open nothing; given anew they do', async () => {
  await ann()
  await refer(drafted, ...sent, accepted)
  await consent('c1', ['C3'], { type: 'ConsentRefused', data: { categories: ['C3'], by: 'learner' } })
  expect(await sees('sam', plans, 'kind')).toEqual([])
  await consent('c2', ['C3'], given(['C3']), 'caseCoordination')
  expect(await sees('sam', plans, 'kind')).toEqual([])
  await consent('c3', ['C3'], given(['C3'], { validUntil: '2026-03-15' }))
  expect(await sees('sam', plans, 'kind')).toEqual([])
  await consent('c5', ['C3'], given(['C3']), 'socialSupport', 'mentor')
  expect(await sees('sam', plans, 'kind')).toEqual([])
  await consent('c4', ['C3'], given(['C3']), 'socialSupport', 'socialWorker')
  expect(await sees('sam', plans, 'kind')).toEqual([['learning']])
  await happened(consentEvents, 'c4', learnerAgencyId, [{ type: 'ConsentWithdrawn', data: { by: 'learner' } }], 'ann')
  expect(await sees('sam', plans, 'kind')).toEqual([])
  await happened(consentEvents, 'c4', learnerAgencyId, [given(['C3'])], 'ann')
  expect(await sees('sam', plans, 'kind')).toEqual([['learning']])
  await happened(consentEvents, 'c4', learnerAgencyId, [{ type: 'ConsentInvalidated', data: { reason: 'pressure' } }], 'ann')
  expect(await sees('sam', plans, 'kind')).toEqual([])
})

describe('R-C.1 a consent for data of one period', () => {
  const spring = { dataFrom: '2026-03-01', dataUntil: '2026-06-30' }
  const plan = async (planId: string, periodFrom: string, periodUntil: string) => {
    const data = { planId, learnerId: 'ann', kind: 'learning', template: 'full', authors: [], periodFrom, periodUntil }
    await happened(planEvents, planId, 'school', [{ type: 'PlanDrafted', data }], 'ann')
  }
  const held = async () =>
    (await db.query<{ id: string }>(`select plan_id as id from ${agencySchema('social')}.plans order by 1`)).map(({ id }) => id)

  test('opens the rows that lie wholly in it, in what the agency holds and in what its people read, until it is taken back', async () => {
    await ann()
    await refer(drafted, ...sent, accepted)
    await plan('spring', '2026-03-15', '2026-06-30')
    await plan('runs-on', '2026-03-15', '2026-07-01')
    await plan('summer', '2026-07-01', '2026-08-31')
    expect([await held(), await sees('sam', plans, 'planId')]).toEqual([[], []])
    await consent('c1', ['C3'], given(['C3'], spring))
    expect([await held(), await sees('sam', plans, 'planId')]).toEqual([['spring'], [['spring']]])
    const { purpose, ...sam } = people['sam']!
    const page = await reader.as(db, sam, sql =>
      reader.read(sql, sam, purpose, plans, { columns: ['planId', 'periodUntil'], first: 1, totalCount: true }),
    )
    expect([page.totalCount, page.hasNextPage, page.rows[0]!.ground!.because]).toEqual([
      1,
      false,
      [{ category: 'C3', level: 'summary', rule: 'consent', basis: 'consent', ref: 'c1' }],
    ])
    // Recorded now, so it tells of now: a plan of the past is no row of the past only.
    await plan('recorded-late', '2025-09-01', '2025-12-31')
    await consent('c2', ['C3'], given(['C3'], { dataUntil: '2025-12-31' }))
    expect(await held()).toEqual(['spring'])
    await consent('c3', ['C3'], given(['C3'], { dataFrom: '2026-03-15' }))
    expect(await held()).toEqual(['runs-on', 'spring', 'summer'])
    const denial = { denialId: 'w1', learnerId: 'ann', agencyId: 'social', purpose, categories: ['C3'] as const, ref: 'c3' }
    await denials.deny(db, denial, today.toISOString())
    expect(await sees('sam', plans, 'planId')).toEqual([])
    await denials.lift(db, 'w1')
    for (const id of ['c1', 'c3'])
      await happened(consentEvents, id, learnerAgencyId, [{ type: 'ConsentWithdrawn', data: { by: 'learner' } }], 'ann')
    expect([await held(), await sees('sam', plans, 'planId')]).toEqual([[], []])
  })

  test('loses a row that goes on after it, and ends by the clock; colleagues of another role see none of it', async () => {
    await ann()
    await refer(drafted, ...sent, accepted)
    await plan('p2', '2026-03-15', '2026-03-31')
    await consent('c1', ['C3'], given(['C3'], { ...spring, validUntil: '2026-04-01' }), 'socialSupport', 'socialWorker')
    expect([await sees('sam', plans, 'planId'), await sees('sue', plans, 'planId')]).toEqual([[['p2']], []])
    await happened(planEvents, 'p2', 'school', [{ type: 'LongTermGoalSet', data: { goalId: 'g', text: 'To be a baker' } }], 'ann')
    expect(await held()).toEqual(['p2'])
    await happened(
      planEvents,
      'p2',
      'school',
      [{ type: 'ReviewScheduled', data: { reviewId: 'r', dueBy: '2026-07-01', cadenceDays: 30 } }],
      'ann',
    )
    expect([await held(), await sees('sam', plans, 'planId')]).toEqual([[], []])
    await plan('p3', '2026-03-15', '2026-03-31')
    expect(await held()).toEqual(['p3'])
    await projector.sweep(new Date('2026-04-01T00:00:00.000Z'))
    expect(await held()).toEqual([])
  })
})

test('a restriction closes what was open until it is lifted', async () => {
  await ann()
  await happened(
    restrictionEvents,
    'x1',
    'school',
    [
      {
        type: 'RestrictionPlaced',
        data: {
          restrictionId: 'x1',
          learnerId: 'ann',
          categories: ['C3'],
          agencyIds: [],
          fromLearner: false,
          grounds: 'art18',
          hidden: false,
          until: '2027-01-01',
        },
      },
    ],
    'ann',
  )
  expect([await sees('carl', plans, 'planId'), await sees('ann', plans, 'planId')]).toEqual([[], [['p1']]])
  await happened(restrictionEvents, 'x1', 'school', [{ type: 'RestrictionLifted', data: { reason: 'settled' } }], 'ann')
  expect(await sees('carl', plans, 'planId')).toEqual([['p1']])
})

test('a team membership is standing and assignment for its purpose, until it ends', async () => {
  await ann()
  await happened(
    caseFileEvents,
    'f1',
    'school',
    [
      {
        type: 'CaseOpened',
        data: {
          caseId: 'f1',
          learnerId: 'ann',
          leadUserId: 'tina',
          leadAgencyId: 'school',
          leadRole: 'teacher',
          purpose: 'educationSupport',
          until: '2026-12-01',
        },
      },
      {
        type: 'TeamMemberAdded',
        data: { userId: 'sam', agencyId: 'social', role: 'socialWorker', purpose: 'socialSupport', until: '2026-12-01' },
      },
    ],
    'ann',
  )
  expect([await sees('tina', plans, 'planId'), await sees('sam', learners, 'givenName')]).toEqual([[['p1']], [['Ann']]])
  expect(await sees('tina', enrolments, 'enrolmentId')).toEqual([])
  await happened(caseFileEvents, 'f1', 'school', [{ type: 'TeamMemberRemoved', data: { userId: 'sam', reason: 'done' } }], 'ann')
  expect(await sees('sam', learners, 'givenName')).toEqual([])
  await happened(caseFileEvents, 'f1', 'school', [{ type: 'CaseClosed', data: { reason: 'done' } }], 'ann')
  expect(await sees('tina', plans, 'planId')).toEqual([])
})

test('a guardian sees while verified and under the age line', async () => {
  await ann()
  const guardian = {
    guardianId: 'mother',
    relation: 'mother',
    name: 'Mo',
    verified: true,
    authority: ['informed'],
    excluded: [],
    from: '2020-01-01',
  }
  await happened(learnerEvents, 'ann', 'school', [{ type: 'GuardianRecorded', data: guardian }], 'ann')
  expect(await sees('mother', plans, 'kind', 'longTermGoal')).toEqual([['learning', null]])
  await happened(
    learnerEvents,
    'ann',
    'school',
    [{ type: 'DemographicsCorrected', data: { correctsEventId: 'x', reason: 'typo', birthDate: '2009-05-01' } }],
    'ann',
  )
  expect(await sees('mother', plans, 'kind')).toEqual([])
  await happened(
    learnerEvents,
    'ann',
    'school',
    [
      { type: 'DemographicsCorrected', data: { correctsEventId: 'x', reason: 'typo', birthDate: '2012-05-01' } },
      { type: 'GuardianEnded', data: { guardianId: 'mother', reason: 'custody' } },
    ],
    'ann',
  )
  expect(await sees('mother', plans, 'kind')).toEqual([])
})

test('what is kept from one guardian for a time is kept from them alone; age lines and competence hold as the events say', async () => {
  await ann()
  const learner = (...events: DomainEvent[]) => happened(learnerEvents, 'ann', 'school', events, 'ann')
  const guardian = { relation: 'parent', name: 'Mo', verified: true, authority: ['informed'], excluded: [], from: '2020-01-01' }
  await learner(...['mother', 'father'].map(guardianId => ({ type: 'GuardianRecorded', data: { ...guardian, guardianId } })))
  const both = async () => [await sees('mother', plans, 'kind'), await sees('father', plans, 'kind')]
  const seen = [['learning']]
  expect(await both()).toEqual([seen, seen])
  const exclusion = { exclusionId: 'x1', guardianId: 'father', categories: ['C3'], ground: 'courtOrder', from: '2026-03-01' }
  await learner({ type: 'GuardianExcluded', data: exclusion })
  expect(await both()).toEqual([seen, []])
  await learner({ type: 'GuardianExclusionEnded', data: { exclusionId: 'x1', reason: 'lifted' } })
  expect(await both()).toEqual([seen, seen])

  const competence = { competenceId: 'k1', categories: ['C3'], recordedBy: 'hans', from: '2026-03-01', reviewBy: '2026-09-01' }
  await learner({ type: 'CompetenceRecorded', data: competence })
  expect(await both()).toEqual([[], []])
  await learner({ type: 'CompetenceEnded', data: { competenceId: 'k1', reason: 'reviewed' } })
  expect(await both()).toEqual([seen, seen])

  // Thirteen: of age where the region says so, and not before it says so.
  const lines = { years: 16, byCategory: [{ category: 'C3', years: 13 }], statute: 'law-1' }
  await happened(ageLinesEvents, 'region', 'region', [{ type: 'AgeLinesSet', data: { ...lines, from: '2026-03-16' } }])
  expect(await both()).toEqual([seen, seen])
  await happened(ageLinesEvents, 'region', 'region', [{ type: 'AgeLinesSet', data: { ...lines, from: '2026-03-15' } }])
  expect(await both()).toEqual([[], []])
})

test('an agreement between the agencies opens what only they recorded, while it is in force', async () => {
  await ann()
  await refer(drafted, ...sent, accepted)
  const agreement = {
    agreementId: 'g1',
    agencyIds: ['school', 'social'],
    purposes: ['socialSupport'],
    categories: ['C3'],
    statute: 'x',
    validFrom: '2026-01-01',
    validUntil: '2026-12-31',
  }
  await happened(sharingAgreementEvents, 'g1', 'region', [{ type: 'SharingAgreementDrafted', data: agreement }])
  expect(await sees('sam', plans, 'kind')).toEqual([])
  await happened(sharingAgreementEvents, 'g1', 'region', [{ type: 'SharingAgreementEnteredIntoForce', data: {} }])
  expect(await sees('sam', plans, 'kind')).toEqual([['learning']])
  await happened(
    planEvents,
    'p2',
    'clinic',
    [
      {
        type: 'PlanDrafted',
        data: {
          planId: 'p2',
          learnerId: 'ann',
          kind: 'career',
          template: 'quick',
          authors: [],
          periodFrom: '2026-01-01',
          periodUntil: '2026-12-31',
        },
      },
    ],
    'ann',
  )
  expect(await sees('sam', plans, 'kind')).toEqual([])
})

test('of a forgotten category nothing is left but the skeleton, and what closes stays closed', async () => {
  await ann()
  await happened(
    restrictionEvents,
    'x1',
    'school',
    [
      {
        type: 'RestrictionPlaced',
        data: {
          restrictionId: 'x1',
          learnerId: 'ann',
          categories: ['C3'],
          agencyIds: ['school'],
          fromLearner: false,
          grounds: 'art18',
          hidden: false,
          until: '2027-01-01',
        },
      },
    ],
    'ann',
  )
  for (const category of ['C3', 'C14', 'C1'])
    await happened(
      learnerEvents,
      'ann',
      learnerAgencyId,
      [{ type: 'CategoryKeyDestroyed', data: { category, reason: 'erasureRequest', retained: [] } }],
      'ann',
    )
  expect(await sees('ann', plans, 'planId', 'status', 'kind', 'longTermGoal')).toEqual([['p1', expect.anything(), null, null]])
  expect(await sees('carl', plans, 'planId')).toEqual([])
})

const requested = (requestId: string, more: object) =>
  happened(
    subjectRequestEvents,
    requestId,
    learnerAgencyId,
    [
      {
        type: 'SubjectRequestReceived',
        data: {
          ...{ requestId, learnerId: 'ann', kind: 'access', by: 'learner', agencyId: 'authority', categories: [] },
          ...{ receivedOn: '2026-03-15', dueBy: '2026-04-15', ...more },
        },
      },
    ],
    'ann',
  )
const requestAnswered = (requestId: string, by: string, outcome: string, more: object = {}) =>
  happened(
    subjectRequestEvents,
    requestId,
    by,
    [
      {
        type: 'SubjectRequestAnswered',
        data: { outcome, answeredBy: 'dora', answeredOn: '2026-03-15', categories: [], ledTo: [], retained: [], ...more },
      },
    ],
    'ann',
  )

test('GDPR 21 an objection changes nothing before it is upheld, and then closes what rests on a public task, not what the learner sees', async () => {
  await ann()
  const against = { kind: 'objection', agencyId: 'school', fromAgencyId: 'school', categories: ['C3'] }
  for (const requestId of ['rejected', 'taken-back', 'upheld']) await requested(requestId, against)
  await requestAnswered('rejected', 'school', 'refused', { statute: 'GDPR21-1', complaintTo: 'The authority' })
  const back = [{ type: 'SubjectRequestWithdrawn', data: { by: 'learner' } }]
  await happened(subjectRequestEvents, 'taken-back', learnerAgencyId, back, 'ann')
  expect(await sees('carl', plans, 'planId')).toHaveLength(1)
  await requestAnswered('upheld', 'school', 'fulfilled', { categories: ['C3'] })
  expect(await sees('carl', plans, 'planId')).toEqual([])
  expect(await sees('carl', learners, 'givenName')).toHaveLength(1)
  expect(await sees('ann', plans, 'planId')).toHaveLength(1)
  await happened(subjectRequestEvents, 'upheld', learnerAgencyId, back, 'ann')
  expect(await sees('carl', plans, 'planId')).toHaveLength(1)
})
test('whoever has to answer a request knows of it, and of the learner that they exist, as long as it waits', async () => {
  await ann()
  const authority = { agencyId: 'authority', name: 'Authority', sector: 'authority', region: 'FR10' }
  await happened(agencyEvents, 'authority', 'region', [{ type: 'AgencyRegistered', data: authority }])
  await employ('dora', 'authority', 'dataProtectionOfficer')
  expect(await sees('dora', subjectRequests, 'requestId')).toEqual([])
  await requested('q-1', { kind: 'erasure', text: 'Please forget me' })
  await requested('q-2', { agencyId: 'school' })
  expect(await sees('dora', subjectRequests, 'requestId', 'kind', 'text')).toEqual([
    ['q-1', 'erasure', 'Please forget me'],
    ['q-2', 'access', null],
  ])
  expect(await sees('dora', learners, 'learnerId', 'givenName')).toEqual([['ann', null]])
  for (const requestId of ['q-1', 'q-2'])
    await requestAnswered(requestId, 'authority', 'refused', { statute: 'x', complaintTo: 'x' })
  expect(await sees('dora', learners, 'learnerId')).toEqual([])
})
test('an overdue request comes to the region’s officer too', async () => {
  await ann()
  const authority = { agencyId: 'authority', name: 'Authority', sector: 'authority', region: 'FR10' }
  await happened(agencyEvents, 'authority', 'region', [{ type: 'AgencyRegistered', data: authority }])
  await employ('dora', 'authority', 'dataProtectionOfficer')
  await requested('q-1', { agencyId: 'school' })
  expect(await sees('dora', subjectRequests, 'requestId')).toEqual([])
  const overdue = [{ type: 'SubjectRequestOverdue', data: { dueBy: '2026-04-15' } }]
  await happened(subjectRequestEvents, 'q-1', 'hub', overdue, 'ann')
  expect(await sees('dora', subjectRequests, 'requestId', 'overdue')).toEqual([['q-1', true]])
})

test('a closed agency sees nothing any more', async () => {
  await ann()
  await happened(agencyEvents, 'school', 'region', [{ type: 'AgencyClosed', data: { reason: 'merged' } }])
  expect(await sees('carl', plans, 'planId').catch(() => [])).toEqual([])
})
