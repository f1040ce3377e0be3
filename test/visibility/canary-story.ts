import { type DomainEvent, type EventDefinition, type EventDefinitions, idOfStream } from '@passerelle/event-log'
import { hubDeclaration } from '@passerelle/hub'
import { learnerEvents } from '@passerelle/learner'
import type { View } from '@passerelle/projections'
import { foldView, type Told } from '@passerelle/testing'
import { aboutLearners } from '@passerelle/views'
import type { Schema } from '../schemas/sample.js'

/** About whom a story is told, by whom, and which of its tellings it is: every other telling takes other words of each list. */
export interface Telling {
  readonly learnerId: string
  readonly agencyId: string
  readonly variant: number
  /** Values that a name must have, so that the story fits what else is told. */
  readonly given: Readonly<Record<string, unknown>>
}

/**
 * Everything that could have been recorded of one learner, all of it by one agency and all of it over: each stream told twice, but for the learner's own.
 * Returns what was told.
 */
export async function tellEverything(
  views: readonly View[],
  { given, ...about }: Omit<Telling, 'variant' | 'given'> & { readonly given: (variant: number) => Telling['given'] },
  write: (events: EventDefinitions, id: string, some: readonly DomainEvent[]) => Promise<void>,
  kinds: readonly EventDefinitions[] = aboutLearners,
): Promise<Told[]> {
  const without = new Set(Object.keys(hubDeclaration.forgetting!.on))
  const all: Told[] = []
  for (const events of kinds)
    for (const variant of events === learnerEvents ? [0] : [0, 1]) {
      const told = canaryStory(events, views, without, { ...about, variant, given: given(variant) })
      all.push(...told)
      await write(
        events,
        idOfStream(told[0]!.streamId),
        told.map(({ type, data }) => ({ type, data })),
      )
    }
  return all
}

/**
 * What could have happened in one stream of these events, told so that its views show as much as they can: each event type in turn, left out where it would
 * take something away again. Every free text is a token that stands nowhere else. No list: a new event type or view is told as well.
 */
export function canaryStory(
  events: EventDefinitions,
  views: readonly View[],
  without: ReadonlySet<string>,
  telling: Telling,
): Told[] {
  const [first] = events.definitions.values()
  // The first field of the first event is the stream's own id.
  const [ownId] = Object.keys((first!.schemas.at(-1) as Schema).properties!)
  const id = ownId === 'learnerId' ? telling.learnerId : `${events.streamCategory}-${telling.learnerId}-${telling.variant}`
  const about = { ...telling, given: { ...telling.given, [ownId!]: id } }
  const told: Told[] = []
  for (const definition of events.definitions.values()) {
    if (without.has(definition.type)) continue
    const next: Told = {
      type: definition.type,
      data: payloadOf(definition, about),
      streamId: `${events.streamCategory}-${id}`,
      subjectRef: telling.learnerId,
      controllerAgencyId: telling.agencyId,
    }
    if (shownBy(views, [...told, next]) >= shownBy(views, told)) told.push(next)
  }
  return told
}

/** How many values the views show after these events. */
const shownBy = (views: readonly View[], told: readonly Told[]): number =>
  views.reduce((sum, view) => {
    const rows = [...foldView(view, ...told).values()]
    return sum + rows.reduce((values, row) => values + Object.values(row).filter(isShown).length, 0)
  }, 0)
/** An empty list shows nothing. */
export const isShown = (value: unknown): boolean =>
  value !== null && value !== undefined && !(Array.isArray(value) && value.length === 0)

function payloadOf(definition: EventDefinition, telling: Telling): unknown {
  const own = `${telling.learnerId}-${telling.variant}`
  const idOf = (name: string) =>
    /agency/i.test(name) ? telling.agencyId : name === 'learnerId' ? telling.learnerId : `${name}-${own}`
  const value = (schema: Schema, name: string, category?: string): unknown => {
    if (Object.hasOwn(telling.given, name)) return telling.given[name]
    const of = schema['x-personal'] ?? category
    if (schema.const !== undefined) return schema.const
    if (schema.enum) return schema.enum[telling.variant % schema.enum.length]
    if (schema.anyOf) return value(schema.anyOf[0]!, name, of)
    switch (schema.type) {
      case 'object':
        return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([key, each]) => [key, value(each, key, of)]))
      case 'array':
        return [value(schema.items!, name.replace(/s$/, ''), of)]
      case 'boolean':
        return telling.variant % 2 === 0
      case 'integer':
        return Math.max(schema.minimum ?? 0, 1)
      case 'number':
        return 1.5
      default:
        return textOf(schema, name, idOf(name), of)
    }
  }
  return value(definition.schemas.at(-1) as Schema, definition.type)
}

/** Long past: what it opened or closed is over, so that only the rows are left of it. */
const pastDay = '2021-03-01'
const known = [pastDay, `${pastDay}T09:30:00.000Z`, 'fr', 'https://example.org/thing/1', 'a'.repeat(64)]
let tokens = 0

function textOf({ pattern }: Schema, name: string, id: string, category: string | undefined): string {
  if (!pattern) return `canary${category ?? ''}x${++tokens}`
  const found = [id, ...known].find(text => new RegExp(pattern, 'u').test(text))
  if (found === undefined) throw new Error(`No canary for ${name}: teach the story the pattern ${pattern}`)
  return found
}

/** The words of one kind that stand in a text: a category, if the word was sealed, and which word. */
export const canariesIn = (text: string): string[] => text.match(/canary(?:C\d+)?x[\w-]+/g) ?? []
