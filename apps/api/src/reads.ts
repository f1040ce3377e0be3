import type { Database, Sql } from '@passerelle/database'
import type { Caller } from '@passerelle/http'
import type { View } from '@passerelle/projections'
import {
  BadQuery,
  basisOfTask,
  type Below,
  type Category,
  type Disclosure,
  type Ground,
  heldLevels,
  type Level,
  levels,
  type Page,
  type Permission,
  type Query,
  type Reader,
  reasonsFor,
  type ValidViewer,
} from '@passerelle/sharing'
import type { PastRows } from './past-rows.js'

/** A page as of an instant where one is named: past facts under present permission. */
export type FaceQuery = Omit<Query, 'below'> & {
  readonly asOf?: string
  readonly below?: readonly (Below & { readonly view: View })[]
}

/**
 * What one request reads through: nothing else on a face touches a table. Every answer holds only what the caller may see now; what was shown of
 * whom is kept in mind until the answer is about to leave.
 */
export class Reads {
  /** Of each learner, by ground: what was decided anew while the request was answered stands for itself. */
  private readonly shown = new Map<string, Shown[]>()
  private readonly viewer: ValidViewer

  constructor(
    private readonly reader: Reader,
    private readonly db: Database,
    private readonly past: PastRows,
    private readonly caller: Caller,
    private readonly now: () => Date,
  ) {
    const { userId, agencyId, role, emergency } = caller
    this.viewer = { userId, agencyId, role, ...(emergency && { emergency }) }
  }

  async page(view: View, { asOf, ...query }: FaceQuery): Promise<Page> {
    const page = await (asOf === undefined ? this.pageNow(view, query) : this.pageAsOf(view, query, asOf))
    this.notice(view, [page])
    for (const [i, pages] of page.below.entries()) this.notice(query.below![i]!.view, pages.values())
    return page
  }

  /** One page for each learner, for fields below many learners: one statement, whatever their number. */
  async pagesByLearner(
    view: View,
    learnerIds: readonly string[],
    { asOf, ...query }: FaceQuery,
  ): Promise<ReadonlyMap<string, Page>> {
    const { viewer, reader } = this
    const { purpose } = this.caller
    const each = async (pageOf: (learnerIds: readonly string[]) => Promise<Page>) => {
      const pages = new Map<string, Page>()
      for (const learnerId of learnerIds) pages.set(learnerId, await pageOf([learnerId]))
      return pages
    }
    const pages = await (asOf !== undefined
      ? each(one => this.pageAsOf(view, { ...query, learnerIds: one }, asOf))
      : query.after !== undefined
        ? each(one => this.within(sql => reader.read(sql, viewer, purpose, view, { ...query, learnerIds: one })))
        : this.within(sql => reader.readByLearner(sql, viewer, purpose, view, { ...query, learnerIds })))
    this.notice(view, pages.values())
    return pages
  }

  /** What the caller holds on one learner now; undefined where they may not know of them. */
  async permissionOn(learnerId: string): Promise<Permission | undefined> {
    const held = await this.within(sql => this.reader.permissions(sql, this.viewer, this.caller.purpose, [learnerId]))
    return held.get(learnerId)
  }

  /** Keeps in mind that the answer tells something of a learner, for the disclosure log: also where it stands in no row. */
  told(learnerId: string, categories: Iterable<Category>, ground?: Ground): void {
    const shown = this.shownOf(learnerId, ground)
    for (const category of categories) shown.categories.add(category)
  }

  private shownOf(learnerId: string, ground: Ground | undefined): Shown {
    let known = this.shown.get(learnerId)
    if (!known) this.shown.set(learnerId, (known = []))
    let shown = known.find(each => each.ground?.position === ground?.position)
    if (!shown) known.push((shown = { learnerId, ground, categories: new Set() }))
    return shown
  }

  /** Those of these learners whose identity (C1) the caller holds at the level now; the disclosure log will say that it was told. */
  async identityHeldOf(learnerIds: readonly string[], level: Level): Promise<ReadonlySet<string>> {
    if (learnerIds.length === 0) return new Set()
    const { viewer, reader } = this
    const permitted = await this.within(sql => reader.permissions(sql, viewer, this.caller.purpose, learnerIds))
    const held = [...permitted].flatMap(([learnerId, permission]) =>
      levels.indexOf(heldLevels(viewer.role, permission).levels.C1 ?? 'none') >= levels.indexOf(level) ? [learnerId] : [],
    )
    for (const learnerId of held) this.told(learnerId, ['C1'], permitted.get(learnerId)!.ground)
    return new Set(held)
  }

  /** What has been shown to this request, for the disclosure log: learners of whom the same kinds of data were shown together. */
  disclosures(act: 'read' | 'export' = 'read'): Disclosure[] {
    const { userId, agencyId, role, purpose, requestId } = this.caller
    const at = this.now().toISOString()
    const basis = basisOfTask(agencyId, purpose)
    const together = Map.groupBy([...this.shown.values()].flat(), ({ categories }) => [...categories].sort().join())
    return [...together.values()].map(group => {
      const categories = [...group[0]!.categories].sort()
      const learners = group.map(({ learnerId, ground }) => {
        const because = ground ? reasonsFor(ground, categories) : []
        return { learnerId, ...(ground && { position: ground.position }), ...(because.length > 0 && { because }) }
      })
      return { at, userId, agencyId, role, purpose, basis, categories, learners, requestId, act }
    })
  }

  /** Filters and orders may look at many rows: nobody else waits for them. */
  private pageNow(view: View, query: Query): Promise<Page> {
    const read = (sql: Sql) => this.reader.read(sql, this.viewer, this.caller.purpose, view, query)
    const manyRows = !query.learnerIds && (query.where || query.orderBy)
    return manyRows ? this.reader.as(this.db, this.viewer, read) : this.within(read)
  }

  private within<T>(read: (sql: Sql) => Promise<T>): Promise<T> {
    return this.reader.together(this.db, this.viewer, read)
  }

  private async pageAsOf(view: View, query: Query, asOf: string): Promise<Page> {
    if (asOf > this.now().toISOString()) throw new BadQuery('What will be known is not known yet.', 'Name a moment that is past.')
    const { viewer, reader } = this
    const { purpose } = this.caller
    // Only learners whom the caller may know of now: the past opens nothing.
    const asked = query.learnerIds ?? (await this.learnersIn(view, query))
    const permitted = await this.within(sql => reader.permissions(sql, viewer, purpose, asked))
    const rows = await this.past.of(view, [...permitted.keys()], asOf)
    return this.within(sql => reader.readAsOf(sql, rows, viewer, purpose, view, query))
  }

  /** Without named learners, those that the view shows now: at most a page of them. */
  private async learnersIn(view: View, { where, orderBy }: Query): Promise<string[]> {
    const named = where?.[view.subject!] as { eq?: unknown } | undefined
    if (typeof named?.eq === 'string') return [named.eq]
    const query = { columns: [view.subject!], where, orderBy, first: 100 }
    const now = await this.pageNow(view, query)
    return [...new Set(now.rows.map(row => row.values[view.subject!] as string))]
  }

  /** Pages of one query. */
  private notice(view: View, pages: Iterable<Page>): void {
    if (!view.subject) return
    let asked: Map<Category, string[]> | undefined
    for (const page of pages)
      for (const row of page.rows) {
        asked ??= Map.groupBy(
          Object.keys(row.values).filter(name => Object.hasOwn(view.columns, name)),
          name => view.columns[name]!.category,
        )
        const { categories } = this.shownOf(row.values[view.subject] as string, row.ground)
        for (const [category, names] of asked)
          if (!categories.has(category) && names.some(name => (row.values[name] ?? null) !== null)) categories.add(category)
      }
  }
}

/** What one learner was shown of, and on what. */
interface Shown {
  readonly learnerId: string
  readonly ground: Ground | undefined
  readonly categories: Set<Category>
}
