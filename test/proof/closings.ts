import type { Chance } from '@passerelle/connector'
import type { Decider, DomainEvent, EventDefinition } from '@passerelle/event-log'
import { type Closing } from '@passerelle/sharing'
import type { Happening, Story } from './happenings.js'
import { payloadOf } from './payloads.js'
import type { ProofHub } from './proof-hub.js'

export interface ClosingHappening extends Happening {
  readonly closes: readonly Closing[]
}

/** Things that could happen next in streams that there are, and that take something from somebody: of each type at most one. */
export async function closingsOf(hub: ProofHub, story: Story, chance: Chance): Promise<ClosingHappening[]> {
  const found = new Map<string, ClosingHappening>()
  const streams = new Map(
    story.happenings.map(({ decider, id, by }) => [`${decider.events.streamCategory}-${id}`, { decider, id, by }]),
  )
  for (const { decider, id, by } of shuffled([...streams.values()], chance)) {
    if (!decider.closes) continue
    const { state } = await hub.store.load(decider, id)
    const first = decider.events.definitions.values().next().value!
    for (const definition of decider.events.definitions.values()) {
      if (definition === first || found.has(definition.type)) continue
      // A few tries: whom it must name to take anything away is for the payload to hit.
      for (let tries = 0; tries < 6 && !found.has(definition.type); tries++) {
        const event = eventNext(definition, { decider, id, by, state }, story, chance)
        const closes = closedBy(decider, state, event)
        if (closes.length > 0) found.set(definition.type, { decider, id, event, by, at: story.now, closes })
      }
    }
  }
  return shuffled([...found.values()], chance)
}

/** Something that might happen next in this stream, to somebody of its own. */
export function eventNext(
  definition: EventDefinition,
  { decider, id, by, state }: Pick<Happening, 'decider' | 'id' | 'by'> & { readonly state: unknown },
  story: Story,
  chance: Chance,
): DomainEvent {
  const first = decider.events.definitions.values().next().value!
  const learnerId = decider.subject(state)
  const pools = {
    ...{ chance, by, learnerId, posts: story.posts, now: story.now, learnerIds: story.learnerIds, streamId: id },
    ownId: Object.keys(first.schemas.at(-1)!.properties).find(key => key.endsWith('Id'))!,
    guardianIds: story.learnerIds.includes(learnerId ?? '') ? [`${learnerId}.mother`, `${learnerId}.father`] : [],
  }
  return { type: definition.type, data: named(state, payloadOf(definition, pools), chance) }
}

function closedBy(decider: Decider<any, DomainEvent>, state: unknown, event: DomainEvent): readonly Closing[] {
  try {
    return decider.closes!(state, event)
  } catch {
    return []
  }
}

/** Somebody of the stream's own, where the payload names a person: a member of the team, a teacher of the class, a role that is held. */
function named(state: any, data: Record<string, unknown>, chance: Chance): Record<string, unknown> {
  const members: readonly object[] = state.members ?? state.roles ?? Object.keys(state.teachers ?? {}).map(userId => ({ userId }))
  if (members.length === 0) return data
  const one = chance.pick(members)
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      ['userId', 'agencyId', 'role'].includes(key) && key in one ? one[key as never] : value,
    ]),
  )
}

const shuffled = <T>(items: readonly T[], chance: Chance): T[] =>
  items.length === 0 ? [] : chance.some(items, items.length, items.length)
