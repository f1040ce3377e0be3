import { type Decider, type DomainEvent, personalValues, Refused } from '@passerelle/event-log'
import { categories, type Category, categoryTerms } from '@passerelle/sharing'
import type { Place, Raw } from '../reading/index.js'

const named = (of: readonly Category[]) => of.map(category => `${category} (${categoryTerms[category].title})`).join(', ')

/** A row would write what is not on its feed's list. */
export class OffTheList extends Refused {
  constructor(
    list: readonly Category[],
    off: readonly Category[],
    /** What it would have written of it: never said, only looked for in the row. */
    readonly values: readonly unknown[],
  ) {
    super(
      'FEED.CATEGORY',
      `This feed may not write ${named(off)}.`,
      `It may write ${named(list) || 'nothing about people'}. Leave it out at the source, or ask the regional authority to set its list (setFeedCategories).`,
      { categories: off },
    )
  }
}

/** R-V.6: a feed writes the categories on its list and nothing else, whatever its format can say. */
export class FeedList {
  constructor(readonly categories: readonly Category[]) {}

  /**
   * The decision, refused as a whole where any of its events is not on the list. That something is over may be said where it says nothing else: kept out,
   * it would leave open what somebody closed.
   */
  guard<State, Event extends DomainEvent>(
    { events: { definitions }, evolve, subject }: Decider<State, Event>,
    decide: (state: State) => readonly Event[],
    { ends = false } = {},
  ): (state: State) => readonly Event[] {
    return before => {
      const events = decide(before)
      const said = events.flatMap(({ type, data }) => personalValues(definitions.get(type)!, data))
      const off = said.filter(({ category }) => !this.categories.includes(category))
      if (off.length > 0)
        throw this.refusal(
          off.map(({ category }) => category),
          off.map(({ value }) => value),
        )
      if (ends || events.length === 0) return events
      // Ids, codes and days tell of what their stream is about.
      const about = [...definitions.values()].flatMap(each => each.categories)
      const isOfNobody = about.length === 0 && subject(events.reduce(evolve, before)) === undefined
      if (!isOfNobody && !about.some(category => this.categories.includes(category))) throw this.refusal(about, [])
      return events
    }
  }

  private refusal(off: readonly Category[], values: readonly unknown[]): OffTheList {
    return new OffTheList(
      this.categories,
      categories.filter(category => off.includes(category)),
      values,
    )
  }
}

/** Where in the row the refused values stand, as far as that can be told. */
export function placeOfValues(place: Place, raw: Raw | undefined, values: readonly unknown[]): Place {
  const sought = new Set(values.flatMap(leaves))
  if (sought.size === 0 || !raw || 'text' in raw) return place
  if ('cells' in raw) {
    const column = Object.keys(raw.cells).find(name => sought.has(raw.cells[name]!.trim()))
    return column === undefined ? place : { ...place, column }
  }
  return placeBelow(place, pointerTo(raw.resource, sought))
}

/** Where in the row the field stands that a refusal names, where the partner calls it so too. */
export function placeOfField(place: Place, raw: Raw | undefined, field: unknown): Place {
  if (typeof field !== 'string' || !raw || 'text' in raw) return place
  if ('cells' in raw) return Object.hasOwn(raw.cells, field) ? { ...place, column: field } : place
  return placeBelow(place, Object.hasOwn(raw.resource as object, field) ? `/${field}` : undefined)
}

const placeBelow = (place: Place, below: string | undefined): Place =>
  below === undefined ? place : { ...place, pointer: `${place.pointer === '/' ? '' : (place.pointer ?? '')}${below}` }

const leaves = (value: unknown): string[] =>
  value === null || value === undefined ? [] : typeof value === 'object' ? Object.values(value).flatMap(leaves) : [String(value)]

function pointerTo(node: unknown, sought: ReadonlySet<string>): string | undefined {
  if (node === null || typeof node !== 'object') return sought.has(String(node)) ? '' : undefined
  for (const [key, child] of Object.entries(node)) {
    const below = pointerTo(child, sought)
    if (below !== undefined) return `/${key}${below}`
  }
  return undefined
}
