import type { Category } from '@passerelle/sharing'

/**
 * From which age the learner alone decides. National law sets it and differs by matter: GDPR 8 speaks of online services only; capacity for health and
 * social matters is national. A region changes this file; nothing else knows the numbers.
 */
export interface AgeLines {
  readonly years: number
  readonly byCategory: Readonly<Partial<Record<Category, number>>>
}
export const ageLines: AgeLines = { years: 16, byCategory: { C6: 16, C7: 16, C9: 16, C10: 14 } }
