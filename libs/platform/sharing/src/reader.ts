import { type Database, fromText, type Sql, type TransactionOptions } from '@passerelle/database'
import type { ReadableView } from './ability.js'
import type { ColumnType } from './columns.js'
import { literally } from './compile.js'
import { BadQuery, type Condition } from './conditions.js'
import { Cursors } from './cursor.js'
import { readInMemory } from './in-memory.js'
import { fromBits, type Permission, type PeriodRanks, toLevels, toPeriodLevels, type WholeRow } from './permission.js'
import {
  isOpenTo,
  type Page,
  prepare,
  type PreparedBelow,
  type PreparedQuery,
  type Query,
  scopeOf,
  type ValidViewer,
} from './query.js'
import { type Form, ReadGround, ReadPage } from './read-page.js'
import { ReadTurns } from './read-turns.js'
import {
  bucket,
  deniedBits,
  deniedOf,
  isLooked,
  type Kind,
  type Look,
  mineOf,
  needsAssignment,
  type Parts,
  parts,
  type Places,
  selectOf,
  shapeOf,
  type Statement,
  valuesOf,
  viewerHolds,
  withDenied,
} from './statement.js'
import type { Purpose } from './vocabulary.js'

export interface ReaderOptions {
  /** Schema and database role of an agency. */
  readonly schemaOf: (agencyId: string) => string
  /** Schema of what everyone may read. */
  readonly sharedSchema?: string
  /** 32 bytes, the same in all processes that serve the same people. */
  readonly cursorKey: Buffer
  /** Milliseconds until the database gives a statement up. */
  readonly statementTimeoutMs?: number
  /** The instant that time limits are compared with; the database's clock where absent. */
  readonly now?: () => string
  /** For tests that spoil a part. */
  readonly parts?: Parts
}

/** More texts than this are not prepared: filters of a shape that nobody uses twice. */
const mostStatements = 2_000

/**
 * The only way from people to tables. A read runs inside {@link as}: one read-only transaction under the agency's own database role, in
 * which any number of reads can follow each other.
 */
export class Reader {
  private readonly cursors: Cursors
  private readonly statements = new Map<string, Statement>()
  private readonly parts: Parts
  private readonly turns = new WeakMap<Database, ReadTurns>()

  constructor(private readonly options: ReaderOptions) {
    this.cursors = new Cursors(options.cursorKey)
    this.parts = options.parts ?? parts
  }

  /** A transaction that can read what the viewer's agency holds, and no more. */
  as<T>(db: Database, viewer: ValidViewer, work: (sql: Sql) => Promise<T>): Promise<T> {
    return db.transaction(work, this.transactionOf(viewer.agencyId))
  }

  private transactionOf(agencyId: string): TransactionOptions {
    return {
      readOnly: true,
      role: this.options.schemaOf(agencyId),
      settings: { statement_timeout: String(this.options.statementTimeoutMs ?? 2_000) },
    }
  }

  /**
   * One read in a transaction like that of {@link as}, which it shares with what others ask at the same moment for the same agency. `work` is a
   * single call of this reader, and may be run twice.
   */
  together<T>(db: Database, viewer: ValidViewer, work: (sql: Sql) => Promise<T>): Promise<T> {
    let turns = this.turns.get(db)
    if (!turns) {
      turns = new ReadTurns((agencyId, reads) => db.transaction(reads, { ...this.transactionOf(agencyId), inOneGo: true }))
      this.turns.set(db, turns)
    }
    return turns.read(viewer.agencyId, work)
  }

  /** @throws BadQuery */
  async read(sql: Sql, viewer: ValidViewer, purpose: Purpose, view: ReadableView, query: Query): Promise<Page> {
    const asked = prepare(view, query)
    const [answered, totalCount] = await Promise.all([
      this.run(sql, viewer, purpose, view, asked, 'page'),
      asked.totalCount ? this.count(sql, viewer, purpose, view, asked) : undefined,
    ])
    const { rows, grounds, statement, below } = answered
    const form: Form<any> = {
      valuesOf(row) {
        const values: Record<string, unknown> = {}
        for (const column of asked.columns) values[column] = row[column]
        return values
      },
      redactionsOf: row => statement!.redactionsOf(row['~redactions']),
      placeOf: row => asked.orderBy.map((_, i) => row[`~${i}`]),
      seal: place => this.cursors.seal(place, scopeOf(view, viewer, purpose, asked)),
    }
    const shown = { ...answered, rows: rows.slice(0, asked.first) }
    const pagesBelow = asked.below.map(each => this.pagesBelow(shown, below.indexOf(each), viewer, purpose, each))
    return new ReadPage(form, rows, asked.first, i => (view.subject ? grounds[i] : undefined), totalCount, pagesBelow)
  }

  /**
   * The first rows of each of these learners, for a data loader: one statement, by the learner's id. `after` has no meaning here; a learner without
   * rows is absent. @throws BadQuery
   */
  async readByLearner(
    sql: Sql,
    viewer: ValidViewer,
    purpose: Purpose,
    view: ReadableView,
    query: Query & { readonly learnerIds: readonly string[] },
  ): Promise<Map<string, Page>> {
    const asked = prepare(view, query)
    if (asked.after !== undefined) throw new BadQuery('A cursor is of one learner.', 'Read on one by one.')
    const answered = await this.run(sql, viewer, purpose, view, asked, 'byLearner')
    return this.pagesBelow(answered, 0, viewer, purpose, { view, query: asked })
  }

  /** How many rows have which value of one column, the most frequent first; a value that may not be seen counts with those that are not there. */
  async countBy(
    sql: Sql,
    viewer: ValidViewer,
    purpose: Purpose,
    view: ReadableView,
    column: string,
    where?: Condition,
  ): Promise<{ value: unknown; count: number }[]> {
    const asked = prepare(view, { columns: [column], where, first: 1, orderBy: [{ column }] })
    return (await this.run(sql, viewer, purpose, view, asked, { countBy: column })).rows as { value: unknown; count: number }[]
  }

  /** What the viewer holds on these learners now; a learner on whom they hold nothing is absent. */
  async permissions(
    sql: Sql,
    viewer: ValidViewer,
    purpose: Purpose,
    learnerIds: readonly string[],
  ): Promise<Map<string, Permission>> {
    const rows = await sql.query(permissionSql(viewer, purpose, this.options.schemaOf(viewer.agencyId)), [
      ...this.parametersOf(viewer),
      learnerIds,
    ])
    return new Map(
      rows.map(row => [
        row.learner_id,
        {
          levels: toLevels(row.levels),
          ownLevels: toLevels(row.own_levels),
          ...(row.periods && { periods: (row.periods as PeriodRanks[]).map(toPeriodLevels) }),
          ownClass: row.own_class,
          denied: fromBits(row.bits),
          ground: { position: row.position, because: row.because },
        },
      ]),
    )
  }

  /** Facts of the past, under the permission of now: the rows come from the log, all else is as in {@link read}. */
  async readAsOf(
    sql: Sql,
    rows: readonly WholeRow[],
    viewer: ValidViewer,
    purpose: Purpose,
    view: ReadableView,
    query: Omit<Query, 'below'>,
  ): Promise<Page> {
    const learnerIds = [...new Set(rows.map(row => row.values[view.subject!] as string))]
    const permissions = await this.permissions(sql, viewer, purpose, learnerIds)
    return readInMemory(rows, permissions, viewer, purpose, view, query, this.cursors)
  }

  private async count(
    sql: Sql,
    viewer: ValidViewer,
    purpose: Purpose,
    view: ReadableView,
    asked: PreparedQuery,
  ): Promise<number> {
    const { rows } = await this.run(sql, viewer, purpose, view, { ...asked, after: undefined, below: [] }, 'count')
    return Number(rows[0]?.count ?? 0)
  }

  private async run(
    sql: Sql,
    viewer: ValidViewer,
    purpose: Purpose,
    view: ReadableView,
    asked: PreparedQuery,
    kind: Kind,
  ): Promise<Answered> {
    if (!isOpenTo(view, viewer, purpose)) return nothing
    const below = asked.below.filter(each => isOpenTo(each.view, viewer, purpose))
    const place = asked.after === undefined ? [] : this.cursors.open(asked.after, scopeOf(view, viewer, purpose, asked))
    const statement = this.statement(viewer, purpose, view, { ...asked, below }, kind)
    const values = [
      ...this.parametersOf(viewer),
      ...(asked.learnerIds ? [asked.learnerIds] : []),
      ...valuesOf(asked.where),
      ...place,
      ...below.flatMap(({ query }) => valuesOf(query.where)),
    ]
    const rows = await sql.query(statement.sql, values, statement.name ? { name: statement.name } : undefined)
    const grounds = rows.map((row: any) => new ReadGround(row['~position'], row['~because']))
    return { rows, grounds, statement, below }
  }

  private parametersOf({ agencyId, userId, roleUntil }: ValidViewer): unknown[] {
    return [this.options.now?.() ?? null, agencyId, userId, roleUntil ?? null]
  }

  private statement(viewer: ValidViewer, purpose: Purpose, view: ReadableView, asked: PreparedQuery, kind: Kind): Statement {
    const places: Places = { schema: this.options.schemaOf(viewer.agencyId), shared: this.options.sharedSchema ?? 'shared' }
    const look: Look = { role: viewer.role, purpose, emergency: viewer.emergency ?? false }
    const key = JSON.stringify([kind, look, places.schema, shapeOfQuery(view, asked)])
    const known = this.statements.get(key)
    if (known) return known
    const made = selectOf(view, look, asked, places, kind, this.parts)
    if (this.statements.size >= mostStatements) return { ...made, name: '' }
    this.statements.set(key, made)
    return made
  }

  private pagesBelow(
    { rows, grounds, statement }: Answered,
    i: number,
    viewer: ValidViewer,
    purpose: Purpose,
    { view, query }: PreparedBelow,
  ): Map<string, Page> {
    const pages = new Map<string, Page>()
    const below = statement?.below[i]
    if (!below) return pages
    const { columns, orderBy, totalCount, first } = query
    const parse = below.types.map(type => parsers[type])
    const valueOf = (row: Texts, at: number) => (row[at] === null ? null : parse[at]!(row[at]!))
    const form: Form<Texts> = {
      valuesOf(row) {
        const values: Record<string, unknown> = {}
        for (let at = 0; at < columns.length; at++) values[columns[at]!] = valueOf(row, at)
        return values
      },
      redactionsOf: row => below.redactionsOf(Number(row[columns.length])),
      placeOf: row => orderBy.map((_, at) => valueOf(row, columns.length + 1 + at)),
      seal: place => this.cursors.seal(place, scopeOf(view, viewer, purpose, query)),
    }
    for (const [nth, row] of rows.entries()) {
      const found = row[`~below${i}`] as Texts[] | null
      if (!found) continue
      const count = totalCount ? Number(found[0]!.at(-1)) : undefined
      // Shown on the same ground as the row above.
      pages.set(row['~learner'], new ReadPage(form, found, first, () => grounds[nth], count))
    }
    return pages
  }
}

/** Rows as the database gave them, by a statement; without one where there is nothing to read. */
interface Answered {
  readonly rows: readonly any[]
  /** On what each row is shown, where it is about a learner. */
  readonly grounds: readonly ReadGround[]
  readonly statement: Statement | undefined
  /** What of {@link Query.below} is open to the viewer, in the order of the statement. */
  readonly below: readonly PreparedBelow[]
}
/** As they stand below a row: see `RowsBelow`. */
type Texts = readonly (string | null)[]
const asIs = (text: string) => text
/** Of a value's text, for each type of column. */
const parsers: Readonly<Record<ColumnType, (text: string) => unknown>> = {
  ...{ id: asIs, code: asIs, text: asIs, day: asIs, instant: fromText.timestamptz, int: fromText.int8 },
  ...{ num: Number, bool: text => text === 'true', texts: JSON.parse, json: JSON.parse },
}
const nothing: Answered = { rows: [], grounds: [], statement: undefined, below: [] }

/** A query without its values: what two queries share that one statement can answer. */
const shapeOfQuery = (view: ReadableView, query: PreparedQuery): unknown => {
  const { columns, orderBy, where, first, after, learnerIds, totalCount, below } = query
  return [
    view.name,
    columns,
    orderBy,
    shapeOf(where),
    bucket(first),
    after !== undefined,
    learnerIds !== undefined,
    totalCount,
    below.map(each => shapeOfQuery(each.view, each.query)),
  ]
}

function permissionSql({ role, emergency = false }: ValidViewer, purpose: Purpose, schema: string): string {
  const look = { role, purpose, emergency }
  const assigned = needsAssignment(look)
  const quoted = `"${schema.replaceAll('"', '""')}"`
  const now = 'coalesce($1::timestamptz, now())'
  return `with ${deniedOf(look)}${assigned ? `, ${mineOf(role, schema, true)}` : ''}
    select e.learner_id, e.levels, e.own_levels, e.periods, e.position, e.because, ${assigned ? 'm.own_class' : 'false as own_class'}, ${deniedBits(look)} as bits
    from ${quoted}.entitlements e ${assigned ? 'join mine m on m.learner_id = e.learner_id' : ''} ${withDenied}
    where e.learner_id = any($5::text[]) and e.agency_id = $2::text and e.role = ${literally(role, 'code')}
      and ${isLooked(look)}
      and e.valid_from <= ${now} and e.valid_until > ${now} and ${viewerHolds}`
}
