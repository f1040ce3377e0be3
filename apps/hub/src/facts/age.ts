/**
 * Whole years on a day, as far as known: of a month or a year alone, the age that the person has surely reached.
 * Undefined where nothing is known.
 */
export function ageOn(birthDate: string | undefined, today: string): number | undefined {
  if (!birthDate) return undefined
  const [year, month = '12', day = '31'] = birthDate.split('-')
  const hadBirthday = today.slice(5) >= `${month}-${day}`
  return Number(today.slice(0, 4)) - Number(year) - (hadBirthday ? 0 : 1)
}
