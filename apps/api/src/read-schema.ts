import type { HubLinks } from '@passerelle/hub'
import DataLoader from 'dataloader'
import {
  type FieldNode,
  getArgumentValues,
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLError,
  type GraphQLFieldConfig,
  GraphQLFloat,
  GraphQLID,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLInt,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  GraphQLScalarType,
  GraphQLString,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { GraphQLDate, GraphQLDateTimeISO, GraphQLJSON, GraphQLSafeInt } from 'graphql-scalars'
import { camelize, singularize } from 'inflection'
import type { Caller } from '@passerelle/http'
import type { View } from '@passerelle/projections'
import {
  BadQuery,
  type Below,
  type Column,
  type ColumnType,
  type Condition,
  type DisclosureLog,
  isUnderstood,
  type Page,
  type ReadRow,
  rowColumns,
} from '@passerelle/sharing'
import type { Explanations } from './explanations.js'
import type { FaceQuery, Reads } from './reads.js'
import type { WhatIfs } from './what-ifs.js'

/** What a GraphQL request carries: who asks, what they read through, and the loaders of this request alone. */
export interface FaceContext {
  readonly caller: Caller
  readonly reads: Reads
  readonly loaders: Loaders
  readonly disclosures: DisclosureLog
  readonly explanations: Explanations
  readonly whatIfs: WhatIfs
  readonly links: HubLinks
  /** What agencies are called. */
  readonly agencyNames: (agencyIds: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly now: () => Date
}

/** By the first node of a field: the same field may be asked with others merged into it elsewhere in the document. */
type Loaders = Map<
  FieldNode,
  readonly {
    readonly fieldNodes: readonly FieldNode[]
    readonly view: View
    readonly asOf: string | undefined
    readonly loader: DataLoader<string, Page>
  }[]
>

/** A learner while a request is answered: its row, and the moment whose facts it shows. */
interface LearnerNode extends Record<string, unknown> {
  readonly learnerId: string
  readonly '~asOf'?: string
  /** Of the connections below it those that were read with it, by the field that asks for them and the learner. */
  readonly '~below'?: PagesBelow
}
type PagesBelow = ReadonlyMap<FieldNode, ReadonlyMap<string, Page>>

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
const redactionType = new GraphQLObjectType({
  name: 'Redaction',
  description: 'A field that holds something you may not see; named only where existence may be told.',
  fields: { field: { type: new GraphQLNonNull(GraphQLString) }, reason: { type: new GraphQLNonNull(GraphQLString) } },
})
const directionType = new GraphQLEnumType({ name: 'Direction', values: { ASC: { value: 'asc' }, DESC: { value: 'desc' } } })

/** `carePlans` → `CarePlan` */
export const typeNameOf = (view: View): string => camelize(singularize(view.name))
const filterable = (column: Column) => column.type !== 'json' && column.type !== 'texts'

/** What a face shows besides its views. */
export interface ExtraFields {
  readonly query?: Record<string, GraphQLFieldConfig<unknown, FaceContext>>
  readonly learner?: Record<string, GraphQLFieldConfig<any, FaceContext>>
  /** Fields of a learner that lead to other learners, by their ids: each is read as if it had been asked for by its own. */
  readonly learners?: Record<
    string,
    {
      readonly description: string
      readonly idsOf: (learnerId: string, context: FaceContext) => Promise<readonly string[]>
    }
  >
}

export const together = (...fields: readonly ExtraFields[]): ExtraFields => ({
  query: Object.assign({}, ...fields.map(({ query }) => query)),
  learner: Object.assign({}, ...fields.map(({ learner }) => learner)),
  learners: Object.assign({}, ...fields.map(({ learners }) => learners)),
})

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
  const filters = new Map<string, GraphQLInputObjectType>()
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
  const connections = new Map(shown.map(({ view, columns }) => [view, connection(view, columns)]))

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

  function rowFields(
    columns: readonly (readonly [string, Column])[],
    { subject }: View,
  ): Record<string, GraphQLFieldConfig<any, FaceContext>> {
    // Both tell of changes in what a summary hides: of rows about learners only those are given them who see all of the row, or own it.
    const always = (type: GraphQLScalarType) => (subject ? type : new GraphQLNonNull(type))
    const whereHidden = subject ? ' Null to whoever sees only part of the row.' : ''
    return {
      ...Object.fromEntries(
        columns.map(([name, column]) => [
          name,
          {
            type:
              column.key || column.subject ? new GraphQLNonNull(asStored(scalars[column.type])) : asStored(scalars[column.type]),
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
  function rowType(view: View, columns: readonly (readonly [string, Column])[]): GraphQLObjectType {
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
  function connection(view: View, columns: readonly (readonly [string, Column])[]) {
    const node = types.get(view)!
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
  function filterOf(type: ColumnType): GraphQLInputType {
    const of = asStored(scalars[type]) as GraphQLInputType & GraphQLScalarType
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
  function rootField(view: View): GraphQLFieldConfig<unknown, FaceContext> {
    const { type, args } = connections.get(view)!
    return {
      type,
      description: view.description,
      args: view.subject ? { ...args, asOf: asOfArgument } : args,
      async resolve(_s, given, context, info) {
        const query = queryOf(view, given as Arguments, info)
        const { page, below } = await pageOf(context, view, query, rowsIn, info)
        return toConnection(page, given.asOf as string | undefined, below)
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
        if (read) return toConnection(read.get(node.learnerId) ?? nothing, undefined)
        const asOf = node['~asOf']
        const query = () => queryOf(view, { ...(given as unknown as Arguments), asOf }, info)
        const loading = loaderOf(context, view, info.fieldNodes, asOf, query).load(node.learnerId)
        return loading.then(page => toConnection(page, asOf))
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

interface Arguments {
  readonly first: number
  readonly after?: string
  readonly where?: Condition
  readonly orderBy?: { readonly column: string; readonly direction: 'asc' | 'desc' }
  readonly asOf?: string
}

function queryOf(view: View, { where, orderBy, first, after, asOf }: Arguments, info: GraphQLResolveInfo): FaceQuery {
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
const selectionsOf = ({ fieldNodes }: GraphQLResolveInfo) => fieldNodes.map(node => node.selectionSet)
/** What a connection is asked of each row. */
function rowsIn(info: GraphQLResolveInfo): (SelectionSetNode | undefined)[] {
  const of = (name: string) => subselections(selectionsOf(info), name, info)
  return [...of('nodes'), ...subselections(of('edges'), 'node', info)]
}
const askedBefore = new WeakMap<FieldNode, Pick<FaceQuery, 'columns' | 'totalCount'>>()

/**
 * One loader per field of the document and request, and a request has one caller and one purpose: a field below a hundred learners is one
 * statement. The field's arguments and columns are the same wherever it is asked within a request, so they are looked up once.
 */
function loaderOf(
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
    return learnerIds.map(id => pages.get(id) ?? nothing)
  })
  loaders.set(fieldNodes[0]!, [...known, { fieldNodes, view, asOf, loader }])
  return loader
}

const nothing: Page = { rows: [], hasNextPage: false, totalCount: 0, below: [], cursorOf: () => '', groundOf: () => undefined }

const learnerNode = (row: ReadRow, asOf: string | undefined, below?: PagesBelow): LearnerNode =>
  ({ ...row.values, redactions: redactionsOf(row), '~asOf': asOf, '~below': below }) as unknown as LearnerNode
const redactionsOf = ({ redactions }: ReadRow) => {
  let told = toldRedactions.get(redactions)
  if (!told) toldRedactions.set(redactions, (told = redactions.map(({ column, reason }) => ({ field: column, reason }))))
  return told
}
/** Rows that are shown alike share one list. */
const toldRedactions = new WeakMap<ReadRow['redactions'], readonly { readonly field: string; readonly reason: string }[]>()

function toConnection(page: Page, asOf: string | undefined, below?: PagesBelow) {
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
function onlyFieldsIn(sets: readonly (SelectionSetNode | undefined)[], info: GraphQLResolveInfo): Set<FieldNode> {
  const all = sets.map(set =>
    Map.groupBy(new Set(fieldsIn([set], info, isUnconditional)), ({ alias, name }) => (alias ?? name).value),
  )
  return new Set(all.flatMap(byName => [...byName.values()].flatMap(same => (same.length === 1 ? same : []))))
}
function columnsOf(view: View, sets: readonly (SelectionSetNode | undefined)[], info: GraphQLResolveInfo): string[] {
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
