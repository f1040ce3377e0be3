import { type Decider, Refused, sameValue, startOf } from '@passerelle/event-log'
import { type AgeLines, type AgeLinesFact, categories, type Category, linesAt } from '@passerelle/sharing'
import { type AgeLinesEvent, ageLinesEvents } from './age-lines.events.js'

export type SetAgeLines = AgeLinesEvent['data']
/** By the day from which they are in force. */
export type AgeLinesState = Readonly<Record<string, SetAgeLines>>

/** What holds where the region has set nothing: 16, and 14 for safeguarding, where a young person's word about danger must not wait for a parent's. */
export const defaultAgeLines: AgeLines = { years: 16, byCategory: { C10: 14 } }

/** One region, one stream. */
export const ageLinesId = 'region'
/** No law lets younger children decide such matters alone, and whoever is of full age always does. */
export const ageLinesWithin = { least: 12, most: 18 } as const

/** Never for days gone by: what was decided under the old lines was rightly decided. */
export function setAgeLines(state: AgeLinesState, command: SetAgeLines, today: string): AgeLinesEvent[] {
  const { from, years, byCategory } = command
  const known = state[from]
  if (known && sameValue(known, command)) return []
  if (from < today)
    throw new Refused('AGE_LINES.PAST', 'Age lines are set for days to come.', 'Choose today or a later day.', { from })
  const named = byCategory.map(({ category }) => category)
  const twice = named.filter((category, i): category is Category => named.indexOf(category) !== i)
  if (twice.length > 0)
    throw new Refused('AGE_LINES.TWICE', 'A category has one age line.', 'Name each category once.', { categories: twice })
  const { least, most } = ageLinesWithin
  const outside = [years, ...byCategory.map(line => line.years)].filter(age => age < least || age > most)
  if (outside.length > 0)
    throw new Refused('AGE_LINES.OUT_OF_RANGE', `An age line lies between ${least} and ${most}.`, 'Choose another age.', {
      years: outside,
    })
  return [{ type: 'AgeLinesSet', data: command }]
}

/** As sharing asks for them. */
export const toAgeLinesFact = ({
  from,
  years,
  byCategory,
}: Pick<SetAgeLines, 'from' | 'years' | 'byCategory'>): AgeLinesFact => ({
  from: startOf(from),
  years,
  byCategory: Object.fromEntries(byCategory.map(line => [line.category, line.years])),
})

/** The lines in force on a day. */
export const ageLinesOn = (state: AgeLinesState, day: string): AgeLines =>
  linesAt({ ageOfDecision: defaultAgeLines, ageLines: Object.values(state).map(toAgeLinesFact) }, startOf(day))

export const ageLines: Decider<AgeLinesState, AgeLinesEvent> = {
  events: ageLinesEvents,
  initial: {},
  subject: () => undefined,
  // Where learners decide younger than they did, guardians see no more, and what guardians said yes to counts no more: whose that is others know.
  closes(state, { data }) {
    const { from } = data
    const [before, now] = [ageLinesOn(state, from), ageLinesOn({ ...state, [from]: data }, from)]
    const lower = categories.filter(category => yearsOf(now, category) < yearsOf(before, category))
    return lower.length > 0 ? [{ categories: lower, from: startOf(from) }] : []
  },
  evolve: (state, event) => ({ ...state, [event.data.from]: event.data }),
}

const yearsOf = ({ years, byCategory }: AgeLines, category: Category) => byCategory?.[category] ?? years
