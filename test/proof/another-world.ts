import type { Chance } from '@passerelle/connector'
import { hubDeclaration } from '@passerelle/hub'
import { agencySchema, type View } from '@passerelle/projections'
import { circumstances, emergencyOf, sqlName, type WholeRow } from '@passerelle/sharing'
import type { World } from '@passerelle/testing/sharing'
import { inOtherWords } from './payloads.js'
import type { ProofHub } from './proof-hub.js'
import { type Look, oracleFor } from './truth.js'

const kept = 'proof_kept'
/** Columns that say whose a row is: what is changed in them may rightly be seen. */
const telling = new Set<string>(Object.values(circumstances).flatMap(each => ('column' in each ? [each.column] : [])))

/**
 * Makes of the model of somebody's agency another one that differs only in what this person may not see: other values in every hidden field,
 * hidden rows gone or doubled, other levels for other roles, other colleagues' assignments. `back` makes it as it was.
 */
export async function otherwise(
  hub: ProofHub,
  world: World,
  look: Look,
  chance: Chance,
): Promise<{ readonly changes: number; back(): Promise<void> }> {
  const { db } = hub
  const schema = agencySchema(look.agencyId)
  const oracle = oracleFor(world, look)
  const keptAs = (table: string) => `${kept}."${schema}.${table}"`
  await db.exec(`create schema if not exists ${kept}`)
  const touched: string[] = []
  let changes = 0
  /** A table to keep rows in is made once, and emptied for the next who asks: to make one takes longer than all else here. */
  const keep = async (table: string) => {
    await db.exec(
      `create table if not exists ${keptAs(table)} (like "${schema}"."${table}");
      delete from ${keptAs(table)}; insert into ${keptAs(table)} select * from "${schema}"."${table}"`,
    )
    touched.push(table)
  }
  for (const { view, table } of hubDeclaration.shared) {
    if (!view.subject) continue
    const held = await db.query<Record<string, unknown>>(`select * from "${schema}"."${table}"`)
    if (held.length === 0) continue
    await keep(table)
    const rows = new Map(world.rows[view.name]!.map(row => [keyOf(view, row.values), row]))
    for (const copy of held) {
      const row = rows.get(view.keys.map(key => copy[sqlName(key)]).join('|'))
      if (!row) throw new Error(`The model of ${look.agencyId} holds a row of ${view.name} that is nowhere`)
      changes += await change(view, table, row, copy)
    }
  }
  await keep('entitlements')
  await keep('assignments')
  changes += await count(
    `update "${schema}".entitlements set levels = array_fill(3::smallint, array[18]), own_levels = array_fill(3::smallint, array[18]),
      periods = case when periods is null then '[]'::jsonb end
    where role <> $1 or purpose <> $2`,
    [look.role, look.emergency ? emergencyOf(look.userId) : look.purpose],
  )
  changes += await count(`delete from "${schema}".assignments where user_id <> $1 or (role is not null and role <> $2)`, [
    look.userId,
    look.role,
  ])
  return {
    changes,
    async back() {
      for (const table of touched)
        await db.exec(`delete from "${schema}"."${table}"; insert into "${schema}"."${table}" select * from ${keptAs(table)}`)
    },
  }

  async function change(view: View, table: string, row: WholeRow, copy: Readonly<Record<string, unknown>>): Promise<number> {
    const isThere = [...view.keys, view.subject!].every(name => oracle.sees(view, row, name))
    const where = view.keys.map((key, i) => `"${sqlName(key)}" = $${i + 1}`).join(' and ')
    const keys = view.keys.map(key => copy[sqlName(key)])
    if (!isThere && chance.yes(35)) return count(`delete from "${schema}"."${table}" where ${where}`, keys)
    const hidden = [...Object.keys(view.columns), 'version', 'updatedAt'].filter(
      name => !view.columns[name]?.key && !view.columns[name]?.subject && !telling.has(name) && !oracle.sees(view, row, name),
    )
    if (hidden.length === 0) return 0
    const values: unknown[] = [...keys]
    const sets = hidden.map(name => `"${sqlName(name)}" = ${another(name, view.columns[name]?.type ?? name, values)}`)
    return count(`update "${schema}"."${table}" set ${sets.join(', ')} where ${where}`, values)
  }

  /** Another value of the type, as SQL; what is a value mostly stays one. */
  function another(name: string, type: string, values: unknown[]): string {
    if (chance.yes(15)) return 'null'
    const text = (of: string) => (values.push(of), `$${values.length}`)
    switch (type) {
      case 'bool':
        return `not coalesce("${sqlName(name)}", false)`
      case 'int':
      case 'version':
        return String(chance.int(0, 9))
      case 'num':
        return String(chance.int(0, 8) / 2)
      case 'day':
        return `date '2026-0${chance.int(1, 9)}-1${chance.int(0, 9)}'`
      case 'instant':
      case 'updatedAt':
        return `timestamptz '2026-0${chance.int(1, 9)}-1${chance.int(0, 9)}T10:00:00Z'`
      case 'texts':
        return `array[${text(inOtherWords(chance))}]::text[]`
      case 'json':
        return `${text(JSON.stringify([chance.int(0, 9)]))}::jsonb`
      default:
        return `${text(inOtherWords(chance))}::text`
    }
  }

  async function count(sql: string, params: readonly unknown[]): Promise<number> {
    return (await db.query(`${sql} returning 1`, params)).length
  }
}

const keyOf = (view: View, values: Readonly<Record<string, unknown>>) => view.keys.map(key => values[key]).join('|')
