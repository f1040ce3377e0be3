import type { Caller } from '@passerelle/http'
import type { ContestedItem, ContestTarget } from './contest.decider.js'

/** What a contest needs to know of the views; the app fulfils it. */
export abstract class ContestFacts {
  /** The learner’s row under this key as the caller sees it; undefined where there is none, or none for them. */
  abstract itemOf(caller: Caller, learnerId: string, target: ContestTarget): Promise<ContestedItem | undefined>
}
