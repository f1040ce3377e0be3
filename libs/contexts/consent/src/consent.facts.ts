import type { WorkingCalendar } from '@passerelle/event-log'
import type { Caller } from '@passerelle/http'
import type { Category } from '@passerelle/sharing'
import type { Capacity, Party, RequestConsent, RequestFacts } from './consent.decider.js'

/** What a question names that has to be there. */
export type Named = Pick<
  RequestConsent,
  'learnerId' | 'guardianId' | 'recipientAgencyId' | 'recipientRole' | 'purpose' | 'noticeVersion' | 'language' | 'easyRead'
>

/** What consent needs to know of others; a view fulfils it, the app joins the two. */
export abstract class ConsentFacts {
  /** Whether this party may decide for the learner today in all of these categories: age, verified authority, what is kept from them. */
  abstract capacityOf(learnerId: string, party: Party, categories: readonly Category[]): Promise<Capacity>
  /** Of the learner no more than the caller sees: the languages they read, and their guardians; whether there are such a notice and recipient, and what waits already. */
  abstract askedOf(caller: Caller, named: Named): Promise<Required<RequestFacts>>
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
