import type { WorkingCalendar } from '@passerelle/event-log'
import type { Caller } from '@passerelle/http'
import type { Category } from '@passerelle/sharing'
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
  /** Languages the learner reads, as far as they are known to the caller, and whether there is such a notice for them. */
  abstract readerOf(caller: Caller, learnerId: string, notice: NoticeNamed): Promise<Required<NoticeReader>>
  /** Whether a notice is there in a language that the learner reads; undefined where their languages, or the notice, are not known. */
  abstract canRead(learnerId: string, noticeVersion: string): Promise<boolean | undefined>
}
/** What an emergency needs to know of the region. */
export abstract class BreakGlassFacts {
  /** The days on which a review can be expected. */
  abstract calendar(): WorkingCalendar | Promise<WorkingCalendar>
}
/** Where a restriction for safety is announced before it is placed; the app fulfils it. */
export abstract class SafeguardingFacts {
  /** From here on nothing of the learner begins to be forgotten before the restriction is over. Said twice, once. */
  abstract holdForgetting(learnerId: string, restrictionId: string): Promise<void>
}
