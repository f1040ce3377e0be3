import type { Capacity, NoticeReader, Party } from './consent.decider.js'

/** What consent needs to know of others; a view fulfils it, the app joins the two. */
export abstract class ConsentFacts {
  /** Whether this party may decide these categories for the learner today. */
  abstract capacityOf(learnerId: string, party: Party): Promise<Capacity>
  /** Languages the learner reads, as far as known. */
  abstract readerOf(learnerId: string): Promise<NoticeReader>
}
/** Cuts reads at once, before the event is written (design: deny first, event after). */
export abstract class Revocation {
  /** Runs `record` with the denial in force; lifts it where `record` fails. */
  abstract around<T>(
    denial: { learnerId: string; consentId: string; categories?: readonly string[] },
    record: () => Promise<T>,
  ): Promise<T>
}
