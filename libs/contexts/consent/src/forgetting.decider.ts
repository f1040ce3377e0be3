import { type Acting, dayOf, type Decider } from '@passerelle/event-log'
import { type ForgettingEvent, forgettingEvents } from './forgetting.events.js'
import { isOver, restriction } from './restriction.decider.js'

export interface Forgetting {
  readonly learnerId?: string
  /** Restrictions that hold it back as long as they are not over. */
  readonly heldBy: readonly string[]
  readonly begun: readonly string[]
}

/** Whatever was begun before goes on; so a restriction is never refused for it. */
export function hold(forgetting: Forgetting, learnerId: string, restrictionId: string): ForgettingEvent[] {
  if (forgetting.heldBy.includes(restrictionId)) return []
  return [{ type: 'ForgettingHeld', data: { learnerId, restrictionId } }]
}

/** Nothing where it waits. `over`: restrictions that hold nothing any more; one that came since they were looked at is not among them. */
export function begin(forgetting: Forgetting, learnerId: string, ref: string, over: readonly string[]): ForgettingEvent[] {
  if (forgetting.begun.includes(ref) || forgetting.heldBy.some(each => !over.includes(each))) return []
  return [{ type: 'ForgettingBegun', data: { learnerId, ref } }]
}

export const forgetting: Decider<Forgetting, ForgettingEvent> = {
  events: forgettingEvents,
  initial: { heldBy: [], begun: [] },
  subject: state => state.learnerId,
  evolve(state, event) {
    const { learnerId } = event.data
    switch (event.type) {
      case 'ForgettingHeld':
        return { ...state, learnerId, heldBy: [...state.heldBy, event.data.restrictionId] }
      case 'ForgettingBegun':
        return { ...state, learnerId, begun: [...state.begun, event.data.ref] }
    }
  },
}

/**
 * Whether what `ref` asks for may be forgotten now: the last look at what keeps the learner safe. Restrictions are looked at first, and what is decided
 * on them is written only where no other was announced meanwhile.
 */
export async function mayForget(
  { load, decide, now }: Pick<Acting, 'load' | 'decide' | 'now'>,
  learnerId: string,
  ref: string,
  under?: Parameters<Acting['decide']>[3],
): Promise<boolean> {
  const { heldBy } = await load(forgetting, learnerId)
  const over: string[] = []
  for (const restrictionId of heldBy) if (isOver(await load(restriction, restrictionId), dayOf(now))) over.push(restrictionId)
  const { state } = await decide(forgetting, learnerId, known => begin(known, learnerId, ref, over), under)
  return state.begun.includes(ref)
}
