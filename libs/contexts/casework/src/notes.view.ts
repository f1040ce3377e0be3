import { column, defineView } from '@passerelle/projections'
import type { Category } from '@passerelle/sharing'
import { caseFileEvents } from './case-file.events.js'

const columns = {
  caseId: column('id', { from: 'summary' }),
  eventId: column('id', { from: 'summary', description: 'The event that holds its words: what a correction names.' }),
  authorUserId: column('id', { from: 'summary' }),
  writtenAt: column('instant', { from: 'summary' }),
  categories: column<readonly Category[]>('texts', { from: 'summary', description: 'What it is about.' }),
  text: column('text'),
} as const

/** Notes that are for the team: whoever the matrix lets see notes of others learns that there is one, and what it is about. */
export const notes = defineView('notes', {
  from: [caseFileEvents],
  category: 'C13',
  description: 'A note for the team of a case.',
  columns: {
    noteId: column('id', { key: true, from: 'summary' }),
    learnerId: column('id', { subject: true, from: 'summary' }),
    ...columns,
  },
  on: {
    NoteAdded: { rows: ({ data }) => (data.visibility === 'team' ? [data.noteId] : []), fold: written },
    NoteCorrected: { rows: ({ data }) => [data.noteId], fold: ({ data, eventId }) => ({ text: data.text, eventId }) },
  },
})

/** Notes for the author's agency. Every column, the keys too, takes the full level: nobody else learns that there is one. */
export const ownNotes = defineView('ownNotes', {
  from: [caseFileEvents],
  category: 'C13',
  description: 'A note that an agency keeps for itself.',
  columns: {
    noteId: column('id', { key: true, from: 'full' }),
    learnerId: column('id', { subject: true, from: 'full' }),
    ...(Object.fromEntries(
      Object.entries(columns).map(([name, declared]) => [name, { ...declared, from: 'full' }]),
    ) as typeof columns),
  },
  on: {
    NoteAdded: { rows: ({ data }) => (data.visibility === 'own' ? [data.noteId] : []), fold: written },
    NoteCorrected: { rows: ({ data }) => [data.noteId], fold: ({ data, eventId }) => ({ text: data.text, eventId }) },
  },
})

type Added = Parameters<
  Exclude<Parameters<typeof defineView<any, [typeof caseFileEvents]>>[1]['on']['NoteAdded'], undefined | { rows: any }>
>[0]

function written({ data, streamId, subjectRef, occurredAt, eventId }: Added) {
  const { noteId, authorUserId, categories, text } = data
  return {
    noteId,
    learnerId: subjectRef!,
    caseId: streamId.slice('caseFile-'.length),
    eventId,
    authorUserId,
    writtenAt: occurredAt,
    categories,
    text,
  }
}
