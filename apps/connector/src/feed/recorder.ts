import { type CommandContext, type Decider, type DomainEvent, InvalidEvent, Refused, type Source } from '@passerelle/event-log'
import { KeyDestroyed } from '@passerelle/keyring'
import type { Read } from '../reading/index.js'
import type { FeedList } from './feed-list.js'
import type { Command } from './partner-format.js'
import { Rehearsal } from './rehearsal.js'
import type { Tally } from './report.js'
import type { ThisRun } from './run.js'
import type { FeedOptions } from './run-feed.js'

/** Gives the commands of one run to the store, or in a dry run to nobody, within what the feed may write. */
export class Recorder {
  private readonly rehearsal: Rehearsal | undefined

  constructor(
    private readonly options: FeedOptions,
    private readonly list: FeedList,
    private readonly tally: Tally,
    private readonly run: ThisRun,
  ) {
    this.rehearsal = options.dryRun ? new Rehearsal(options.store) : undefined
  }

  /** How many events came of it, and what stopped the rest. */
  async record(
    record: Pick<Read, 'contentHash'>,
    idHash: string,
    { commands, ends = false }: { readonly commands: readonly Command[]; readonly ends?: boolean },
  ): Promise<{ readonly events: number; readonly stopped?: Refused | 'forgotten' }> {
    let events = 0
    try {
      for (const each of commands) {
        const { decider, aggregateId, decide } = each as unknown as {
          decider: Decider<unknown, DomainEvent>
          aggregateId: string
          decide: (state: unknown) => readonly DomainEvent[]
        }
        const context = this.contextOf(each, { externalId: each.saidBy ?? idHash, contentHash: record.contentHash })
        const guarded = this.list.guard(decider, decide, { ends })
        const { events: recorded } = this.rehearsal
          ? await this.rehearsal.handle(decider, aggregateId, guarded)
          : await this.options.store.handle(decider, aggregateId, context, guarded)
        events += recorded.length
        for (const { type } of recorded) this.tally.event(type)
      }
      return { events }
    } catch (error) {
      if (error instanceof KeyDestroyed || (error instanceof Refused && forgottenCodes.has(error.code)))
        return { events, stopped: 'forgotten' }
      if (error instanceof Refused) return { events, stopped: error }
      // The event store would not keep it: this row's fault or ours, and no reason to hold back the others.
      if (error instanceof InvalidEvent)
        return { events, stopped: new Refused('FEED.NOT_STORABLE', 'The event that it calls for cannot be kept.', error.message) }
      throw error
    }
  }

  private contextOf(each: Command, said: Pick<Source, 'externalId' | 'contentHash'>): CommandContext {
    const { agencyId, format, language = 'und' } = this.options
    return {
      actor: { userId: `feed-${format}`, agencyId, role: 'system' },
      controllerAgencyId: agencyId,
      purpose: 'administration',
      legalBasis: { kind: 'publicTask', statute: 'GDPR 6(1)(e)' },
      occurredAt: each.occurredAt ?? this.run.now,
      correlationId: this.run.runId,
      causationId: this.run.runId,
      language: each.language ?? language,
      source: { system: this.run.source, ...said, feedRunId: this.run.runId },
    }
  }

  async load<State, Event extends DomainEvent>(decider: Decider<State, Event>, aggregateId: string): Promise<State> {
    return this.rehearsal
      ? this.rehearsal.load(decider, aggregateId)
      : (await this.options.store.load(decider, aggregateId)).state
  }
}

/** The person behind the row was forgotten, in part or as a whole. */
const forgottenCodes: ReadonlySet<string> = new Set(['KEYRING.ERASED', 'LEARNER.FORGOTTEN'])
