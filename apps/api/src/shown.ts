import { GraphQLList, GraphQLNonNull, type GraphQLOutputType } from 'graphql'

export const needed = <T extends GraphQLOutputType>(type: T) => new GraphQLNonNull(type)
export const listOf = (type: GraphQLOutputType) => needed(new GraphQLList(needed(type)))
/** Who may see what is itself part of the access record (C14). */
export const shown = (type: GraphQLOutputType, description?: string) => ({ type, description, extensions: { category: 'C14' } })
