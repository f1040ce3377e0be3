import { type Decider, type DomainEvent, inTurn } from '@passerelle/event-log'
import type { IdentifierHasher } from '@passerelle/keyring'
import type { Category, Sector } from '@passerelle/sharing'
import type { Folder, Read, Reading, ReadingOptions, Rejected } from '../reading/index.js'
import type { FeedIds } from './ids.js'

/** One decision on one aggregate, that a record of a partner calls for. */
export interface Command {
  readonly decider: Decider<never, DomainEvent>
  readonly aggregateId: string
  readonly decide: (state: never) => readonly DomainEvent[]
  /** When it was true, where the partner says so. */
  readonly occurredAt?: string
  readonly language?: string
  /** Hash of the id of the record that says it by what it leaves out, where that is another than the one in hand. */
  readonly saidBy?: string
}

/** Types a command by its decider. */
export function command<State, Event extends DomainEvent>(
  decider: Decider<State, Event>,
  aggregateId: string,
  decide: (state: State) => readonly Event[],
  more: Pick<Command, 'occurredAt' | 'language' | 'saidBy'> = {},
): Command {
  return { decider, aggregateId, decide, ...more } as unknown as Command
}

/** Those on one stream as one, each deciding on what those before it decided. */
export function oneForEachStream(commands: readonly Command[]): Command[] {
  const byStream = Map.groupBy(commands, ({ decider, aggregateId }) => `${decider.events.streamCategory} ${aggregateId}`)
  return [...byStream.values()].map(ofStream => {
    const last = ofStream.at(-1)!
    const decider = last.decider as unknown as Decider<unknown, DomainEvent>
    const decides = ofStream.map(({ decide }) => decide as (state: unknown) => readonly DomainEvent[])
    return { ...last, decide: ofStream.length === 1 ? last.decide : inTurn(decider, ...decides) }
  })
}

/**
 * What a record means for the hub: commands, at most one for each stream (R-0.1 compares the stream's last word from this record);
 * a part of what another record says; nothing, and why in the row itself; or nothing yet, for want of something outside of the row:
 * then it is asked for its meaning again each time that it comes.
 */
export type Meaning = (
  | {
      readonly commands: readonly Command[]
      /** Why a part of it has to wait, where one does: then the whole is asked again. */
      readonly notYet?: string
      /** Why the row is left out where no event comes of it: something else says it too. */
      readonly orElse?: string
    }
  | { readonly partOf: string }
  | { readonly notTaken: string }
  | { readonly notYet: string }
) & {
  readonly notes?: readonly Note[]
  /** The record says that something is over, and nothing else. */
  readonly ends?: true
}

/** Something that the connector remembers of a record between runs, by the hash of an id: never a person's name or number. */
export interface Note {
  readonly kind: string
  readonly idHash: string
  readonly says: string
  /** Of what it says, where that holds words of the partner: those are kept sealed with the feed's key. */
  readonly category?: Category
}

/** As which entity notes of a kind are remembered: of a complete set those that no record noted again are ended as records are. */
export const noted = (kind: string): string => `note ${kind}`

/** What a mapping knows about the feed. */
export interface FeedContext {
  readonly agencyId: string
  readonly sector: Sector
  readonly region: string
  readonly system: string
  readonly ids: FeedIds
  readonly hasher: IdentifierHasher
  /** ISO instant. */
  readonly now: string
  readonly today: string
  /** The agency of an organisation of the partner, where it is not the one that feeds. */
  readonly agencyOf: (name: string) => string | undefined
  readonly serviceOf: (name: string) => string | undefined
  /** Where staff of this partner sign in (OIDC issuer); their user name there is the subject. */
  readonly staffIssuer?: string
  /** The partner's server has another address than before: its ids mean what they meant. */
  readonly moved: boolean
  /** State of an aggregate as it is now, for what a decision needs from elsewhere. */
  readonly load: <State, Event extends DomainEvent>(decider: Decider<State, Event>, aggregateId: string) => Promise<State>
  /** What an earlier record noted. */
  readonly recall: (kind: string, idHash: string) => Promise<string | undefined>
}

/** Made anew for each run: it may remember what later records need. */
export interface Mapping {
  /** Called with every record, changed or not, before its meaning is asked for. Gives what is to be noted of it each time. */
  readonly note?: (record: Read) => readonly Note[] | undefined
  /** Why records like this one are left out, whatever they say: then nothing more is asked. */
  readonly leaves?: (record: Read) => string | undefined
  /** Whether its meaning is asked for although nothing of it changed: it hangs on what was said elsewhere. */
  readonly hangs?: (record: Read) => boolean
  /** `wasSent`: the partner sent a record of its id before, which may have said something else. */
  readonly meaningOf: (record: Read, wasSent: boolean) => Meaning | Promise<Meaning>
  /** What it means that the record is no more, or where that cannot be told yet, why; `idHash` is its entity's hash of the id. */
  readonly endOf?: (entity: string, idHash: string) => Meaning | Promise<Meaning>
  /** What must be undone where a record that was taken before can no longer be understood. */
  readonly closeOf?: (rejected: Rejected, idHash: string) => readonly Command[] | Promise<readonly Command[]>
  /** Whether the hub knows what the feed refers to, besides what earlier feeds brought. */
  readonly knows?: (entity: string, externalId: string) => Promise<boolean>
}

export interface PartnerFormat {
  readonly name: string
  /** Who sends it: what an agency of another sector hands in as this is a mistake, and would be recorded under the wrong controller. */
  readonly sectors: readonly Sector[]
  /** Whether a file of this name is one of the format's: a folder without any is the wrong folder. */
  readonly isPart: (file: string) => boolean
  readonly read: (folder: Folder, options: ReadingOptions, feed: FeedContext, heard: Heard) => AsyncIterable<Reading>
  readonly mapping: (feed: FeedContext) => Mapping
  /** Entities in the order in which their events must be recorded; equal ranks in any order. */
  readonly rank?: (entity: string) => number
  /** Of a code of the quarantine: whether such an entry is about something else than what comes under its id, which does not mend it. */
  readonly isOfAnother?: (code: string) => boolean
  /** Which key seals a rejected row of the entity. */
  readonly categoryOf: (entity: string) => Category
  /** Whom a rejected row is about, where its cells tell: the kind and id that the person's own record has. */
  readonly subjectOf?: (rejected: Rejected) => { readonly kind: string; readonly id: string } | undefined
}

/** What a reader learns on its way that concerns the whole run. */
export interface Heard {
  /** Entities of which the partner sent a complete set: who is missing from it is no more. */
  readonly complete: Set<string>
  /** What later runs need to know of this one. */
  readonly notes: Note[]
}
