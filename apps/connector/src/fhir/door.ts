import { isDropped } from '../reading/index.js'

/** Questions and observations about race and ethnicity, by LOINC code (US Core, PRAPARE). */
const RACE_CODES = new Set(['32624-9', '56051-6', '69490-1', '72826-1', '54134-8', '54120-7', '46463-6', '80977-2', '103579-9'])

/**
 * What may pass the door: the resource without extensions (race and ethnicity stand there), narrative, photographs, attached
 * data, items and components about race, and anything named like a password. Neither records nor hashes nor quarantine see more.
 */
export function throughTheDoor<T>(value: T): T {
  return strip(value) as T
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter(each => !isAboutRace(each)).map(strip)
  if (value === null || typeof value !== 'object') return value
  const kept: Record<string, unknown> = {}
  for (const [key, each] of Object.entries(value)) {
    if (key === 'extension' || key === 'photo' || key.startsWith('_') || isDropped(key)) continue
    if (key === 'text' && typeof each === 'object') continue
    if (key === 'data' && typeof each === 'string') continue
    if (key === 'modifierExtension') kept[key] = Array.isArray(each) ? each.map(() => ({})) : {}
    else {
      const inside = strip(each)
      // An empty array is no FHIR: where all of it was dropped, so is the element.
      if (!Array.isArray(inside) || inside.length > 0 || (each as unknown[]).length === 0) kept[key] = inside
    }
  }
  return kept
}

/** A component, an item of a questionnaire or an answer that is about race. */
function isAboutRace(value: unknown): boolean {
  if (value === null || typeof value !== 'object') return false
  const { code, linkId } = value as { code?: unknown; linkId?: unknown }
  return (
    (typeof linkId === 'string' && (RACE_CODES.has(linkId.replace(/^\//, '')) || isDropped(linkId))) ||
    (typeof code === 'object' && hasRaceCode(code)) ||
    (typeof code === 'string' && RACE_CODES.has(code))
  )
}
export function hasRaceCode(concept: unknown): boolean {
  const { coding } = (concept ?? {}) as { coding?: unknown }
  return Array.isArray(coding) && coding.some(each => RACE_CODES.has(String((each as { code?: unknown } | null)?.code)))
}
