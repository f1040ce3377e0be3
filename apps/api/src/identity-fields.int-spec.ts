import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { agencyEvents, staffEvents } from '@passerelle/agency'
import type { DomainEvent, EventDefinitions } from '@passerelle/event-log'
import { HubLinks, hubDeclaration, openHub, type OpenHub } from '@passerelle/hub'
import { type Caller, Commands, type Face } from '@passerelle/http'
import { confirm, learnerEvents, linkCase, merge, propose, unmerge } from '@passerelle/learner'
import { type Purpose, type Role, roleTerms } from '@passerelle/sharing'
import { commandsModule } from './commands.module.js'
import { identityFields } from './identity-fields.js'
import { PastRows } from './past-rows.js'
import { Reads } from './reads.js'

let folder: string
let hub: OpenHub
let links: HubLinks
let commands: Commands
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passerelle-identity-'))
  hub = await openHub({ dataFolder: folder, host: '127.0.0.1', port: 0 })
  links = new HubLinks(hub.db)
  const providers = commandsModule(hub).providers as { provide: unknown; useValue: unknown }[]
  commands = providers.find(({ provide }) => provide === Commands)!.useValue as Commands
  for (const agencyId of ['north', 'south'])
    await happened(agencyEvents, agencyId, agencyId, [
      { type: 'AgencyRegistered', data: { agencyId, name: agencyId, sector: 'education', region: 'FR10' } },
    ])
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
  await open('within', 'a-1', 'a-2')
  await open('across', 'a-1', 'b-1')
  await caughtUp()
})
afterAll(async () => {
  await hub?.close()
  await rm(folder, { recursive: true, force: true })
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
} as const satisfies Record<string, { agencyId: string; role: Role }>
const callerOf = (userId: keyof typeof callers): Caller => ({
  userId,
  ...callers[userId],
  sector: 'education',
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
    (await ask('readAsOneWith', userId, learnerId)).answer
  const look = async (userId: keyof typeof callers, learnerIds: string[]) => {
    const reads = readsOf(userId)
    await reads.identityHeldOf(learnerIds, 'summary')
    await hub.disclosures.record(reads.disclosures())
  }
  await look('nora', ['a-1', 'a-2'])
  await act(state => merge(state, 'a-1', false))
  await caughtUp()
  expect([await readAsOneWith('nora', 'a-1'), await readAsOneWith('nora', 'a-2')]).toEqual([['a-2'], ['a-1']])
  expect(await readAsOneWith('sven', 'a-1')).toEqual([])
  expect(await links.isAbsorbed('a-2', 'another')).toBe(true)
  expect(await links.accessDuringFalseMerges('a-1')).toEqual([])

  await look('nora', ['a-1', 'b-1'])
  await look('nora', ['a-2'])
  await look('nils', ['a-2'])
  await look('sven', ['b-1'])
  await act(state => unmerge(state, { reason: 'twins', breachAssessmentId: 'breach-1' }))
  await caughtUp()
  await look('nils', ['a-1', 'a-2'])
  expect(await readAsOneWith('nora', 'a-1')).toEqual([])
  expect(await duplicates('nora', 'a-1')).toEqual([])
  const found = await links.accessDuringFalseMerges('a-2')
  expect(found.map(({ userId, learnerIds, sawBoth }) => [userId, learnerIds, sawBoth])).toEqual([
    ['nora', ['a-1'], true],
    ['nora', ['a-2'], true],
    ['nils', ['a-2'], false],
  ])
  expect(found.every(({ breachAssessmentId }) => breachAssessmentId === 'breach-1')).toBe(true)
})
