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
  groundOf: () => undefined,
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

/** A page as Relay has it; its cursors are made only where they are asked for. */
export function toConnection(page: Page, asOf: string | undefined, below?: PagesBelow) {
  const nodes = page.rows.map(row => learnerNode(row, asOf, below))
  const cursorAt = (i: number) => (page.rows.at(i) ? page.cursorOf(page.rows.at(i)!) : null)
  return {
    nodes,
    edges: () => page.rows.map((row, i) => ({ cursor: () => page.cursorOf(row), node: nodes[i] })),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: false,
      startCursor: () => cursorAt(0),
      endCursor: () => cursorAt(-1),
    },
    totalCount: page.totalCount,
  }
}
