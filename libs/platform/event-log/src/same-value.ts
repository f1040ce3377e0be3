import { Erased } from '@passerelle/keyring'

/**
 * Whether two payload values say the same: the order of keys and absent or undefined properties make no difference. For decisions
 * that are asked twice. What was erased says nothing any more, so it is the same as nothing, not even as itself.
 */
export function sameValue(a: unknown, b: unknown): boolean {
  if (a instanceof Erased || b instanceof Erased) return false
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false
  const keys = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...keys].every(key => sameValue((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]))
}

/** The fields that both carry and in which they say something else; the order in lists makes no difference. */
export const fieldsThatDiffer = (a: object, b: object): string[] =>
  Object.keys(a).filter(field => field in b && !sameValue(unordered(a, field), unordered(b, field)))
const unordered = (of: object, field: string): unknown => {
  const value = (of as Record<string, unknown>)[field]
  return Array.isArray(value) ? [...new Set(value)].sort() : value
}
