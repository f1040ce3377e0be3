import type { ClosingHappening } from './closings.js'
import type { Happening } from './happenings.js'
import type { Look } from './truth.js'

/** What was found to be wrong: who looked, what was asked, what should have been answered. */
export interface Finding {
  readonly kind: 'differential' | 'canary' | 'leak' | 'interference' | 'fault' | 'revocation' | 'monotony'
  readonly face: string
  readonly look: Look
  /** When, where that is later than the story. */
  readonly at?: string
  readonly asked: string
  readonly variables?: Readonly<Record<string, unknown>>
  readonly expected: unknown
  readonly got: unknown
  /** What was taken away at that moment, and before. */
  readonly taken?: { readonly last: ClosingHappening; readonly before: readonly Happening[] }
}

/** By face. */
export type Counts = Record<string, number>

/** What was compared so far, and what was found. */
export interface Tally {
  decisions: Counts
  /** Rows that somebody saw: a proof in which nobody sees anything proves nothing. */
  seen: Counts
  /** Rows among them that were seen because they lie in a period, by a consent for data of it. */
  ofPeriods: Counts
  documents: Counts
  /** Documents among them that went through the listener, with headers, log and figures. */
  throughTheDoor: Counts
  /** Answers that were alike in both worlds, and those among them that told something of somebody. */
  answers: Counts
  telling: Counts
  /** Documents of the past, of why and of what if, by kind. */
  lookingBack: Counts
  /** Hidden fields and rows that were otherwise in the other worlds. */
  hiddenChanges: number
  /** Ways of being wrong, and whether GraphQL answers told. */
  mutants: Record<string, boolean>
  /** Things taken away, by the type of the event. */
  closings: Counts
  findings: Finding[]
}

export const noTally = (): Tally => ({
  decisions: {},
  seen: {},
  ofPeriods: {},
  documents: {},
  throughTheDoor: {},
  answers: {},
  telling: {},
  lookingBack: {},
  hiddenChanges: 0,
  mutants: {},
  closings: {},
  findings: [],
})

export const add = (counts: Counts, name: string, more: number): void => void (counts[name] = (counts[name] ?? 0) + more)
export const sumOf = (counts: Counts): number => Object.values(counts).reduce((sum, n) => sum + n, 0)

/** The figures of a tally, as they are printed. */
export const figuresOf = (tally: Tally) => ({
  decisions: sumOf(tally.decisions),
  decisionsByFace: tally.decisions,
  rowsSeen: sumOf(tally.seen),
  rowsOfPeriods: sumOf(tally.ofPeriods),
  documents: sumOf(tally.documents),
  documentsByFace: tally.documents,
  documentsThroughTheDoor: sumOf(tally.throughTheDoor),
  answersAlike: sumOf(tally.answers),
  answersThatTold: sumOf(tally.telling),
  lookingBack: tally.lookingBack,
  hiddenChanges: tally.hiddenChanges,
  takenAway: sumOf(tally.closings),
  mutantsKilled: Object.values(tally.mutants).filter(Boolean).length,
  mutants: Object.keys(tally.mutants).length,
  findings: tally.findings.length,
})
