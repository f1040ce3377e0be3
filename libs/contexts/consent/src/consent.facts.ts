import type { Category, Purpose } from '@passerelle/sharing'
import type { Capacity, NoticeReader, Party } from './consent.decider.js'

/** A notice as a request names it. */
export interface NoticeNamed {
  readonly noticeVersion: string
  readonly language: string
  readonly easyRead: boolean
}

/** What consent needs to know of others; a view fulfils it, the app joins the two. */
export abstract class ConsentFacts {
  /** Whether this party may decide for the learner today in all of these categories: age, verified authority, what is kept from them. */
  abstract capacityOf(learnerId: string, party: Party, categories: readonly Category[]): Promise<Capacity>
  /** Languages the learner reads, as far as known, and whether there is such a notice for them. */
  abstract readerOf(learnerId: string, notice: NoticeNamed): Promise<Required<NoticeReader>>
}
/** What must not be read any more, before the event that says so is written. */
export interface Denial {
  readonly learnerId: string
  /** The consent that is withdrawn, the restriction that is placed, or the objection that is upheld. */
  readonly consentId?: string
  readonly restrictionId?: string
  readonly requestId?: string
  /** Absent: every category. */
  readonly categories?: readonly Category[]
  /** Absent or none: every agency. */
  readonly agencyIds?: readonly string[]
  /** Absent: every purpose. */
  readonly purpose?: Purpose
}

/** Cuts reads at once, before the event is written (design: deny first, event after). */
export abstract class Revocation {
  /** Runs `record` with the denial in force; lifts it where `record` fails. */
  abstract around<T extends { readonly position: string | undefined }>(denial: Denial, record: () => Promise<T>): Promise<T>
}
