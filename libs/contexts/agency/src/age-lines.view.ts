import { column, defineView } from '@passerelle/projections'
import type { Category } from '@passerelle/sharing'
import { ageLinesEvents } from './age-lines.events.js'

/** From which age a learner alone decides, and from when on. For everyone. */
export const ageLinesInForce = defineView('ageLinesInForce', {
  from: [ageLinesEvents],
  category: 'C14',
  audience: 'everyone',
  description: 'From which age a learner alone decides.',
  columns: {
    from: column('day', { key: true, description: 'In force from this day on, until others are.' }),
    years: column('int', { description: 'For every category that is not named by itself.' }),
    byCategory: column<readonly { readonly category: Category; readonly years: number }[]>('json'),
    statute: column('code'),
  },
  on: {
    AgeLinesSet: { rows: ({ data }) => [data.from], fold: ({ data }) => data },
  },
})
