import type { Sql } from '@passerelle/database'
import { idPattern } from '@passerelle/event-log'
import { roleTerms, type Role } from '@passerelle/sharing'

/** Puts in the place of other people what may be told of them: staff by role and agency, everybody else not at all. */
export type WithoutThirdParties = <T>(value: T) => T

/**
 * Finds who else is in these values. Ids are known for certain. Names in free text are those of staff of agencies that stand there or are given, and of
 * other learners whose given and family name both occur; `own` names stay.
 */
export async function thirdPartiesIn(
  sql: Sql,
  values: readonly unknown[],
  {
    learnerId,
    agencyIds,
    own,
  }: { readonly learnerId: string; readonly agencyIds: readonly string[]; readonly own: readonly string[] },
): Promise<WithoutThirdParties> {
  const texts = textsIn(values)
  const ids = [...texts].filter(text => idPattern.test(text) && text !== learnerId)
  const words = [...new Set([...texts].flatMap(text => text.toLowerCase().match(wordPattern) ?? []))]
  const mine = new Set(own.flatMap(name => name.toLowerCase().match(wordPattern) ?? []))

  const staff = await sql.query<{ user_id: string; role: Role; agency_id: string }>(
    'select user_id, role, agency_id from hub.staff_roles where user_id = any($1::text[]) order by user_id, "from"',
    [ids],
  )
  const learners = await sql.query<{ learner_id: string }>(
    'select learner_id from hub.learners where learner_id = any($1::text[])',
    [ids],
  )
  const names = await sql.query<{ name: string }>(
    `select distinct m.name from hub.staff_members m join hub.staff_roles r using (user_id) where r.agency_id = any($1::text[])`,
    [[...ids, ...agencyIds]],
  )
  const others = await sql.query<{ given: string; family: string }>(
    `select given_name as given, family_name as family from hub.learners
      where learner_id <> $1 and lower(family_name) = any($2::text[]) and lower(given_name) = any($2::text[])`,
    [learnerId, words],
  )
  const told = new Map<string, string>([
    ...learners.map(({ learner_id }): [string, string] => [learner_id, '[another learner]']),
    ...staff.map(({ user_id, role, agency_id }): [string, string] => [user_id, `${roleTerms[role].title}, ${agency_id}`]),
  ])
  const gone: [RegExp, string][] = [
    ...names.map(({ name }): [string, string] => [name, '[a member of staff]']),
    ...others.flatMap(({ given, family }): [string, string][] =>
      [`${given} ${family}`, `${family} ${given}`, family, given].map(name => [name, '[another person]']),
    ),
  ].flatMap(([name, instead]): [RegExp, string][] => (mine.has(name.toLowerCase()) ? [] : [[wholeWords(name), instead]]))

  const clean = (text: string): string =>
    told.get(text) ?? gone.reduce((left, [name, instead]) => left.replace(name, instead), text)
  const replace = (value: unknown): unknown => {
    if (typeof value === 'string') return clean(value)
    if (Array.isArray(value)) return value.map(replace)
    if (value === null || typeof value !== 'object' || value instanceof Date) return value
    return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, replace(of)]))
  }
  return <T>(value: T) => replace(value) as T
}

const wordPattern = /[\p{L}\p{M}'’-]+/gu
const wholeWords = (name: string) =>
  new RegExp(`(?<![\\p{L}\\p{M}])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\p{L}\\p{M}])`, 'giu')

/** Whatever may be the id of somebody or something. */
export const idsIn = (values: readonly unknown[]): ReadonlySet<string> =>
  new Set([...textsIn(values)].filter(text => idPattern.test(text)))

function textsIn(values: readonly unknown[]): ReadonlySet<string> {
  const texts = new Set<string>()
  for (const value of values) eachText(value, text => texts.add(text))
  return texts
}

function eachText(value: unknown, visit: (text: string) => void): void {
  if (typeof value === 'string') visit(value)
  else if (Array.isArray(value)) for (const item of value) eachText(item, visit)
  else if (value !== null && typeof value === 'object') for (const item of Object.values(value)) eachText(item, visit)
}
