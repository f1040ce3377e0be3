import type { Chance } from '@passerelle/connector'
import { caseFile } from '@passerelle/casework'
import { breakGlass, consent, restriction } from '@passerelle/consent'
import { type Decider, type DomainEvent, EventStore, MemoryLog, streamIdOf } from '@passerelle/event-log'
import { categories, decide, learnerAgencyId, rolesOf, roleTerms } from '@passerelle/sharing'
import { factsOf } from '@passerelle/testing/sharing'
import type { Post } from './happenings.js'
import { payloadOf } from './payloads.js'
import type { Proof } from './proof.js'
import type { Retelling } from './retold-history.js'
import type { Look } from './truth.js'

type Besides = NonNullable<Retelling['besides']>

/**
 * What may have happened to learners besides, without this person being told, in any explanation of now or of the past: to an agency, what others were
 * given or do, what its people looked at in an emergency, and holds that it may not know of; to the learner, what is done for safeguarding while a hold is
 * kept from them. That something is kept may move what else they are told (ADR 9), so something is, before and after.
 */
export async function secretsFrom(proof: Proof, look: Look, chance: Chance): Promise<{ before: Besides; after: Besides }> {
  const { world, hub, story } = proof
  const facts = factsOf(world)
  const isLearner = look.agencyId === learnerAgencyId
  const isOfficer = look.role === 'dataProtectionOfficer' && proof.sectorOf(look) === 'authority'
  let at = ''
  const log = new MemoryLog(() => new Date(at))
  const store = new EventStore(log, hub.keyring)
  const personOf = new Map<string, string>()
  const [first, second, third] = proof.pastInstants as [string, string, string]
  const then = await proof.factsAsOf(first)
  const validUntil = '2026-12-01'
  // What was forgotten is not recorded again.
  const unsaid = { reason: undefined, keptReason: undefined }

  async function happened(
    when: string,
    decider: Decider<any, DomainEvent>,
    learnerId: string,
    by: Post,
    ...data: (readonly [string, object])[]
  ) {
    at = when
    const id = `besides.${personOf.size}`
    const pools = { chance, posts: story.posts, now: story.now, learnerIds: story.learnerIds, streamId: id, by, learnerId }
    const ownId = Object.keys(decider.events.definitions.values().next().value!.schemas.at(-1)!.properties).find(key =>
      key.endsWith('Id'),
    )!
    const events = data.map(([type, fixed]) => ({
      type,
      data: { ...payloadOf(decider.events.definitions.get(type)!, { ...pools, ownId }), ...fixed },
    }))
    const context = {
      ...{ actor: by, controllerAgencyId: by.agencyId, purpose: 'educationSupport' as const, occurredAt: when, language: 'en' },
      ...{ legalBasis: { kind: 'publicTask' as const }, correlationId: 'c', causationId: 'c' },
    }
    await store.handle(decider, id, context, () => events)
    personOf.set(streamIdOf(decider, id), learnerId)
  }
  const learners = story.learnerIds.filter(learnerId => !isLearner || proof.ownLearners(look).includes(learnerId))
  const someCategories = () => chance.some(categories, 2, 12)
  const restricted = (when: string, learnerId: string, by: Post) =>
    happened(when, restriction, learnerId, by, [
      'RestrictionPlaced',
      {
        categories: someCategories(),
        agencyIds: [],
        fromLearner: true,
        grounds: 'safeguarding',
        hidden: true,
        until: validUntil,
      },
    ])
  /** Who had already recorded something when the earliest question is about: that is no news, whoever asks. */
  const others = (learnerId: string) =>
    story.posts.filter(
      ({ agencyId, role }) =>
        agencyId !== look.agencyId && roleTerms[role].practitioner && then.get(learnerId)?.recordedBy.includes(agencyId),
    )

  /** Of these people those whose role has nothing to do with the learner otherwise; any, where there is none. */
  const unknown = (learnerId: string, posts: readonly Post[]) => {
    const { assignments } = facts.learner(learnerId)!
    const known = new Set(
      assignments.flatMap(a =>
        story.posts
          .filter(post => post.userId === a.userId && (a.role ?? post.role) === post.role)
          .map(({ agencyId, role }) => `${agencyId} ${role}`),
      ),
    )
    const others = posts.filter(({ agencyId, role }) => !known.has(`${agencyId} ${role}`))
    return others.length > 0 ? others : posts
  }

  if (isLearner) for (const learnerId of learners) await restricted(third, learnerId, look)
  const before = { log, personOf: new Map(personOf) }
  for (const learnerId of learners) {
    const by = others(learnerId)
    if (isLearner && by.length > 0) {
      for (const of of Map.groupBy(by, ({ agencyId }) => agencyId).values()) {
        const lead = chance.pick(unknown(learnerId, of))
        await happened(chance.pick([first, second]), caseFile, learnerId, lead, [
          'CaseOpened',
          {
            leadUserId: lead.userId,
            leadAgencyId: lead.agencyId,
            leadRole: lead.role,
            purpose: 'safeguarding',
            until: validUntil,
          },
        ])
      }
      await restricted(third, learnerId, look)
    }
    // The authority's officer is told of every agency: to them nothing of this is a secret.
    if (!isLearner && !isOfficer) {
      const knowsOfHidden = decide(facts, look, look.purpose, world.now, learnerId, 'C10').level !== 'none'
      if (!knowsOfHidden && by.length > 0) for (const when of [first, third]) await restricted(when, learnerId, chance.pick(by))
      const agency = chance.pick(world.region.agencies.filter(({ agencyId }) => agencyId !== look.agencyId))
      const asked = {
        ...{ learnerId, recipientAgencyId: agency.agencyId, recipientRole: undefined, requestedByAgencyId: agency.agencyId },
        purpose: chance.pick(roleTerms[chance.pick(rolesOf(agency.sector))].purposes),
      }
      const own = { userId: learnerId, agencyId: learnerAgencyId, role: 'learner' } as const
      await happened(
        second,
        consent,
        learnerId,
        own,
        ['ConsentRequested', { ...asked, categories }],
        ['ConsentGiven', { categories: someCategories(), by: 'learner', guardianId: undefined, at: second, validUntil }],
      )
    }
    if (!isOfficer && by.length > 0) {
      const one = chance.pick(by)
      await happened(second, breakGlass, learnerId, one, [
        'BreakGlassUsed',
        { userId: one.userId, agencyId: one.agencyId, role: one.role, kept: true, at: second, until: world.now, ...unsaid },
      ])
    }
    if (!isLearner && !isOfficer && by.length > 0) {
      const lead = chance.pick(by)
      await happened(first, caseFile, learnerId, lead, [
        'CaseOpened',
        {
          leadUserId: lead.userId,
          leadAgencyId: lead.agencyId,
          leadRole: lead.role,
          purpose: chance.pick(roleTerms[lead.role].purposes),
          until: validUntil,
        },
      ])
    }
  }
  return { before, after: { log, personOf } }
}
