import { column, defineView } from '@passerelle/projections'
import type { Category, Sector } from '@passerelle/sharing'
import { agencyEvents } from './agency.events.js'

/** The bodies that work with learners. Public: nothing in it is about a person. */
export const agencies = defineView('agencies', {
  from: [agencyEvents],
  category: 'C1',
  audience: 'everyone',
  description: 'An agency that works with learners.',
  columns: {
    agencyId: column('id', { key: true }),
    name: column('text'),
    sector: column<Sector>('code'),
    region: column('code', { description: 'NUTS code.' }),
    parentAgencyId: column('id'),
    status: column<'open' | 'closed'>('code', { description: 'open or closed' }),
    feeds: column<readonly { readonly system: string; readonly categories: readonly Category[] }[]>('json', {
      description:
        '[{ system, categories }]: what a feed may write of people, where that was set; else what is usual in the sector.',
    }),
  },
  on: {
    AgencyRegistered: ({ data }) => ({ ...data, status: 'open' }),
    AgencyRenamed: ({ data }) => ({ name: data.name }),
    AgencyClosed: _ => ({ status: 'closed' }),
    FeedCategoriesSet: ({ data }, row) => ({
      feeds: [...(row?.feeds ?? []).filter(({ system }) => system !== data.system), data],
    }),
  },
})
