import type { Category, Sector } from '@passerelle/sharing'

export interface FeedCategories {
  /** Where the authority set no list for a feed. */
  readonly usual: readonly Category[]
  /** What a list may hold at most. */
  readonly most: readonly Category[]
}

/**
 * What feeds may write of people, by the sector of the agency that sends them (R-V.6): what bodies of that kind record as their own task. Function and not
 * diagnosis: C6 to C8 come from health alone. Nobody's feed writes safeguarding (C10), notes (C13) or signals (C16): those are written by people, or by rules
 * that explain themselves. What is about no person, such as services, needs no list.
 */
export const feedCategories: Readonly<Record<Sector, FeedCategories>> = {
  education: { usual: ['C1', 'C2'], most: ['C1', 'C2', 'C3', 'C4', 'C5', 'C11', 'C15', 'C17'] },
  social: { usual: ['C1', 'C3', 'C12', 'C14'], most: ['C1', 'C3', 'C5', 'C9', 'C11', 'C12', 'C14', 'C18'] },
  health: { usual: ['C1', 'C3', 'C7', 'C12', 'C14'], most: ['C1', 'C3', 'C5', 'C6', 'C7', 'C8', 'C11', 'C12', 'C14'] },
  employment: { usual: ['C1', 'C3', 'C12', 'C14'], most: ['C1', 'C3', 'C4', 'C12', 'C14', 'C15', 'C17', 'C18'] },
  authority: { usual: [], most: [] },
  learner: { usual: [], most: [] },
}
