import type { Erased } from '@passerelle/keyring'
import { type AgeLines, type Category, comesOfAge } from '@passerelle/sharing'
import type { GuardianRecord, Learner } from './learner.decider.js'

/** What a guardian may be given to do. Whoever consents or signs is informed too. */
export type GuardianPower = GuardianRecord['authority'][number]

const ageLine = ({ years, byCategory }: AgeLines, category: Category): number => byCategory?.[category] ?? years
const startOf = (day: string) => `${day}T00:00:00.000Z`

/**
 * Whether the learner alone decides on the category today: from the age line on, or found competent before. Who has no birth date decides, too: a
 * gap in the register silences nobody. Where only a month or year is known, the learner's own say begins too early rather than too late.
 */
export function decidesAlone(learner: Learner, category: Category, today: string, lines: AgeLines): boolean {
  const birthday = comesOfAge(textOf(learner.birthDate), ageLine(lines, category))
  if (birthday === undefined || birthday <= startOf(today)) return true
  return Object.values(learner.competences).some(
    ({ categories, from, reviewBy }) => categories.includes(category) && isOn({ from, until: reviewBy }, today),
  )
}

/**
 * Whether this guardian may do this for the learner today in all of these categories: verified, in time, given the power, not kept from any of them,
 * and the learner does not decide there alone.
 */
export function guardianMay(
  learner: Learner,
  guardianId: string,
  power: GuardianPower,
  categories: readonly Category[],
  today: string,
  lines: AgeLines,
): boolean {
  const guardian = learner.guardians[guardianId]
  if (!guardian?.verified || !isOn(guardian, today) || !holds(guardian, power)) return false
  return categories.every(
    category => !isKept(learner, guardian, category, today) && !decidesAlone(learner, category, today, lines),
  )
}

/** Whether the learner has surely reached the age line of the category, whatever day of a known month or year it was. */
export function isSurelyOfAge(learner: Learner, category: Category, today: string, lines: AgeLines): boolean {
  const born = textOf(learner.birthDate)
  return born !== undefined && surelyReached(born, ageLine(lines, category), today)
}

/** Categories in which the learner has surely reached the age line by today, and nobody said so yet. */
export function reachedBy(learner: Learner, today: string, lines: AgeLines, among: readonly Category[]): Category[] {
  return among.filter(category => !learner.ofAge.includes(category) && isSurelyOfAge(learner, category, today, lines))
}

/** Of a month or year alone, the last day that it can be. */
function surelyReached(birthDate: string, years: number, today: string): boolean {
  const [year, month = '12', day] = birthDate.split('-')
  const last = day ?? String(new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate())
  return comesOfAge(`${year}-${month}-${last}`, years)! <= startOf(today)
}

const holds = ({ authority }: GuardianRecord, power: GuardianPower) =>
  power === 'informed' ? authority.length > 0 : authority.includes(power)
const isKept = (learner: Learner, { guardianId, excluded }: GuardianRecord, category: Category, today: string) =>
  excluded.includes(category) ||
  Object.values(learner.exclusions).some(
    each => each.guardianId === guardianId && each.categories.includes(category) && isOn(each, today),
  )
const isOn = ({ from, until }: { readonly from: string; readonly until?: string }, today: string) =>
  from <= today && (until === undefined || today < until)
const textOf = (value: string | Erased | undefined) => (typeof value === 'string' ? value : undefined)
