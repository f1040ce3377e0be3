import { quoteTable, type Sql } from '@passerelle/database'
import { type Answer, changedCategories, type Holding } from './derive.js'
import { type PeriodRanks, toBits } from '@passerelle/sharing'
import { toArrayText } from './row-values.js'
import { agencyTable, entitlementTables, hubTable, type Slot } from './tables.js'
import { Params } from './view-table.js'

/** Whose holdings changed, by agency: whom it holds otherwise, in which categories, and whom it holds no more. */
export type ChangedHoldings = ReadonlyMap<
  string,
  { readonly learners: ReadonlySet<string>; readonly categories: ReadonlySet<number>; readonly lost: ReadonlySet<string> }
>

type Line = readonly (string | number | null)[]
export const entitlementColumns = [
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
  'periods',
]
const assignmentColumns = ['learner_id', 'agency_id', 'user_id', 'role', 'kind', 'kept', 'valid_from', 'valid_until']
const holdingColumns = ['learner_id', 'agency_id', 'levels', 'own_levels', 'periods']
const derivationColumns = ['learner_id', 'partition', 'depends_on', 'fingerprints', 'ends_at', 'fault']
const casts: Readonly<Record<string, string>> = {
  valid_from: '::timestamptz',
  valid_until: '::timestamptz',
  ends_at: '::timestamptz',
  kept: '::int',
  levels: '::smallint[]',
  own_levels: '::smallint[]',
  periods: '::jsonb',
  because: '::jsonb',
  partition: '::smallint',
  depends_on: '::text[]',
  fingerprints: '::json',
}

const periodsText = (periods: readonly PeriodRanks[] | undefined): string | null => (periods ? JSON.stringify(periods) : null)

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
      periodsText(e.periods),
    ]),
  assignments: (a: Answer): Line[] =>
    a.assignments.map(s => [
      s.learnerId,
      s.agencyId,
      s.userId ?? null,
      s.role ?? null,
      s.kind,
      toBits(s.kept ?? []),
      s.validFrom,
      s.validUntil,
    ]),
  holdings: (a: Answer): Line[] =>
    [...a.holdings].map(([agencyId, h]) => [
      a.learnerId,
      agencyId,
      toArrayText(h.levels),
      toArrayText(h.ownLevels),
      periodsText(h.periods),
    ]),
  derivations: (a: Answer, partition: number): Line[] => [
    [a.learnerId, partition, toArrayText(a.dependsOn), JSON.stringify(a.fingerprints), a.endsAt, a.fault ?? null],
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

  /** Stores what is new in the answers. `gone`: learners without facts, of whom nothing is kept. Returns whose holdings changed. */
  async store(
    sql: Sql,
    answers: readonly Answer[],
    partitionOf: (learnerId: string) => number,
    gone: ReadonlySet<string>,
  ): Promise<ChangedHoldings> {
    const known = await this.known(sql, answers)
    const changes: Change[] = []
    const kept: Answer[] = []
    for (const answer of answers) {
      const before = known.get(answer.learnerId)
      const agencies = new Set([...Object.keys(before?.fingerprints ?? {}), ...Object.keys(answer.fingerprints)])
      for (const agencyId of agencies)
        if (before?.fingerprints[agencyId] !== answer.fingerprints[agencyId]) changes.push({ answer, agencyId })
      if (!gone.has(answer.learnerId) && !(before && isSame(before, answer))) kept.push(answer)
    }
    const learnersGone = answers.filter(a => gone.has(a.learnerId)).map(a => a.learnerId)
    if (learnersGone.length > 0)
      await sql.query(`delete from ${this.hub('derivations')} where learner_id = any($1::text[])`, [learnersGone])
    const derived = kept.flatMap(a => lines.derivations(a, partitionOf(a.learnerId)))
    if (derived.length > 0) {
      const set = derivationColumns.map(column => `${column} = excluded.${column}`).join(', ')
      const params = new Params()
      await sql.query(
        `${this.insertion('derivations', derived, params)} on conflict (learner_id) do update set ${set}`,
        params.values,
      )
    }
    if (changes.length === 0) return new Map()
    await this.replaceRows(sql, changes)
    return this.replaceHoldings(sql, changes)
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

  private async known(sql: Sql, answers: readonly Answer[]): Promise<Map<string, Known>> {
    const rows = await sql.query<{ learner_id: string } & Known>(
      `select learner_id, fingerprints, depends_on as "dependsOn", ends_at as "endsAt", fault from ${this.hub('derivations')}
        where learner_id = any($1::text[])`,
      [answers.map(a => a.learnerId)],
    )
    return new Map(rows.map(row => [row.learner_id, row]))
  }

  /** Entitlements and assignments of these learners in these agencies, in the hub and there: away with the old ones, then the new ones. */
  private async replaceRows(sql: Sql, changes: readonly Change[]): Promise<void> {
    const tables = ['entitlements', 'assignments'] as const
    const byAgency = Map.groupBy(changes, change => change.agencyId)
    const away = new Params()
    const pairs = `unnest(${away.add(changes.map(c => c.answer.learnerId))}::text[], ${away.add(changes.map(c => c.agencyId))}::text[])`
    const deletes = tables.map(
      table =>
        `${table} as (delete from ${this.hub(table)} t using ${pairs} p(l, a) where t.learner_id = p.l and t.agency_id = p.a)`,
    )
    for (const [agencyId, of] of byAgency) {
      const learners = away.add(of.map(c => c.answer.learnerId))
      for (const table of tables)
        deletes.push(
          `d${deletes.length} as (delete from ${quoteTable(agencyTable(agencyId, table, this.slot))} where learner_id = any(${learners}::text[]))`,
        )
    }
    await sql.query(`with ${deletes.join(', ')} select`, away.values)
    for (const table of tables) {
      const rows = changes.flatMap(({ answer, agencyId }) => lines[table](answer).filter(line => line[1] === agencyId))
      if (rows.length === 0) continue
      const params = new Params()
      const inserts = [`added as (${this.insertion(table, rows, params)} returning *)`]
      for (const agencyId of new Set(rows.map(line => line[1] as string))) {
        const into = quoteTable(agencyTable(agencyId, table, this.slot))
        inserts.push(`i${inserts.length} as (insert into ${into} select * from added where agency_id = ${params.add(agencyId)})`)
      }
      await sql.query(`with ${inserts.join(', ')} select`, params.values)
    }
  }

  private async replaceHoldings(sql: Sql, changes: readonly Change[]): Promise<ChangedHoldings> {
    const before = await sql.query<{
      learner_id: string
      agency_id: string
      levels: number[]
      own_levels: number[]
      periods: PeriodRanks[] | null
    }>(
      `delete from ${this.hub('holdings')} h using unnest($1::text[], $2::text[]) p(l, a)
        where h.learner_id = p.l and h.agency_id = p.a returning h.*`,
      [changes.map(c => c.answer.learnerId), changes.map(c => c.agencyId)],
    )
    const rows = changes.flatMap(({ answer, agencyId }) => lines.holdings(answer).filter(line => line[1] === agencyId))
    const params = new Params()
    if (rows.length > 0) await sql.query(this.insertion('holdings', rows, params), params.values)
    const held = new Map<string, Holding>(
      before.map(h => [
        `${h.learner_id}|${h.agency_id}`,
        { levels: h.levels, ownLevels: h.own_levels, ...(h.periods && { periods: h.periods }) },
      ]),
    )
    const changed = new Map<string, { learners: Set<string>; categories: Set<number>; lost: Set<string> }>()
    for (const { answer, agencyId } of changes) {
      const { learnerId, holdings } = answer
      const after = holdings.get(agencyId)
      const categories = changedCategories(held.get(`${learnerId}|${agencyId}`), after)
      if (categories.length === 0) continue
      const of = changed.get(agencyId) ?? { learners: new Set(), categories: new Set(), lost: new Set() }
      changed.set(agencyId, of)
      ;(after ? of.learners : of.lost).add(learnerId)
      for (const category of categories) of.categories.add(category)
    }
    return changed
  }

  private insertion(table: keyof typeof columnsOf, rows: readonly Line[], params: Params): string {
    const columns = columnsOf[table]
    const arrays = columns.map((_, i) => `${params.add(toArrayText(rows.map(row => row[i]!)))}::text[]`)
    const values = columns.map(column => `u.${column}${casts[column] ?? ''}`)
    return `insert into ${this.hub(table)} (${columns.join(', ')}) select ${values.join(', ')}
      from unnest(${arrays.join(', ')}) as u(${columns.join(', ')})`
  }
}

/** What changed of one learner's answer in one agency. */
interface Change {
  readonly answer: Answer
  readonly agencyId: string
}
type Known = Pick<Answer, 'fingerprints' | 'dependsOn' | 'endsAt'> & { readonly fault: string | null }

const isSame = (before: Known, { fingerprints, dependsOn, endsAt, fault }: Answer): boolean =>
  before.endsAt === endsAt &&
  before.fault === (fault ?? null) &&
  sameTexts(before.dependsOn, dependsOn) &&
  sameTexts(Object.entries(before.fingerprints).flat(), Object.entries(fingerprints).flat())

const sameTexts = (a: readonly string[], b: readonly string[]) => a.length === b.length && a.every((text, i) => text === b[i])
