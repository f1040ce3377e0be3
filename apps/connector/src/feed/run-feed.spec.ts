import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agency, register, setFeedCategories } from '@passerelle/agency'
import { type Actor, EventStore, MemoryLog, MemoryProcessDesk, type StoredEvent } from '@passerelle/event-log'
import { HmacIdentifierHasher, MemoryKeyring } from '@passerelle/keyring'
import { list, service } from '@passerelle/directory'
import type { Category, Sector } from '@passerelle/sharing'
import type { FormatName } from '../formats.js'
import { memoryFolder } from '../reading/index.js'
import { feedCommand } from './feed-command.js'
import { MemoryFeedState } from './feed-state.js'
import { uuidOf } from './ids.js'
import { openEntry, retry } from './quarantine.js'
import { printReport } from './report.js'
import { type FeedOptions, runFeed } from './run-feed.js'

const actor: Actor = { userId: 'admin', agencyId: 'authority', role: 'system' }

/** A hub with one agency, and its feeds. */
async function hub(sector: Sector = 'education') {
  const log = new MemoryLog()
  const store = new EventStore(log, new MemoryKeyring())
  const state = new MemoryFeedState()
  const turns = new MemoryProcessDesk()
  const hasher = new HmacIdentifierHasher(Buffer.alloc(32, 7))
  const context = {
    actor,
    controllerAgencyId: 'authority',
    purpose: 'administration' as const,
    legalBasis: { kind: 'publicTask' as const },
    occurredAt: '2026-01-01T00:00:00.000Z',
    correlationId: 'c',
    causationId: 'c',
    language: 'en',
  }
  for (const [agencyId, of] of [
    ['sender', sector],
    ['social', 'social'],
    ['other-school', 'education'],
  ] as const)
    await store.handle(agency, agencyId, context, s => register(s, { agencyId, name: agencyId, sector: of, region: 'ZZ1' }))
  const founded = (await log.readAll('', 100)).length
  const events = async (): Promise<StoredEvent[]> => (await log.readAll('', 100_000)).slice(founded)
  const options = (format: FormatName, more: Partial<FeedOptions> = {}) => ({
    store,
    hasher,
    state,
    turns,
    format,
    agencyId: 'sender',
    now: () => new Date('2026-11-24T12:00:00Z'),
    ...more,
  })
  const feed = (format: FormatName, files: Record<string, string>, more: Partial<FeedOptions> = {}) =>
    runFeed({ ...options(format, more), path: memoryFolder(files) })
  const allow = (system: string, categories: Category[]) =>
    store.handle(agency, 'sender', context, s => setFeedCategories(s, system, categories))
  /** Lists a service of the other agency in the directory. */
  const offer = (serviceId: string) =>
    store.handle(service, serviceId, context, s =>
      list(s, {
        serviceId,
        organizationId: 'o',
        agencyId: 'social',
        name: 'Housing',
        status: 'active',
        types: ['housing'],
        areas: [],
        locations: [],
      }),
    )
  return { log, store, state, turns, events, feed, options, allow, offer }
}

const sds = {
  'orgs.csv': 'sourcedId,name,type,parentSourcedId\nS,School,school,\n',
  'users.csv':
    'sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms\n' +
    'CANARY-ID1,a@x.eu,CANARY-Ann,One,CANARY-PASSWORD,,,,\n2,b@x.eu,Ben,Two,CANARY-PASSWORD,,,,\n3,c@x.eu,Cas,One,CANARY-PASSWORD,,c@x.eu,,\n4,d@x.eu,Dan,Four,CANARY-PASSWORD,,,,\n',
  'roles.csv':
    'userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate\nCANARY-ID1,S,student,,10,TRUE,2026-09-01,2027-07-01\n2,S,teacher,,,TRUE,2026-09-01,\n4,S,student,,10,TRUE,2026-09-01,\n',
  'classes.csv': 'sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId\nC,S,Biology,,\n',
  'enrollments.csv': 'classSourcedId,userSourcedId,role\nC,CANARY-ID1,student\nC,4,student\nC,2,teacher\n',
  'relationships.csv': 'userSourcedId,relationshipUserSourcedId,relationshipRole\nCANARY-ID1,3,guardian\n',
  'demographics.csv': 'userSourcedId,sex,birthDate,raceCodes\nCANARY-ID1,female,2010-02-03,CANARY-RACE\n',
}

describe('a feed', () => {
  test('two runs of a source at once: one is refused, and nothing that is in the file is taken for missing', async () => {
    const { feed, events } = await hub()
    await feed('sds', sds)
    const recorded = (await events()).length
    const ran = await Promise.allSettled([1, 2, 3].map(() => feed('sds', sds, { acceptDrop: true })))
    const refused = ran.flatMap(each => (each.status === 'rejected' ? [each.reason.code] : []))
    expect(refused).toEqual(['FEED.RUNNING', 'FEED.RUNNING'])
    expect(await events()).toHaveLength(recorded)
    expect(await feed('sds', sds)).toMatchObject({ reconciles: true })
  })

  test('a run that another took over from ends nothing', async () => {
    const { feed, events, turns } = await hub()
    await feed('sds', sds)
    const recorded = (await events()).length
    let asked = 0
    turns.claim = async () => ++asked === 1
    const emptied = { ...sds, 'enrollments.csv': 'classSourcedId,userSourcedId,role\n' }
    await expect(feed('sds', emptied, { acceptDrop: true })).rejects.toMatchObject({ code: 'FEED.TURN_LOST' })
    expect(await events()).toHaveLength(recorded)
  })

  test('R-0.1 the same input twice records nothing new, and its totals reconcile', async () => {
    const { feed, events } = await hub()
    const first = await feed('sds', sds, { staffIssuer: 'https://idp.example' })
    expect(first).toMatchObject({ reconciles: true, quarantine: [] })
    expect(first.eventTypes).toMatchObject({
      PersonRegistered: 2,
      GuardianRecorded: 1,
      LearnerEnrolled: 4,
      ClassOpened: 1,
      TeacherAssigned: 1,
      StaffRoleAssigned: 1,
    })
    const recorded = (await events()).length
    const second = await feed('sds', sds, { staffIssuer: 'https://idp.example' })
    expect(second).toMatchObject({ reconciles: true, events: 0, totals: { new: 0, changed: 0, quarantined: 0 } })
    expect(await events()).toHaveLength(recorded)
  })

  test.each([
    ['classes.csv', 'Biology', 'Botany', 'ClassRetitled'],
    ['users.csv', 'Dan,Four', 'Dan,Fore', 'DemographicsCorrected'],
    ['roles.csv', '2027-07-01', '2027-06-30', 'EnrolmentChanged'],
    ['demographics.csv', 'female', 'male', 'DemographicsRecorded'],
    ['users.csv', 'Cas,One', 'Cas,Uno', 'GuardianRecorded'],
  ])('a changed row of %s (%s → %s) is exactly one event', async (file, from, to, type) => {
    const { feed } = await hub()
    await feed('sds', sds)
    const report = await feed('sds', { ...sds, [file]: sds[file as keyof typeof sds].replace(from, to) })
    expect(report.eventTypes).toEqual({ [type]: 1 })
    expect(report.reconciles).toBe(true)
  })

  test('what changed away and back is recorded both times', async () => {
    const { feed } = await hub()
    const botany = { ...sds, 'classes.csv': sds['classes.csv'].replace('Biology', 'Botany') }
    await feed('sds', sds)
    expect((await feed('sds', botany)).events).toBe(1)
    expect((await feed('sds', sds)).events).toBe(1)
  })

  test('a dry run tells what would happen and writes nothing', async () => {
    const { feed, events, state } = await hub()
    const dry = await feed('sds', { ...sds, 'classes.csv': `${sds['classes.csv']}D,NOWHERE,Art,,\n` }, { dryRun: true })
    expect(await events()).toEqual([])
    expect([await state.entries({}), await state.runs()]).toEqual([[], []])
    const real = await feed('sds', { ...sds, 'classes.csv': `${sds['classes.csv']}D,NOWHERE,Art,,\n` })
    expect({ ...dry, runId: '', dryRun: false }).toEqual({ ...real, runId: '' })
  })

  test('passwords, race, names and the register’s ids stand nowhere in the clear: events, streams, state, report', async () => {
    const { feed, events, state } = await hub()
    const broken = { ...sds, 'users.csv': `${sds['users.csv']}5,e@x.eu,CANARY-Eve,Five,CANARY-PASSWORD,,no-address,,\n` }
    const report = await feed('sds', broken)
    expect(report.totals.quarantined).toBe(1)
    expect(JSON.stringify([await events(), await state.entries({}), await state.runs(), report])).not.toContain('CANARY')
  })

  test('a run that broke off is taken up where it stopped, without a second copy', async () => {
    const { feed, log, events } = await hub()
    const whole = await hub()
    await whole.feed('sds', sds)
    const append = log.append.bind(log)
    let left = 5
    log.append = (...args) => (left-- > 0 ? append(...args) : Promise.reject(new Error('killed')))
    await expect(feed('sds', sds)).rejects.toThrow('killed')
    log.append = append
    expect((await feed('sds', sds)).reconciles).toBe(true)
    const types = (all: StoredEvent[]) => all.map(e => `${e.streamId} ${e.type}`).sort()
    expect(types(await events())).toEqual(types(await whole.events()))
  })

  test('a complete set ends who is missing; one that lost a fifth ends nobody until somebody accepts it', async () => {
    const many = (count: number) => ({
      ...sds,
      'users.csv': sds['users.csv'] + Array.from({ length: count }, (_, i) => `m${i},m${i}@x.eu,M,${i},x,,,,\n`).join(''),
      'roles.csv': sds['roles.csv'] + Array.from({ length: count }, (_, i) => `m${i},S,student,,,,2026-09-01,\n`).join(''),
    })
    const { feed } = await hub()
    await feed('sds', many(20))
    const fewer = await feed('sds', many(19))
    expect(fewer.eventTypes).toEqual({ AgencyStandingEnded: 1, EnrolmentEnded: 1 })
    const broken = await feed('sds', many(5))
    expect(broken.events).toBe(0)
    expect(broken.remarks.some(remark => remark.includes('a fifth or more'))).toBe(true)
    expect((await feed('sds', many(5), { acceptDrop: true })).eventTypes).toEqual({ AgencyStandingEnded: 14, EnrolmentEnded: 14 })
    // Whoever comes back is there again.
    expect((await feed('sds', many(6))).eventTypes).toMatchObject({ AgencyStandingRecorded: 1 })
  })

  test('a row in quarantine is not gone: nothing is ended by it', async () => {
    const { feed } = await hub()
    await feed('sds', sds)
    const report = await feed('sds', { ...sds, 'classes.csv': sds['classes.csv'].replace('Biology', '') })
    expect(report.totals.quarantined).toBe(4)
    expect(report.events).toBe(0)
  })

  test('the quarantine keeps the row sealed, retries it, and closes the entry when it comes right', async () => {
    const { feed, store, state, options } = await hub()
    const orphan = { ...sds, 'enrollments.csv': `${sds['enrollments.csv']}D,4,student\n` }
    await feed('sds', orphan)
    await feed('sds', orphan)
    const [entry, ...more] = await state.entries({})
    expect(more).toEqual([])
    expect(entry).toMatchObject({
      place: { file: 'enrollments.csv', row: 5, column: 'classSourcedId' },
      code: 'REFERENCE.UNKNOWN',
    })
    expect(await openEntry(store.keyring, entry!)).toEqual({
      cells: { classSourcedId: 'D', userSourcedId: '4', role: 'student' },
    })
    expect((await retry(options('sds'))).report).toMatchObject({ totals: { quarantined: 1 } })
    expect((await state.entries({}))[0]!.place).toEqual(entry!.place)
    await feed('sds', { ...sds, 'classes.csv': `${sds['classes.csv']}D,S,Art,,\n` }, { acceptDrop: true })
    const tried = await retry(options('sds'))
    expect(tried.report).toMatchObject({ totals: { new: 1 }, eventTypes: { LearnerEnrolled: 1 } })
    expect(await state.entries({})).toEqual([])
  })

  test('two rows of one id that differ stay in quarantine both, through a retry too, until the register has one', async () => {
    const { feed, state, options } = await hub()
    const users = sds['users.csv'].replace('4,d@x.eu,Dan,Four,CANARY-PASSWORD,,,,\n', '')
    const twice = ['Dan,Four', 'Dan,Fourth'].map(name => `4,d@x.eu,${name},CANARY-PASSWORD,,,,\n`).join('')
    const rows = async () =>
      (await state.entries({})).filter(({ entity }) => entity === 'user').map(({ place: { file, row } }) => `${file} ${row}`)
    const found = ['users.csv 5', 'users.csv 6']
    expect((await feed('sds', { ...sds, 'users.csv': users + twice })).totals.quarantined).toBe((await state.entries({})).length)
    expect(await rows()).toEqual(found)
    await feed('sds', { ...sds, 'users.csv': users + twice })
    expect(await rows()).toEqual(found)
    await retry(options('sds'))
    expect(await rows()).toEqual(found)
    await feed('sds', sds)
    expect(await state.entries({})).toEqual([])
  })

  test('who teaches and is somebody’s contact is both', async () => {
    const { feed } = await hub()
    const both = { ...sds, 'relationships.csv': `${sds['relationships.csv']}4,2,parent\n` }
    const report = await feed('sds', both, { staffIssuer: 'https://idp.example' })
    expect(report).toMatchObject({ reconciles: true, quarantine: [] })
    expect(report.eventTypes).toMatchObject({ GuardianRecorded: 2, StaffMemberRegistered: 1, StaffRoleAssigned: 1 })
  })

  test.each(['2035-01-01', '1850-01-01'])(
    'a birth date of %s goes to quarantine with its place, and holds nobody up',
    async born => {
      const { feed } = await hub()
      const report = await feed('sds', { ...sds, 'demographics.csv': sds['demographics.csv'].replace('2010-02-03', born) })
      expect(report).toMatchObject({ reconciles: true, totals: { quarantined: 1 }, eventTypes: { PersonRegistered: 2 } })
      expect(report.quarantine).toMatchObject([
        { file: 'demographics.csv', code: 'LEARNER.BIRTH_DATE', first: 'row 2, birthDate' },
      ])
      const health = await hub('health')
      const patient = { resourceType: 'Patient', id: 'p', name: [{ family: 'Doe', given: ['Ann'] }], birthDate: born }
      const { quarantine } = await health.feed('fhir', { 'x.ndjson': JSON.stringify(patient) })
      expect(quarantine).toMatchObject([{ code: 'LEARNER.BIRTH_DATE', first: 'row 1, /birthDate' }])
    },
  )

  test('of a file that cannot be read to its end the report says so, and the command ends with 1', async () => {
    const { feed, store, state, turns, options } = await hub()
    const headless = { ...sds, 'roles.csv': sds['roles.csv'].replace('userSourcedId,', 'who,') }
    const report = await feed('sds', headless)
    expect(report).toMatchObject({ reconciles: true, unread: ['roles.csv'] })
    expect(printReport(report)).toContain('NOT READ TO THE END: roles.csv.')
    expect((await feed('sds', sds)).unread).toEqual([])
    const folder = await mkdtemp(join(tmpdir(), 'feed-'))
    try {
      for (const [name, text] of Object.entries(headless)) await writeFile(join(folder, name), text)
      await rename(join(folder, 'users.csv'), join(folder, 'users'))
      await symlink(join(folder, 'users'), join(folder, 'users.csv'))
      const lines: string[] = []
      const { hasher: identifiers, now } = options('sds')
      const line = ['sds', folder, '--agency', 'sender', '--system', 'other']
      expect(await feedCommand(line, { store, identifiers, state, turns, now }, { say: said => void lines.push(said) })).toBe(1)
      expect(lines.join('\n')).toContain('• users.csv: This is a symbolic link; only files themselves are read, so this was not.')
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('a run that was killed is found interrupted by the next of its source, and by no other', async () => {
    const { feed, state } = await hub()
    const killed = (runId: string, system: string) =>
      state.saveRun({
        runId,
        system,
        agencyId: 'sender',
        format: 'sds',
        startedAt: '2026-11-24T11:00:00.000Z',
        status: 'running',
      })
    await killed('killed', 'sds')
    await killed('of another system', 'other')
    await feed('sds', sds)
    expect((await state.runs()).map(({ status }) => status)).toEqual(['interrupted', 'running', 'done'])
  })

  test('of a forgotten person nothing comes in again', async () => {
    const { feed, store, events } = await hub()
    await feed('sds', sds)
    const [first] = (await events()).filter(e => e.type === 'PersonRegistered')
    await store.keyring.destroy(first!.subjectRef!, undefined, 'erasureRequest')
    const before = (await events()).length
    const renamed = { ...sds, 'users.csv': sds['users.csv'].replace('CANARY-Ann', 'Anna') }
    const report = await feed('sds', renamed)
    expect(report.reconciles).toBe(true)
    expect(await events()).toHaveLength(before)
    expect(report.left.some(({ why }) => why.includes('forgotten'))).toBe(true)
  })

  test('the command line refuses to discard or to list what is not there, and says what is', async () => {
    const { feed, store, state, turns, options } = await hub()
    await feed('sds', { ...sds, 'enrollments.csv': `${sds['enrollments.csv']}D,4,student\n` })
    const [{ entryId } = { entryId: '' }] = await state.entries({})
    const listed: string[] = []
    const { hasher: identifiers, now } = options('sds')
    const says = async (...args: string[]) => {
      const lines: string[] = []
      const code = await feedCommand(args, { store, identifiers, state, turns, now }, { say: line => void lines.push(line) })
      return [code, lines.at(-1)]
    }
    expect(await says('quarantine', 'discard', entryId, 'x')).toEqual([
      1,
      'FEED.NO_ENTRY: Nothing in the quarantine has the id "x". Nothing was discarded. Take ids from npm run feed -- quarantine list.',
    ])
    for (const args of [['quarantine', 'list'], ['quarantine', 'retry', 'sds'], ['runs']])
      expect(await says(...args, '--agency', 'nowhere')).toEqual([
        1,
        expect.stringMatching(/^FEED\.AGENCY: No agency has the id "nowhere"\. Ids of agencies stand in/),
      ])
    expect(await says('quarantine', 'list', '--agency', 'social')).toEqual([0, '0 row(s) in quarantine.'])
    expect(await says('runs', '--foo')).toEqual([1, "Unknown option '--foo'. See npm run feed -- --help."])
    expect(await says('quarantine', 'list')).toEqual([0, '1 row(s) in quarantine.'])
    await feed('sds', { ...sds, 'enrollments.csv': `${sds['enrollments.csv']}D,4,student\n` }, { system: 'south' })
    await feedCommand(['quarantine', 'list'], { store, identifiers, state, turns, now }, { say: line => void listed.push(line) })
    expect(listed.map(line => line.split('  ')[2])).toEqual(['sender/sds', 'sender/south (sds)', undefined])
    expect(await says('quarantine', 'discard', entryId, entryId)).toEqual([0, 'Discarded 1 entry.'])
    expect(await says('quarantine', 'discard', entryId)).toEqual([1, expect.stringMatching(/^FEED\.NO_ENTRY/)])
  })

  test('feeds only for an agency that is open', async () => {
    const { feed } = await hub()
    await expect(feed('sds', sds, { agencyId: 'nobody' })).rejects.toMatchObject({ code: 'FEED.AGENCY' })
  })
})

describe('a dry run of a complete set', () => {
  const ten = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  const guardian = (n: number) => `g${n}`
  const rows = (header: string, lines: readonly string[]) => [header, ...lines, ''].join('\n')
  /** A school of these learners, of whom these have two guardians in common. */
  const school = {
    sds: (learners: readonly number[], guarded: readonly number[] = []) => ({
      'orgs.csv': sds['orgs.csv'],
      'users.csv': rows('sourcedId,username,givenName,familyName,email', [
        ...learners.map(n => `${n},u${n},Ann,${n},`),
        ...(guarded.length > 0 ? [1, 2].map(n => `${guardian(n)},${guardian(n)},Cas,${n},`) : []),
      ]),
      'roles.csv': rows(
        'userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate',
        learners.map(n => `${n},S,student,,10,TRUE,2026-09-01,`),
      ),
      'classes.csv': sds['classes.csv'],
      'enrollments.csv': rows(
        'classSourcedId,userSourcedId,role',
        learners.map(n => `C,${n},student`),
      ),
      'relationships.csv': rows(
        'userSourcedId,relationshipUserSourcedId,relationshipRole',
        guarded.flatMap(n => [1, 2].map(g => `${n},${guardian(g)},guardian`)),
      ),
    }),
    oneroster: (learners: readonly number[], guarded: readonly number[] = []) => ({
      'manifest.csv': rows('propertyName,value', [
        'manifest.version,1.0',
        'oneroster.version,1.1',
        ...['orgs', 'users', 'classes', 'enrollments'].map(file => `file.${file},bulk`),
      ]),
      'orgs.csv': 'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nS,,,School,school,,\n',
      'users.csv': rows(
        'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,agentSourcedIds',
        [
          ...learners.map(n => `${n},,,true,S,student,u${n},,Ann,${n},${guarded.includes(n) ? '"g1,g2"' : ''}`),
          ...[1, 2].map(n => `${guardian(n)},,,true,S,parent,${guardian(n)},,Cas,${n},`),
        ],
      ),
      'classes.csv':
        'sourcedId,status,dateLastModified,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds\nC,,,Maths,K,scheduled,S,T\n',
      'enrollments.csv': rows(
        'sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate',
        learners.map(n => `e${n},,,C,S,${n},student,,2026-09-01,`),
      ),
    }),
  }
  type Files = Record<string, string>
  const mend = (files: Files, file: string, from: string, to: string): Files => ({
    ...files,
    [file]: files[file]!.replace(from, to),
  })
  const accepted = { acceptDrop: true }
  const nine = ten.slice(1)
  const seven = ten.slice(3)
  const guarded = [9, 10]

  test.each<[string, FormatName, Files, Files, Partial<FeedOptions>, object]>([
    [
      'one of ten is missing',
      'sds',
      school.sds(ten),
      school.sds(nine),
      {},
      { ended: 3, eventTypes: { AgencyStandingEnded: 1, EnrolmentEnded: 2 } },
    ],
    ['three of ten are missing', 'sds', school.sds(ten), school.sds(seven), {}, { ended: 0, events: 0 }],
    [
      'three of ten are missing, and the drop is accepted',
      'sds',
      school.sds(ten),
      school.sds(seven),
      accepted,
      { ended: 9, eventTypes: { AgencyStandingEnded: 3, EnrolmentEnded: 6 } },
    ],
    [
      'two of eleven are missing and one is new',
      'oneroster',
      school.oneroster([...ten, 11]),
      school.oneroster([...nine.slice(1), 11, 12]),
      {},
      { ended: 4, eventTypes: { AgencyStandingEnded: 2, EnrolmentEnded: 2 } },
    ],
    [
      'a row of ten is in quarantine and one is missing',
      'sds',
      school.sds(ten),
      mend(school.sds(nine), 'users.csv', ',Ann,9,', ',Ann,9,no-address'),
      {},
      { ended: 3, totals: { quarantined: 3 } },
    ],
    [
      'one is missing, and of one the id cannot be read',
      'sds',
      school.sds(ten),
      mend(school.sds(nine), 'users.csv', '\n9,u9', '\n,u9'),
      {},
      { eventTypes: { EnrolmentEnded: 2 } },
    ],
    [
      'guardians are there whom nobody links any more',
      'oneroster',
      school.oneroster(ten, guarded),
      school.oneroster(ten),
      accepted,
      { ended: 4, eventTypes: { GuardianEnded: 4 } },
    ],
    [
      'guardians whom nobody links any more are too many to be ended',
      'oneroster',
      school.oneroster(ten, guarded),
      school.oneroster(ten),
      {},
      { ended: 0, events: 0 },
    ],
    [
      'the learner is missing with the guardians, who are somebody else’s too',
      'oneroster',
      school.oneroster(ten, guarded),
      school.oneroster(ten.slice(0, 9), [9]),
      accepted,
      { ended: 4, eventTypes: { AgencyStandingEnded: 1, EnrolmentEnded: 1 } },
    ],
    [
      'guardians and what links them are missing',
      'sds',
      school.sds(ten, guarded),
      school.sds(ten),
      accepted,
      { ended: 6, eventTypes: { GuardianEnded: 4 } },
    ],
  ])('says of who is ended what the run says, where %s', async (_, format, before, now, more, expected) => {
    const { feed, events, state } = await hub()
    await feed(format, before)
    const recorded = (await events()).length
    const kept = JSON.stringify([await state.runs(), await state.entries({})])
    const dry = await feed(format, now, { ...more, dryRun: true })
    expect(await events()).toHaveLength(recorded)
    expect(JSON.stringify([await state.runs(), await state.entries({})])).toBe(kept)
    const real = await feed(format, now, more)
    expect(real).toMatchObject(expected)
    expect({ ...dry, runId: '', dryRun: false }).toEqual({ ...real, runId: '' })
  })

  test('says that a fifth or more is missing, and ends a page and more where that is accepted', async () => {
    const { feed } = await hub()
    const many = Array.from({ length: 1_300 }, (_, n) => n + 1)
    await feed('oneroster', school.oneroster(many))
    const few = school.oneroster(many.slice(1_100))
    const { remarks } = await feed('oneroster', few, { dryRun: true })
    expect(remarks.filter(remark => remark.includes('a fifth or more')).map(remark => remark.split(' are ')[0])).toEqual([
      '1100 of 1302 records of user',
      '1100 of 1300 records of enrollment',
    ])
    const dry = await feed('oneroster', few, { ...accepted, dryRun: true })
    expect(dry).toMatchObject({ ended: 2_200, eventTypes: { AgencyStandingEnded: 1_100, EnrolmentEnded: 1_100 } })
  })
})

describe('R-V.6 what is not on a feed’s list', () => {
  const patient = { resourceType: 'Patient', id: 'p', name: [{ family: 'Doe', given: ['Ann'] }], birthDate: '2005-01-01' }
  const answers = {
    resourceType: 'QuestionnaireResponse',
    id: 'q',
    status: 'completed',
    questionnaire: 'urn:who-5',
    subject: { reference: 'Patient/p' },
    authored: '2026-10-10',
    item: [{ linkId: '1', answer: [{ valueString: 'CANARY' }] }],
  }
  const files = (...resources: object[]) => ({ 'x.ndjson': resources.map(each => JSON.stringify(each)).join('\n') })

  test('an employment service’s screening answers stay out, with place and reason, sealed and whole; what it may write comes in', async () => {
    for (const sector of ['employment', 'social'] as const) {
      const { feed, events, state, store } = await hub(sector)
      const dry = await feed('fhir', files(patient, answers), { dryRun: true })
      const report = await feed('fhir', files(patient, answers))
      expect(report).toMatchObject({ reconciles: true, totals: { read: 2, new: 1, quarantined: 1 } })
      expect({ ...dry, runId: '', dryRun: false }).toEqual({ ...report, runId: '' })
      expect((await events()).map(({ type }) => type)).toEqual(['PersonRegistered', 'IdentifierAttached'])
      const [entry, ...more] = await state.entries({})
      expect(more).toEqual([])
      expect(entry).toMatchObject({
        code: 'FEED.CATEGORY',
        place: { file: 'x.ndjson', row: 2, pointer: '/' },
      })
      expect(entry!.reason).toContain('may not write C7 (screening items)')
      expect(entry!.reason).toContain('It may write C1 ')
      expect(JSON.stringify([entry, report])).not.toContain('CANARY')
      expect(JSON.stringify(await openEntry(store.keyring, entry!))).toContain('CANARY')
    }
  })

  test('a school’s list without identity keeps its people out, and all that hangs on them; classes are about nobody', async () => {
    const { feed, events, allow, state } = await hub()
    await allow('sds', ['C2'])
    const report = await feed('sds', sds, { staffIssuer: 'https://idp.example' })
    expect(report).toMatchObject({ reconciles: true, mayWrite: ['C2'], eventTypes: { ClassOpened: 1 } })
    expect((await events()).filter(({ subjectRef }) => subjectRef !== undefined)).toEqual([])
    const entries = await state.entries({})
    expect(entries.find(({ entity }) => entity === 'user')).toMatchObject({
      code: 'FEED.CATEGORY',
      place: { file: 'users.csv', row: 2, column: 'givenName' },
    })
    expect(entries.filter(({ entity }) => entity === 'enrollment')).toHaveLength(2)
  })

  test('a list without results keeps the results out and ends nobody', async () => {
    const { feed, allow } = await hub()
    await feed('sds', sds)
    await allow('sds', ['C1'])
    const report = await feed('sds', { ...sds, 'roles.csv': sds['roles.csv'].replace(',S,student,,10', ',S,student,,11') })
    expect(report).toMatchObject({ reconciles: true, events: 0, totals: { quarantined: 1 } })
    expect(report.quarantine).toMatchObject([{ file: 'roles.csv', code: 'FEED.CATEGORY', first: 'row 2, grade' }])
  })

  test('what the authority then puts on the list comes in from the quarantine', async () => {
    const { feed, allow, options, state } = await hub('health')
    await allow('fhir', ['C1'])
    expect((await feed('fhir', files(patient, answers))).totals).toMatchObject({ new: 1, quarantined: 1 })
    expect((await retry(options('fhir'))).report).toMatchObject({ events: 0, totals: { quarantined: 1 } })
    await allow('fhir', ['C1', 'C7'])
    expect((await retry(options('fhir'))).report!.eventTypes).toEqual({ AssessmentStarted: 1, ItemResponseRecorded: 2 })
    expect(await state.entries({})).toEqual([])
  })

  test('services are about nobody: a list of nothing lets them in', async () => {
    const { feed, allow } = await hub('social')
    await allow('hsds', [])
    const organizations = 'id,name,description\n00000000-0000-4000-8000-000000000001,Centre,Help\n'
    const report = await feed('hsds', { 'organizations.csv': organizations })
    expect(report).toMatchObject({ mayWrite: [], eventTypes: { OrganizationListed: 1 } })
  })
})

describe('OneRoster as events', () => {
  const manifest = (mode: string) =>
    [
      'propertyName,value',
      'manifest.version,1.0',
      'oneroster.version,1.1',
      ...['orgs', 'users', 'classes', 'enrollments', 'lineItems', 'results'].map(f => `file.${f},${mode}`),
      '',
    ].join('\n')
  const set = {
    'manifest.csv': manifest('bulk'),
    'orgs.csv': 'sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId\nS,,,School,school,,\n',
    'users.csv':
      'sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,agentSourcedIds,password\nu1,,,true,S,student,u1,,Ann,One,,x\nu2,,,true,S,teacher,u2,,Ben,Two,,x\nu3,,,true,S,parent,u3,,Cas,One,u1,x\n',
    'classes.csv':
      'sourcedId,status,dateLastModified,title,courseSourcedId,classType,schoolSourcedId,termSourcedIds\nC,,,Maths,K,scheduled,S,T\n',
    'enrollments.csv':
      'sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\ne1,,,C,S,u1,student,,2026-09-01,\ne2,,,C,S,u2,teacher,,,\n',
    'lineItems.csv':
      'sourcedId,status,dateLastModified,title,assignDate,dueDate,classSourcedId,categorySourcedId,gradingPeriodSourcedId,resultValueMin,resultValueMax\nL,,,Test 1,2026-09-10,2026-09-20,C,G,T,0,20\n',
    'results.csv':
      'sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate\nr1,,,L,u1,fully graded,14,2026-09-22\n',
  }
  test('learners with contacts, classes with teachers, results with corrections, and a delta that ends', async () => {
    const { feed } = await hub()
    const staffIssuer = 'https://idp.example'
    expect((await feed('oneroster', set, { staffIssuer })).eventTypes).toEqual({
      ClassOpened: 1,
      GuardianRecorded: 1,
      IdentifierAttached: 1,
      LearnerEnrolled: 1,
      PersonRegistered: 1,
      ResultRecorded: 1,
      StaffMemberRegistered: 1,
      StaffRoleAssigned: 1,
      TeacherAssigned: 1,
    })
    expect((await feed('oneroster', set, { staffIssuer })).events).toBe(0)
    expect(
      (await feed('oneroster', { ...set, 'results.csv': set['results.csv'].replace(',14,', ',15,') }, { staffIssuer }))
        .eventTypes,
    ).toEqual({ ResultCorrected: 1 })
    const delta = {
      'manifest.csv': 'propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.enrollments,delta\n',
      'enrollments.csv': `${set['enrollments.csv'].split('\n')[0]}\ne1,tobedeleted,2026-11-01T00:00:00Z,,,,,,,\n`,
    }
    expect((await feed('oneroster', delta, { staffIssuer })).eventTypes).toEqual({ EnrolmentEnded: 1 })
    expect((await feed('oneroster', delta, { staffIssuer })).events).toBe(0)
  })

  /** A delta of one file of 1.1. */
  const deltaOf = (file: string, text: string) => ({
    'manifest.csv': `propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.${file},delta\n`,
    [`${file}.csv`]: text.replaceAll(/,,,/g, ',active,2026-11-01T00:00:00Z,'),
  })
  const without = (file: 'lineItems' | 'results') => {
    const { [`${file}.csv` as const]: _, ...rest } = set
    return { ...rest, 'manifest.csv': manifest('bulk').replace(`${file},bulk`, `${file},absent`) }
  }

  test('a result comes in whatever delivery its line item came with, before it or after it', async () => {
    const before = await hub()
    await before.feed('oneroster', without('results'))
    const results = deltaOf('results', set['results.csv'])
    expect((await before.feed('oneroster', results)).eventTypes).toEqual({ ResultRecorded: 1 })
    expect(await before.feed('oneroster', results)).toMatchObject({ events: 0, reconciles: true })

    const after = await hub()
    await after.feed('oneroster', without('lineItems'))
    expect((await after.state.entries({})).map(({ code }) => code)).toEqual(['REFERENCE.UNKNOWN'])
    await after.feed('oneroster', deltaOf('lineItems', set['lineItems.csv']))
    expect((await retry(after.options('oneroster'))).report!.eventTypes).toEqual({ ResultRecorded: 1 })
    expect(await after.state.entries({})).toEqual([])
  })

  test('what a line item says is kept for its results only sealed, and in a dry run not at all', async () => {
    const { feed, state } = await hub()
    const kept: unknown[] = []
    const remember = state.remember.bind(state)
    state.remember = (...args) => {
      kept.push(args)
      return remember(...args)
    }
    const named = { ...set, 'lineItems.csv': set['lineItems.csv'].replace('Test 1', 'CANARY') }
    expect((await feed('oneroster', named, { dryRun: true })).eventTypes).toMatchObject({ ResultRecorded: 1 })
    expect(kept).toEqual([])
    await feed('oneroster', named)
    expect(JSON.stringify(kept)).toContain('note lineItem')
    expect(JSON.stringify(kept)).not.toContain('CANARY')
  })

  test.each(['oneroster', 'sds'] as const)(
    '%s: teachers come in once it is known where they sign in, though their rows did not change',
    async format => {
      const { feed } = await hub()
      const files = format === 'sds' ? sds : set
      const staffIssuer = 'https://idp.example'
      await feed(format, files)
      const again = await feed(format, files)
      expect(again).toMatchObject({ events: 0, reconciles: true })
      expect(again.left.some(({ why }) => why.includes('--staff-issuer'))).toBe(true)
      const known = await feed(format, files, { staffIssuer })
      expect(known.eventTypes).toEqual({ StaffMemberRegistered: 1, StaffRoleAssigned: 1, TeacherAssigned: 1 })
      expect(known).toMatchObject({ reconciles: true, totals: { changed: 0, quarantined: 0 } })
      expect(await feed(format, files, { staffIssuer })).toMatchObject({ events: 0, reconciles: true })
    },
  )

  test('an enrolment that was dropped and comes again is one of its own, each time', async () => {
    const { feed, events } = await hub()
    const dropped = { ...set, 'enrollments.csv': set['enrollments.csv'].replace(/^e1.*\n/m, '') }
    const ended = deltaOf(
      'enrollments',
      set['enrollments.csv'].replace(/^e1,,,.*\ne2.*/m, 'e1,tobedeleted,2026-11-01T00:00:00Z,,,,,,,'),
    )
    await feed('oneroster', set)
    for (const without of [dropped, ended, dropped]) {
      expect((await feed('oneroster', without, { acceptDrop: true })).eventTypes).toEqual({ EnrolmentEnded: 1 })
      expect(await feed('oneroster', without, { acceptDrop: true })).toMatchObject({ events: 0 })
      expect(await feed('oneroster', set)).toMatchObject({ eventTypes: { LearnerEnrolled: 1 }, totals: { quarantined: 0 } })
      expect(await feed('oneroster', set)).toMatchObject({ events: 0, reconciles: true })
    }
    const corrected = await feed('oneroster', { ...set, 'results.csv': set['results.csv'].replace(',14,', ',15,') })
    expect(corrected).toMatchObject({ events: 1, totals: { quarantined: 0 } })
    const enrolled = (await events()).filter(({ type }) => type === 'LearnerEnrolled').map(({ streamId }) => streamId)
    expect(new Set(enrolled).size).toBe(4)
    expect((await events()).at(-1)!.streamId).toBe(enrolled.at(-1))
  })

  const users = (from: string, to: string) => ({ ...set, 'users.csv': set['users.csv'].replace(from, to) })

  test('a guardian whom a complete set no longer links to the learner is ended, and recorded again with the link', async () => {
    const { feed } = await hub()
    await feed('oneroster', set)
    const gone = users('Cas,One,u1,', 'Cas,One,,')
    const guarded = await feed('oneroster', gone)
    expect(guarded.events).toBe(0)
    expect(guarded.remarks.some(remark => remark.startsWith('1 of 1 records of agent are missing'))).toBe(true)
    expect((await feed('oneroster', gone, { acceptDrop: true })).eventTypes).toEqual({ GuardianEnded: 1 })
    expect(await feed('oneroster', gone, { acceptDrop: true })).toMatchObject({ events: 0, reconciles: true })
    expect((await feed('oneroster', set)).eventTypes).toEqual({ GuardianRecorded: 1 })
  })

  test('every guardian of a learner is ended whom a complete set no longer links', async () => {
    const { feed } = await hub()
    const both = users('u2,,,true,S,teacher,u2,,Ben,Two,,x', 'u2,,,true,S,parent,u2,,Ben,Two,u1,x')
    expect((await feed('oneroster', both)).eventTypes).toMatchObject({ GuardianRecorded: 2 })
    const neither = { ...both, 'users.csv': both['users.csv'].replaceAll(',u1,x', ',,x') }
    expect((await feed('oneroster', neither, { acceptDrop: true })).eventTypes).toEqual({ GuardianEnded: 2 })
  })

  test.each([
    ['the row of the learner is in quarantine', users('u1,,,true', 'u1,,,maybe')],
    ['the row of the guardian cannot be read', users('u3,,,true,S', 'u3,,,true')],
    ['the learner is not in the set any more', users('u1,,,true,S,student,u1,,Ann,One,,x\n', '')],
  ])('no guardian is ended where %s', async (_, files) => {
    const { feed } = await hub()
    await feed('oneroster', set)
    expect((await feed('oneroster', files, { acceptDrop: true })).eventTypes['GuardianEnded']).toBeUndefined()
  })

  test('a guardian whom the register no longer has is ended', async () => {
    const { feed } = await hub()
    await feed('oneroster', set)
    const deleted = deltaOf('users', set['users.csv'].replace(/u1.*\n.*\nu3,,,/, 'u3,tobedeleted,2026-11-01T00:00:00Z,'))
    expect((await feed('oneroster', deleted)).eventTypes).toEqual({ GuardianEnded: 1 })
    expect((await feed('oneroster', deleted)).events).toBe(0)
    expect((await feed('oneroster', set)).eventTypes).toEqual({ GuardianRecorded: 1 })
    const missing = await hub()
    await missing.feed('oneroster', set)
    const { eventTypes } = await missing.feed('oneroster', users('u3,,,true,S,parent,u3,,Cas,One,u1,x\n', ''), {
      acceptDrop: true,
    })
    expect(eventTypes).toEqual({ GuardianEnded: 1 })
  })

  test('a guardian whom a delta links to one more learner is theirs too', async () => {
    const { feed } = await hub()
    const more = users('u2,,,true,S,teacher', 'u2,,,true,S,student')
    await feed('oneroster', more)
    const linked = deltaOf('users', set['users.csv'].replace(/u1.*\n.*\n/, '').replace('One,u1,x', 'One,"u1,u2",x'))
    expect((await feed('oneroster', linked)).eventTypes).toEqual({ GuardianRecorded: 1 })
    expect((await feed('oneroster', more, { acceptDrop: true })).eventTypes).toEqual({ GuardianEnded: 1 })
  })

  test('a guardian’s own row counts as changed where it changed something, and as read with the learner where not', async () => {
    const { feed } = await hub()
    const left = { entity: 'user', why: 'Read with the learner whose contact they are.', rows: 1 }
    expect((await feed('oneroster', set)).left).toContainEqual(left)
    const renamed = users('Cas,One', 'Cass,One')
    const bulk = await feed('oneroster', renamed)
    expect(bulk).toMatchObject({ eventTypes: { GuardianRecorded: 1 }, totals: { changed: 1 } })
    expect(bulk.left).toContainEqual(left)
    const delta = await feed('oneroster', deltaOf('users', set['users.csv'].replace(/u1.*\n.*\n/, '').replace('Cas,', 'Cassie,')))
    expect(delta).toMatchObject({ reconciles: true, eventTypes: { GuardianRecorded: 1 }, totals: { read: 1, changed: 1 } })
  })

  test('a row that waits for something stays in quarantine when it is tried again', async () => {
    const { feed, state, options } = await hub()
    const users = set['users.csv'].replace('u2,,,true,S,teacher,u2', 'u2,,,true,X,teacher,u2')
    await feed('oneroster', { ...set, 'users.csv': users })
    const orgs = deltaOf('orgs', set['orgs.csv'].replace('S,,,School', 'X,,,Other'))
    await feed('oneroster', orgs)
    expect((await retry(options('oneroster'))).report!.events).toBe(0)
    expect((await state.entries({})).map(({ entity }) => entity).sort()).toEqual(['enrollment', 'user'])
    await retry({ ...options('oneroster'), staffIssuer: 'https://idp.example' })
    expect(await state.entries({})).toEqual([])
  })
})

describe('OneRoster 1.2 as events', () => {
  const manifest = (modes: Record<string, 'bulk' | 'delta'>) =>
    `propertyName,value\nmanifest.version,1.0\noneroster.version,1.2\n${Object.entries(modes)
      .map(([file, mode]) => `file.${file},${mode}\n`)
      .join('')}`
  const users = 'sourcedId,status,dateLastModified,enabledUser,username,givenName,familyName,agentSourcedIds\n'
  const set = {
    'manifest.csv': manifest({ orgs: 'bulk', users: 'bulk', roles: 'bulk' }),
    'orgs.csv': 'sourcedId,name,type,identifier,parentSourcedId\nS,School,school,,\n',
    'users.csv': `${users}u1,,,true,u1,Ann,One,tp\ntp,,,true,tp,Tea,Two,\ng,,,true,g,Gus,One,u1\n`,
    'roles.csv':
      'sourcedId,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\nr1,u1,primary,student,2026-09-01,,S\nr2,tp,primary,teacher,,,S\nr3,tp,secondary,parent,,,S\nr4,g,primary,guardian,,,S\n',
  }
  const staffIssuer = 'https://idp.example'
  const delta = (...rows: string[]) => ({
    'manifest.csv': manifest({ users: 'delta' }),
    'users.csv': `${users}${rows.join('\n')}\n`,
  })

  test('who teaches and is a parent is both, and each as soon as it can be', async () => {
    const { feed } = await hub()
    const whole = await feed('oneroster', set, { staffIssuer })
    expect(whole).toMatchObject({ reconciles: true, quarantine: [] })
    expect(whole.eventTypes).toMatchObject({ GuardianRecorded: 2, StaffMemberRegistered: 1, StaffRoleAssigned: 1 })
    expect(await feed('oneroster', set, { staffIssuer })).toMatchObject({ events: 0, reconciles: true })

    const later = await hub()
    expect((await later.feed('oneroster', set)).eventTypes).toMatchObject({ GuardianRecorded: 2 })
    expect((await later.feed('oneroster', set, { staffIssuer })).eventTypes).toEqual({
      StaffMemberRegistered: 1,
      StaffRoleAssigned: 1,
    })
  })

  test('who studies and teaches waits for where staff sign in with that part alone', async () => {
    const { feed } = await hub()
    const both = { ...set, 'roles.csv': `${set['roles.csv']}r5,u1,secondary,teacher,,,S\n` }
    expect((await feed('oneroster', both)).eventTypes).toMatchObject({ PersonRegistered: 1, LearnerEnrolled: 1 })
    expect(await feed('oneroster', both)).toMatchObject({ events: 0, reconciles: true })
    expect((await feed('oneroster', both, { staffIssuer })).eventTypes).toEqual({
      StaffMemberRegistered: 2,
      StaffRoleAssigned: 2,
    })
  })

  test.each([
    ['says a role that there is not', ',g,primary,guardian', ',g,primary,gardian'],
    ['cannot be read', ',g,primary,guardian,,,S', ',g,primary'],
  ])('no guardian is ended where the row of their role %s', async (_, from, to) => {
    const { feed } = await hub()
    await feed('oneroster', set)
    const broken = await feed('oneroster', { ...set, 'roles.csv': set['roles.csv'].replace(from, to) }, { acceptDrop: true })
    expect(broken).toMatchObject({ events: 0, totals: { quarantined: 1 } })
  })

  test('of a forgotten learner it is forgotten too who their guardians were', async () => {
    const { feed, events, state } = await hub()
    const kept: string[] = []
    const remember = state.remember.bind(state)
    state.remember = (source, runId, records) => {
      kept.push(...records.flatMap(({ entity, idHash }) => (entity === 'note agent' ? [idHash] : [])))
      return remember(source, runId, records)
    }
    await feed('oneroster', set)
    const learner = (await events()).find(({ type }) => type === 'PersonRegistered')!.subjectRef
    // By what the forgetting of ids looks for.
    expect(new Set(kept.map(uuidOf))).toEqual(new Set([learner]))
  })

  test('a contact’s row without an id is quarantined, and holds up nobody', async () => {
    const { feed } = await hub()
    const nameless = {
      ...set,
      'users.csv': set['users.csv'].replace(/^g,/m, ','),
      'roles.csv': set['roles.csv'].replace(',g,primary', ',,primary'),
    }
    const report = await feed('oneroster', nameless)
    expect(report).toMatchObject({ reconciles: true, totals: { quarantined: 2 }, eventTypes: { PersonRegistered: 1 } })
  })

  describe('a teacher whom the register lets in no more', () => {
    const off = (files: Record<string, string>) => ({
      ...files,
      'users.csv': files['users.csv']!.replace('tp,,,true', 'tp,,,false'),
    })

    test('loses what the register gave them, and has it again when they are let in again', async () => {
      const { feed } = await hub()
      await feed('oneroster', set, { staffIssuer })
      const report = await feed('oneroster', off(set), { staffIssuer })
      expect(report).toMatchObject({ eventTypes: { StaffRoleEnded: 1 }, quarantine: [] })
      expect(await feed('oneroster', off(set), { staffIssuer })).toMatchObject({ events: 0, reconciles: true })
      expect((await feed('oneroster', set, { staffIssuer })).eventTypes).toEqual({ StaffRoleAssigned: 1 })
    })

    test('who left the school and comes again as they were has their role again', async () => {
      const { feed } = await hub()
      const without = {
        ...set,
        'users.csv': set['users.csv'].replace(/tp,,,.*\n/, '').replace(',tp\n', ',\n'),
        'roles.csv': set['roles.csv'].replace(/r[23],.*\n/g, ''),
      }
      await feed('oneroster', set, { staffIssuer })
      const gone = await feed('oneroster', without, { staffIssuer, acceptDrop: true })
      expect(gone.eventTypes).toMatchObject({ StaffRoleEnded: 1 })
      expect((await feed('oneroster', set, { staffIssuer })).eventTypes).toMatchObject({
        StaffRoleAssigned: 1,
        GuardianRecorded: 1,
      })
      expect(await feed('oneroster', set, { staffIssuer })).toMatchObject({ events: 0, reconciles: true })
    })

    test('is not registered, nor given a role, and says why; a learner may study whose access is off', async () => {
      const { feed } = await hub()
      const all = { ...off(set), 'users.csv': off(set)['users.csv']!.replace('u1,,,true', 'u1,,,false') }
      const report = await feed('oneroster', all, { staffIssuer })
      expect(report.eventTypes).toMatchObject({ PersonRegistered: 1, LearnerEnrolled: 1, GuardianRecorded: 2 })
      for (const type of ['StaffMemberRegistered', 'StaffRoleAssigned']) expect(report.eventTypes).not.toHaveProperty(type)
      expect(report.left).toContainEqual({ entity: 'role', rows: 1, why: expect.stringContaining('enabledUser') })
    })

    test('whom one delivery left out by mistake has their role again, though its own row never went', async () => {
      const { feed } = await hub()
      await feed('oneroster', set, { staffIssuer })
      const slip = {
        'users.csv': set['users.csv'].replace(/tp,,,.*\n/, '').replace(',tp\n', ',\n'),
      }
      const gone = await feed('oneroster', { ...set, ...slip }, { staffIssuer, acceptDrop: true })
      expect(gone.eventTypes).toMatchObject({ StaffRoleEnded: 1 })
      expect((await feed('oneroster', set, { staffIssuer })).eventTypes).toMatchObject({ StaffRoleAssigned: 1 })
      expect(await feed('oneroster', set, { staffIssuer })).toMatchObject({ events: 0, reconciles: true })

      const registered = await hub()
      await registered.feed('sds', sds, { staffIssuer })
      const without = { ...sds, 'users.csv': sds['users.csv'].replace(/2,b@x.*\n/, '') }
      await registered.feed('sds', without, { staffIssuer, acceptDrop: true })
      expect((await registered.feed('sds', sds, { staffIssuer })).eventTypes).toMatchObject({ StaffRoleAssigned: 1 })
      expect(await registered.feed('sds', sds, { staffIssuer })).toMatchObject({ events: 0, reconciles: true })
    })

    test('by deltas of people alone, loses it at once and has it again with the next whole set', async () => {
      const { feed } = await hub()
      await feed('oneroster', set, { staffIssuer })
      const people = (is: boolean) => delta(`tp,active,2026-11-01T00:00:00Z,${is},tp,Tea,Two,`)
      expect((await feed('oneroster', people(false), { staffIssuer })).eventTypes).toEqual({ StaffRoleEnded: 1 })
      expect(await feed('oneroster', people(true), { staffIssuer })).toMatchObject({ events: 0 })
      expect((await feed('oneroster', set, { staffIssuer })).eventTypes).toEqual({ StaffRoleAssigned: 1 })
      expect(await feed('oneroster', set, { staffIssuer })).toMatchObject({ events: 0, reconciles: true })
    })

    test('is remembered where a delta has the role alone', async () => {
      const { feed } = await hub()
      await feed('oneroster', off(set), { staffIssuer })
      const report = await feed(
        'oneroster',
        {
          'manifest.csv': manifest({ roles: 'delta' }),
          'roles.csv':
            'sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId\nr9,active,2026-11-01T00:00:00Z,tp,primary,principal,,,S\n',
        },
        { staffIssuer },
      )
      expect(report).toMatchObject({ events: 0, quarantine: [], totals: { notTaken: 1 } })
    })
  })

  describe('a row that says something else than before', () => {
    const classes = {
      'manifest.csv': manifest({
        orgs: 'bulk',
        users: 'bulk',
        roles: 'bulk',
        courses: 'bulk',
        academicSessions: 'bulk',
        classes: 'bulk',
        enrollments: 'bulk',
      }),
      'academicSessions.csv':
        'sourcedId,title,type,startDate,endDate,parentSourcedId,schoolYear\nY,Year,schoolYear,2026-08-01,2027-07-31,,2027\n',
      'courses.csv': 'sourcedId,schoolYearSourcedId,title,courseCode,orgSourcedId\nM,Y,Maths,M1,S\n',
      'classes.csv':
        'sourcedId,title,courseSourcedId,classCode,classType,schoolSourcedId,termSourcedIds\nk1,A,M,,scheduled,S,Y\nk2,B,M,,scheduled,S,Y\n',
      'enrollments.csv':
        'sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate\ne1,k1,S,u1,student,,,\ne2,k1,S,tp,teacher,,,\n',
    }
    const whole = {
      ...set,
      ...classes,
      'users.csv': `${set['users.csv']}t2,,,true,t2,Tom,Three,\n`,
      'roles.csv': `${set['roles.csv']}r5,t2,primary,teacher,,,S\n`,
    }

    test.each<[string, 'roles.csv' | 'enrollments.csv', string, string, object]>([
      ['another role', 'roles.csv', 'tp,primary,teacher', 'tp,primary,principal', { StaffRoleEnded: 1, StaffRoleAssigned: 1 }],
      ['a role that gives nothing', 'roles.csv', 'tp,primary,teacher', 'tp,primary,aide', { StaffRoleEnded: 1 }],
      [
        'another school',
        'roles.csv',
        'tp,primary,teacher,,,S',
        'tp,primary,teacher,,,S2',
        { StaffRoleEnded: 1, StaffRoleAssigned: 1 },
      ],
      ['another class, of a teacher', 'enrollments.csv', 'e2,k1', 'e2,k2', { TeacherUnassigned: 1, TeacherAssigned: 1 }],
      ['another teacher', 'enrollments.csv', 'tp,teacher', 't2,teacher', { TeacherUnassigned: 1, TeacherAssigned: 1 }],
      ['that a teacher helps', 'enrollments.csv', 'tp,teacher', 'tp,aide', { TeacherUnassigned: 1 }],
      ['another class, of a learner', 'enrollments.csv', 'e1,k1', 'e1,k2', { EnrolmentEnded: 1, LearnerEnrolled: 1 }],
    ])('ends what it gave: %s; and back again', async (_, file, from, to, eventTypes) => {
      const { feed } = await hub()
      const more = { staffIssuer, agencies: { S2: 'other-school' } }
      const orgs = { 'orgs.csv': `${set['orgs.csv']}S2,Other,school,,\n` }
      await feed('oneroster', { ...whole, ...orgs }, more)
      const changed = { ...whole, ...orgs, [file]: whole[file].replace(from, to) }
      expect(await feed('oneroster', changed, more)).toMatchObject({ quarantine: [], reconciles: true })
      const again = await hub()
      await again.feed('oneroster', { ...whole, ...orgs }, more)
      expect((await again.feed('oneroster', changed, more)).eventTypes).toEqual(eventTypes)
      expect(await again.feed('oneroster', changed, more)).toMatchObject({ events: 0, reconciles: true })
      const back = await again.feed('oneroster', { ...whole, ...orgs }, more)
      expect(back.eventTypes).not.toEqual({})
      expect(back).toMatchObject({ quarantine: [], reconciles: true })
      expect(await again.feed('oneroster', { ...whole, ...orgs }, more)).toMatchObject({ events: 0, reconciles: true })
    })

    test('a principal who studies now leads no more', async () => {
      const { feed } = await hub()
      const led = { ...set, 'roles.csv': set['roles.csv'].replace('tp,primary,teacher', 'tp,primary,principal') }
      await feed('oneroster', led, { staffIssuer })
      const studies = { ...set, 'roles.csv': set['roles.csv'].replace('tp,primary,teacher', 'tp,primary,student') }
      expect((await feed('oneroster', studies, { staffIssuer })).eventTypes).toMatchObject({
        StaffRoleEnded: 1,
        LearnerEnrolled: 1,
      })
      expect(await feed('oneroster', studies, { staffIssuer })).toMatchObject({ events: 0, reconciles: true })
    })

    test.each(['administrator', 'student', 'parent', 'aide'])(
      'in 1.1, where the role stands with the person: a teacher who is a %s now',
      async role => {
        const { feed } = await hub()
        const people = (is: string) => ({
          'orgs.csv': set['orgs.csv'],
          'users.csv': `sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,agentSourcedIds\nt,,,true,S,${is},t,,Tea,Two,\n`,
        })
        expect((await feed('oneroster', people('teacher'), { staffIssuer })).eventTypes).toMatchObject({ StaffRoleAssigned: 1 })
        expect((await feed('oneroster', people(role), { staffIssuer })).eventTypes).toMatchObject({ StaffRoleEnded: 1 })
        expect(await feed('oneroster', people(role), { staffIssuer })).toMatchObject({ events: 0, reconciles: true })
        expect((await feed('oneroster', people('teacher'), { staffIssuer })).eventTypes).toMatchObject({ StaffRoleAssigned: 1 })
      },
    )
  })

  test('what the rows of a delta refer to in earlier ones is looked up together, not row by row', async () => {
    const { feed, state } = await hub()
    const many = Array.from({ length: 200 }, (_, i) => `p${i}`)
    const row = (id: string) => `${id},,,true,${id},Given,${id},\n`
    const stamp = ',active,2026-11-01T00:00:00Z,'
    await feed('oneroster', {
      ...set,
      'users.csv': set['users.csv'] + many.map(row).join(''),
      'roles.csv': set['roles.csv'] + many.map(id => `r${id},${id},primary,student,,,S\n`).join(''),
    })
    let looked = 0
    const find = state.find.bind(state)
    state.find = (...asked) => (looked++, find(...asked))
    const report = await feed('oneroster', {
      'manifest.csv': manifest({ demographics: 'delta' }),
      'demographics.csv': `sourcedId,status,dateLastModified,birthDate,sex\n${[...many, 'nobody'].map(id => `${id}${stamp}2010-01-01,\n`).join('')}`,
    })
    expect(report).toMatchObject({ totals: { new: 200, quarantined: 1 }, quarantine: [{ code: 'REFERENCE.UNKNOWN' }] })
    expect(looked).toBeLessThan(20)
  })

  test('rows from the quarantine are of the version that their set was of', async () => {
    const { feed, options, state } = await hub()
    await feed('oneroster', set)
    await feed('oneroster', delta('u1,active,2026-11-01T00:00:00Z,true,u1,,One,'))
    const { report } = await retry(options('oneroster'))
    expect(report).toMatchObject({ unread: [], remarks: [], quarantine: [{ file: 'users.csv', code: 'VALUE.MISSING' }] })
    expect(await state.entries({})).toMatchObject([{ entity: 'user', code: 'VALUE.MISSING', place: { column: 'givenName' } }])
  })

  test('a delta without roles is of whom the hub knows: learners, staff and contacts stay what they are', async () => {
    const { feed } = await hub()
    await feed('oneroster', set, { staffIssuer })
    const stamp = 'active,2026-11-01T00:00:00Z,true'
    const report = await feed(
      'oneroster',
      delta(`u1,${stamp},u1,Anne,One,`, `tp,${stamp},tp,Thea,Two,`, `g,${stamp},g,Gus,One,u1`, `n,${stamp},n,New,Three,`),
      { staffIssuer },
    )
    expect(report).toMatchObject({ reconciles: true, quarantine: [] })
    expect(report.eventTypes).toMatchObject({ DemographicsCorrected: 1, StaffMemberRenamed: 1 })
    expect(report.eventTypes['StaffMemberRegistered'] ?? report.eventTypes['PersonRegistered']).toBeUndefined()
    // Whose roles nobody has sent is taken for nothing, least of all for staff.
    expect(report.left).toContainEqual({ entity: 'user', why: 'What this person is to the school has not been sent.', rows: 1 })
  })
})

describe('FHIR as events', () => {
  const patient = { resourceType: 'Patient', id: 'p', name: [{ family: 'Doe', given: ['Ann'] }], birthDate: '2005-01-01' }
  const coding = (system: string, code: string) => ({
    coding: [{ system: `http://terminology.hl7.org/CodeSystem/${system}`, code }],
  })
  const consent = (more: object = {}, provision: object = {}) => ({
    resourceType: 'Consent',
    id: 'c',
    status: 'active',
    scope: coding('consentscope', 'patient-privacy'),
    category: [coding('v3-ActCode', 'IDSCL')],
    patient: { reference: 'Patient/p' },
    dateTime: '2026-10-01',
    policyRule: coding('v3-ActCode', 'OPTIN'),
    provision: {
      type: 'permit',
      actor: [{ role: coding('v3-ParticipationType', 'IRCP'), reference: { reference: 'Organization/s' } }],
      purpose: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: 'CAREMGT' }],
      class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'CarePlan' }],
      ...provision,
    },
    ...more,
  })
  const agencies = { 'Organization/s': 'social' }
  const files = (...resources: object[]) => ({ 'x.ndjson': resources.map(each => JSON.stringify(each)).join('\n') })

  test('a certain consent opens; made unclear, it closes what it opened; withdrawn, it is withdrawn', async () => {
    const { feed, state } = await hub('health')
    expect((await feed('fhir', files(patient, consent()), { agencies })).eventTypes).toMatchObject({
      ConsentRequested: 1,
      ConsentGiven: 1,
    })
    expect((await feed('fhir', files(patient, consent()), { agencies })).events).toBe(0)
    const unclear = await feed('fhir', files(patient, consent({}, { type: undefined })), { agencies })
    expect(unclear.eventTypes).toEqual({ ConsentInvalidated: 1 })
    expect(unclear.totals.quarantined).toBe(1)
    expect((await state.entries({}))[0]).toMatchObject({ code: 'CONSENT.CLOSED' })
    const other = await hub('health')
    await other.feed('fhir', files(patient, consent()), { agencies })
    expect((await other.feed('fhir', files(patient, consent({ status: 'inactive' })), { agencies })).eventTypes).toEqual({
      ConsentWithdrawn: 1,
    })
  })

  test('R-V.6 a feed without C14 on its list opens nothing; what it takes back, or may not say any more, it closes', async () => {
    const fresh = await hub('health')
    await fresh.allow('fhir', ['C1'])
    const refused = await fresh.feed('fhir', files(patient, consent()), { agencies })
    expect(refused.quarantine.map(({ code }) => code)).toEqual(['FEED.CATEGORY'])
    expect(refused.eventTypes['ConsentGiven'] ?? refused.eventTypes['ConsentRequested']).toBeUndefined()
    for (const [said, closed] of [
      [consent({ status: 'inactive' }), 'ConsentWithdrawn'],
      [consent({}, { period: { start: '2026-10-01', end: '2026-12-31' } }), 'ConsentInvalidated'],
    ] as const) {
      const { feed, allow } = await hub('health')
      await feed('fhir', files(patient, consent()), { agencies })
      await allow('fhir', ['C1'])
      const report = await feed('fhir', files(patient, said), { agencies })
      expect(report).toMatchObject({ reconciles: true, eventTypes: { [closed]: 1 } })
      expect(report.eventTypes['ConsentGiven']).toBeUndefined()
    }
  })

  test('R-V.6 what was closed because its feed may not say it opens nothing again once it may, until it is said under an id of its own', async () => {
    const { feed, allow } = await hub('health')
    const again = consent({}, { period: { start: '2026-10-01', end: '2026-12-31' } })
    await feed('fhir', files(patient, consent()), { agencies })
    await allow('fhir', ['C1'])
    await feed('fhir', files(patient, again), { agencies })
    await allow('fhir', ['C1', 'C14'])
    const same = await feed('fhir', files(patient, again), { agencies })
    expect(same.eventTypes['ConsentGiven']).toBeUndefined()
    expect(same.quarantine.map(({ code }) => code)).toEqual(['CONSENT.ENDED'])
    const anew = await feed('fhir', files(patient, { ...again, id: 'said-anew' }), { agencies })
    expect(anew.eventTypes).toMatchObject({ ConsentRequested: 1, ConsentGiven: 1 })
  })

  test('a certain consent that is refused as it stands now does not leave open what it said before', async () => {
    const { feed } = await hub('health')
    await feed('fhir', files(patient, consent()), { agencies })
    // A yes to something else than was asked: its form is certain, and the hub refuses it.
    const other = consent({}, { class: [{ system: 'http://hl7.org/fhir/resource-types', code: 'ServiceRequest' }] })
    const report = await feed('fhir', files(patient, other), { agencies })
    expect(report).toMatchObject({ reconciles: true, eventTypes: { ConsentInvalidated: 1 } })
    expect(report.quarantine.map(({ code }) => code)).toEqual(['CONSENT.NOT_ASKED'])
  })

  test('a learner under the line, or of unknown age, does not consent alone: it opens nothing', async () => {
    for (const birthDate of ['2014-01-01', undefined, '2010']) {
      const { feed } = await hub('health')
      const report = await feed('fhir', files({ ...patient, birthDate }, consent()), { agencies })
      expect(report.eventTypes['ConsentGiven']).toBeUndefined()
      expect(report.quarantine.map(({ code }) => code)).toEqual(['CONSENT.NO_CAPACITY'])
    }
  })

  test('a goal that comes without its plan changes in the plan that it was taken into', async () => {
    const { feed } = await hub('health')
    const subject = { reference: 'Patient/p' }
    const plan = {
      resourceType: 'CarePlan',
      id: 'k',
      status: 'active',
      intent: 'plan',
      category: [{ coding: [{ system: 'urn:passerelle:plan-kind', code: 'learning' }] }],
      subject,
      goal: [{ reference: 'Goal/g' }],
    }
    const goal = (text: string) => ({ resourceType: 'Goal', id: 'g', lifecycleStatus: 'active', description: { text }, subject })
    await feed('fhir', files(patient, plan, goal('a')))
    expect((await feed('fhir', files(goal('a')))).totals).toMatchObject({ unchanged: 1 })
    expect(await feed('fhir', files(goal('b')))).toMatchObject({ eventTypes: { ObjectiveRevised: 1 }, totals: { changed: 1 } })
    expect((await feed('fhir', files(goal('b')))).events).toBe(0)
    expect((await feed('fhir', files(patient, plan, goal('b')))).events).toBe(0)
  })

  test('a file that ends within a resource was not read to its end', async () => {
    const { feed } = await hub('health')
    const cut = { 'x.ndjson': files(patient, { ...patient, id: 'q' })['x.ndjson'].slice(0, -5) }
    expect(await feed('fhir', cut)).toMatchObject({ reconciles: true, unread: ['x.ndjson'], totals: { new: 1, quarantined: 1 } })
  })

  test("a reference to another server does not reach this one's person in a later feed or by retry, either", async () => {
    const { feed, options } = await hub('health')
    const on = (server: string, resource: { resourceType: string; id: string }) => ({
      fullUrl: `https://${server}.example/fhir/${resource.resourceType}/${resource.id}`,
      resource,
    })
    const bundle = (...entry: object[]) => ({ 'b.json': JSON.stringify({ resourceType: 'Bundle', type: 'collection', entry }) })
    const guardian = (id: string, reference: string) => ({
      resourceType: 'RelatedPerson',
      id,
      name: [{ text: 'G' }],
      patient: { reference },
    })
    await feed('fhir', bundle(on('a', patient)))
    const later = await feed('fhir', bundle(on('b', guardian('1', 'Patient/p')), on('a', guardian('2', 'Patient/p'))))
    expect(later).toMatchObject({ eventTypes: { GuardianRecorded: 1 }, quarantine: [{ code: 'REFERENCE.UNKNOWN', rows: 1 }] })
    expect((await feed('fhir', files(guardian('3', 'https://b.example/fhir/Patient/p')))).events).toBe(0)
    expect((await retry(options('fhir'))).report).toMatchObject({ events: 0, totals: { quarantined: 2 } })

    const bulk = await hub('health')
    const mixed = files(
      patient,
      guardian('1', 'https://a.example/fhir/Patient/p'),
      guardian('2', 'https://b.example/fhir/Patient/p'),
    )
    expect((await bulk.feed('fhir', mixed)).quarantine).toMatchObject([{ code: 'REFERENCE.UNKNOWN', rows: 2 }])
    expect((await retry(bulk.options('fhir'))).report).toMatchObject({ events: 0, totals: { quarantined: 2 } })
  })

  describe('a record of another server under an id that came before', () => {
    const on = (server: string, more: object = {}) => ({
      'b.json': JSON.stringify({
        resourceType: 'Bundle',
        type: 'collection',
        entry: [{ fullUrl: `https://${server}.example/fhir/Patient/p`, resource: { ...patient, ...more } }],
      }),
    })
    const another = { name: [{ family: 'Roe', given: ['Bea'] }], birthDate: '2006-02-02' }

    test('is not taken for it: neither is the person corrected, nor ended', async () => {
      const { feed } = await hub('health')
      await feed('fhir', on('a'))
      for (const more of [another, { active: false }, { deceasedBoolean: true }])
        expect(await feed('fhir', on('b', more))).toMatchObject({
          events: 0,
          quarantine: [{ code: 'SERVER.ANOTHER', rows: 1 }],
        })
      // The one that it came from goes on as before.
      expect((await feed('fhir', on('a', { gender: 'female' }))).eventTypes).toEqual({ DemographicsRecorded: 1 })
      expect((await feed('fhir', on('b', another), { system: 'clinic-b' })).eventTypes).toMatchObject({ PersonRegistered: 1 })
    })

    const from = (...servers: ['a' | 'b', object][]) => ({
      'b.json': JSON.stringify({
        resourceType: 'Bundle',
        type: 'collection',
        entry: servers.flatMap(([server, more]) => [
          { fullUrl: `https://${server}.example/fhir/Patient/p`, resource: { ...patient, ...more } },
          {
            fullUrl: `https://${server}.example/fhir/RelatedPerson/r-${server}`,
            resource: {
              resourceType: 'RelatedPerson',
              id: `r-${server}`,
              name: [{ text: 'G' }],
              patient: { reference: 'Patient/p' },
            },
          },
        ]),
      }),
    })

    test('takes along what is about it, also where it says the same; its entry is not closed by the other one', async () => {
      const { feed, state } = await hub('health')
      await feed('fhir', from(['a', {}]))
      for (const more of [another, {}])
        expect(await feed('fhir', from(['b', more]))).toMatchObject({
          events: 0,
          quarantine: [
            { code: 'SERVER.ANOTHER', rows: 1 },
            { code: 'REFERENCE.QUARANTINED', rows: 1 },
          ],
        })
      expect(await feed('fhir', from(['a', {}]))).toMatchObject({ events: 0, quarantine: [] })
      expect((await state.entries({})).map(({ code }) => code).sort()).toEqual(['REFERENCE.QUARANTINED', 'SERVER.ANOTHER'])
    })

    test('of both in one delivery, the one that came before goes on; where none did, neither comes in', async () => {
      const { feed } = await hub('health')
      const neither = await feed('fhir', from(['a', {}], ['b', another]))
      expect(neither).toMatchObject({
        events: 0,
        quarantine: [
          { code: 'SERVER.ANOTHER', rows: 2 },
          { code: 'REFERENCE.QUARANTINED', rows: 2 },
        ],
      })
      await feed('fhir', from(['a', {}]))
      const both = await feed('fhir', from(['a', { gender: 'female' }], ['b', another]))
      expect(both.eventTypes).toEqual({ DemographicsRecorded: 1 })
      expect(both.quarantine.map(({ code, rows }) => [code, rows]).sort()).toEqual([
        ['REFERENCE.QUARANTINED', 1],
        ['SERVER.ANOTHER', 1],
      ])
    })

    test('is the same where the server has moved', async () => {
      const { feed, options, state } = await hub('health')
      await feed('fhir', on('a'))
      await feed('fhir', on('b', another))
      expect((await retry({ ...options('fhir'), moved: true })).report).toMatchObject({
        eventTypes: { DemographicsCorrected: 1 },
      })
      expect(await state.entries({})).toEqual([])
      expect(await feed('fhir', on('b', another))).toMatchObject({ events: 0, quarantine: [] })
      expect(await feed('fhir', on('a'))).toMatchObject({ events: 0, quarantine: [{ code: 'SERVER.ANOTHER' }] })
    })
  })

  test('a contact who is another patient’s now is the first one’s no more', async () => {
    const { feed } = await hub('health')
    const contact = (of: string) => ({
      resourceType: 'RelatedPerson',
      id: 'r',
      name: [{ text: 'G' }],
      patient: { reference: `Patient/${of}` },
    })
    const people = [patient, { ...patient, id: 'q' }]
    await feed('fhir', files(...people, contact('p')))
    expect((await feed('fhir', files(...people, contact('q')))).eventTypes).toEqual({ GuardianEnded: 1, GuardianRecorded: 1 })
    expect(await feed('fhir', files(...people, contact('q')))).toMatchObject({ events: 0 })
    expect((await feed('fhir', files(...people, contact('p')))).eventTypes).toEqual({ GuardianEnded: 1, GuardianRecorded: 1 })
  })

  test('who has died is no more on file at the agency; whoever was not known is not made known so', async () => {
    const { feed } = await hub('health')
    await feed('fhir', files(patient))
    expect((await feed('fhir', files({ ...patient, deceasedDateTime: '2026-11-01' }))).eventTypes).toEqual({
      AgencyStandingEnded: 1,
    })
    const unknown = await feed('fhir', files({ ...patient, id: 'q', deceasedBoolean: true }))
    expect(unknown).toMatchObject({ events: 0, totals: { notTaken: 1 } })
  })

  test('a request that is over needs no recipient', async () => {
    const { feed } = await hub('health')
    const request = (status: string) => ({
      resourceType: 'ServiceRequest',
      id: 's',
      status,
      intent: 'order',
      subject: { reference: 'Patient/p' },
    })
    for (const status of ['completed', 'revoked', 'entered-in-error'])
      expect(await feed('fhir', files(patient, request(status)))).toMatchObject({
        quarantine: [],
        left: [{ entity: 'ServiceRequest', why: 'It was finished before the hub knew of it.' }],
      })
    expect((await feed('fhir', files(patient, request('active')))).quarantine).toMatchObject([{ code: 'REFERRAL.NO_RECIPIENT' }])
  })

  describe('a request or plan that is', () => {
    const subject = { reference: 'Patient/p' }
    const request = (status: string) => ({
      resourceType: 'ServiceRequest',
      id: 's',
      status,
      intent: 'order',
      subject,
      performer: [{ reference: 'HealthcareService/h' }],
    })
    const plan = (status: string) => ({
      resourceType: 'CarePlan',
      id: 'k',
      status,
      intent: 'plan',
      category: [{ coding: [{ system: 'urn:passerelle:plan-kind', code: 'learning' }] }],
      subject,
    })
    const services = { 'HealthcareService/h': 'housing' }

    test.each(['completed', 'revoked', 'entered-in-error'])(
      '%s and that the hub never knew is not taken, and says so',
      async status => {
        const { feed, offer } = await hub('health')
        await offer('housing')
        const report = await feed('fhir', files(patient, request(status), plan(status)), { services })
        expect(report.eventTypes).not.toHaveProperty('ReferralDrafted')
        expect(report.eventTypes).not.toHaveProperty('PlanDrafted')
        const why = 'It was finished before the hub knew of it.'
        expect(report).toMatchObject({
          quarantine: [],
          left: [
            { entity: 'ServiceRequest', why, rows: 1 },
            { entity: 'CarePlan', why, rows: 1 },
          ],
        })
      },
    )

    test.each([
      ['completed', {}],
      ['revoked', { PlanEndedEarly: 1, ReferralCancelled: 1 }],
    ])('%s and that the hub knows is taken as before', async (status, eventTypes) => {
      const { feed, offer } = await hub('health')
      await offer('housing')
      const drafted = await feed('fhir', files(patient, request('active'), plan('active')), { services })
      expect(drafted.eventTypes).toMatchObject({ PlanDrafted: 1, ReferralDrafted: 1 })
      const report = await feed('fhir', files(patient, request(status), plan(status)), { services })
      expect(report).toMatchObject({ eventTypes, quarantine: [], left: [] })
    })
  })

  test('a request that was revoked and is active again stays taken back, and says so', async () => {
    const { feed, offer } = await hub('health')
    await offer('housing')
    const request = (status: string) => ({
      resourceType: 'ServiceRequest',
      id: 's',
      status,
      intent: 'order',
      subject: { reference: 'Patient/p' },
      performer: [{ reference: 'HealthcareService/h' }],
    })
    const services = { 'HealthcareService/h': 'housing' }
    for (const status of ['active', 'revoked']) await feed('fhir', files(patient, request(status)), { services })
    expect(await feed('fhir', files(patient, request('active')), { services })).toMatchObject({
      events: 0,
      left: [{ entity: 'ServiceRequest', why: expect.stringContaining('taken back') }],
    })
  })

  test('what a health agency plans for health is no learning plan; answers of a screening stand sealed', async () => {
    const { feed, events } = await hub('health')
    const subject = { reference: 'Patient/p' }
    const report = await feed(
      'fhir',
      files(
        patient,
        { resourceType: 'CarePlan', id: 'k', status: 'active', intent: 'plan', subject, goal: [{ reference: 'Goal/g' }] },
        { resourceType: 'Goal', id: 'g', lifecycleStatus: 'active', description: { text: 'CANARY' }, subject },
        {
          resourceType: 'QuestionnaireResponse',
          id: 'q',
          status: 'completed',
          questionnaire: 'urn:CANARY',
          subject,
          authored: '2026-10-10',
          item: [{ linkId: 'CANARY', answer: [{ valueString: 'CANARY' }] }],
        },
      ),
    )
    expect(report.left.map(({ entity }) => entity)).toEqual(['CarePlan', 'Goal'])
    expect(report.eventTypes).toMatchObject({ AssessmentStarted: 1, ItemResponseRecorded: 2 })
    expect(JSON.stringify(await events())).not.toContain('CANARY')
  })
})
