import type { AnswerFacts, SubjectRequestKind } from './subject-request.decider.js'

/** What answering by right needs to know of others; the app fulfils it. */
export abstract class SubjectRequestFacts {
  /** Who has to answer: the agency named, where it works with the learner; the region’s authority for what only the whole hub can do. */
  abstract answererOf(learnerId: string, kind: SubjectRequestKind, agencyId: string | undefined): Promise<string>
  abstract whatIsKnown(learnerId: string, ledTo: readonly string[]): Promise<AnswerFacts>
}
