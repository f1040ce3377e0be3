import type { Sealed } from '@passerelle/keyring'
import type { Place } from '../reading/index.js'
import type { Counts } from './report.js'

/** What a source said last about one of its records, by the hash of its id. */
export interface Remembered {
  readonly entity: string
  readonly idHash: string
  readonly contentHash: string
  readonly ended: boolean
}

/** A row that was not taken in. Says where and why in the clear, and what only sealed. */
export interface QuarantineEntry {
  readonly entryId: string
  readonly agencyId: string
  readonly format: string
  readonly system: string
  readonly runId: string
  readonly entity: string
  /** Hash of the partner's id; absent where it could not be read. */
  readonly idHash?: string
  readonly place: Place
  readonly code: string
  readonly reason: string
  /** Whose key seals `raw`: the person it is about where that can be told, else the feed. */
  readonly subject: string
  readonly raw?: Sealed
  readonly raisedAt: string
  readonly resolution?: 'mended' | 'discarded'
}

export interface FeedRun {
  readonly runId: string
  readonly agencyId: string
  readonly format: string
  readonly system: string
  readonly startedAt: string
  readonly endedAt?: string
  /** Interrupted: the process was killed, as the next run of the source found. */
  readonly status: 'running' | 'done' | 'failed' | 'interrupted'
  readonly counts?: Counts
}

/** What the connector remembers between runs. Losing it loses time and the quarantine, never an event. */
export interface FeedState {
  find(source: string, entity: string, idHashes: readonly string[]): Promise<(Remembered | undefined)[]>
  /** Also notes that this run saw them. */
  remember(source: string, runId: string, records: readonly Remembered[]): Promise<void>
  /** Notes that this run saw them, where they are remembered. */
  touch(source: string, runId: string, entity: string, idHashes: readonly string[]): Promise<void>
  /** How many records of the entity have not ended, and how many of them this run did not see. */
  countUnseen(source: string, entity: string, runId: string): Promise<{ open: number; unseen: number }>
  /** At most `limit` of those that have not ended and were not seen, in the order of their hashes, from behind `after`. */
  unseen(source: string, entity: string, runId: string, limit: number, after?: string): Promise<Remembered[]>

  /**
   * Open entries of the same row or record from earlier runs are replaced: a row that is sent again is not a second fault. Those of one run
   * all stay: of two rows that contradict each other neither is lost.
   */
  quarantine(entries: readonly QuarantineEntry[]): Promise<void>
  entries(filter: { agencyId?: string; format?: string; system?: string; entryId?: string }): Promise<QuarantineEntry[]>
  resolve(entryIds: readonly string[], resolution: 'mended' | 'discarded', at: string): Promise<void>

  saveRun(run: FeedRun): Promise<void>
  runs(agencyId?: string): Promise<FeedRun[]>
}

/** What makes two entries the same: the record where its id is known, else the place. */
export const entryKey = (entry: Pick<QuarantineEntry, 'agencyId' | 'system' | 'entity' | 'idHash' | 'place'>): string =>
  [
    entry.agencyId,
    entry.system,
    entry.entity,
    entry.idHash ?? `${entry.place.file}:${entry.place.row ?? ''}:${entry.place.pointer ?? ''}`,
  ].join(' ')

export class MemoryFeedState implements FeedState {
  private readonly records = new Map<string, Map<string, Remembered & { runId: string }>>()
  private readonly kept = new Map<string, QuarantineEntry>()
  private readonly allRuns = new Map<string, FeedRun>()

  private of(source: string, entity: string) {
    const key = `${source} ${entity}`
    let map = this.records.get(key)
    if (!map) this.records.set(key, (map = new Map()))
    return map
  }
  async find(source: string, entity: string, idHashes: readonly string[]) {
    const map = this.of(source, entity)
    return idHashes.map(idHash => map.get(idHash))
  }
  async remember(source: string, runId: string, records: readonly Remembered[]) {
    for (const record of records) this.of(source, record.entity).set(record.idHash, { ...record, runId })
  }
  async touch(source: string, runId: string, entity: string, idHashes: readonly string[]) {
    const map = this.of(source, entity)
    for (const idHash of idHashes) {
      const record = map.get(idHash)
      if (record) map.set(idHash, { ...record, runId })
    }
  }
  async countUnseen(source: string, entity: string, runId: string) {
    const open = [...this.of(source, entity).values()].filter(record => !record.ended)
    return { open: open.length, unseen: open.filter(record => record.runId !== runId).length }
  }
  async unseen(source: string, entity: string, runId: string, limit: number, after = '') {
    return [...this.of(source, entity).values()]
      .filter(record => !record.ended && record.runId !== runId && record.idHash > after)
      .sort((a, b) => (a.idHash < b.idHash ? -1 : 1))
      .slice(0, limit)
  }
  async quarantine(entries: readonly QuarantineEntry[]) {
    for (const entry of entries) {
      for (const [key, old] of this.kept)
        if (!old.resolution && old.runId !== entry.runId && entryKey(old) === entryKey(entry)) this.kept.delete(key)
      this.kept.set(entry.entryId, entry)
    }
  }
  async entries(filter: { agencyId?: string; format?: string; system?: string; entryId?: string }) {
    return [...this.kept.values()].filter(
      entry =>
        !entry.resolution &&
        Object.entries(filter).every(([key, value]) => value === undefined || entry[key as keyof typeof filter] === value),
    )
  }
  async resolve(entryIds: readonly string[], resolution: 'mended' | 'discarded') {
    for (const [key, entry] of this.kept) if (entryIds.includes(entry.entryId)) this.kept.set(key, { ...entry, resolution })
  }
  async saveRun(run: FeedRun) {
    this.allRuns.set(run.runId, run)
  }
  async runs(agencyId?: string) {
    return [...this.allRuns.values()].filter(run => agencyId === undefined || run.agencyId === agencyId)
  }
}
