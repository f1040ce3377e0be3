import { Refused } from '@passerelle/event-log'
import { Erased, type Keyring } from '@passerelle/keyring'
import { memoryFolder, type Place, type Raw } from '../reading/index.js'
import type { FeedState, QuarantineEntry } from './feed-state.js'
import type { FeedReport } from './report.js'
import { type FeedOptions, runFeed } from './run-feed.js'

/** What stood in the row. Undefined where it was not kept; erased where its person was forgotten. */
export async function openEntry(keyring: Keyring, entry: QuarantineEntry): Promise<Raw | Erased | undefined> {
  if (!entry.raw) return undefined
  const [raw] = await keyring.open([{ subject: entry.subject, sealed: entry.raw, binding: `quarantine|${entry.entryId}` }])
  return raw as Raw | Erased
}

export interface Retried {
  readonly report: FeedReport | undefined
  readonly tried: number
  /** Rows that were not kept, or whose person was forgotten: they come again with the partner's next delivery. */
  readonly notKept: number
}

/**
 * Takes the quarantined rows of an agency's feed in again, as they were: after what they refer to has come, a service was
 * registered, or our own reading was mended. A row that is wrong itself is mended at its source and sent again.
 */
export async function retry(options: Omit<FeedOptions, 'path'>): Promise<Retried> {
  const { state, store, agencyId, format, system = format } = options
  const entries = await state.entries({ agencyId, format, system })
  const rows = new Map<string, { cells: Record<string, string>; entry: QuarantineEntry }[]>()
  const resources: { resource: unknown; fullUrl?: string; entry: QuarantineEntry }[] = []
  let notKept = 0
  for (const entry of entries) {
    const raw = await openEntry(store.keyring, entry)
    if (raw === undefined || raw instanceof Erased || 'text' in raw) notKept++
    else if ('cells' in raw) rows.set(entry.place.file, [...(rows.get(entry.place.file) ?? []), { cells: raw.cells, entry }])
    else resources.push({ ...raw, entry })
  }
  const tried = entries.length - notKept
  if (tried === 0) return { report: undefined, tried, notKept }
  const files: Record<string, string> = {}
  const placeOf = ({ file, row = 1, ...inside }: Place): Place => {
    const from = file === 'quarantine.ndjson' ? resources[row - 1] : rows.get(file)?.[row - 2]
    return from ? { ...from.entry.place, ...(inside.column && { column: inside.column }) } : { file, row, ...inside }
  }
  for (const [file, ofFile] of rows) {
    const columns = [...new Set(ofFile.flatMap(({ cells }) => Object.keys(cells)))]
    const lines = ofFile.map(({ cells }) => columns.map(column => quoted(cells[column] ?? '')).join(','))
    files[file] = [columns.join(','), ...lines, ''].join('\n')
  }
  if (resources.length > 0)
    files['quarantine.ndjson'] = resources
      // What stood in a bundle comes in one again: its references are read from its full URL.
      .map(({ resource, fullUrl }) =>
        JSON.stringify(fullUrl ? { resourceType: 'Bundle', type: 'collection', entry: [{ fullUrl, resource }] } : resource),
      )
      .join('\n')
  return { report: await runFeed({ ...options, path: memoryFolder(files), placeOf, partial: true }), tried, notKept }
}

const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`

/** For good: a person decided that the rows are not wanted. The sealed rows go, the skeleton stays. */
export async function discard(state: FeedState, entryIds: readonly string[], at: string): Promise<void> {
  const found = await Promise.all(entryIds.map(entryId => state.entries({ entryId })))
  const entries = entryIds.filter((_, i) => found[i]!.length === 0)
  if (entries.length > 0)
    throw new Refused(
      'FEED.NO_ENTRY',
      `Nothing in the quarantine has the id ${entries.map(id => `"${id}"`).join(', ')}. Nothing was discarded.`,
      'Take ids from npm run feed -- quarantine list.',
      { entries },
    )
  await state.resolve(entryIds, 'discarded', at)
}
