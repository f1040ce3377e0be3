import type { EventStore } from '@passerelle/event-log'
import type { Caller } from '@passerelle/http'
import { consentContext, type Grounds, keepersOf, longestRestrictionDays } from '@passerelle/consent'
import {
  categories,
  type Category,
  dawn,
  decide,
  forever,
  learnerAgencyId,
  type LearnerFacts,
  type Levels,
  type Role,
  roleTerms,
} from '@passerelle/sharing'
import { aWorld, commandsFor, everyMutation, type Mutation, PassedTheDoor } from './every-mutation.js'

/**
 * What closes something for everybody must not close the way back: of all that a person asks for by right, and of all that is held, somebody can go
 * on to answer, review, take back and end it, as the oracle sees them. What is stuck is named here, with what helps.
 */
const learnerId = 'learner-1'
/** By these something new begins about what is closed: that can wait until it is opened again. */
const begins = ['requestConsent', 'proposeSafeguardingRestriction']
const agencies = ['agency-1', 'requesterAgency-1', 'requestedByAgency-1', 'targetAgency-1', 'leadAgency-1']
let rights: readonly Mutation[]
let worlds: readonly EventStore[]
beforeAll(async () => {
  rights = (await everyMutation()).filter(({ context, name }) => context === consentContext && !begins.includes(name))
  // Begun, going on, and all that can happen.
  worlds = await Promise.all([1, 2, 3, Infinity].map(events => aWorld(events)))
})

/** Known and worked with wherever somebody asks, by everybody. */
const known = ({ userId, agencyId, role }: Caller): LearnerFacts => ({
  learnerId,
  birthDate: '2012-05-01',
  standings: agencyId === learnerAgencyId ? [] : [{ agencyId, kind: 'registration', from: dawn }],
  assignments:
    roleTerms[role].reach === 'agency' ? [] : roleTerms[role].reach.map(kind => ({ agencyId, userId, kind, from: dawn })),
  guardians: role === 'guardian' ? [{ guardianId: userId, verified: true, mayConsent: true, excluded: [], from: dawn }] : [],
  ...{ answers: [], mandates: [], objections: [], restrictions: [], releases: [], competences: [], breakGlass: [] },
  ...{ erased: [], recordedBy: [...agencies, learnerAgencyId] },
})
type Closing = (facts: LearnerFacts) => LearnerFacts

function commandsUnder(store: EventStore, closing: Closing) {
  const now = new Date('2026-02-28T09:00:00Z').toISOString()
  return commandsFor(store, async (caller, about) => {
    if (about !== learnerId) return undefined
    const { userId, agencyId, role, sector, purpose } = caller
    const facts = {
      learner: () => closing(known(caller)),
      region: {
        agencies: [{ agencyId, sector }],
        staff: [{ userId, agencyId, role, from: dawn }],
        agreements: [],
        ageOfDecision: { years: 16 },
      },
    }
    const levels: Record<string, string> = {}
    const ownLevels: Record<string, string> = {}
    for (const category of categories) {
      const { level, ownLevel } = decide(facts, { userId, agencyId, role }, purpose, now, learnerId, category)
      levels[category] = level
      ownLevels[category] = ownLevel
    }
    return { levels: levels as Levels, ownLevels: ownLevels as Levels }
  })
}

/** Whoever the rule names, in each of the agencies that the world is about, as one who has to do with it. */
const callersOf = ({ rule }: Mutation): Caller[] =>
  rule.roles.flatMap(role =>
    roleTerms[role].sectors.flatMap(sector =>
      (rule.purposes ?? roleTerms[role].purposes)
        .filter(purpose => roleTerms[role].purposes.includes(purpose))
        .flatMap(purpose =>
          (sector === 'learner' ? [learnerAgencyId] : agencies).map(agencyId => ({
            userId: role === 'learner' ? learnerId : role === 'guardian' ? 'guardian-1' : 'user-1',
            ...{ agencyId, sector, role, purpose, ownLearnerIds: [], requestId: 'r-1', correlationId: 'c-1', language: 'fr' },
          })),
        ),
    ),
  )

async function isOpen(mutation: Mutation, closing: Closing): Promise<boolean> {
  for (const store of worlds)
    for (const caller of callersOf(mutation))
      try {
        await mutation.ask(commandsUnder(store, closing), caller)
      } catch (error) {
        if (error instanceof PassedTheDoor) return true
        if ((error as { code?: string }).code !== 'NOT_FOUND') throw error
      }
  return false
}
const stuckUnder = async (closing: Closing) => {
  const stuck = []
  for (const mutation of rights) if (!(await isOpen(mutation, closing))) stuck.push(mutation.name)
  return stuck
}

test('where nothing is closed, nothing is stuck', async () => {
  expect(rights.length).toBeGreaterThan(20)
  expect(await stuckUnder(facts => facts)).toEqual([])
})

const held = (
  some: readonly Category[],
  agencyIds: readonly string[],
  keptBy: readonly Role[],
  fromLearner: boolean,
): Closing => {
  const restriction = {
    restrictionId: 'r',
    categories: some,
    agencyIds,
    fromLearner,
    hidden: fromLearner,
    keptBy,
    from: dawn,
    until: forever,
  }
  return facts => ({ ...facts, restrictions: [restriction] })
}
const holds = (Object.keys(longestRestrictionDays) as Grounds[]).flatMap(grounds =>
  [['C10'], ['C14'], categories].flatMap(some =>
    [[], [...agencies, learnerAgencyId]].map(agencyIds => ({
      grounds,
      of: some.length > 1 ? 'all' : some[0]!,
      from: agencyIds.length > 0 ? 'each by name' : 'everybody',
      closing: held(some as Category[], agencyIds, keepersOf(grounds), grounds === 'safeguarding'),
    })),
  ),
)
test.each(holds)('R-V.8 a hold of $of on $grounds from $from', async ({ closing }) => {
  expect(await stuckUnder(closing)).toEqual([])
})

test('were it kept by nobody, it could neither be lifted nor any request be answered', async () => {
  expect(await stuckUnder(held(categories, [], [], true))).toEqual(
    expect.arrayContaining(['answerSubjectRequest', 'approveRestriction', 'liftRestriction', 'answerContest']),
  )
})
test('GDPR 21 an objection to everything that was upheld', async () => {
  const objection = { objectionId: 'o', status: 'upheld' as const, from: dawn }
  expect(await stuckUnder(facts => ({ ...facts, objections: [objection] }))).toEqual([])
})
test('GDPR 17 every category forgotten', async () => {
  expect(await stuckUnder(facts => ({ ...facts, erased: categories }))).toEqual([])
})
