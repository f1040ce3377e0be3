import { contestEvents, type ContestOutcome } from '@passerelle/consent'
import { type EventOf, idOfStream, type Recorded } from '@passerelle/event-log'
import { Erased } from '@passerelle/keyring'
import type { Row, View } from '@passerelle/projections'
import { type Column, levels } from '@passerelle/sharing'

/** What a learner says against a row, and what they were answered, as it stands beside the row. */
export interface BesideRow {
  readonly contestId: string
  readonly on: string
  /** Null once they were forgotten. */
  readonly words: string | null
  readonly outcome?: ContestOutcome
  readonly answeredOn?: string
  readonly answer?: string | null
}

/** That nobody answered in time changes nothing beside the row. */
type ContestRecorded = Exclude<Recorded<EventOf<typeof contestEvents>>, { type: 'ContestationOverdue' }>
type Beside<T extends ContestRecorded['type']> = (
  event: Extract<ContestRecorded, { type: T }>,
  beside: readonly BesideRow[],
  contestId: string,
) => readonly BesideRow[]

/** What each event changes in what stands beside the row. */
const folds: { readonly [T in ContestRecorded['type']]: Beside<T> } = {
  LearnerContested: ({ data }, beside, contestId) => [
    ...beside.filter(each => each.contestId !== contestId),
    { contestId, on: data.on, words: wordsOf(data.words) },
  ],
  ContestationAnswered: ({ data }, beside, contestId) =>
    beside.map(each =>
      each.contestId === contestId ? { ...each, outcome: data.outcome, answeredOn: data.on, answer: wordsOf(data.words) } : each,
    ),
  ContestationWithdrawn: (_, beside, contestId) => beside.filter(each => each.contestId !== contestId),
}

/**
 * the view, with what learners contest in its rows beside them, wherever the rows go. Columns of the row as any other: that something is
 * contested is seen by whoever sees the row at all; the words, of the view’s own category, by whoever sees it in full. They are forgotten with it.
 * A view about no learner, and that of the contests themselves, stay as they are.
 */
export function contestable(view: View): View {
  const { subject, keys, category, name } = view
  if (!subject || view.on.has('LearnerContested')) return view
  const shownFrom = levels[Math.max(...keys.map(key => levels.indexOf(view.columns[key]!.from)))] as Column['from']
  const columns: Record<string, Column> = {
    ...view.columns,
    contest: {
      ...plain,
      type: 'code',
      category,
      from: shownFrom,
      description: 'Whether the learner contests it: open, corrected, partlyCorrected or stands (R-4.4).',
    },
    contests: {
      ...plain,
      type: 'json',
      category,
      from: 'full',
      description:
        '[{ contestId, on, words, outcome?, answeredOn?, answer? }]: what the learner says against it, and the answers.',
    },
  }
  const fold =
    (change: Beside<any>) =>
    (event: ContestRecorded, row: Row | undefined): object | undefined => {
      // What somebody says about a row of somebody else changes nothing in it.
      if (!row || row[subject] !== event.subjectRef) return undefined
      const beside = change(event as never, (row['contests'] as readonly BesideRow[] | null) ?? [], idOfStream(event.streamId))
      const open = beside.some(({ outcome }) => outcome === undefined)
      return {
        contests: beside.length > 0 ? beside : null,
        contest: open ? 'open' : (beside.at(-1)?.outcome ?? null),
      }
    }
  const on = new Map(view.on)
  for (const [type, change] of Object.entries(folds))
    on.set(type, {
      rows: (event: Recorded<any>) => (event.data.target.view === name ? [event.data.target.key.join('|')] : []),
      fold: fold(change) as never,
      beside: true,
    })
  return { ...view, columns, on, definitions: new Map([...view.definitions, ...contestEvents.definitions]) }
}

const plain = { key: false, subject: false, owner: false } as const
const wordsOf = (words: Readonly<Partial<Record<string, string | Erased>>>): string | null => {
  const [said] = Object.values(words)
  return said === undefined || said instanceof Erased ? null : said
}
