import type { Category, LegalBasisKind, Purpose } from '@passerelle/sharing'

/** Who did it: a staff member for an agency, a learner or guardian for themselves, or a system (role `system`). */
export interface Actor {
  readonly userId: string
  readonly agencyId: string
  readonly role: string
  /** The learner, where a guardian or proxy acts (R-1.4: never recorded as the learner's own act). */
  readonly onBehalfOf?: string
}

/** The legal basis under which it was recorded (GDPR Art 6 and 9). */
export interface LegalBasis {
  readonly kind: LegalBasisKind
  readonly consentRecordId?: string
  readonly agreementId?: string
  /** The law relied on, e.g. `GDPR 6(1)(e)` or a national paragraph. */
  readonly statute?: string
}

/** Where a fed event came from. The same system, id and hash is never recorded twice. */
export interface Source {
  readonly system: string
  readonly externalId: string
  readonly contentHash: string
  readonly feedRunId: string
}

/** What the log is asked to keep: the envelope of one event, its personal fields already sealed. */
export interface NewEvent {
  /** uuidv7; the log is idempotent by it. */
  readonly eventId: string
  readonly type: string
  readonly schemaVersion: number
  /** When it was true (ISO instant). */
  readonly occurredAt: string
  /** Pseudonymous id of the person it is about; absent where it is about nobody (a service, an agreement). */
  readonly subjectRef?: string
  readonly controllerAgencyId: string
  readonly actor: Actor
  readonly purpose: Purpose
  readonly legalBasis: LegalBasis
  /** Categories of the personal fields it carries. */
  readonly categories: readonly Category[]
  /** `<subjectRef>/<category>` of each data key used. */
  readonly keyRefs: readonly string[]
  readonly source?: Source
  readonly correlationId: string
  readonly causationId: string
  /** BCP-47 tag of the free text it carries. */
  readonly language: string
  /** A JSON object. */
  readonly data: Json
}

/** What the log gives back: the envelope, complete. */
export interface StoredEvent extends NewEvent {
  readonly streamId: string
  /** Revision of this event in its stream, from 0. */
  readonly streamVersion: number
  readonly globalPosition: Position
  /** When it became known (ISO instant), set by the log. */
  readonly recordedAt: string
  /** `hash` of the event before it in the stream, '' for the first. */
  readonly prevHash: string
  /** hex SHA-256 of prevHash ‖ contentHash; see `hash.ts`. */
  readonly hash: string
}

/** Opaque; compare two positions of one log with `<` and `>`. The empty string stands before the first event. */
export type Position = string

export type Json = { readonly [key: string]: unknown }
