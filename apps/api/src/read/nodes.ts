import type { FieldNode } from 'graphql'
import type { Page, ReadRow } from '@passerelle/sharing'

/** A learner while a request is answered: its row, and the moment whose facts it shows. */
export interface LearnerNode extends Record<string, unknown> {
  readonly learnerId: string
  readonly '~asOf'?: string
  /** Of the connections below it those that were read with it, by the field that asks for them and the learner. */
  readonly '~below'?: PagesBelow
}
export type PagesBelow = ReadonlyMap<FieldNode, ReadonlyMap<string, Page>>

/** Of a learner without rows. */
export const noPage: Page = {
  rows: [],
  hasNextPage: false,
  totalCount: 0,
  below: [],
  cursorOf: () => '',
}

export const learnerNode = (row: ReadRow, asOf: string | undefined, below?: PagesBelow): LearnerNode =>
  ({ ...row.values, redactions: redactionsOf(row), '~asOf': asOf, '~below': below }) as unknown as LearnerNode
const redactionsOf = ({ redactions }: ReadRow) => {
  let told = toldRedactions.get(redactions)
  if (!told) toldRedactions.set(redactions, (told = redactions.map(({ column, reason }) => ({ field: column, reason }))))
  return told
}
/** Rows that are shown alike share one list. */
const toldRedactions = new WeakMap<ReadRow['redactions'], readonly { readonly field: string; readonly reason: string }[]>()

/** A page as Relay has it; its edges and cursors are made only where they are asked for. */
export class Connection {
  readonly nodes: readonly LearnerNode[]

  constructor(
    private readonly page: Page,
    asOf: string | undefined,
    below?: PagesBelow,
  ) {
    this.nodes = page.rows.map(row => learnerNode(row, asOf, below))
  }

  get edges(): readonly Edge[] {
    return this.nodes.map((node, i) => new Edge(this.page, i, node))
  }
  get pageInfo(): PageInfo {
    return new PageInfo(this.page)
  }
  get totalCount(): number | undefined {
    return this.page.totalCount
  }
}

class Edge {
  constructor(
    private readonly page: Page,
    private readonly at: number,
    readonly node: LearnerNode,
  ) {}

  get cursor(): string {
    return this.page.cursorOf(this.page.rows[this.at]!)
  }
}

class PageInfo {
  readonly hasPreviousPage = false
  constructor(private readonly page: Page) {}

  get hasNextPage(): boolean {
    return this.page.hasNextPage
  }
  get startCursor(): string | null {
    return this.cursorAt(0)
  }
  get endCursor(): string | null {
    return this.cursorAt(-1)
  }
  private cursorAt(i: number): string | null {
    const row = this.page.rows.at(i)
    return row ? this.page.cursorOf(row) : null
  }
}
