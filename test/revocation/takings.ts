import { Chance } from '@passerelle/connector'
import { type EventDefinition, streamIdOf } from '@passerelle/event-log'
import { categories, type Closing, roleTerms } from '@passerelle/sharing'
import { eventNext } from '../proof/closings.js'
import type { Happening, Post, Story } from '../proof/happenings.js'
import { KnownFacts } from './known-facts.js'
import { closedBy, keeps, type Loss, takenBy } from './taking.js'

/** How often an event of each type happened, decided otherwise who sees what, took something from somebody, and said that it closes something. */
export interface Takings {
  readonly told: Map<string, number>
  readonly decided: Map<string, number>
  readonly took: Map<string, number>
  readonly closed: Map<string, number>
  /** What was taken without saying so. Of each type the first loss that none of its closings keeps. */
  readonly unsaid: Map<string, { readonly loss: Loss; readonly closes: readonly Closing[] }>
}
export const noTakings = (): Takings => ({
  told: new Map(),
  decided: new Map(),
  took: new Map(),
  closed: new Map(),
  unsaid: new Map(),
})

/** Now, and when most of what was said to end has ended by itself. */
const instantsOf = (story: Story) => [0, 60].map(days => new Date(Date.parse(story.now) + days * 86_400_000).toISOString())
/** So often an event of one type is looked at where it took something: nothing new is learned of it afterwards. */
const often = 4
/** Where it took nothing from anybody so often in one story, others are looked at; what says that it closes something is given twice the time. */
const seldom = 16
/** Of each type in each stream, for whom it names is for its payload to hit. */
const tries = 2

/** Tells the story, and at its middle and its end looks at all that might happen next in each stream that there is. */
export function takingsOf(story: Story, seed: number, takings: Takings): void {
  const chance = Chance.of(seed, 'takings')
  const streams = new Map<string, Happening>()
  let facts = KnownFacts.none
  const idle: Idle = new Map()
  const looks = [0.5, 1].map(part => Math.floor(story.happenings.length * part))
  story.happenings.forEach((happening, i) => {
    streams.set(streamIdOf(happening.decider, happening.id), happening)
    facts = unlessImpossible(() => facts.after(likelier(happening, story, chance))) ?? facts
    if (looks.includes(i + 1)) lookAhead(facts, [...streams.values()], { story, chance, takings, idle })
  })
}

/** How often in this story an event of each type decided otherwise who sees what and took nothing. */
type Idle = Map<string, number>
interface Looking {
  readonly story: Story
  readonly chance: Chance
  readonly takings: Takings
  readonly idle: Idle
}

function lookAhead(facts: KnownFacts, streams: readonly Happening[], looking: Looking): void {
  const { story, chance } = looking
  for (const { decider, id, by } of streams) {
    const stream = { decider, by, at: story.now }
    const [first, ...next] = decider.events.definitions.values()
    const lookAt = (definition: EventDefinition, of: string) => {
      const about = { ...stream, id: of, state: facts.stateOf(decider, of) }
      for (let n = 0; n < tries && isWorthALook(definition, looking); n++)
        look(facts, likelier({ ...about, event: eventNext(definition, about, story, chance) }, story, chance), looking)
    }
    // What begins a stream happens once in it, and may begin another.
    lookAt(first!, next.length > 0 ? `${id}.another` : id)
    for (const definition of next) lookAt(definition, id)
  }
}

const isWorthALook = ({ type }: EventDefinition, { takings: { took, closed }, idle }: Looking): boolean =>
  (took.get(type) ?? 0) < often && (took.has(type) || (idle.get(type) ?? 0) < (closed.has(type) ? 2 : 1) * seldom)

function look(before: KnownFacts, happening: Happening, { story, takings, idle }: Looking): void {
  const { type } = happening.event
  const next = unlessImpossible(() => ({
    after: before.after(happening),
    closes: closedBy(happening.decider, before, happening),
  }))
  if (!next) return
  const { after, closes } = next
  count(takings.told, type)
  if (after.decidesOtherwise(before)) count(takings.decided, type)
  if (closes.length > 0) count(takings.closed, type)
  let took = false
  for (const loss of takenBy(before, after, viewersFor(happening, story.posts), instantsOf(story))) {
    took = true
    if (closes.some(closing => keeps(closing, loss))) continue
    if (!takings.unsaid.has(type)) takings.unsaid.set(type, { loss, closes })
    break
  }
  if (took) count(takings.took, type)
  else if (after.decidesOtherwise(before)) count(idle, type)
}

/** Undefined where it could not have happened: a fold may rightly refuse what no decider would ever have said. */
function unlessImpossible<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return undefined
  }
}

/**
 * More is opened so, that could be taken: often no more is said than must be, for what may be said besides narrows it; a purpose is one of those for
 * whom it is meant; it is about every category as often as about some; what names a stream that is about no learner names one that there is; and it was said when it happened.
 */
function likelier(happening: Happening, { happenings, posts }: Story, chance: Chance): Happening {
  const { decider, id: own, event, at } = happening
  const schema = decider.events.definitions.get(event.type)!.schemas.at(-1)! as { readonly required?: readonly string[] }
  const data = event.data as Record<string, unknown>
  const named = Object.values(data).flat()
  const meant = posts.filter(({ agencyId }) => named.includes(agencyId))
  const isPlain = chance.yes(60)
  const said = Object.entries(data).flatMap(([key, value]) => {
    const ids = [...new Set(happenings.flatMap(one => (`${one.decider.events.streamCategory}Id` === key ? [one.id] : [])))]
    const isShared = ids.length > 0 && !ids.some(id => id.includes('learner-'))
    if (isShared && value !== own && !ids.includes(value as string)) return [[key, chance.pick(ids)]]
    if (isPlain && !schema.required?.includes(key)) return []
    if (key === 'at') return [[key, at]]
    if (key === 'categories' && chance.yes(50)) return [[key, [...categories]]]
    if (meant.length === 0 || (key !== 'purpose' && key !== 'purposes')) return [[key, value]]
    const { purposes } = roleTerms[chance.pick(meant).role]
    return [[key, key === 'purpose' ? chance.pick(purposes) : purposes]]
  })
  return { ...happening, event: { ...event, data: Object.fromEntries(said) } }
}

/**
 * Whoever holds all roles of an agency works for all its learners as the next one does who holds one: they are looked at where that one is not, and where
 * the event is about themself.
 */
const viewersFor = ({ id }: Happening, posts: readonly Post[]): Post[] =>
  posts.filter(({ userId, role }) => !userId.endsWith('.everything') || userId === id || roleTerms[role].reach !== 'agency')

const count = (of: Map<string, number>, type: string) => of.set(type, (of.get(type) ?? 0) + 1)
