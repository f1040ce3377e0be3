import { column, defineView } from '@passerelle/projections'
import { placementEvents } from './placement.events.js'

/** The host owns the row with whoever arranges it. The summary says where, as what and when; by whose hand and why it ended take the full level. */
export const placements = defineView('placements', {
  from: [placementEvents],
  category: 'C17',
  description: 'A learner at work for a time: at a host, with a tutor there.',
  columns: {
    placementId: column('id', { key: true }),
    learnerId: column('id', { subject: true }),
    status: column<'planned' | 'running' | 'ended' | 'cancelled'>('code', { from: 'existence' }),
    hostAgencyId: column('id', { from: 'summary', owner: true, description: 'Where the learner works.' }),
    occupationUri: column('text', { from: 'summary', description: 'As what: an occupation of ESCO.' }),
    from: column('day', { from: 'summary' }),
    until: column('day', { from: 'summary', description: 'First day on which it runs no more.' }),
    startedOn: column('day', { from: 'summary', description: 'Since when the learner works there.' }),
    hoursPerWeek: column('int'),
    agencyId: column('id', { description: 'Who arranges it.' }),
    tutorUserId: column('id', { description: 'Who works with the learner there.' }),
    endReason: column('code', { description: 'Why it ended, or did not begin.' }),
  },
  on: {
    PlacementPlanned: ({ data }) => ({ ...data, status: 'planned' }),
    PlacementRescheduled: ({ data }) => data,
    PlacementTutorChanged: ({ data }) => data,
    PlacementStarted: ({ data }) => ({ status: 'running', startedOn: data.on }),
    PlacementCancelled: ({ data }) => ({ status: 'cancelled', endReason: data.reason }),
    PlacementEnded: ({ data }) => ({ status: 'ended', until: data.on, endReason: data.reason }),
  },
})
