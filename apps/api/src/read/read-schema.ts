import {
  type FieldNode,
  getArgumentValues,
  GraphQLError,
  type GraphQLFieldConfig,
  GraphQLID,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLScalarType,
  GraphQLString,
  type SelectionSetNode,
} from 'graphql'
import type { Caller } from '@passerelle/http'
import type { View } from '@passerelle/projections'
import { type Below, type Column, isUnderstood, type Page } from '@passerelle/sharing'
import type { FaceQuery } from '../reads.js'
import { type Arguments, columnsOf, onlyFieldsIn, queryOf, rowsIn, selectionsOf } from './asked.js'
import { connectionOf, type NamedColumn, typeNameOf } from './connections.js'
import type { ExtraFields, FaceContext } from './face-context.js'
import { loaderOf } from './loaders.js'
import { Connection, type LearnerNode, learnerNode, noPage, type PagesBelow } from './nodes.js'
import { DateTime, scalarOf } from './scalars.js'

export interface ReadSchemaOptions {
  readonly extra?: ExtraFields
  readonly views: readonly View[]
  /** Whether anybody on this face may ever hold the column; what nobody may is not in the schema at all. */
  readonly mayEver: (column: Column) => boolean
}

/** The read side of a face, derived from the views: `Learner` with a connection per view, and a root field for each. */
export function readSchema({ views, mayEver, extra = {} }: ReadSchemaOptions): {
  query: GraphQLObjectType
  learner: GraphQLObjectType
} {
  const shown = views
    .map(view => ({ view, columns: Object.entries(view.columns).filter(([, column]) => view.audience || mayEver(column)) }))
    .filter(({ view, columns }) => view.keys.every(key => columns.some(([name]) => name === key)))
  const learnerView = shown.find(({ view }) => view.name === 'learners')
  if (!learnerView) throw new Error('The face has no view "learners": mount the learner context')
  const below = shown.filter(({ view }) => view.subject && view !== learnerView.view)

  const learner: GraphQLObjectType = new GraphQLObjectType({
    name: 'Learner',
    description: learnerView.view.description,
    fields: () => ({
      ...rowFields(learnerView.columns, learnerView.view),
      ...Object.fromEntries(below.map(({ view }) => [view.name, belowLearner(view)])),
      ...extra.learner,
      ...otherLearners(),
    }),
  })
  const types = new Map(shown.map(({ view, columns }) => [view, view === learnerView.view ? learner : rowType(view, columns)]))
  const connections = new Map(shown.map(({ view, columns }) => [view, connectionOf(view, columns, types.get(view)!)]))

  const query = new GraphQLObjectType<unknown, FaceContext>({
    name: 'Query',
    fields: () => ({
      me: {
        type: new GraphQLNonNull(meType),
        description: 'Who you are here, and why you look.',
        resolve: (_s, _a, { caller }) => caller,
      },
      learner: {
        type: learner,
        description: 'One learner; null where there is none that you may know of.',
        args: { id: { type: new GraphQLNonNull(GraphQLID) }, asOf: asOfArgument },
        resolve: async (_s, { id, asOf }, context, info) => {
          const { view } = learnerView
          const where = { [view.subject!]: { eq: id } }
          const query = { columns: columnsOf(view, selectionsOf(info), info), where, learnerIds: [id as string], first: 1, asOf }
          const { page, below } = await pageOf(context, view, query, selectionsOf, info)
          return page.rows[0] && learnerNode(page.rows[0], asOf, below)
        },
      },
      ...Object.fromEntries(shown.map(({ view }) => [view.name, rootField(view)])),
      ...extra.query,
    }),
  })
  return { query, learner }

  function rowFields(columns: readonly NamedColumn[], { subject }: View): Record<string, GraphQLFieldConfig<any, FaceContext>> {
    // Both tell of changes in what a summary hides: of rows about learners only those are given them who see all of the row, or own it.
    const always = (type: GraphQLScalarType) => (subject ? type : new GraphQLNonNull(type))
    const whereHidden = subject ? ' Null to whoever sees only part of the row.' : ''
    return {
      ...Object.fromEntries(
        columns.map(([name, column]) => [
          name,
          {
            type: column.key || column.subject ? new GraphQLNonNull(scalarOf(column.type)) : scalarOf(column.type),
            description: column.description || undefined,
            extensions: { category: column.category, from: column.from },
          },
        ]),
      ),
      version: { type: always(GraphQLInt), description: `Name it in a command on this.${whereHidden}` },
      updatedAt: { type: always(DateTime), description: `When it last changed.${whereHidden}` },
      redactions: { type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(redactionType))) },
    }
  }
  function rowType(view: View, columns: readonly NamedColumn[]): GraphQLObjectType {
    return new GraphQLObjectType({
      name: typeNameOf(view),
      description: view.description,
      fields: () => ({
        ...rowFields(columns, view),
        ...(view.subject && {
          learner: {
            type: learner,
            resolve: async (row: LearnerNode, _a: unknown, context: FaceContext, info: GraphQLResolveInfo) =>
              (await learnersBy([row[view.subject!] as string], row['~asOf'], context, info))[0],
          },
        }),
      }),
    })
  }
  /** Those of these learners whom the caller may know of, through the loader of the field. */
  async function learnersBy(
    learnerIds: readonly string[],
    asOf: string | undefined,
    context: FaceContext,
    info: GraphQLResolveInfo,
  ): Promise<LearnerNode[]> {
    const query = () => ({ columns: columnsOf(learnerView!.view, selectionsOf(info), info), first: 1, asOf })
    const loader = loaderOf(context, learnerView!.view, info.fieldNodes, asOf, query)
    const pages = await Promise.all(learnerIds.map(learnerId => loader.load(learnerId)))
    return pages.flatMap(page => page.rows.map(row => learnerNode(row, asOf)))
  }
  function otherLearners(): Record<string, GraphQLFieldConfig<LearnerNode, FaceContext>> {
    return Object.fromEntries(
      Object.entries(extra.learners ?? {}).map(([name, { description, idsOf }]) => [
        name,
        {
          type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(learner))),
          description,
          resolve: async (node, _args, context, info) =>
            learnersBy(await idsOf(node.learnerId, context), node['~asOf'], context, info),
        },
      ]),
    )
  }
  function rootField(view: View): GraphQLFieldConfig<unknown, FaceContext> {
    const { type, args } = connections.get(view)!
    return {
      type,
      description: view.description,
      args: view.subject ? { ...args, asOf: asOfArgument } : args,
      async resolve(_s, given, context, info) {
        const query = queryOf(view, given as Arguments, info)
        const { page, below } = await pageOf(context, view, query, rowsIn, info)
        return new Connection(page, given.asOf as string | undefined, below)
      },
    }
  }
  /** A page, and where it shows learners, with it the connections below them that are asked for. */
  async function pageOf(
    { reads }: FaceContext,
    view: View,
    query: FaceQuery,
    rowsOf: (info: GraphQLResolveInfo) => readonly (SelectionSetNode | undefined)[],
    info: GraphQLResolveInfo,
  ): Promise<{ page: Page; below?: PagesBelow }> {
    if (view !== learnerView!.view || query.asOf) return { page: await reads.page(view, query) }
    const asked = [...onlyFieldsIn(rowsOf(info), info)].flatMap(field => belowOf(field, info) ?? [])
    const page = await reads.page(view, { ...query, below: asked })
    return { page, below: new Map(asked.map(({ field }, i) => [field, page.below[i]!])) }
  }
  /** What a field asks below each learner; undefined where that is no first page of rows, or nothing that can be answered. */
  function belowOf(field: FieldNode, info: GraphQLResolveInfo): (Below & { view: View; field: FieldNode }) | undefined {
    const view = below.find(({ view: { name } }) => name === field.name.value)?.view
    if (!view) return undefined
    try {
      const given = getArgumentValues(learner.getFields()[view.name]!, field, info.variableValues) as unknown as Arguments
      const { after, ...query } = queryOf(view, given, { ...info, fieldNodes: [field] })
      return after === undefined && isUnderstood(view, query) ? { view, query, field } : undefined
    } catch (error) {
      if (error instanceof GraphQLError) return undefined
      throw error
    }
  }
  function belowLearner(view: View): GraphQLFieldConfig<LearnerNode, FaceContext> {
    return {
      get type() {
        return connections.get(view)!.type
      },
      get args() {
        return connections.get(view)!.args
      },
      description: view.description,
      resolve(node, given, context, info) {
        const read = info.fieldNodes.length === 1 ? node['~below']?.get(info.fieldNodes[0]!) : undefined
        if (read) return new Connection(read.get(node.learnerId) ?? noPage, undefined)
        const asOf = node['~asOf']
        const query = () => queryOf(view, { ...(given as unknown as Arguments), asOf }, info)
        const loading = loaderOf(context, view, info.fieldNodes, asOf, query).load(node.learnerId)
        return loading.then(page => new Connection(page, asOf))
      },
    }
  }
}

const meType = new GraphQLObjectType<Caller>({
  name: 'Me',
  fields: {
    userId: { type: new GraphQLNonNull(GraphQLID) },
    agencyId: { type: new GraphQLNonNull(GraphQLID) },
    role: { type: new GraphQLNonNull(GraphQLString) },
    purpose: { type: new GraphQLNonNull(GraphQLString) },
  },
})

const asOfArgument = {
  type: DateTime as GraphQLInputType,
  description: 'Shows what was known at this instant, under what you may see now.',
}

const redactionType = new GraphQLObjectType({
  name: 'Redaction',
  description: 'A field that holds something you may not see; named only where existence may be told.',
  fields: { field: { type: new GraphQLNonNull(GraphQLString) }, reason: { type: new GraphQLNonNull(GraphQLString) } },
})
