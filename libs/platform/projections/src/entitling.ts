import { quoteTable, type Sql } from '@passerelle/database'
import { type Answer, changedCategories, type Holding } from './derive.js'
import { toArrayText } from './row-values.js'
import { agencyTable, entitlementTables, hubTable, type Slot } from './tables.js'
import { Params } from './view-table.js'

/** Whose holdings changed, by agency, and in which categories. */
export type ChangedHoldings = ReadonlyMap<
  string,
  { readonly learners: ReadonlySet<string>; readonly categories: ReadonlySet<number> }
>

type Line = readonly (string | number | null)[]
const entitlementColumns = [
  'learner_id',
  'agency_id',
  'role',
  'purpose',
  'valid_from',
  'valid_until',
  'levels',
  'own_levels',
  'because',
  'position',
]
const assignmentColumns = ['learner_id', 'agency_id', 'user_id', 'role', 'kind', 'valid_from', 'valid_until']
const holdingColumns = ['learner_id', 'agency_id', 'levels', 'own_levels']
const derivationColumns = ['learner_id', 'partition', 'depends_on', 'fingerprint', 'ends_at', 'fault']
const casts: Readonly<Record<string, string>> = {
  valid_from: '::timestamptz',
  valid_until: '::timestamptz',
  ends_at: '::timestamptz',
  levels: '::smallint[]',
  own_levels: '::smallint[]',
  because: '::jsonb',
  partition: '::smallint',
  depends_on: '::text[]',
}

/** Rows of an answer, in the order of their columns: for statements and for bulk loading alike. */
export const lines = {
  entitlements: (a: Answer): Line[] =>
    a.entitlements.map(e => [
      e.learnerId,
      e.agencyId,
      e.role,
      e.purpose,
      e.validFrom,
      e.validUntil,
      toArrayText(e.levels),
      toArrayText(e.ownLevels),
      JSON.stringify(e.because),
      e.position,
    ]),
  assignments: (a: Answer): Line[] =>
    a.assignments.map(s => [s.learnerId, s.agencyId, s.userId ?? null, s.role ?? null, s.kind, s.validFrom, s.validUntil]),
  holdings: (a: Answer): Line[] =>
    [...a.holdings].map(([agencyId, h]) => [a.learnerId, agencyId, toArrayText(h.levels), toArrayText(h.ownLevels)]),
  derivations: (a: Answer, partition: number): Line[] => [
    [a.learnerId, partition, toArrayText(a.dependsOn), a.fingerprint, a.endsAt, a.fault ?? null],
  ],
}
export const columnsOf = {
  entitlements: entitlementColumns,
  assignments: assignmentColumns,
  holdings: holdingColumns,
  derivations: derivationColumns,
}

/** Where answers of the policy are kept: in the hub, and for each agency its own part. */
export class EntitlementTables {
  constructor(private readonly slot: Slot) {}

  /** Stores the answers that are new. `gone`: learners without facts, of whom nothing is kept. Returns whose holdings changed. */
  async store(
    sql: Sql,
    answers: readonly Answer[],
    partitionOf: (learnerId: string) => number,
    gone: ReadonlySet<string>,
  ): Promise<ChangedHoldings> {
    const known = new Map(
      (
        await sql.query<{ learner_id: string; fingerprint: string }>(
          `select learner_id, fingerprint from ${this.hub('derivations')} where learner_id = any($1::text[])`,
          [answers.map(a => a.learnerId)],
        )
      ).map(row => [row.learner_id, row.fingerprint]),
    )
    const news = answers.filter(a => gone.has(a.learnerId) || known.get(a.learnerId) !== a.fingerprint)
    if (news.length === 0) return new Map()
    const learners = news.map(a => a.learnerId)
    const agencies = await this.replace(sql, news, learners)
    await sql.query(`delete from ${this.hub('derivations')} where learner_id = any($1::text[])`, [learners])
    await this.insert(
      sql,
      'derivations',
      news.filter(a => !gone.has(a.learnerId)).flatMap(a => lines.derivations(a, partitionOf(a.learnerId))),
    )
    await this.copyToAgencies(sql, [...agencies], learners)
    return this.replaceHoldings(sql, news, learners)
  }

  /** The agencies that hold something of each learner. */
  async holders(sql: Sql, learners: readonly string[]): Promise<Map<string, string[]>> {
    const holders = new Map<string, string[]>()
    if (learners.length === 0) return holders
    for (const { learner_id: learner, agency_id: agency } of await sql.query(
      `select learner_id, agency_id from ${this.hub('holdings')} where learner_id = any($1::text[])`,
      [learners],
    ))
      holders.set(learner, [...(holders.get(learner) ?? []), agency])
    return holders
  }

  /** Fills an agency's empty tables from the hub. */
  async fill(sql: Sql, agencyId: string): Promise<void> {
    for (const table of Object.keys(entitlementTables) as (keyof typeof entitlementTables)[])
      await sql.query(
        `insert into ${quoteTable(agencyTable(agencyId, table, this.slot))} select * from ${this.hub(table)} where agency_id = $1`,
        [agencyId],
      )
  }

  private hub(table: string): string {
    return quoteTable(hubTable(table, this.slot))
  }

  /** Returns the agencies that had rows or now have some. */
  private async replace(sql: Sql, answers: readonly Answer[], learners: readonly string[]): Promise<Set<string>> {
    const agencies = new Set(answers.flatMap(a => [...a.entitlements, ...a.assignments].map(row => row.agencyId)))
    for (const table of ['entitlements', 'assignments'] as const) {
      const before = await sql.query<{ agency_id: string }>(
        `with gone as (delete from ${this.hub(table)} where learner_id = any($1::text[]) returning agency_id) select distinct agency_id from gone`,
        [learners],
      )
      for (const { agency_id: agency } of before) agencies.add(agency)
      await this.insert(sql, table, answers.flatMap(lines[table]))
    }
    return agencies
  }

  private async replaceHoldings(sql: Sql, answers: readonly Answer[], learners: readonly string[]): Promise<ChangedHoldings> {
    const before = await sql.query<{ learner_id: string; agency_id: string; levels: number[]; own_levels: number[] }>(
      `delete from ${this.hub('holdings')} where learner_id = any($1::text[]) returning *`,
      [learners],
    )
    await this.insert(sql, 'holdings', answers.flatMap(lines.holdings))
    const held = new Map<string, Holding>(
      before.map(h => [`${h.learner_id}|${h.agency_id}`, { levels: h.levels, ownLevels: h.own_levels }]),
    )
    const changed = new Map<string, { learners: Set<string>; categories: Set<number> }>()
    const compare = (learnerId: string, agencyId: string, after: Holding | undefined) => {
      const categories = changedCategories(held.get(`${learnerId}|${agencyId}`), after)
      if (categories.length === 0) return
      const of = changed.get(agencyId) ?? { learners: new Set(), categories: new Set() }
      changed.set(agencyId, of)
      of.learners.add(learnerId)
      for (const category of categories) of.categories.add(category)
    }
    const answered = new Map(answers.map(a => [a.learnerId, a]))
    for (const { learnerId, holdings } of answers) for (const [agencyId, after] of holdings) compare(learnerId, agencyId, after)
    for (const { learner_id: learnerId, agency_id: agencyId } of before)
      if (!answered.get(learnerId)!.holdings.has(agencyId)) compare(learnerId, agencyId, undefined)
    return changed
  }

  private async copyToAgencies(sql: Sql, agencies: readonly string[], learners: readonly string[]): Promise<void> {
    if (agencies.length === 0) return
    for (const table of ['entitlements', 'assignments'] as const) {
      const names = agencies.map(agencyId => quoteTable(agencyTable(agencyId, table, this.slot)))
      const deletes = names.map((name, i) => `d${i} as (delete from ${name} where learner_id = any($1::text[]))`)
      await sql.query(`with ${deletes.join(', ')} select`, [learners])
      const inserts = names.map(
        (name, i) =>
          `i${i} as (insert into ${name} select * from ${this.hub(table)} where agency_id = $${i + 2} and learner_id = any($1::text[]))`,
      )
      await sql.query(`with ${inserts.join(', ')} select`, [learners, ...agencies])
    }
  }

  private async insert(sql: Sql, table: keyof typeof columnsOf, rows: readonly Line[]): Promise<void> {
    if (rows.length === 0) return
    const params = new Params()
    const columns = columnsOf[table]
    const arrays = columns.map((_, i) => `${params.add(toArrayText(rows.map(row => row[i]!)))}::text[]`)
    const values = columns.map(column => `u.${column}${casts[column] ?? ''}`)
    await sql.query(
      `insert into ${this.hub(table)} (${columns.join(', ')}) select ${values.join(', ')} from unnest(${arrays.join(', ')}) as u(${columns.join(', ')})`,
      params.values,
    )
  }
}
