import { readdir } from 'node:fs/promises'
import { categories } from '@passerelle/sharing'
import { answerSubjectRequest, restriction, type RestrictionEvent, subjectRequest } from '@passerelle/consent'
import { DatabaseFeedState } from '@passerelle/connector'
import { addDays, type CommandContext, EventStore } from '@passerelle/event-log'
import { createLog } from '@passerelle/http'
import { hubDeclaration } from '@passerelle/hub'
import { erased, Erased, HubSecrets, PostgresKeyring } from '@passerelle/keyring'
import { learner } from '@passerelle/learner'
import { rebuild } from '@passerelle/projections'
import { canary, filesWith, seedCanaries, tablesWith } from './canaries.fixture.js'
import { agencySectors, people, stores, StoryHub, until, type Who } from './story-hub.fixture.js'

const learnerId = 'learner-1'
const today = new Date().toISOString().slice(0, 10)
const retained = [
  { what: 'skeleton', statute: 'GDPR17-3-b' },
  { what: 'disclosures', statute: 'GDPR17-3-e' },
]
const lead: CommandContext = {
  actor: { userId: 'lead', agencyId: 'social', role: 'safeguardingLead' },
  controllerAgencyId: 'social',
  purpose: 'safeguarding',
  legalBasis: { kind: 'legalObligation' },
  occurredAt: new Date().toISOString(),
  correlationId: 'c',
  causationId: 'c',
  language: 'en',
}

const placed: RestrictionEvent = {
  type: 'RestrictionPlaced',
  data: {
    restrictionId: 'danger',
    learnerId,
    categories: ['C10'],
    agencyIds: [],
    fromLearner: true,
    hidden: true,
    grounds: 'safeguarding',
    approvedBy: 'officer',
    until: '2099-01-01',
  },
}
const lifted: RestrictionEvent = { type: 'RestrictionLifted', data: { reason: 'safe' } }

describe.each(stores)('forgotten everywhere, on %s', store => {
  let story: StoryHub
  /** What the processes wrote to their logs. */
  const lines: string[] = []
  /** An instant before anything was forgotten. */
  let before: string
  let otherProcess: EventStore | undefined
  let identifierHash: string

  const requests = async (): Promise<Record<string, any>[]> =>
    (await story.everything('learner')).subjectRequests?.map(({ updatedAt: _, ...row }) => row) ?? []

  beforeAll(async () => {
    const log = createLog({ level: 'debug', destination: { write: line => void lines.push(line) } })
    story = await StoryHub.open({ store, log })
    await region()
    const sealed = await seedCanaries(story.hub)
    expect([...sealed].sort()).toEqual(expect.arrayContaining(['C1', 'C3', 'C4', 'C5', 'C6', 'C11', 'C12', 'C13', 'C14']))
    await quarantined()
    await story.arrived(await story.hub.log.head())
    // What a rebuild replaced is kept, with everything in it.
    await story.stopWorker()
    const { db, store: events } = story.hub
    await rebuild({ db, store: events, hub: hubDeclaration }, 'all', { onDifference: 'swap' })
    await story.startWorker()
    if (store === 'PostgreSQL 18') await openOtherProcess()
    await story.everything('coordinator')
    before = new Date().toISOString()
    identifierHash = story.hub.identifiers.hashIdentifier('sis', 'number-1')
  }, 300_000)
  afterAll(() => story?.close())

  test('before, what was said stands in the hub, in agencies, in replaced tables, and sealed in the log and in quarantine', async () => {
    const found = (await tablesWith(story.hub.db, canary)).map(each => each.split(':')[0]!)
    expect(found.filter(each => each.startsWith('hub.')).length).toBeGreaterThan(10)
    expect(found).toEqual(
      expect.arrayContaining(['hub.learners', 'hub.learners__old', 'agency_school.learners', 'agency_learner.own_notes']),
    )
    expect(found.filter(each => /^(log|events|connector|audit|keyring)\./.test(each))).toEqual([])
    expect((await story.everything('learner')).learners).toMatchObject([{ givenName: expect.anything() }])
    expect(JSON.stringify(await story.everything('learner'))).toContain(canary)
    expect(await tablesWith(story.hub.db, identifierHash)).not.toEqual([])
  })

  test('an erasure waits while a safeguarding restriction is in force, and looks like any other request that waits', async () => {
    await held(true)
    await story.does('learner', 'makeSubjectRequest', { requestId: 'other', learnerId, kind: 'access' })
    await story.does('learner', 'makeSubjectRequest', { requestId: 'erasure', learnerId, kind: 'erasure' })
    const asked = await requests()
    const answer = { requestId: 'erasure', outcome: 'fulfilled', retained }
    expect(await story.refusal('officer', 'answerSubjectRequest', answer)).toEqual(['SUBJECT_REQUEST.WAITS'])
    expect(await requests()).toEqual(asked)
    const [one, two] = asked.map(({ requestId: _i, kind: _k, ...row }) => row)
    expect(one).toEqual(two)
    expect(await story.hub.keyring.ledger()).toEqual([])
    await held(false)
  })

  test('nobody else may forget somebody, and nobody without saying what stays', async () => {
    expect(
      await story.refusal('schoolOfficer', 'answerSubjectRequest', { requestId: 'erasure', outcome: 'fulfilled', retained }),
    ).toEqual(['NOT_FOUND'])
    const silent = { requestId: 'erasure', outcome: 'fulfilled' }
    expect(await story.refusal('officer', 'answerSubjectRequest', silent)).toEqual(['SUBJECT_REQUEST.RETENTION_UNSAID'])
  })

  test('GDPR 17 answered, every key is destroyed, and every copy is gone: tables, files, logs, answers', async () => {
    await story.does('officer', 'answerSubjectRequest', { requestId: 'erasure', outcome: 'fulfilled', retained })
    await until('every key is destroyed', async () => (await story.hub.keyring.ledger()).length === categories.length)
    await story.arrived(await story.hub.log.head())
    await until('no table holds it', async () => (await tablesWith(story.hub.db, canary)).length === 0)
    expect(await tablesWith(story.hub.db, canary)).toEqual([])
  }, 180_000)

  test('no file of the data folder holds it', async () => {
    await until('the folder is swept', async () => (await filesWith(story.folder, canary)).length === 0)
    expect(await filesWith(story.folder, canary)).toEqual([])
  }, 120_000)

  test('no log line holds it', () => {
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.filter(line => line.includes(canary))).toEqual([])
  })

  test('the hash of a partner’s number for them stands in the log alone', async () => {
    const found = (await tablesWith(story.hub.db, identifierHash)).map(each => each.split(':')[0]!)
    expect(found.filter(each => /^(hub|shared|agency_\w+|connector)\./.test(each))).toEqual([])
    const account = await story.hub.db.query(`select 1 from hub.accounts where kind = 'learner' and person_id = $1`, [learnerId])
    expect(account).toEqual([])
  })

  test('what they read as before is erased: the log, in this process and in one that had the keys open', async () => {
    for (const store of [story.hub.store, ...(otherProcess ? [otherProcess] : [])]) {
      const { state } = await store.load(learner, learnerId)
      expect(state).toMatchObject({ forgotten: true, givenName: erased, familyName: erased })
      expect(state.contact).toBeInstanceOf(Erased)
    }
  })

  test('no face answers with it, now or as of a day before', async () => {
    const from = story.answered.length
    for (const who of Object.keys(people) as Who[]) {
      // The learner's door is closed, and nobody here is a guardian.
      if (people[who].agencyId === 'learner') continue
      await story.everything(who)
      await story.everything(who, before)
    }
    const answers = story.answered.slice(from)
    expect(answers.length).toBeGreaterThan(100)
    expect(answers.filter(({ text }) => text.includes(canary))).toEqual([])
  }, 300_000)

  test('their own door is closed, the authority can account for what it did, and whoever has nothing to answer for has no row', async () => {
    expect((await story.ask('learner', '{ learners(first: 1) { totalCount } }')).data).toBeFalsy()
    const rows = (await story.everything('officer')).subjectRequests!
    expect(rows.find(({ requestId }) => requestId === 'erasure')).toMatchObject({
      outcome: 'fulfilled',
      granted: [...categories],
      retained,
    })
    for (const who of ['teacher', 'nurse', 'socialWorker', 'jobAdviser'] as const) {
      const { recalls: _, ...held } = await story.everything(who)
      expect(JSON.stringify(held)).not.toContain(learnerId)
    }
  })

  test('GDPR 19 whoever read of them is asked to delete it, and can answer though it holds nothing else any more', async () => {
    const asked = await until('the school is told', async () =>
      (await story.everything('schoolOfficer')).recalls?.find(({ basis }) => basis === 'erasure'),
    )
    expect(asked).toMatchObject({
      ...{ learnerId, status: 'told', agencyId: 'school', askedByAgencyId: 'authority' },
      ...{ toldOn: today, dueBy: addDays(today, 30), answeredOn: null, silent: false, ref: null, readCategories: null },
    })
    expect(asked['categories']).toEqual(expect.arrayContaining(['C1', 'C3']))
    expect(asked['open']).toEqual(asked['categories'])
    expect(asked['purposes']).not.toEqual([])
    story.sawVersion(asked['recallId'] as string, asked['version'] as number)
    await story.does('schoolOfficer', 'confirmDeletion', { recallId: asked['recallId'] })
    const { recalls } = await story.everything('schoolOfficer')
    expect(recalls!.find(({ recallId }) => recallId === asked['recallId'])).toMatchObject({
      ...{ status: 'answered', open: [], deleted: asked['categories'], answeredOn: today },
    })
  }, 120_000)

  test('who looked is kept, without what they saw', async () => {
    const [kept] = await story.hub.db.query<{ count: number }>(
      'select count(*)::int as count from audit.disclosures where learner_ids @> array[$1::text]',
      [learnerId],
    )
    expect(Number(kept!.count)).toBeGreaterThan(0)
  })

  test('R-V.4 an emergency is answered as for an id that never was, and shows as little', async () => {
    const breakGlass = `mutation($input: UseBreakGlassInput!) { useBreakGlass(input: $input) { version visible learner { learnerId } } }`
    const query = `query($id: ID!) { learners(first: 5) { totalCount } learner(id: $id) { learnerId } }`
    const emergency = async (who: Who, id: string, reason: string) => {
      const more = { categories: ['C1'], reasonCode: 'healthInDanger', reason, minutes: 45 }
      const used = await story.ask(who, breakGlass, { input: { learnerId: id, ...more } })
      const seen = await story.ask(who, query, { id }, { 'x-passerelle-emergency': 'true' })
      return [used.status, used.codes, used.data, seen.data]
    }
    const unknown = await emergency('socialWorker', 'learner-0', 'Found unconscious.')
    expect(await emergency('nurse', learnerId, `${canary}C14-used`)).toEqual(unknown)
    expect(unknown).toMatchObject([200, [], { useBreakGlass: { learner: null } }, { learners: { totalCount: 0 }, learner: null }])
  })

  test('R-V.4 an emergency about them is reviewed like any other, so that the next is not held up; words of it are not kept, and that is said', async () => {
    const [used] = (await story.everything('clinicOfficer')).breakGlasses!
    expect(used).toMatchObject({ learnerId, status: 'used', reason: null })
    const review = { breakGlassId: used!['breakGlassId'], version: used!['version'], outcome: 'unjustified' }
    const spoken = { ...review, remark: `${canary}C14-remark` }
    expect(await story.refusal('clinicOfficer', 'reviewBreakGlass', spoken)).toEqual(['BREAK_GLASS.WORDS_NOT_KEPT'])
    await story.does('clinicOfficer', 'reviewBreakGlass', review)
    const [reviewed] = (await story.everything('clinicOfficer')).breakGlasses!
    expect(reviewed).toMatchObject({ status: 'reviewed', remark: null })
    const another = { learnerId: 'learner-0', categories: ['C1'], reasonCode: 'healthInDanger', reason: 'Found.', minutes: 5 }
    expect(await story.refusal('nurse', 'useBreakGlass', another)).toEqual([])
  })

  test('nothing more is recorded of them, by hand or by a feed', async () => {
    const again = { learnerId, givenName: 'Again', familyName: 'Again' }
    expect(await story.refusal('coordinator', 'registerLearner', again)).toEqual(['LEARNER.FORGOTTEN'])
  })

  test('replay and rebuild give the same rows as what runs', async () => {
    const { db, store: events } = story.hub
    await story.stopWorker()
    const { differences } = await rebuild({ db, store: events, hub: hubDeclaration }, 'all')
    expect(differences).toEqual([])
    await story.startWorker()
    expect(await tablesWith(db, canary)).toEqual([])
    const parked = await db.query('select * from hub.parked_events')
    expect(parked).toEqual([])
  }, 180_000)

  test('another learner is as before', async () => {
    const rows = await story.read('coordinator', '{ learners(first: 5) { nodes { learnerId givenName } } }')
    // The school answered for its own copies: the number that it answered for stands in the recall alone.
    expect(rows.learners.nodes).toEqual([{ learnerId: 'learner-2', givenName: 'Lea' }])
  })

  test('GDPR 17(3) a restriction for safety that came after the answer holds the deed back, without a word of it, until it is lifted', async () => {
    const other = 'learner-2'
    const erasure = { requestId: 'some', learnerId: other, kind: 'erasure', categories: ['C11'] }
    const languages = { firstLanguage: 'fr', languageOfInstruction: 'fr' }
    await story.does('coordinator', 'recordLanguages', { learnerId: other, ...languages })
    await story.does('schoolOfficer', 'recordSubjectRequest', erasure)
    const hold = { categories: ['C9'], fromLearner: true, hidden: true, until: addDays(today, 30) }
    await story.does('safeguardingLead', 'proposeSafeguardingRestriction', { restrictionId: 'late', learnerId: other, ...hold })
    await story.stopWorker()
    // The officer looked before the restriction was placed, and the deed follows the answer by a moment: as if it fell in between.
    const answer = { outcome: 'fulfilled', answeredBy: 'officer', retained, today } as const
    await story.hub.store.handle(subjectRequest, 'some', { ...lead, purpose: 'audit' }, state =>
      answerSubjectRequest(state, answer, { heldForSafety: false, found: [] }),
    )
    await story.records('schoolOfficer', 'approveRestriction', { restrictionId: 'late' })
    await story.startWorker()
    const head = await story.hub.log.head()
    await story.arrived(head)
    await deedArrived(head)
    const gone = async () => (await story.hub.keyring.ledger()).filter(({ subject }) => subject === other)
    expect(await gone()).toEqual([])
    const { learners } = await story.read('coordinator', '{ learners(first: 5) { nodes { learnerId firstLanguage } } }')
    expect(learners.nodes).toEqual([{ learnerId: other, firstLanguage: 'fr' }])
    const shown = (await story.everything('schoolOfficer')).subjectRequests!.find(({ requestId }) => requestId === 'some')
    expect(shown).toMatchObject({ status: 'answered', outcome: 'fulfilled', granted: ['C11'] })
    expect(JSON.stringify(shown)).not.toMatch(/late|wait|held|safe/)
    await story.does('schoolOfficer', 'liftRestriction', { restrictionId: 'late', reason: 'safe' })
    await until('it goes on', async () => (await gone()).length > 0)
    expect(await gone()).toMatchObject([{ category: 'C11' }])
  }, 60_000)

  test.each([
    ['a bus or an outbox', 'outbox|^bus|message'],
    ['a store of snapshots', 'snapshot'],
    ['a table or a file of exports', 'export|passerelle-learner-record'],
  ])('there is no %s that could hold it', async (_what, name) => {
    const tables = await story.hub.db.query(
      `select table_name from information_schema.tables where table_name ~ $1 and table_schema not in ('pg_catalog', 'information_schema')`,
      [name],
    )
    expect(tables).toEqual([])
    const files = (await readdir(story.folder, { recursive: true })).filter(file => new RegExp(name).test(file))
    expect(files.filter(file => !file.startsWith('store'))).toEqual([])
  })

  async function region() {
    for (const [agencyId, sector] of Object.entries(agencySectors))
      await story.records('admin', 'registerAgency', { agencyId, name: `The ${agencyId}`, sector, region: 'ZZ11' })
    for (const [userId, { agencyId, role }] of Object.entries(people)) {
      if (userId === 'admin' || agencyId === 'learner') continue
      await story.records('admin', 'registerStaffMember', { userId, name: userId, issuer: story.issuer, subject: userId })
      await story.does('admin', 'assignStaffRole', { userId, agencyId, role, from: today })
    }
    for (const [id, givenName] of [
      [learnerId, 'Lena'],
      ['learner-2', 'Lea'],
    ])
      await story.does('coordinator', 'registerLearner', { learnerId: id, givenName, familyName: 'Larsen' })
    await story.does('coordinator', 'linkLearnerAccount', { learnerId, issuer: story.issuer, subject: 'learner' })
    await story.does('coordinator', 'attachIdentifier', { learnerId, system: 'sis', value: 'number-1' })
  }

  /** A row that the feed could not take, sealed with the learner's key. */
  async function quarantined() {
    const feeds = await DatabaseFeedState.open(story.hub.db)
    const [raw] = await story.hub.keyring.seal([
      { subject: learnerId, category: 'C1', value: { cells: { name: `${canary}C1-row` } }, binding: 'quarantine|entry-1' },
    ])
    await feeds.quarantine([
      {
        ...{ entryId: 'entry-1', agencyId: 'school', format: 'oneroster', system: 'sis', runId: 'run-1', entity: 'users' },
        ...{
          place: { file: 'users.csv', row: 2 },
          code: 'X',
          reason: 'a reason',
          subject: learnerId,
          raw: raw!,
          raisedAt: today,
        },
      },
    ])
  }

  /** Until the process that forgets has looked at everything that was written by then. */
  const deedArrived = (position: string) =>
    until('the process that forgets has looked', async () => {
      const [at] = await story.hub.db.query<{ position: string }>(
        `select position from processes.checkpoints where process = 'forget-when-erasure-is-granted'`,
      )
      return at !== undefined && at.position >= position
    })

  async function held(isHeld: boolean) {
    const { position } = await story.hub.store.handle(restriction, 'danger', lead, () => [isHeld ? placed : lifted])
    await story.arrived(position!)
  }

  /** Another process of the hub, with the learner's keys in memory. */
  async function openOtherProcess() {
    const secrets = await HubSecrets.fromFile(story.hub.config.secretsFile!)
    const keyring = await PostgresKeyring.open(story.hub.db, { keyEncryption: secrets.keyEncryption })
    otherProcess = new EventStore(story.hub.log, keyring)
    expect((await otherProcess.load(learner, learnerId)).state.familyName).not.toBe(erased)
  }
})
