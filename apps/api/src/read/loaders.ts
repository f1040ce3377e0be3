import DataLoader from 'dataloader'
import type { FieldNode } from 'graphql'
import type { View } from '@passerelle/projections'
import type { Page } from '@passerelle/sharing'
import type { FaceQuery } from '../reads.js'
import type { FaceContext } from './face-context.js'
import { noPage } from './nodes.js'

/** By the first node of a field: the same field may be asked with others merged into it elsewhere in the document. */
export type Loaders = Map<
  FieldNode,
  readonly {
    readonly fieldNodes: readonly FieldNode[]
    readonly view: View
    readonly asOf: string | undefined
    readonly loader: DataLoader<string, Page>
  }[]
>

/**
 * One loader per field of the document and request, and a request has one caller and one purpose: a field below a hundred learners is one
 * statement. The field's arguments and columns are the same wherever it is asked within a request, so they are looked up once.
 */
export function loaderOf(
  { reads, loaders }: FaceContext,
  view: View,
  fieldNodes: readonly FieldNode[],
  asOf: string | undefined,
  query: () => FaceQuery,
): DataLoader<string, Page> {
  const known = loaders.get(fieldNodes[0]!) ?? []
  const isSame = (nodes: readonly FieldNode[]) =>
    nodes.length === fieldNodes.length && nodes.every((node, i) => node === fieldNodes[i])
  const found = known.find(each => each.view === view && each.asOf === asOf && isSame(each.fieldNodes))
  if (found) return found.loader
  const asked = query()
  const loader = new DataLoader<string, Page>(async learnerIds => {
    const pages = await reads.pagesByLearner(view, learnerIds, asked)
    return learnerIds.map(id => pages.get(id) ?? noPage)
  })
  loaders.set(fieldNodes[0]!, [...known, { fieldNodes, view, asOf, loader }])
  return loader
}
