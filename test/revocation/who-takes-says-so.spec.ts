import type { Decider, DomainEvent } from '@passerelle/event-log'
import { everyDecider, storyOf } from '../proof/happenings.js'
import { keeps, type Loss } from './taking.js'
import { noTakings, type Takings, takingsOf } from './takings.js'

/** Of all that can happen, what takes something from somebody, as the oracle finds it: for every event type that a context declares. */
let deciders: readonly Decider<any, DomainEvent>[]
const takings = noTakings()
const tell = (seed: number, of: readonly Decider<any, DomainEvent>[], into: Takings) =>
  takingsOf(storyOf(of, seed, 3), seed, into)

beforeAll(async () => {
  deciders = await everyDecider()
  // As many stories as it takes: what has to come together before a thing is taken does not in each.
  for (let seed = 4; seed < 7 || (seed < 14 && unseen().length > 0); seed++) tell(seed, deciders, takings)
}, 600_000)
const typesOf = (counts: ReadonlyMap<string, number>, excused: readonly string[]) =>
  [...counts.keys()].filter(type => !takings.took.has(type) && !excused.includes(type))
const neverTook = () => typesOf(takings.closed, [...byTheDoor, ...seldom])
const onlyOpened = () => typesOf(takings.decided, [...takings.closed.keys(), ...onlyOpen, ...seldom])
const unseen = () => [...neverTook(), ...onlyOpened()]

test('R-V.7 an event that takes something from somebody says so, for it is denied before the event is written', () => {
  const unsaid = [...takings.unsaid].map(([type, { loss, closes }]) => ({ type, ...shown(loss), closes }))
  expect(unsaid).toEqual([])
})

test('every event type was looked at, and most that close something took it', () => {
  const types = deciders.flatMap(({ events }) => [...events.definitions.keys()])
  expect(types.filter(type => !takings.told.has(type))).toEqual([])
  expect(neverTook()).toEqual([])
})
/** What they take no fact of a learner tells: the door asks. */
const byTheDoor = ['StaffAccountChanged', 'LearnerAccountLinked', 'GuardianAccountLinked']
/** Much else has to come together before these take anything: not in every story does it. */
const seldom = [
  ...[
    'TeacherAssigned',
    'TeacherUnassigned',
    'ClassClosed',
    'EnrolmentChanged',
    'SharingAgreementEnded',
    'AgeLinesSet',
    'PlacementStarted',
  ],
  ...[
    'DemographicsCorrected',
    'GuardianRecorded',
    'GuardianEnded',
    'GuardianExcluded',
    'CompetenceRecorded',
    'AgencyStandingRecorded',
  ],
  ...[
    'ConsentRefused',
    'ConsentPartlyWithdrawn',
    'ConsentFrozen',
    'ReferralConsentChecked',
    'ReferralAccepted',
    'StaffRoleAssigned',
  ],
]

test('whatever else decides who sees what only opens: a new type stands here once somebody has looked at it', () => {
  expect(onlyOpened()).toEqual([])
})
const onlyOpen = [
  ...[
    'AgencyRegistered',
    'AgencyRenamed',
    'StaffMemberRegistered',
    'PersonRegistered',
    'RestrictionLifted',
    'RestrictionEndAnnounced',
  ],
  ...['BreakGlassUsed', 'BreakGlassReviewOverdue', 'FeedCategoriesSet'],
  ...[
    'SharingAgreementDrafted',
    'SharingAgreementSigned',
    'SharingAgreementEnteredIntoForce',
    'ClassOpened',
    'LearnerEnrolled',
    'PlacementPlanned',
  ],
  ...['CaseOpened', 'ReferralDrafted', 'ReferralSent', 'ConsentRequested', 'SubjectRequestReceived', 'SubjectRequestOverdue'],
  ...['RecipientTold', 'GuardianExclusionEnded', 'CompetenceEnded', 'AgeOfDecisionReached'],
]

test('without what deciders say, all that is taken is found, of every type', () => {
  const silent = noTakings()
  const saying = deciders.map(({ closes: _, ...decider }) => decider)
  tell(1, saying, silent)
  expect([...silent.unsaid.keys()].sort()).toEqual([...silent.took.keys()].sort())
  expect(silent.unsaid.size).toBeGreaterThan(15)
})

describe('a closing keeps what was lost', () => {
  const loss = {
    learnerId: 'ann',
    viewer: { userId: 'sam', agencyId: 'social', role: 'socialWorker' },
    ...{ purpose: 'socialSupport', category: 'C3', at: '2026-03-15T10:00:00.000Z', agreementIds: ['a-1'] },
  } as unknown as Loss

  test.each([
    { learnerId: 'ann' },
    { userId: 'sam', agencyId: 'social', role: 'socialWorker' as const },
    { learnerId: 'ann', purpose: 'socialSupport' as const, categories: ['C3' as const] },
    { agencyId: 'social', agreementId: 'a-1' },
    { learnerId: 'ann', exceptUserId: 'sue', from: loss.at },
  ])('of this learner, from this person, now: %j', closing => expect(keeps(closing, loss)).toBe(true))

  test.each([
    { learnerId: 'ben' },
    { userId: 'sue' },
    { learnerId: 'ann', exceptUserId: 'sam' },
    { learnerId: 'ann', agencyId: 'school' },
    { userId: 'sam', role: 'mentor' as const },
    { learnerId: 'ann', purpose: 'caseCoordination' as const },
    { learnerId: 'ann', categories: ['C5' as const] },
    { learnerId: 'ann', from: '2026-03-15T10:00:00.001Z' },
    { agencyId: 'social', agreementId: 'a-2' },
  ])('not of another, nor from another, nor later: %j', closing => expect(keeps(closing, loss)).toBe(false))

  test('for one purpose alone it keeps nothing from whoever breaks the glass', () => {
    const inEmergency = { ...loss, viewer: { ...loss.viewer, emergency: true } }
    expect(keeps({ learnerId: 'ann', purpose: 'socialSupport' }, inEmergency)).toBe(false)
  })
})

/** Of levels and reasons alone. */
const shown = ({ before, after, ...loss }: Loss) => ({
  ...loss,
  ...{ before: [before.level, before.ownLevel, before.because], after: [after.level, after.ownLevel, after.because] },
})
