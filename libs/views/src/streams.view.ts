import type { EventDefinitions } from '@passerelle/event-log'
import { column, defineView } from '@passerelle/projections'

/** Which streams are about whom: how everything about one learner is found in a log that knows streams only. For the hub alone. */
export const streamsView = (events: readonly EventDefinitions[]) =>
  defineView('streams', {
    from: events,
    category: 'C1',
    audience: 'nobody',
    description: 'A stream, and the person it is about.',
    columns: { streamId: column('text', { key: true }), personId: column('id') },
    on: Object.fromEntries(
      events.flatMap(({ definitions }) =>
        [...definitions.keys()].map(type => [
          type,
          {
            rows: ({ streamId, subjectRef }: { streamId: string; subjectRef?: string }) => (subjectRef ? [streamId] : []),
            fold: ({ streamId, subjectRef }: { streamId: string; subjectRef?: string }, row: unknown) =>
              row ? undefined : { streamId, personId: subjectRef },
          },
        ]),
      ),
    ) as never,
  })
