import type { Caller } from '@passerelle/http'
import type { View } from '@passerelle/projections'

/** A filter over a view's columns: `{ status: { eq: 'active' }, and: [...], or: [...], not: {...} }`. */
export type Where = { readonly [column: string]: unknown }

export interface PageQuery {
  /** Columns that were asked for; the view's keys are always among them. */
  readonly columns: readonly string[]
  readonly where?: Where
  readonly orderBy?: { readonly column: string; readonly direction: 'asc' | 'desc' }
  /** 1–100 */
  readonly first: number
  /** Opaque. */
  readonly after?: string
  readonly totalCount: boolean
  /** Past facts (recorded until this instant) under present permission. */
  readonly asOf?: string
}

export interface Redaction {
  readonly field: string
  /** `notYours` or `erased`; told only where existence may be told. */
  readonly reason: string
}
export interface ReadRow {
  readonly values: Readonly<Record<string, unknown>>
  readonly redactions: readonly Redaction[]
  readonly cursor: string
}
export interface Page {
  readonly rows: readonly ReadRow[]
  readonly hasNextPage: boolean
  readonly totalCount?: number
}
export const noRows: Page = { rows: [], hasNextPage: false, totalCount: 0 }

/** What the faces read through: nothing else touches a table. Every answer holds only what the caller may see now. */
export interface Reads {
  page(caller: Caller, view: View, query: PageQuery): Promise<Page>
  /** One page per learner, for fields below many learners: one statement, whatever their number. */
  pagesByLearner(caller: Caller, view: View, learnerIds: readonly string[], query: PageQuery): Promise<ReadonlyMap<string, Page>>
}
