import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLScalarType,
  GraphQLString,
} from 'graphql'
import { camelize, singularize } from 'inflection'
import type { View } from '@passerelle/projections'
import type { Column, ColumnType } from '@passerelle/sharing'
import { scalarOf } from './scalars.js'

const pageInfoType = new GraphQLObjectType({
  name: 'PageInfo',
  description: 'Relay: where this page ends.',
  fields: {
    hasNextPage: { type: new GraphQLNonNull(GraphQLBoolean) },
    hasPreviousPage: { type: new GraphQLNonNull(GraphQLBoolean) },
    startCursor: { type: GraphQLString },
    endCursor: { type: GraphQLString },
  },
})
const directionType = new GraphQLEnumType({ name: 'Direction', values: { ASC: { value: 'asc' }, DESC: { value: 'desc' } } })

export type NamedColumn = readonly [name: string, column: Column]

/** `carePlans` → `CarePlan` */
export const typeNameOf = (view: View): string => camelize(singularize(view.name))
const filterable = (column: Column) => column.type !== 'json' && column.type !== 'texts'

/** A view's connection on a face: its type, and what it can be asked by. Only columns that anybody there may ever hold can filter and sort. */
export function connectionOf(view: View, columns: readonly NamedColumn[], node: GraphQLObjectType) {
  const name = typeNameOf(view)
  const edge = new GraphQLObjectType({
    name: `${name}Edge`,
    fields: () => ({ cursor: { type: new GraphQLNonNull(GraphQLString) }, node: { type: new GraphQLNonNull(node) } }),
  })
  const type = new GraphQLObjectType({
    name: `${name}Connection`,
    fields: () => ({
      edges: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(edge))) },
      nodes: {
        type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(node))),
        description: 'The rows, where no cursor is needed.',
      },
      pageInfo: { type: new GraphQLNonNull(pageInfoType) },
      totalCount: { type: new GraphQLNonNull(GraphQLInt), description: 'How many rows you may see.' },
    }),
  })
  const sortable = columns.filter(([, column]) => filterable(column))
  const sortColumns = new GraphQLEnumType({
    name: `${name}Column`,
    values: Object.fromEntries(sortable.map(([column]) => [column, { value: column }])),
  })
  const where: GraphQLInputObjectType = new GraphQLInputObjectType({
    name: `${name}Where`,
    description: 'A column that is hidden from you is empty to every condition, as where nothing was recorded.',
    fields: () => ({
      ...Object.fromEntries(sortable.map(([column, { type }]) => [column, { type: filterOf(type) }])),
      and: { type: new GraphQLList(new GraphQLNonNull(where)) },
      or: { type: new GraphQLList(new GraphQLNonNull(where)) },
      not: { type: where },
    }),
  })
  const order = new GraphQLInputObjectType({
    name: `${name}Order`,
    fields: {
      column: { type: new GraphQLNonNull(sortColumns) },
      direction: { type: directionType, defaultValue: 'asc' },
    },
  })
  const args = {
    first: { type: new GraphQLNonNull(GraphQLInt), description: '1–100' },
    after: { type: GraphQLString },
    where: { type: where },
    orderBy: { type: order },
  }
  return { type: new GraphQLNonNull(type), args }
}
/** One for each scalar, whoever shows it. */
const filters = new Map<string, GraphQLInputObjectType>()
function filterOf(type: ColumnType): GraphQLInputType {
  const of = scalarOf(type) as GraphQLInputType & GraphQLScalarType
  const name = `${of.name}Filter`
  if (!filters.has(name)) {
    const many = new GraphQLList(new GraphQLNonNull(of))
    const operators = { eq: of, ne: of, in: many, nin: many, ...(type !== 'bool' && { lt: of, lte: of, gt: of, gte: of }) }
    const fields = Object.fromEntries(
      Object.entries(operators).map(([operator, operand]) => [operator, { type: operand as GraphQLInputType }]),
    )
    filters.set(name, new GraphQLInputObjectType({ name, fields }))
  }
  return filters.get(name)!
}
