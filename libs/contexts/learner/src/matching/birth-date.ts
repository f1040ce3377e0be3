import { isOneSlip } from './similarity.js'

/** A date as far as it is known. */
export interface BirthDate {
  readonly year: number
  readonly month?: number
  readonly day?: number
}

/**
 * Reads 2008-03-14, 20080314, 2008-03 and 2008. The first of January is what an office writes for a person whose birthday it does not know,
 * so of 2008-01-01 the year alone is kept (R-I.3). What is no date is not known.
 */
export function readBirthDate(text: string | undefined): BirthDate | undefined {
  const found = /^(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?$/.exec(text?.trim() ?? '')
  const [year, month, day] = (found ?? []).slice(1).map(part => Number(part ?? 0))
  if (!year || month! > 12 || day! > 31) return undefined
  if (!month || (month === 1 && day === 1)) return { year }
  return day ? { year, month, day } : { year, month }
}

export const dateLevels = ['same', 'slip', 'twoParts', 'near', 'differs'] as const

/** How two dates stand to each other. A date without its day may speak against one person, never for one. */
export function compareDates(a: BirthDate, b: BirthDate): (typeof dateLevels)[number] | undefined {
  if (!isWhole(a) || !isWhole(b)) return isCompatible(a, b) ? undefined : 'differs'
  const alike = (['year', 'month', 'day'] as const).filter(part => a[part] === b[part]).length
  if (alike === 3) return 'same'
  if (isSlip(a, b)) return 'slip'
  if (alike === 2) return 'twoParts'
  return Math.abs(toDays(a) - toDays(b)) <= 366 ? 'near' : 'differs'
}

/** True when the day is known. */
export const isWhole = (date: BirthDate): date is Required<BirthDate> => date.day !== undefined

/** True as long as both may be the birth date of one person: a part that one of them does not know is no conflict. */
export const isCompatible = (a: BirthDate, b: BirthDate): boolean =>
  (['year', 'month', 'day'] as const).every(part => a[part] === undefined || b[part] === undefined || a[part] === b[part])

/** One digit another, two neighbours exchanged, or day and month exchanged. */
const isSlip = (a: Required<BirthDate>, b: Required<BirthDate>) =>
  (a.year === b.year && a.month === b.day && a.day === b.month) || isOneSlip(toDigits(a), toDigits(b))
const toDigits = ({ year, month, day }: Required<BirthDate>) => String(year * 10_000 + month * 100 + day)
const toDays = ({ year, month, day }: Required<BirthDate>) => Date.UTC(year, month - 1, day) / 86_400_000
