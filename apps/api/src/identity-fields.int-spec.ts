import { agencyEvents, staffEvents } from '@passerelle/agency'
import type { DomainEvent, EventDefinitions } from '@passerelle/event-log'
import { HubLinks, hubDeclaration, openHub, type OpenHub } from '@passerelle/hub'
import { type Caller, Commands, createAuthenticate, createMetrics, type Face, Listener, silentLog } from '@passerelle/http'
import { confirm, learnerEvents, linkCase, merge, propose, unmerge } from '@passerelle/learner'
import { type Purpose, type Role, roleTerms, type Sector } from '@passerelle/sharing'
import { type FreshStores, freshStores } from '@passerelle/testing'
import { commandsModule } from './commands.module.js'
import { startFace } from './face-app.js'
import { faces } from './faces.js'
import { identityFields } from './identity-fields.js'
import { PastRows } from './past-rows.js'
import { Reads } from './reads.js'

let stores: FreshStores
let hub: OpenHub
let links: HubLinks
let commands: Commands
let doors: { readonly url: string; close(): Promise<void> }
beforeAll(async () => {
  stores = await freshStores()
  hub = await openHub(stores.config)
  links = new HubLinks(hub.db)
  const providers = commandsModule(hub).providers as { provide: unknown; useValue: unknown }[]
  commands = providers.find(({ provide }) => provide === Commands)!.useValue as Commands
  for (const [agencyId, sector] of [
    ['north', 'education'],
    ['south', 'education'],
    ['region', 'authority'],
  ] as const)
    await happened(agencyEvents, agencyId, agencyId, [
      { type: 'AgencyRegistered', data: { agencyId, name: agencyId, sector, region: 'FR10' } },
    ])
  await employ('dora', 'region', 'dataProtectionOfficer')
  await employ('rhea', 'region', 'regionAdmin')
  await employ('nora', 'north', 'educationCoordinator')
  await employ('nils', 'north', 'educationCoordinator')
  await employ('tina', 'north', 'teacher')
  await employ('sven', 'south', 'educationCoordinator')
  for (const [learnerId, agencyId] of [
    ['a-1', 'north'],
    ['a-2', 'north'],
    ['b-1', 'south'],
  ] as const)
    await happened(
      learnerEvents,
      learnerId,
      agencyId,
      [
        {
          type: 'PersonRegistered',
          data: { learnerId, agencyId, givenName: 'Ana', familyName: 'Able', birthDate: '2008-03-14' },
        },
      ],
      learnerId,
    )
  await worksWith('region', 'a-1')
  await worksWith('region', 'a-2')
  await open('within', 'a-1', 'a-2')
  await open('across', 'a-1', 'b-1')
  await caughtUp()
  doors = await openDoors()
})
afterAll(async () => {
  await doors?.close()
  await hub?.close()
  await stores?.remove()
})

const contextOf = (agencyId: string) =>
  ({
    actor: { userId: 'somebody', agencyId, role: 'system' },
    controllerAgencyId: agencyId,
    purpose: 'administration',
    legalBasis: { kind: 'publicTask' },
    occurredAt: '2026-03-01T10:00:00.000Z',
    correlationId: 'c',
    causationId: 'c',
    language: 'en',
  }) as const
const happened = (events: EventDefinitions, id: string, by: string, some: readonly DomainEvent[], about?: string) =>
  hub.store.handle({ events, initial: {}, evolve: (s: object) => s, subject: () => about }, id, contextOf(by), () => some)
const employ = (userId: string, agencyId: string, role: Role) =>
  happened(
    staffEvents,
    userId,
    agencyId,
    [
      { type: 'StaffMemberRegistered', data: { userId, accountHash: 'a'.repeat(64), name: userId } },
      { type: 'StaffRoleAssigned', data: { agencyId, role, from: '2026-01-01' } },
    ],
    userId,
  )
const worksWith = (agencyId: string, learnerId: string) =>
  happened(
    learnerEvents,
    learnerId,
    'hub',
    [{ type: 'AgencyStandingRecorded', data: { agencyId, from: '2026-01-01' } }],
    learnerId,
  )
const open = (linkCaseId: string, learnerId: string, otherLearnerId: string) =>
  hub.store.handle(linkCase, linkCaseId, contextOf('hub'), state =>
    propose(state, {
      linkCaseId,
      learnerId,
      otherLearnerId,
      score: 20,
      fieldWeights: [{ field: 'givenName', weight: 7 }],
      blockingKey: 'birthDate',
      band: 'review',
      obstacles: [],
    }),
  )
const caughtUp = async () => {
  const projector = hub.projector()
  await projector.catchUp()
  await projector.close()
}
const callers = {
  nora: { agencyId: 'north', role: 'educationCoordinator' },
  nils: { agencyId: 'north', role: 'educationCoordinator' },
  tina: { agencyId: 'north', role: 'teacher' },
  sven: { agencyId: 'south', role: 'educationCoordinator' },
  dora: { agencyId: 'region', role: 'dataProtectionOfficer', sector: 'authority' },
  rhea: { agencyId: 'region', role: 'regionAdmin', sector: 'authority' },
} as const satisfies Record<string, { agencyId: string; role: Role; sector?: Sector }>
const callerOf = (userId: keyof typeof callers): Caller => ({
  userId,
  sector: 'education',
  ...callers[userId],
  purpose: roleTerms[callers[userId].role].purposes[0] as Purpose,
  ownLearnerIds: [],
  requestId: 'r-1',
  correlationId: 'c-1',
  language: 'en',
})
const fields = identityFields({ name: 'education', sectors: ['education'] } as unknown as Face).learner!
const readsOf = (userId: keyof typeof callers) =>
  new Reads(hub.reader, hub.readerDb, new PastRows(hub.db, hub.store, hubDeclaration), callerOf(userId), hub.now)
const ask = async (field: string, userId: keyof typeof callers, learnerId: string) => {
  const caller = callerOf(userId)
  const reads = readsOf(userId)
  const answer = await fields[field]!.resolve!({ learnerId }, {}, { caller, reads, links } as never, {} as never)
  return { answer, disclosures: reads.disclosures() }
}
/** Both faces that people here come in by, each person by their own name. */
async function openDoors() {
  const listener = new Listener()
  const authenticate = createAuthenticate({
    verify: async name => ({ issuer: 'i', subject: name ?? '', clientId: undefined, scopes: [], purpose: undefined }),
    membershipsOf: async ({ subject }) => [callerOf(subject as keyof typeof callers)],
    purposesOf: role => roleTerms[role].purposes,
  })
  const metrics = createMetrics({ withProcess: false })
  const apps: { close(): Promise<unknown> }[] = []
  for (const face of faces.filter(({ name }) => ['education', 'authority'].includes(name)))
    apps.push(await startFace({ face, hub, listener, authenticate, log: silentLog, metrics }))
  const { url } = await listener.listen()
  return {
    url,
    async close() {
      await listener.close()
      for (const app of apps) await app.close()
    },
  }
}
/** What somebody is answered by their face, of one learner. */
const read = async (userId: keyof typeof callers, learnerId: string, fields: string): Promise<any> =>
  (await graphql(userId, `{ learner(id: "${learnerId}") { ${fields} } }`)).learner
/** What an explanation says of one record, but for the moment it was asked at. */
const why = async (userId: keyof typeof callers, learnerId: string): Promise<unknown> => {
  const { role, purpose } = callerOf(userId)
  const categories = 'categories { category level ownLevel why rule basis ref forMore }'
  const asked = `explainAccess(learnerId: "${learnerId}", role: ${role}, purpose: ${purpose})`
  return (await graphql(userId, `{ ${asked} { learnerId agencyId ${categories} } }`)).explainAccess
}
const graphql = async (userId: keyof typeof callers, query: string): Promise<any> => {
  const answer = await fetch(`${doors.url}/${callerOf(userId).sector}/graphql`, {
    method: 'POST',
    headers: { authorization: userId, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  const { data, errors } = (await answer.json()) as { data: any; errors?: unknown }
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}
/** What was written down of what somebody was told, since then. */
const written = async (userId: string, since: number) =>
  hub.db.query<{ learner_ids: string[]; categories: string[] }>(
    'select learner_ids, categories from audit.disclosures where user_id = $1 and id > $2 order by id',
    [userId, since],
  )
const lastWritten = async () =>
  (await hub.db.query<{ id: number }>('select coalesce(max(id), 0)::int as id from audit.disclosures'))[0]!.id
const duplicates = async (userId: keyof typeof callers, learnerId: string) =>
  ((await ask('possibleDuplicates', userId, learnerId)).answer as { linkCaseId: string; learner: string }[]).map(
    ({ linkCaseId, learner }) => `${linkCaseId}: ${learner}`,
  )

test('two records of one agency are told to who keeps its register; what another agency holds is told to nobody', async () => {
  expect(await duplicates('nora', 'a-1')).toEqual(['within: a-2'])
  expect(await duplicates('nora', 'a-2')).toEqual(['within: a-1'])
  expect(await duplicates('nora', 'b-1')).toEqual([])
  expect(await duplicates('sven', 'b-1')).toEqual([])
  expect(await duplicates('sven', 'a-1')).toEqual([])
  expect(await duplicates('tina', 'a-1')).toEqual([])
})
test('that a duplicate was told of stands in the disclosure log', async () => {
  const { disclosures } = await ask('possibleDuplicates', 'nora', 'a-1')
  expect(disclosures.map(({ categories, learners }) => [categories, learners.map(({ learnerId }) => learnerId).sort()])).toEqual([
    [['C1'], ['a-1', 'a-2']],
  ])
})
test('a case is decided by who holds both records; to everybody else there is no such case', async () => {
  const decide = (userId: keyof typeof callers, linkCaseId: string) =>
    commands.run(callerOf(userId), linkCase, linkCaseId, state => confirm(state, 'person'), {
      version: 0,
      category: 'C1',
      level: 'full',
      alsoAbout: ({ otherLearnerId }) => (otherLearnerId === undefined ? [] : [otherLearnerId]),
    })
  for (const [userId, linkCaseId] of [
    ['nora', 'across'],
    ['sven', 'across'],
    ['sven', 'within'],
    ['tina', 'within'],
    ['nora', 'unknown'],
  ] as const)
    await expect(decide(userId, linkCaseId)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await decide('nora', 'within')).toMatchObject({ id: 'within', version: 1 })
})
test('R-I.2 merged records are read as one by who holds both, apart again after an unmerge, and who looked is listed', async () => {
  const act = (decision: Parameters<typeof hub.store.handle<any, any>>[3]) =>
    hub.store.handle(linkCase, 'within', contextOf('north'), decision as never)
  const readAsOneWith = async (userId: keyof typeof callers, learnerId: string) =>
    ((await read(userId, learnerId, 'readAsOneWith { learnerId }'))?.readAsOneWith ?? []).map((one: any) => one.learnerId)
  const look = async (userId: keyof typeof callers, learnerIds: string[]) => {
    const reads = readsOf(userId)
    await reads.identityHeldOf(learnerIds, 'summary')
    await hub.disclosures.record(reads.disclosures())
  }
  await look('nora', ['a-1', 'a-2'])
  const meanwhile = 'accessDuringFalseMerges { linkCaseId breachAssessmentId userId agencyId role learnerIds sawBoth categories }'
  const listed = async (userId: keyof typeof callers, learnerId: string) =>
    (await read(userId, learnerId, meanwhile))?.accessDuringFalseMerges
  await act(state => merge(state, 'a-1', false))
  await caughtUp()
  expect([await readAsOneWith('nora', 'a-1'), await readAsOneWith('nora', 'a-2')]).toEqual([['a-2'], ['a-1']])
  expect(await readAsOneWith('sven', 'a-1')).toEqual([])
  expect(await links.isAbsorbed('a-2', 'another')).toBe(true)
  expect(await listed('dora', 'a-1')).toEqual([])

  await look('nora', ['a-1', 'b-1'])
  await look('nora', ['a-2'])
  await look('nils', ['a-2'])
  await look('sven', ['b-1'])
  await act(state => unmerge(state, { reason: 'twins', breachAssessmentId: 'breach-1' }))
  await caughtUp()
  await look('nils', ['a-1', 'a-2'])
  expect(await readAsOneWith('nora', 'a-1')).toEqual([])
  expect(await duplicates('nora', 'a-1')).toEqual([])
  const since = await lastWritten()
  const found = await listed('dora', 'a-2')
  const looked = (userId: string) =>
    found.filter((access: any) => access.userId === userId).map((access: any) => [access.learnerIds, access.sawBoth])
  expect(looked('nora')).toContainEqual([['a-2'], true])
  expect(looked('nora')).toContainEqual([['a-1'], true])
  expect(looked('nils')).toEqual([[['a-2'], false]])
  // Who saw another record saw none of the two.
  expect(looked('sven')).toEqual([])
  expect(found.every((access: any) => access.breachAssessmentId === 'breach-1' && access.linkCaseId === 'within')).toBe(true)
  // To be told of it is itself written down, of both.
  const told = await written('dora', since)
  for (const learnerId of ['a-1', 'a-2'])
    expect(told.some(entry => entry.learner_ids.includes(learnerId) && entry.categories.includes('C14'))).toBe(true)
  // Nobody else is told, and of a case whose other record they may not know of nor is the officer.
  expect(await listed('rhea', 'a-2')).toBeUndefined()
  expect(await listed('dora', 'b-1')).toBeUndefined()
})

test('R-I.2 whoever may know of both records finds each under the other as by its own id, under its own permission; afterwards all is as before', async () => {
  await worksWith('north', 'b-1')
  await caughtUp()
  const act = (decision: Parameters<typeof hub.store.handle<any, any>>[3]) =>
    hub.store.handle(linkCase, 'across', contextOf('north'), decision as never)
  const own =
    'learnerId givenName familyName birthDate version redactions { field } standings(first: 9) { totalCount nodes { agencyId } }'
  const all = async () => ({
    nora: [
      await read('nora', 'a-1', `${own} readAsOneWith { ${own} }`),
      await read('nora', 'b-1', `${own} readAsOneWith { ${own} }`),
    ],
    sven: [
      await read('sven', 'a-1', `${own} readAsOneWith { ${own} }`),
      await read('sven', 'b-1', `${own} readAsOneWith { ${own} }`),
    ],
    why: [await why('nora', 'a-1'), await why('nora', 'b-1'), await why('sven', 'a-1'), await why('sven', 'b-1')],
  })
  const before = await all()
  expect(before.nora.map(({ learnerId }) => learnerId)).toEqual(['a-1', 'b-1'])
  expect(before.sven[0]).toBeNull()

  await act(state => confirm(state, 'person'))
  await act(state => merge(state, 'a-1', false))
  await caughtUp()
  const since = await lastWritten()
  const during = await all()
  const alone = ({ readAsOneWith: _, ...record }: any) => record
  const [one, other] = before.nora.map(alone)
  expect(during.nora).toEqual([
    { ...one, readAsOneWith: [other] },
    { ...other, readAsOneWith: [one] },
  ])
  // The other agency's coordinator holds one of the records, and is told nothing of another; what anybody may see, and why, is what it was.
  expect(during.sven).toEqual(before.sven)
  expect(during.why).toEqual(before.why)
  const told = await written('nora', since)
  for (const learnerId of ['a-1', 'b-1']) expect(told.some(entry => entry.learner_ids.includes(learnerId))).toBe(true)

  await act(state => unmerge(state, { reason: 'twins', breachAssessmentId: 'breach-2' }))
  await caughtUp()
  expect(await all()).toEqual(before)
})
