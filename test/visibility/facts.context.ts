import { Module } from '@nestjs/common'
import { defineEvents, fields, v1 } from '@passerelle/event-log'
import type { Context } from '@passerelle/http'
import { column, defineView, type View } from '@passerelle/projections'
import { categories, type Category, type Column } from '@passerelle/sharing'

const { id, text, personal } = fields

/** Categories that none of these views shows at every level: none whose rows are found by a key of the category, and tell more the more of it is open. */
export const withoutLevels = (views: readonly View[]): readonly Category[] =>
  categories.filter(category => !views.some(view => showsEachLevel(view, category)))

function showsEachLevel({ keys, subject, columns }: View, category: Category): boolean {
  if (!subject || [...keys, subject].some(key => columns[key]!.category !== category)) return false
  const from = new Set(Object.values<Column>(columns).flatMap(column => (column.category === category ? [column.from] : [])))
  return (
    (['existence', 'summary', 'full'] as const).every(level => from.has(level)) &&
    keys.every(key => columns[key]!.from === 'existence')
  )
}

/** Where the matrix says in brackets what a summary is. */
const namedSummary: Readonly<Partial<Record<Category, string>>> = { C11: 'languageOfInstruction' }

@Module({})
class FactsModule {}

/** A context in which something is known of each of these categories: that it is there, what stands at the summary, and what takes the full level. */
export function factsContext(of: readonly Category[]): Context {
  const kinds = of.map(kindOf)
  return { name: 'facts', events: kinds.map(({ events }) => events), views: kinds.map(({ view }) => view), module: FactsModule }
}

function kindOf(category: Category) {
  const type = `${category}FactRecorded`
  const summary = namedSummary[category] ?? 'headline'
  const payload = v1({ factId: id, learnerId: id, [summary]: personal(category, text), story: personal(category, text) })
  const events = defineEvents(`factOf${category}`, { [type]: payload })
  const view = defineView(`factsOf${category}`, {
    from: [events],
    category,
    description: `A fact of ${category}.`,
    columns: {
      factId: column('id', { key: true }),
      learnerId: column('id', { subject: true }),
      [summary]: column('text', { from: 'summary' }),
      story: column('text'),
    },
    on: { [type]: ({ data }) => data },
  })
  return { events, view }
}
