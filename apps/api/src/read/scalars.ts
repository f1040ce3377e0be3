import {
  GraphQLBoolean,
  GraphQLFloat,
  GraphQLID,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLOutputType,
  GraphQLScalarType,
  GraphQLString,
} from 'graphql'
import { GraphQLDate, GraphQLDateTimeISO, GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars'
import type { ColumnType } from '@passerelle/sharing'

const scalars: Readonly<Record<ColumnType, GraphQLOutputType>> = {
  id: GraphQLID,
  code: GraphQLString,
  text: GraphQLString,
  day: GraphQLDate,
  instant: GraphQLDateTimeISO,
  int: GraphQLSafeInt,
  num: GraphQLFloat,
  bool: GraphQLBoolean,
  texts: new GraphQLList(new GraphQLNonNull(GraphQLString)),
  json: GraphQLJSON,
}
/** Stored days and instants are ISO strings already: what the log says is what the face says. */
const asStored = (type: GraphQLOutputType) =>
  type === GraphQLDate || type === GraphQLDateTimeISO ? isoScalars.get((type as GraphQLScalarType).name)! : type
const isoScalars = new Map(
  [
    ['Date', 'An ISO 8601 calendar day: 2026-03-01.', GraphQLDate] as const,
    ['DateTime', 'An ISO 8601 instant in UTC: 2026-03-01T09:30:00.000Z.', GraphQLDateTimeISO] as const,
  ].map(([name, description, { parseValue, parseLiteral, name: key }]) => {
    const toText = (value: unknown) =>
      value instanceof Date ? (name === 'Date' ? value.toISOString().slice(0, 10) : value.toISOString()) : value
    return [
      key,
      new GraphQLScalarType({
        name,
        description,
        serialize: toText,
        parseValue: value => toText(parseValue(value)),
        parseLiteral: (ast, variables) => toText(parseLiteral(ast, variables)),
      }),
    ] as const
  }),
)
export const DateTime = isoScalars.get(GraphQLDateTimeISO.name)!
export const Day = isoScalars.get(GraphQLDate.name)!

/** What a column of this type is on a face. */
export const scalarOf = (type: ColumnType): GraphQLOutputType => asStored(scalars[type])
