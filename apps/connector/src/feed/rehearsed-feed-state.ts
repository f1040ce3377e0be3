import { KeyIndex } from '../reading/key-index.js'
import type { FeedRun, FeedState, QuarantineEntry, Remembered } from './feed-state.js'

const PAGE = 1_000

/**
 * What the connector would remember of a run, and writes nothing. Keeps a few bytes of each record that the run saw, and these only of
 * what is ended by absence: of nothing else it is asked who is missing.
 */
export class RehearsedFeedState implements FeedState {
  private readonly seen = new KeyIndex()
  /** By entity: how many of those that were seen have not ended. */
  private readonly open = new Map<string, number>()

  constructor(
    private readonly state: FeedState,
    private readonly complete: ReadonlySet<string>,
  ) {}

  async remember(_source: string, _runId: string, records: readonly Remembered[]) {
    for (const record of records) if (this.complete.has(record.entity)) this.see(record)
  }
  async touch(source: string, _runId: string, entity: string, idHashes: readonly string[]) {
    if (!this.complete.has(entity)) return
    for (const found of await this.state.find(source, entity, idHashes)) if (found && !this.hasSeen(found)) this.see(found)
  }
  async countUnseen(source: string, entity: string, runId: string) {
    let unseen = 0
    for await (const page of this.missing(source, entity, runId)) unseen += page.length
    return { open: (this.open.get(entity) ?? 0) + unseen, unseen }
  }
  async unseen(source: string, entity: string, runId: string, limit: number, after?: string) {
    const found: Remembered[] = []
    for await (const page of this.missing(source, entity, runId, after)) {
      found.push(...page)
      if (found.length >= limit) break
    }
    return found.slice(0, limit)
  }

  private see(record: Remembered): void {
    const key = keyOf(record)
    this.seen.add(key, '')
    // Several records may note the same, and of two rows of one id one may stand in quarantine.
    if (!record.ended && this.seen.isFirst(key)) this.open.set(record.entity, (this.open.get(record.entity) ?? 0) + 1)
  }
  private hasSeen(record: Remembered): boolean {
    return this.seen.state(keyOf(record)) !== 'absent'
  }
  private async *missing(source: string, entity: string, runId: string, after?: string): AsyncIterable<Remembered[]> {
    for (;;) {
      const page = await this.state.unseen(source, entity, runId, PAGE, after)
      if (page.length === 0) return
      yield page.filter(record => !this.hasSeen(record))
      after = page.at(-1)!.idHash
    }
  }

  find(source: string, entity: string, idHashes: readonly string[]) {
    return this.state.find(source, entity, idHashes)
  }
  entries(filter: Parameters<FeedState['entries']>[0]): Promise<QuarantineEntry[]> {
    return this.state.entries(filter)
  }
  runs(agencyId?: string): Promise<FeedRun[]> {
    return this.state.runs(agencyId)
  }
  async quarantine() {}
  async resolve() {}
  async saveRun() {}
}

const keyOf = ({ entity, idHash }: Remembered) => `${entity} ${idHash}`
