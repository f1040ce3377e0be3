import { Chance } from '@passerelle/connector'
import type { Decider, DomainEvent, EventDefinition } from '@passerelle/event-log'
import { categories, learnerAgencyId, type Role, rolesOf, roleTerms, type Sector } from '@passerelle/sharing'
import { loadContexts } from '../schemas/contexts.js'
import { payloadOf, type Pools } from './payloads.js'

/** One thing that happened, as the log is told it. */
export interface Happening {
  readonly decider: Decider<any, DomainEvent>
  readonly id: string
  readonly event: DomainEvent
  readonly at: string
  readonly by: Post
}
export interface Post {
  readonly userId: string
  readonly agencyId: string
  readonly role: Role
}
export interface Story {
  readonly now: string
  readonly learnerIds: readonly string[]
  /** Everybody who might look, with every role they might look in. */
  readonly posts: readonly Post[]
  readonly happenings: readonly Happening[]
}

/** One of each sector, and a second school: what one may see the other may not. */
const agencies: readonly { readonly agencyId: string; readonly sector: Sector }[] = [
  { agencyId: 'school', sector: 'education' },
  { agencyId: 'college', sector: 'education' },
  { agencyId: 'social', sector: 'social' },
  { agencyId: 'clinic', sector: 'health' },
  { agencyId: 'jobs', sector: 'employment' },
  { agencyId: 'authority', sector: 'authority' },
]
/** Two people in each role that works with learners one by one; a third person holds every role of the agency. */
const postsOf = ({ agencyId, sector }: (typeof agencies)[number]): Post[] =>
  rolesOf(sector).flatMap(role =>
    [
      `${agencyId}.${role}`,
      ...(roleTerms[role].reach === 'agency' ? [] : [`${agencyId}.${role}.2`]),
      `${agencyId}.everything`,
    ].map(userId => ({ userId, agencyId, role })),
  )
const staffPosts = agencies.flatMap(postsOf)
const founder: Post = { userId: 'authority.regionAdmin', agencyId: 'authority', role: 'regionAdmin' }

export const storyNow = '2026-03-15T10:00:00.000Z'
const dayMs = 86_400_000

/** Every kind of stream that the contexts declare; what is added there happens here too. */
export async function everyDecider(): Promise<readonly Decider<any, DomainEvent>[]> {
  return (await loadContexts()).flatMap(({ deciders }) => deciders)
}

/** A region and some learners to whom anything happens that the contexts can say, in an order that is mostly possible. The same for the same seed. */
export function storyOf(deciders: readonly Decider<any, DomainEvent>[], seed: number, learners = 4): Story {
  const chance = Chance.of(seed, 'story')
  const learnerIds = Array.from({ length: learners }, (_, i) => `learner-${i + 1}`)
  const guardianIds = (learnerId: string) => [`${learnerId}.mother`, `${learnerId}.father`]
  const happenings: Happening[] = []
  let hour = 60 * 24
  const say = (decider: Decider<any, DomainEvent>, id: string, by: Post, event: DomainEvent) =>
    happenings.push({ decider, id, event, by, at: new Date(Date.parse(storyNow) - ((hour -= 0.25) * dayMs) / 24).toISOString() })
  const said = (stem: string, id: string) =>
    happenings.findLast(one => one.id === id && one.event.type.startsWith(stem) && !one.event.type.endsWith('Corrected'))
  const named = (category: string) => deciders.find(({ events }) => events.streamCategory === category)!
  const pools = (over: Partial<Pools>): Pools => ({ chance, posts: staffPosts, now: storyNow, learnerIds, ...over })
  const tell = (
    decider: Decider<any, DomainEvent>,
    id: string,
    by: Post,
    type: string,
    over: Partial<Pools>,
    fixed: object = {},
  ) =>
    say(decider, id, by, {
      type,
      data: { ...payloadOf(decider.events.definitions.get(type)!, pools({ streamId: id, by, ...over })), ...fixed },
    })

  for (const { agencyId, sector } of agencies)
    say(named('agency'), agencyId, founder, {
      type: 'AgencyRegistered',
      data: { agencyId, name: `Agency ${agencyId}`, sector, region: 'ZZ11' },
    })
  for (const [userId, held] of Map.groupBy(staffPosts, ({ userId }) => userId)) {
    tell(named('staff'), userId, held[0]!, 'StaffMemberRegistered', {}, { userId })
    for (const { agencyId, role } of held)
      say(named('staff'), userId, founder, { type: 'StaffRoleAssigned', data: { agencyId, role, from: '2025-01-01' } })
  }

  const home = (learnerId: string) => agencies[learnerIds.indexOf(learnerId) % 2]!.agencyId
  const workers = (agencyId: string) => staffPosts.filter(post => post.agencyId === agencyId)
  for (const learnerId of learnerIds) {
    const by = chance.pick(workers(home(learnerId)))
    const about = { learnerId, guardianIds: guardianIds(learnerId) }
    const birthDate = chance.pick(['2008-01-15', '2010-03-16', '2012-06-01', '2013'])
    tell(named('learner'), learnerId, by, 'PersonRegistered', about, { learnerId, agencyId: by.agencyId, birthDate })
    for (const guardianId of guardianIds(learnerId))
      if (chance.yes(70))
        tell(named('learner'), learnerId, by, 'GuardianRecorded', about, {
          guardianId,
          verified: chance.yes(85),
          authority: ['informed', 'consents', 'signs'],
          from: '2025-01-01',
          until: undefined,
        })
  }
  for (const decider of deciders) {
    const { streamCategory } = decider.events
    if (['agency', 'staff', 'learner'].includes(streamCategory)) continue
    const types = [...decider.events.definitions.keys()]
    const first = decider.events.definitions.get(types[0]!)!.schemas.at(-1)!
    const isAboutLearner = Object.hasOwn(first.properties, 'learnerId')
    const ids = isAboutLearner
      ? learnerIds.flatMap(learnerId =>
          Array.from({ length: chance.int(1, 3) }, (_, n) => ({ learnerId, id: `${streamCategory}.${learnerId}.${n + 1}` })),
        )
      : [1, 2, 3].map(n => ({ learnerId: learnerIds[n % learnerIds.length]!, id: `${streamCategory}.${n}` }))
    for (const { learnerId, id } of ids) {
      const by = chance.yes(60) ? chance.pick(workers(home(learnerId))) : chance.pick(staffPosts)
      const about = {
        learnerId,
        guardianIds: guardianIds(learnerId),
        ownId: Object.keys(first.properties).find(key => key.endsWith('Id'))!,
      }
      tell(decider, id, by, types[0]!, about)
      // Mostly a part of what can happen, from the beginning on: what ends a thing stands last in its declaration.
      const end = chance.yes(30) ? types.length : chance.int(1, Math.max(1, Math.ceil(types.length * 0.6)))
      for (const type of types.slice(1, end)) {
        // A correction is of what was said before.
        const corrected = type.endsWith('Corrected') ? said(type.slice(0, -'Corrected'.length), id) : undefined
        if (chance.yes(70) && (corrected || !type.endsWith('Corrected')))
          tell(
            decider,
            id,
            chance.yes(70) ? by : chance.pick(staffPosts),
            type,
            about,
            idsOf(corrected, decider.events.definitions.get(type)!),
          )
      }
    }
  }
  // What happens to people and agencies later, to few of them.
  for (const learnerId of learnerIds)
    for (const type of named('learner').events.definitions.keys())
      if (type !== 'PersonRegistered' && chance.yes(closing.test(type) ? 12 : 45))
        tell(named('learner'), learnerId, chance.pick(workers(home(learnerId))), type, {
          learnerId,
          guardianIds: guardianIds(learnerId),
        })
  for (const [userId, held] of Map.groupBy(staffPosts, ({ userId }) => userId))
    if (chance.yes(6)) {
      const { agencyId, role } = chance.pick(held)
      tell(named('staff'), userId, founder, 'StaffRoleEnded', {}, { agencyId, role })
    }
  const scattered = scatter(happenings, chance)
  for (const learnerId of learnerIds.filter((_, n) => n % 2 === 0))
    scattered.push(...yesesToPeriods(learnerId, named('consent'), seed))
  return { now: storyNow, learnerIds, happenings: scattered, posts: [...staffPosts, ...ownPosts(learnerIds, guardianIds)] }
}

/** Which of the things in a stream an event is about. */
const idsOf = (one: Happening | undefined, { schemas }: EventDefinition) =>
  Object.fromEntries(
    Object.entries((one?.event.data ?? {}) as object).filter(
      ([key]) => /Id$/.test(key) && Object.hasOwn(schemas.at(-1)!.properties, key),
    ),
  )

/**
 * At last: yes to data of one period, to each agency, for all that it may look for. Some of what happened lies in it, some outside, some runs on. By chance of
 * its own, so that everything else happens as it would without.
 */
function yesesToPeriods(learnerId: string, decider: Decider<any, DomainEvent>, seed: number): Happening[] {
  const chance = Chance.of(seed, `periods ${learnerId}`)
  const by: Post = { userId: learnerId, agencyId: learnerAgencyId, role: 'learner' }
  const answer = { categories, by: 'learner', method: 'online', at: '2026-03-14T10:00:00.000Z', validUntil: '2026-12-01' }
  const notice = { noticeVersion: 'n1', language: 'en', easyRead: false, validUntil: '2026-12-01' }
  return agencies.flatMap(({ agencyId, sector }) => {
    const period = chance.pick(dataPeriods)
    return [...new Set(rolesOf(sector).flatMap(role => roleTerms[role].purposes))].flatMap(purpose => {
      const consentId = `period.${learnerId}.${agencyId}.${purpose}`
      const scope = { consentId, learnerId, requestedByAgencyId: agencyId, recipientAgencyId: agencyId, purpose, categories }
      return [
        { type: 'ConsentRequested', data: { ...scope, ...notice } },
        { type: 'ConsentGiven', data: { ...answer, ...period } },
      ].map(event => ({ decider, id: consentId, event, by, at: '2026-03-15T09:00:00.000Z' }))
    })
  })
}

/** Of the two months of a story, and of the year around them. */
const dataPeriods = [
  { dataFrom: '2025-02-01', dataUntil: '2026-10-31' },
  { dataFrom: '2026-02-01' },
  { dataFrom: '2026-01-20', dataUntil: '2026-03-10' },
  { dataFrom: '2026-02-10', dataUntil: '2026-04-30' },
  { dataUntil: '2026-03-05' },
]

/** What is rare, or hardly anything would be left to see. */
const closing = /Ended|Closed|Destroyed|Merged|Removed|Forgotten/

const ownPosts = (learnerIds: readonly string[], guardianIds: (learnerId: string) => string[]): Post[] =>
  learnerIds.flatMap(learnerId => [
    { userId: learnerId, agencyId: learnerAgencyId, role: 'learner' as const },
    ...guardianIds(learnerId).map(userId => ({ userId, agencyId: learnerAgencyId, role: 'guardian' as const })),
  ])

/** Streams among each other, each in its own order; what founds the region stays first. */
function scatter(happenings: readonly Happening[], chance: Chance): Happening[] {
  const founding = happenings.filter(({ event }) =>
    /^(AgencyRegistered|Staff(MemberRegistered|RoleAssigned)|PersonRegistered)$/.test(event.type),
  )
  const rest = happenings.filter(one => !founding.includes(one))
  const streams = [...Map.groupBy(rest, ({ decider, id }) => `${decider.events.streamCategory}-${id}`).values()].map(each => [
    ...each,
  ])
  const mixed: Happening[] = []
  while (streams.length > 0) {
    const at = chance.int(0, streams.length - 1)
    mixed.push(streams[at]!.shift()!)
    if (streams[at]!.length === 0) streams.splice(at, 1)
  }
  const times = happenings.map(({ at }) => at).sort()
  return [...founding, ...mixed].map((one, i) => ({ ...one, at: times[i]! }))
}
