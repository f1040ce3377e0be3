import { KeyDestroyed } from '@passerelle/keyring'
import { v7 as uuidv7 } from 'uuid'
import type { Rejected } from '../reading/index.js'
import type { QuarantineEntry } from './feed-state.js'
import type { FeedIds } from './ids.js'
import type { PartnerFormat } from './partner-format.js'
import type { Tally } from './report.js'
import type { ThisRun } from './run.js'
import type { FeedOptions } from './run-feed.js'

/** Counts what a run could not take in and keeps it sealed under its person's keys; a dry run seals nothing. */
export class IntoQuarantine {
  private entries: QuarantineEntry[] = []

  constructor(
    private readonly options: FeedOptions,
    private readonly format: PartnerFormat,
    private readonly ids: FeedIds,
    private readonly tally: Tally,
    private readonly run: ThisRun,
  ) {}

  get waiting(): number {
    return this.entries.length
  }

  async keep(rejected: Rejected): Promise<void> {
    const { tally, format, options, ids } = this
    const { entity, code, reason, externalId, raw } = rejected
    const place = options.placeOf?.(rejected.place) ?? rejected.place
    tally.count(rejected.place.file, entity, 'quarantined')
    tally.fault(
      place.file,
      code,
      reason,
      [place.row && `row ${place.row}`, place.column, place.pointer !== '/' && place.pointer].filter(Boolean).join(', '),
    )
    const about = format.subjectOf?.(rejected)
    const entryId = uuidv7()
    const subject = about ? ids.of(about.kind, about.id) : `feed-${options.agencyId}`
    let sealed
    try {
      if (raw && !options.dryRun)
        [sealed] = await options.store.keyring.seal([
          { subject, category: format.categoryOf(entity), value: raw, binding: `quarantine|${entryId}` },
        ])
    } catch (error) {
      // Of a forgotten person nothing is kept, not even what was wrong with it.
      if (!(error instanceof KeyDestroyed)) throw error
    }
    this.entries.push({
      entryId,
      agencyId: options.agencyId,
      format: options.format,
      system: options.system ?? options.format,
      runId: this.run.runId,
      entity,
      ...(externalId !== undefined && { idHash: ids.hash(entity, externalId) }),
      place,
      code,
      reason,
      subject,
      ...(sealed && { raw: sealed }),
      raisedAt: this.run.now,
    })
  }

  async flush(): Promise<void> {
    const entries = this.entries
    this.entries = []
    await this.options.state.quarantine(entries)
    const seen = Map.groupBy(
      entries.filter(entry => entry.idHash),
      entry => entry.entity,
    )
    // In quarantine is not gone: a complete set that has the row, however wrong, still has the record.
    for (const [entity, ofEntity] of seen)
      await this.options.state.touch(
        this.run.source,
        this.run.runId,
        entity,
        ofEntity.map(entry => entry.idHash!),
      )
  }
}
