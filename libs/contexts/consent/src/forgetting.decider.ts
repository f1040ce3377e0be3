import { type Acting, dayOf, type Decider } from '@passerelle/event-log'
import { type ForgettingEvent, forgettingEvents } from './forgetting.events.js'
import { isOver, restriction } from './restriction.decider.js'

/** That a restriction for safety is just being placed, and since when; absent: long since. */
export interface Announcement {
  readonly restrictionId: string
  readonly at?: string
}
export interface Forgetting {
  readonly learnerId?: string
  /** Announced restrictions, each as it was last: they hold it back as long as they are not over. */
  readonly heldBy: readonly Announcement[]
  readonly begun: readonly string[]
}

/** So long an announcement counts by itself. What was not placed by then was given up on its way, and is announced anew where somebody approves again. */
const placedWithinMinutes = 15
const isStale = ({ at }: Announcement, now: string): boolean =>
  at === undefined || Date.parse(now) - Date.parse(at) > placedWithinMinutes * 60_000

/** Whatever was begun before goes on; so a restriction is never refused for it. */
export function hold(
  forgetting: Forgetting,
  learnerId: string,
  { restrictionId, at }: Required<Announcement>,
): ForgettingEvent[] {
  if (forgetting.heldBy.some(each => each.restrictionId === restrictionId && !isStale(each, at))) return []
  return [{ type: 'ForgettingHeld', data: { learnerId, restrictionId, at } }]
}

/** Nothing where it waits. `over`: announcements that hold nothing any more; one that came since they were looked at is not among them. */
export function begin(forgetting: Forgetting, learnerId: string, ref: string, over: readonly Announcement[]): ForgettingEvent[] {
  const isOver = ({ restrictionId, at }: Announcement) =>
    over.some(each => each.restrictionId === restrictionId && each.at === at)
  if (forgetting.begun.includes(ref) || !forgetting.heldBy.every(isOver)) return []
  return [{ type: 'ForgettingBegun', data: { learnerId, ref } }]
}

export const forgetting: Decider<Forgetting, ForgettingEvent> = {
  events: forgettingEvents,
  initial: { heldBy: [], begun: [] },
  subject: state => state.learnerId,
  evolve(state, event) {
    const { learnerId } = event.data
    switch (event.type) {
      case 'ForgettingHeld': {
        const { restrictionId, at } = event.data
        const others = state.heldBy.filter(each => each.restrictionId !== restrictionId)
        return { ...state, learnerId, heldBy: [...others, { restrictionId, ...(at && { at }) }] }
      }
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
  const over: Announcement[] = []
  for (const announced of heldBy) {
    const known = await load(restriction, announced.restrictionId)
    if (isOver(known, dayOf(now)) || (known.status !== 'placed' && isStale(announced, now.toISOString()))) over.push(announced)
  }
  const { state } = await decide(forgetting, learnerId, known => begin(known, learnerId, ref, over), under)
  return state.begun.includes(ref)
}
