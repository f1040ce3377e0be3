import { type FieldNode, type GraphQLResolveInfo, Kind, type SelectionNode, type SelectionSetNode } from 'graphql'
import type { View } from '@passerelle/projections'
import { BadQuery, type Condition, rowColumns } from '@passerelle/sharing'
import type { FaceQuery } from '../reads.js'

/** Of a connection. */
export interface Arguments {
  readonly first: number
  readonly after?: string
  readonly where?: Condition
  readonly orderBy?: { readonly column: string; readonly direction: 'asc' | 'desc' }
  readonly asOf?: string
}

export function queryOf(view: View, { where, orderBy, first, after, asOf }: Arguments, info: GraphQLResolveInfo): FaceQuery {
  if (after !== undefined && asOf !== undefined && after !== null && asOf !== null)
    throw new BadQuery('The past is shown as one page.', 'Leave after out.')
  return {
    ...askedOf(view, info),
    first,
    ...(after && { after }),
    ...(where && { where }),
    ...(asOf && { asOf }),
    ...(orderBy && { orderBy: [{ column: orderBy.column, descending: orderBy.direction === 'desc' }] }),
  }
}

/** What a connection is asked for; the same each time a remembered document is asked. */
function askedOf(view: View, info: GraphQLResolveInfo): Pick<FaceQuery, 'columns' | 'totalCount'> {
  const [node, ...merged] = info.fieldNodes
  const known = merged.length === 0 ? askedBefore.get(node!) : undefined
  if (known) return known
  const totalCount = subselections(selectionsOf(info), 'totalCount', info).length > 0
  const asked = { columns: columnsOf(view, rowsIn(info), info), totalCount }
  if (merged.length === 0) askedBefore.set(node!, asked)
  return asked
}
export const selectionsOf = ({ fieldNodes }: GraphQLResolveInfo) => fieldNodes.map(node => node.selectionSet)
/** What a connection is asked of each row. */
export function rowsIn(info: GraphQLResolveInfo): (SelectionSetNode | undefined)[] {
  const of = (name: string) => subselections(selectionsOf(info), name, info)
  return [...of('nodes'), ...subselections(of('edges'), 'node', info)]
}
const askedBefore = new WeakMap<FieldNode, Pick<FaceQuery, 'columns' | 'totalCount'>>()

/** The selection sets of the fields called `name` in these sets, fragments included, whatever their alias. */
function subselections(
  sets: readonly (SelectionSetNode | undefined)[],
  name: string,
  info: GraphQLResolveInfo,
): (SelectionSetNode | undefined)[] {
  return fieldsIn(sets, info).flatMap(field => (field.name.value === name ? [field.selectionSet] : []))
}
const isUnconditional = ({ directives = [] }: SelectionNode) => directives.length === 0
/** The fields of these sets that are asked whatever happens, and merged with no other. */
export function onlyFieldsIn(sets: readonly (SelectionSetNode | undefined)[], info: GraphQLResolveInfo): Set<FieldNode> {
  const all = sets.map(set =>
    Map.groupBy(new Set(fieldsIn([set], info, isUnconditional)), ({ alias, name }) => (alias ?? name).value),
  )
  return new Set(all.flatMap(byName => [...byName.values()].flatMap(same => (same.length === 1 ? same : []))))
}
/** The columns that these sets ask for, and those that name the row. */
export function columnsOf(view: View, sets: readonly (SelectionSetNode | undefined)[], info: GraphQLResolveInfo): string[] {
  const asked = new Set(fieldsIn(sets, info).map(field => field.name.value))
  return [
    ...Object.keys(view.columns).filter(name => asked.has(name) || view.columns[name]!.key || view.columns[name]!.subject),
    ...Object.keys(rowColumns).filter(name => asked.has(name)),
  ]
}
function fieldsIn(
  sets: readonly (SelectionSetNode | undefined)[],
  info: GraphQLResolveInfo,
  counts: (selection: SelectionNode) => boolean = () => true,
): FieldNode[] {
  return sets.flatMap(set =>
    (set?.selections ?? [])
      .filter(counts)
      .flatMap(selection =>
        selection.kind === Kind.FIELD
          ? [selection]
          : fieldsIn(
              [
                selection.kind === Kind.INLINE_FRAGMENT
                  ? selection.selectionSet
                  : info.fragments[selection.name.value]?.selectionSet,
              ],
              info,
              counts,
            ),
      ),
  )
}
