import type { EventStore } from '@passerelle/event-log'
import type { Caller } from '@passerelle/http'
import {
  categories,
  practitioners,
  learnerAgencyId,
  type Levels,
  mayChoose,
  purposes,
  roles,
  type Role,
  roleTerms,
} from '@passerelle/sharing'
import { aWorld, commandsFor, everyMutation, type Mutation, PassedTheDoor } from './every-mutation.js'

const full = Object.fromEntries(categories.map(category => [category, 'full'])) as Levels
let mutations: readonly Mutation[]
let world: EventStore
beforeAll(async () => {
  ;[mutations, world] = await Promise.all([everyMutation(), aWorld()])
})

/** Everybody whom the rule lets through the first gate, with each purpose that it names. */
const callersOf = ({ rule }: Mutation, who: Partial<Caller>): Caller[] =>
  rule.roles.flatMap(role =>
    roleTerms[role].sectors.flatMap(sector =>
      (rule.purposes ?? purposes)
        .filter(purpose => mayChoose(role, purpose))
        .map(purpose => ({
          userId: 'stranger-1',
          agencyId: sector === 'learner' ? learnerAgencyId : 'elsewhere',
          sector,
          role,
          purpose,
          ownLearnerIds: [],
          requestId: 'r-1',
          correlationId: 'c-1',
          language: 'fr',
          ...who,
        })),
    ),
  )

async function passes(
  store: EventStore,
  mutation: Mutation,
  caller: Caller,
  holds: (learnerId: string) => boolean,
  changes?: object,
): Promise<boolean> {
  const commands = commandsFor(store, async (_caller, learnerId) =>
    holds(learnerId) ? { levels: full, ownLevels: full } : undefined,
  )
  try {
    await mutation.ask(commands, caller, changes)
  } catch (error) {
    if (error instanceof PassedTheDoor) return true
    if ((error as { code?: string }).code === 'NOT_FOUND') return false
    throw new Error(`${mutation.name} by ${caller.role}: ${(error as Error).stack}`)
  }
  throw new Error(`${mutation.name} by ${caller.role} came back without having recorded or refused anything`)
}

const openTo = async (
  who: Partial<Caller>,
  holds: (learnerId: string) => boolean,
  { changes, store = world }: { changes?: object; store?: EventStore } = {},
) => {
  const open = new Set<string>()
  let asked = 0
  for (const mutation of mutations)
    for (const caller of callersOf(mutation, who)) {
      asked++
      if (await passes(store, mutation, caller, holds, changes)) open.add(`${mutation.name} ${caller.role}`)
    }
  return { open: [...open].sort(), asked }
}

test('every mutation names its roles, and each of them has a purpose for which it may be asked', () => {
  const dead = mutations.flatMap(({ name, rule }) =>
    (rule?.roles.length ?? 0) === 0
      ? [name]
      : rule.roles
          .filter(role => !(rule.purposes ?? purposes).some(purpose => mayChoose(role, purpose)))
          .map(role => `${name} ${role}`),
  )
  expect(dead).toEqual([])
  expect(mutations.length).toBeGreaterThan(80)
})
test('roles that look and never act are named nowhere', () => {
  const acting = new Set(mutations.flatMap(({ rule }) => rule.roles))
  expect(roles.filter(role => !acting.has(role))).toEqual(['policyAnalyst'] satisfies Role[])
})
test('a stranger to the learner and the agency is answered as if nothing were there, but for what a role may begin by itself', async () => {
  const { open, asked } = await openTo({}, () => false)
  expect(open).toEqual(byRoleAlone)
  expect(asked).toBeGreaterThan(open.length * 5)
})
test('whoever holds everything on another learner gets no further, also under the id of something that is not theirs', async () => {
  const { open } = await openTo({}, learnerId => learnerId === 'learner-2', { changes: { learnerId: 'learner-2' } })
  expect(open.filter(each => !byRoleAlone.includes(each))).toEqual(beginsWithLearner)
})
test('each mutation is open to somebody who holds the learner, in the agency that it is about, at some time', async () => {
  const open = new Set<string>()
  // Begun, sent, and all that can happen.
  for (const events of [1, 3, Infinity]) {
    const store = await aWorld(events)
    for (const who of people) for (const each of (await openTo(who, () => true, { store })).open) open.add(each.split(' ')[0]!)
  }
  expect(mutations.map(({ name }) => name).filter(name => !open.has(name))).toEqual([])
})

/** As the samples of the events name them. */
const people: readonly Partial<Caller>[] = [
  { userId: 'user-1', agencyId: 'agency-1' },
  { userId: 'leadUser-1', agencyId: 'leadAgency-1' },
  { userId: 'user-1', agencyId: 'requesterAgency-1' },
  { userId: 'user-1', agencyId: 'requestedByAgency-1' },
  { userId: 'user-1', agencyId: 'targetAgency-1' },
  { userId: 'learner-1' },
]
/** The authority keeps agencies, staff and the directory, and may draft and end agreements. Everything else takes a relation. */
const byRoleAlone: readonly string[] = [
  ...[
    'assignStaffRole',
    'changeOrganization',
    'changeService',
    'changeServiceStatus',
    'changeStaffAccount',
    'closeAgency',
    'draftSharingAgreement',
    'endSharingAgreement',
    'endStaffRole',
    'listOrganization',
    'listService',
    'publishNotice',
    'recordStaffTraining',
    'registerAgency',
    'registerStaffMember',
    'renameAgency',
    'renameStaffMember',
    'retireNotice',
    'setAgeLines',
    'setFeedCategories',
  ].map(name => `${name} regionAdmin`),
  'draftSharingAgreement dataProtectionOfficer',
  'endSharingAgreement dataProtectionOfficer',
  // Whoever finds somebody in danger works with nobody yet, and answers for it afterwards (R-V.4).
  ...practitioners.map(role => `useBreakGlass ${role}`),
].sort()
/** A person comes into the register by whoever keeps one. */
const beginsWithLearner: readonly string[] = [
  'registerLearner educationCoordinator',
  'registerLearner employmentOfficer',
  'registerLearner healthProfessional',
  'registerLearner schoolLeader',
  'registerLearner socialWorker',
]
