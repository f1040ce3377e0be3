import type { Database, Sql } from '@passerelle/database'
import type { Caller } from '@passerelle/http'
import type { View } from '@passerelle/projections'
import type { Category, Disclosure, Page, Query, Reader, ValidViewer } from '@passerelle/sharing'
import type { PastRows } from './past-rows.js'

/** A page as of an instant where one is named: past facts under present permission. */
export type FaceQuery = Query & { readonly asOf?: string }

/**
 * What one request reads through: nothing else on a face touches a table. Every answer holds only what the caller may see now; what was shown of
 * whom is kept in mind until the answer is about to leave.
 */
export class Reads {
  private readonly shown = new Map<string, { categories: readonly Category[]; learnerIds: Set<string> }>()
  private readonly viewer: ValidViewer

  constructor(
    private readonly reader: Reader,
    private readonly db: Database,
    private readonly past: PastRows,
    private readonly caller: Caller,
  ) {
    const { userId, agencyId, role } = caller
    this.viewer = { userId, agencyId, role }
  }

  async page(view: View, { asOf, ...query }: FaceQuery): Promise<Page> {
    const page = await this.reader.as(this.db, this.viewer, sql =>
      asOf === undefined
        ? this.reader.read(sql, this.viewer, this.caller.purpose, view, query)
        : this.pageAsOf(sql, view, query, asOf),
    )
    this.notice(view, page)
    return page
  }

  /** One page for each learner, for fields below many learners: one statement, whatever their number. */
  async pagesByLearner(
    view: View,
    learnerIds: readonly string[],
    { asOf, ...query }: FaceQuery,
  ): Promise<ReadonlyMap<string, Page>> {
    const pages = await this.reader.as(this.db, this.viewer, async sql => {
      if (asOf === undefined && query.after === undefined)
        return this.reader.readByLearner(sql, this.viewer, this.caller.purpose, view, { ...query, learnerIds })
      const each = new Map<string, Page>()
      for (const learnerId of learnerIds) {
        const one = { ...query, learnerIds: [learnerId] }
        each.set(
          learnerId,
          asOf === undefined
            ? await this.reader.read(sql, this.viewer, this.caller.purpose, view, one)
            : await this.pageAsOf(sql, view, one, asOf),
        )
      }
      return each
    })
    for (const page of pages.values()) this.notice(view, page)
    return pages
  }

  /** What has been shown to this request, for the disclosure log. */
  disclosures(): Disclosure[] {
    const { userId, agencyId, role, purpose, requestId } = this.caller
    const at = new Date().toISOString()
    return [...this.shown.values()].map(({ categories, learnerIds }) => ({
      at,
      userId,
      agencyId,
      role,
      purpose,
      categories,
      learnerIds: [...learnerIds],
      requestId,
      act: 'read',
    }))
  }

  private async pageAsOf(sql: Sql, view: View, query: Query, asOf: string): Promise<Page> {
    // Only learners whom the caller may know of now: the past opens nothing.
    const asked = query.learnerIds ?? (await this.learnersIn(sql, view, query))
    const permitted = await this.reader.permissions(sql, this.viewer, this.caller.purpose, asked)
    const rows = await this.past.of(view, [...permitted.keys()], asOf)
    return this.reader.readAsOf(sql, rows, this.viewer, this.caller.purpose, view, query)
  }

  /** Without named learners, those that the view shows now: at most a page of them. */
  private async learnersIn(sql: Sql, view: View, { where, orderBy }: Query): Promise<string[]> {
    const named = where?.[view.subject!] as { eq?: unknown } | undefined
    if (typeof named?.eq === 'string') return [named.eq]
    const now = await this.reader.read(sql, this.viewer, this.caller.purpose, view, {
      columns: [view.subject!],
      where,
      orderBy,
      first: 100,
    })
    return [...new Set(now.rows.map(row => row.values[view.subject!] as string))]
  }

  private notice(view: View, page: Page): void {
    if (!view.subject) return
    for (const { values } of page.rows) {
      const categories = new Set<Category>()
      for (const [name, column] of Object.entries(view.columns))
        if (values[name] !== null && values[name] !== undefined) categories.add(column.category)
      const key = [...categories].sort().join()
      const known = this.shown.get(key) ?? { categories: [...categories], learnerIds: new Set<string>() }
      known.learnerIds.add(values[view.subject] as string)
      this.shown.set(key, known)
    }
  }
}
