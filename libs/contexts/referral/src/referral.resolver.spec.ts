import { EventStore, MemoryLog } from '@passerelle/event-log'
import { accessMetadata, type AccessRule, type Caller, Commands } from '@passerelle/http'
import { MemoryKeyring } from '@passerelle/keyring'
import type { Levels } from '@passerelle/sharing'
import { check, referral, send } from './referral.decider.js'
import type { ReferralFacts } from './referral.facts.js'
import { ReferralResolver } from './referral.resolver.js'

const now = new Date('2026-03-06T09:00:00Z')
const context = {
  purpose: 'caseCoordination',
  ownLearnerIds: [],
  requestId: 'req-1',
  correlationId: 'c-1',
  language: 'fr',
} as const
const school: Caller = { ...context, userId: 'u-1', agencyId: 'school', sector: 'education', role: 'educationCoordinator' }
const teacher: Caller = { ...school, userId: 'u-2', role: 'teacher' }
const social: Caller = { ...context, userId: 'u-9', agencyId: 'social', sector: 'social', role: 'socialWorker' }
/** Of both agencies somebody who works with other learners. */
const bystanders: readonly Caller[] = [
  { ...school, userId: 'bystander' },
  { ...social, userId: 'bystander' },
]
const stranger: Caller = { ...social, userId: 'u-7', agencyId: 'mission' }
const own = { ...context, agencyId: 'learner', sector: 'learner', purpose: 'ownRecord' } as const
const learner: Caller = { ...own, userId: 'l-1', role: 'learner', ownLearnerIds: ['l-1'] }
const otherLearner: Caller = { ...own, userId: 'l-2', role: 'learner', ownLearnerIds: ['l-2'] }

const offer = { serviceId: 's-1', status: 'active', agencyId: 'social', sector: 'social', areas: [] } as const
const factsOf = (sector: 'social' | 'employment'): ReferralFacts => ({
  serviceFor: async serviceId => ({ offer: { ...offer, sector, serviceId }, applicant: {}, alternatives: [] }),
  termsOf: async () => ({ calendar: { closed: [] } }),
  sharingBetween: async () => ({ bases: [], denied: [] }),
})
const levels = (entries: Partial<Levels>) => ({ levels: entries as Levels, ownLevels: {} as Levels })

function setUp({ ofCoordinator, sector = 'social' }: { ofCoordinator?: Partial<Levels>; sector?: 'social' | 'employment' } = {}) {
  const facts = factsOf(sector)
  const store = new EventStore(new MemoryLog(), new MemoryKeyring())
  let hidden = false
  const commands = new Commands(store, {
    levelsOn: async caller =>
      caller.agencyId === 'mission' || caller.userId === 'bystander' || (caller.sector === 'learner' && hidden)
        ? undefined
        : ofCoordinator && caller.role === 'educationCoordinator'
          ? { levels: ofCoordinator as Levels, ownLevels: { C1: 'full', C12: 'full' } as Levels }
          : levels(caller.role === 'teacher' ? { C1: 'summary' } : { C1: 'full', C12: 'full' }),
    isForgotten: async () => false,
    isOpenAgency: async agencyId => agencyId !== 'nowhere',
    waitFor: async () => true,
    now: () => now,
  })
  const resolver = new ReferralResolver(commands, facts)
  const sendIt = async () => {
    const under = {
      actor: { userId: 'process:x', agencyId: 'school', role: 'system' },
      controllerAgencyId: 'school',
      purpose: 'caseCoordination',
      legalBasis: { kind: 'consent' },
      occurredAt: now.toISOString(),
      correlationId: 'c-1',
      causationId: 'e-1',
      language: 'fr',
    } as const
    const sharing = { bases: [{ kind: 'consent', consentId: 'c-1', categories: ['C12', 'C9'] }], denied: [] } as const
    await store.handle(referral, 'r-1', under, s => check(s, sharing))
    await store.handle(referral, 'r-1', under, s =>
      send(s, { taskId: 't-1', today: '2026-03-06' }, { offer, applicant: {} }, { calendar: { closed: [] } }),
    )
  }
  const draftBy = (caller: Caller) =>
    resolver.draftReferral(
      { referralId: 'r-1', learnerId: 'l-1', serviceId: 's-1', reasonCode: 'housing', urgency: 'routine', picked: [] },
      caller,
    )
  return { resolver, sendIt, draftBy, hide: () => (hidden = true) }
}
const at = (version: number) => ({ referralId: 'r-1', version })
const because = (version: number) => ({ ...at(version), reasonCode: 'noCapacity' })
const notFound = { code: 'NOT_FOUND' }

test('nobody without standing on the learner drafts a referral', async () => {
  await expect(setUp().draftBy(stranger)).rejects.toMatchObject(notFound)
})
test('from whom the learner is hidden, nobody of either agency moves a referral or hears how far it has come', async () => {
  const { draftBy, resolver, sendIt } = setUp()
  await draftBy(teacher)
  await sendIt()
  for (const bystander of bystanders)
    for (const act of [
      () => resolver.acceptReferral(at(2), bystander),
      () => resolver.declineReferral(because(2), bystander),
      () => resolver.reRouteReferral({ ...at(2), serviceId: 's-2' }, bystander),
      () => resolver.cancelReferral(because(2), bystander),
      () => resolver.closeReferral({ ...at(2), loop: 'lost' }, bystander),
      () => resolver.enterReferralInError(because(2), bystander),
      () => resolver.putReferralOnHold(because(2), bystander),
      () => resolver.declineReferralAsLearner(at(2), bystander),
      () => resolver.cancelReferral(because(0), bystander),
    ])
      await expect(act()).rejects.toMatchObject(notFound)
  expect(await resolver.acceptReferral(at(2), social)).toMatchObject({ version: 3 })
})
test('a coordinator moves what goes to education or employment; of what goes elsewhere they hear nothing without a basis', async () => {
  const tried = (resolver: ReferralResolver) => [
    () => resolver.cancelReferral(because(0), school),
    () => resolver.cancelReferral(because(5), school),
    () => resolver.closeReferral({ ...at(0), loop: 'lost' }, school),
    () => resolver.enterReferralInError(because(0), school),
    () => resolver.putReferralOnHold(because(0), school),
    () => resolver.reRouteReferral({ ...at(0), serviceId: 's-2' }, school),
    () => resolver.declineReferralAsLearner(at(0), school),
  ]
  const without = setUp({ ofCoordinator: { C1: 'full' } })
  await without.draftBy(teacher)
  for (const act of tried(without.resolver)) await expect(act()).rejects.toMatchObject(notFound)
  for (const may of [
    setUp({ ofCoordinator: { C1: 'full' }, sector: 'employment' }),
    setUp({ ofCoordinator: { C1: 'full', C12: 'existence' } }),
  ]) {
    await may.draftBy(teacher)
    await expect(may.resolver.cancelReferral(because(5), school)).rejects.toMatchObject({ code: 'STALE' })
    expect(await may.resolver.cancelReferral(because(0), school)).toMatchObject({ version: 1 })
  }
})
test('who drafted it and may not follow it is told nothing of how it went on', async () => {
  const { draftBy, resolver, sendIt } = setUp()
  const first = await draftBy(teacher)
  expect(first).toMatchObject({ id: 'r-1', version: 0 })
  await sendIt()
  await resolver.acceptReferral(at(2), social)
  expect(await draftBy(teacher)).toEqual({ ...first, position: undefined })
})
test('teacher, mentor and school leader draft a referral and do nothing else with it', () => {
  const may = (method: keyof ReferralResolver) =>
    (Reflect.getMetadata(accessMetadata, ReferralResolver.prototype[method]) as AccessRule | undefined)?.roles ?? []
  const methods = Object.getOwnPropertyNames(ReferralResolver.prototype) as (keyof ReferralResolver)[]
  for (const role of ['teacher', 'mentor', 'schoolLeader'] as const)
    expect(methods.filter(method => may(method).includes(role))).toEqual(['draftReferral'])
})
test('before it is sent, the target finds nothing', async () => {
  const { resolver, draftBy } = setUp()
  await draftBy(school)
  for (const act of [
    () => resolver.acceptReferral(at(0), social),
    () => resolver.declineReferral(because(0), social),
    () => resolver.putReferralOnHold(because(0), social),
    () => resolver.declineReferralAsLearner(at(0), social),
  ])
    await expect(act()).rejects.toMatchObject(notFound)
})
test('sent, it is the target’s to answer and nobody else’s', async () => {
  const { resolver, draftBy, sendIt } = setUp()
  await draftBy(school)
  await sendIt()
  for (const caller of [school, stranger, learner]) {
    await expect(resolver.acceptReferral(at(2), caller)).rejects.toMatchObject(notFound)
    await expect(resolver.recordFirstContact({ ...at(2), on: '2026-03-06' }, caller)).rejects.toMatchObject(notFound)
    await expect(resolver.failReferral(because(2), caller)).rejects.toMatchObject(notFound)
  }
  expect(await resolver.acceptReferral(at(2), social)).toMatchObject({ version: 3 })
})
test('R-8.1 the target neither closes it nor sends it elsewhere, cancels it or calls it an error', async () => {
  const { resolver, draftBy, sendIt } = setUp()
  await draftBy(school)
  await sendIt()
  for (const caller of [social, stranger]) {
    await expect(resolver.closeReferral({ ...at(2), loop: 'lost' }, caller)).rejects.toMatchObject(notFound)
    await expect(resolver.reRouteReferral({ ...at(2), serviceId: 's-2' }, caller)).rejects.toMatchObject(notFound)
    await expect(resolver.cancelReferral(because(2), caller)).rejects.toMatchObject(notFound)
    await expect(resolver.enterReferralInError(because(2), caller)).rejects.toMatchObject(notFound)
  }
  expect(await resolver.closeReferral({ ...at(2), loop: 'lost' }, school)).toMatchObject({ version: 3 })
})
test('after its no the target finds nothing any more', async () => {
  const { resolver, draftBy, sendIt } = setUp()
  await draftBy(school)
  await sendIt()
  await resolver.declineReferral(because(2), social)
  await expect(resolver.declineReferral(because(3), social)).rejects.toMatchObject(notFound)
  await expect(resolver.acceptReferral(at(3), social)).rejects.toMatchObject(notFound)
})
test('the learner declines their own, not another’s, and not what is kept from them', async () => {
  const { resolver, draftBy, sendIt, hide } = setUp()
  await draftBy(school)
  await sendIt()
  await expect(resolver.declineReferralAsLearner(at(2), otherLearner)).rejects.toMatchObject(notFound)
  hide()
  await expect(resolver.declineReferralAsLearner(at(2), learner)).rejects.toMatchObject(notFound)
})
test('a version that was passed by is refused, never merged', async () => {
  const { resolver, draftBy, sendIt } = setUp()
  await draftBy(school)
  await sendIt()
  await expect(resolver.acceptReferral(at(1), social)).rejects.toMatchObject({ code: 'STALE' })
  expect(await resolver.declineReferralAsLearner(at(2), learner)).toMatchObject({ version: 3 })
})
