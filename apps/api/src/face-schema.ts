import { getNamedType, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, type GraphQLFieldConfig } from 'graphql'
import type { AccessRule } from '@passerelle/http'
import type { Role } from '@passerelle/sharing'
import type { FaceContext } from './read/face-context.js'
import { readSchema, type ReadSchemaOptions } from './read/read-schema.js'

export interface FaceSchemaOptions extends ReadSchemaOptions {
  /** Roles that work in the face's sector: a mutation none of them may call is not in the schema. */
  readonly roles: readonly Role[]
}

/**
 * The schema of one face: the read side derived from the views, and those of the contexts' mutations (as Nest built them) that somebody in the
 * face's sector may call. Closed: a mutation without an access rule is left out.
 */
export function faceSchema(commands: GraphQLSchema, { roles, ...read }: FaceSchemaOptions): GraphQLSchema {
  const { query, learner } = readSchema(read)
  const answer = commands.getType('CommandAnswer') as GraphQLObjectType | undefined
  const answerWithLearner =
    answer &&
    new GraphQLObjectType<{ learnerId?: string }, FaceContext>({
      ...answer.toConfig(),
      fields: {
        ...answer.toConfig().fields,
        learner: {
          type: learner,
          description: 'Read on from what was written.',
          resolve: ({ learnerId }, _a, context, info) =>
            learnerId === undefined ? null : query.getFields().learner!.resolve!(undefined, { id: learnerId }, context, info),
        },
      },
    })
  const fields = Object.fromEntries(
    Object.entries(commands.getMutationType()?.toConfig().fields ?? {})
      .filter(([, { extensions }]) => (extensions?.access as AccessRule | undefined)?.roles.some(role => roles.includes(role)))
      .map(([name, field]): [string, GraphQLFieldConfig<unknown, FaceContext>] => [
        name,
        getNamedType(field.type).name === 'CommandAnswer' ? { ...field, type: new GraphQLNonNull(answerWithLearner!) } : field,
      ]),
  )
  const mutation = Object.keys(fields).length > 0 ? new GraphQLObjectType({ name: 'Mutation', fields }) : undefined
  return new GraphQLSchema({ query, mutation })
}
